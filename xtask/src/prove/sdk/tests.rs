//! The committed SDK against the committed document, and single faults in either.

use std::fs;
use std::sync::LazyLock;

use proc_macro2::{TokenStream, TokenTree};
use serde_json::{Value, json};

use super::*;

/// Each so many words one is changed.
const STEP: usize = 331;

static ROOT: LazyLock<&Path> =
    LazyLock::new(|| Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/..")));

static SDK: LazyLock<Sources> =
    LazyLock::new(|| Sources::read(&ROOT).expect("the SDK is committed"));

static DOCUMENT: LazyLock<Document> = LazyLock::new(|| {
    let text = fs::read_to_string(ROOT.join(crate::MERGED)).expect("the document is committed");
    Document::from_value(serde_json::from_str(&text).expect("the document is JSON"))
});

fn findings(document: &Document, sources: &Sources) -> Vec<String> {
    let (_, problems) = judge(document, sources);
    let shown = |problem: &Problem| {
        let (expected, found) = problem.sides.clone().unwrap_or_default();
        let place = &problem.place;
        format!(
            "{} {} {}: {} {expected} / {found}",
            problem.rule, place, place.pointer, problem.message
        )
    };
    problems.iter().map(shown).collect()
}

#[test]
fn the_proof_looks_where_the_generator_writes() {
    assert_eq!(FOLDER, crate::sdk_gen::FOLDER);
}

#[test]
fn the_committed_sdk_says_what_the_document_says() {
    let (count, problems) = judge(&DOCUMENT, &SDK);
    let found = findings(&DOCUMENT, &SDK);
    assert!(found.is_empty(), "{}", found.join("\n"));
    assert_eq!((count, problems.len()), (18, 0));
}

/// The places of all tokens but signs and documentation: line, column, and how long each is.
fn words(stream: TokenStream, found: &mut Vec<(usize, usize, String)>) {
    let mut documentation = false;
    for tree in stream {
        match tree {
            TokenTree::Group(group) => {
                let text = group.stream().to_string();
                if !(documentation && text.starts_with("doc =")) {
                    words(group.stream(), found);
                }
                documentation = false;
            }
            TokenTree::Punct(sign) => documentation = sign.as_char() == '#',
            TokenTree::Ident(_) | TokenTree::Literal(_) => {
                documentation = false;
                let start = tree.span().start();
                found.push((start.line, start.column, tree.to_string()));
            }
        }
    }
}

/// Any word of any file counts: none can be changed without a finding.
#[test]
fn no_word_of_the_sdk_can_be_changed_unseen() {
    let mut count = 0;
    for (file, text) in SDK.iter() {
        let mut all = Vec::new();
        words(text.parse().expect("the SDK is Rust"), &mut all);
        count += all.len();
        let lines: Vec<&str> = text.split_inclusive('\n').collect();
        for (line, column, word) in all.iter().skip(7).step_by(STEP) {
            let mut changed: Vec<String> = lines.iter().map(|line| (*line).to_owned()).collect();
            let own = &mut changed[line - 1];
            let start = own.char_indices().nth(*column).expect("it is there").0;
            let other = if word.starts_with('"') {
                "\"other\""
            } else {
                "other"
            };
            own.replace_range(start..start + word.len(), other);
            let found = findings(&DOCUMENT, &SDK.with(file, changed.concat()));
            assert!(
                !found.is_empty(),
                "{word} in line {line} of {file} is not looked at"
            );
        }
    }
    assert!(count > 10_000, "{count} words are too few");
}

/// What is said of a change of the document: the rule and the pointer.
fn of_document(pointer: &str, value: Option<Value>) -> Vec<String> {
    let mut changed = DOCUMENT.value.clone();
    let (parent, name) = pointer.rsplit_once('/').expect("a pointer has a parent");
    let name = name.replace("~1", "/");
    match (
        changed.pointer_mut(parent).expect("the parent is there"),
        value,
    ) {
        (Value::Object(members), Some(value)) => drop(members.insert(name, value)),
        (Value::Object(members), None) => drop(members.shift_remove(&name).expect("it is there")),
        (Value::Array(items), Some(value)) => items.push(value),
        other => panic!("{other:?} has no members"),
    }
    let found = judge(&Document::from_value(changed), &SDK).1;
    let mut found: Vec<String> = found
        .iter()
        .map(|problem| format!("{} {}", problem.rule, problem.place.pointer))
        .collect();
    found.dedup();
    found
}

#[test]
fn a_change_of_the_document_is_found_where_it_was_made() {
    let user = "/components/schemas/AnimeloopUser/properties";
    let cases = [
        (
            format!("{user}/email/type"),
            Some(json!("boolean")),
            format!("sdk-type {user}/email"),
        ),
        (
            format!("{user}/phone"),
            Some(json!({"type": "string"})),
            format!("sdk-type {user}/phone"),
        ),
        (
            "/components/parameters/PnutPrettyJson/name".to_owned(),
            Some(json!("X-Pretty")),
            "sdk-parameter /components/parameters/PnutPrettyJson".to_owned(),
        ),
        (
            "/components/securitySchemes/ManisSecret/name".to_owned(),
            Some(json!("x-secrets")),
            "sdk-security /components/securitySchemes/ManisSecret".to_owned(),
        ),
        (
            "/paths/~1.well-known~1jwks.json/get/responses/410".to_owned(),
            Some(json!({"description": "Gone."})),
            "sdk-status /paths/~1.well-known~1jwks.json/get/responses/410".to_owned(),
        ),
        (
            "/components/securitySchemes/OauthClientBasic/x-basic".to_owned(),
            Some(json!("plain")),
            "sdk-security /components/securitySchemes/OauthClientBasic".to_owned(),
        ),
        (
            "/components/securitySchemes/TokenGeneratorToken/x-credential".to_owned(),
            Some(json!("Token {}")),
            "sdk-security /components/securitySchemes/TokenGeneratorToken".to_owned(),
        ),
        (
            "/paths/~1v1~1auth~1tokens~1long/post/x-one-proof/members".to_owned(),
            Some(json!(["client_secret", "otp", "assertion"])),
            "sdk-security /paths/~1v1~1auth~1tokens~1long/post/x-one-proof".to_owned(),
        ),
        (
            "/components/schemas/OauthError/x-error/code".to_owned(),
            Some(json!("/error_description")),
            "sdk-error /components/schemas/OauthError/x-error".to_owned(),
        ),
        (
            "/components/schemas/PnutErrorEnvelope/x-error/retry".to_owned(),
            None,
            "sdk-error /components/schemas/PnutErrorEnvelope".to_owned(),
        ),
        (
            "/components/headers/PnutRateLimitReset/schema/type".to_owned(),
            Some(json!("string")),
            "sdk-header /components/headers/PnutRateLimitReset".to_owned(),
        ),
    ];
    for (pointer, value, expected) in cases {
        let found = of_document(&pointer, value);
        assert!(
            found.contains(&expected),
            "{pointer}: {found:?} lacks {expected}"
        );
    }
}

/// Also what may be left out of `x-error`, about which no rule of the document has a word.
#[test]
fn no_place_of_a_refusal_can_be_taken_out_unseen() {
    let schemas = "/components/schemas";
    let named = DOCUMENT.get(schemas).and_then(Value::as_object);
    let mut count = 0;
    for (name, schema) in named.into_iter().flatten() {
        let places = schema.get("x-error").and_then(Value::as_object);
        for key in places.into_iter().flatten().map(|(key, _)| key) {
            if key != "code" {
                count += 1;
                let at = format!("{schemas}/{name}/x-error/{key}");
                let found = of_document(&at, None);
                let of_errors = found.iter().all(|one| one.starts_with("sdk-error "));
                assert!(of_errors && !found.is_empty(), "{at}: {found:?}");
            }
        }
    }
    assert!(count >= 9, "{count} places are too few");
    let header = "/components/headers/TokenGeneratorMessage/x-error";
    let operation = "/paths/~1api~1v1~1token/post";
    let wanted = vec![format!("sdk-operation {operation}")];
    assert_eq!(of_document(header, None), wanted);
}

#[test]
fn texts_and_the_order_of_sets_are_no_facts() {
    let quiet = [
        ("/info/description", json!("Another text.")),
        (
            "/components/schemas/AnimeloopUser/required",
            json!(["email", "username"]),
        ),
        (
            "/components/schemas/PnutUserType/enum",
            json!(["feed", "human", "bot"]),
        ),
    ];
    for (pointer, value) in quiet {
        assert_eq!(
            of_document(pointer, Some(value)),
            Vec::<String>::new(),
            "{pointer}"
        );
    }
}

#[test]
fn what_is_not_rust_is_a_finding_where_it_stops_being_rust() {
    let file = sources::root();
    let broken = SDK.with(&file, "pub mod types { (".to_owned());
    let (_, problems) = judge(&DOCUMENT, &broken);
    let told = problems
        .iter()
        .find(|problem| problem.message.contains("not Rust"));
    assert_eq!(
        told.map(|problem| problem.place.file.clone()),
        Some(file.into())
    );
}
