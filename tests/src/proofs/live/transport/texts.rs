//! Bodies whose text is the point: too large, nested too deep, malformed, names spelt otherwise.

use serde_json::Value;

use super::{
    super::{
        cases::case,
        oracle::Operation,
        probe::{Base, Case, Expect},
        request::{encode, is_form},
    },
    raw,
};

/// The size up to which a body is read, as the document says wherever it declares 413.
const LIMIT: usize = 64 * 1024;

/// How deep JSON may nest, as the document says where it takes objects of any content.
const DEPTH: usize = 32;
/// What has to be spelt exactly, spelt otherwise.
pub fn spellings(
    operation: &Operation,
    base: &Base,
    media_type: &str,
    text: &str,
    cases: &mut Vec<Case>,
) {
    let at = format!("{}/x-exact-names", operation.node.at);
    let names = operation.exact_names();
    for name in names.into_iter().filter(|name| *name != "*") {
        for spelling in [
            format!("{name}[0]"),
            format!("{name}.a"),
            name.to_uppercase(),
        ] {
            let misspelt = if is_form(media_type) {
                format!("{text}&{}=1", encode(&spelling))
            } else {
                let comma = if text == "{}" { "" } else { "," };
                format!("{{\"{spelling}\":1{comma}{}", &text[1..])
            };
            let label = format!("{spelling} in the body");
            let edit = raw(media_type, misspelt.into_bytes());
            cases.push(case(base, label, &at, Expect::Refusal, edit));
        }
    }
}

/// Whether the body may have no members but the documented ones.
fn is_closed(operation: &Operation, media_type: &str) -> bool {
    let mut media = operation.body.iter().flat_map(|body| &body.media);
    media
        .find(|(known, _)| known == media_type)
        .and_then(|(_, schema)| schema.child("additionalProperties"))
        .is_some_and(|rest| *rest.value == Value::Bool(false))
}

/// Bodies as large as they may be, and larger.
pub fn sizes(
    operation: &Operation,
    base: &Base,
    media_type: &str,
    text: &str,
    cases: &mut Vec<Case>,
) {
    let at = format!("{}/413", operation.responses());
    let padded = |size: usize| {
        let mut text = text.to_owned();
        let filler = match (is_form(media_type), is_closed(operation, media_type)) {
            (false, _) => " ",
            // Between two of them there is no field.
            (true, true) => "&",
            (true, false) => {
                text.push_str("&x_not_documented=");
                "x"
            }
        };
        text.push_str(&filler.repeat(size.saturating_sub(text.len())));
        text.into_bytes()
    };
    cases.push(case(
        base,
        "a body of 65536 bytes",
        &at,
        Expect::Success,
        raw(media_type, padded(LIMIT)),
    ));
    // Not much more: what the server leaves unread may cost the connection its answer.
    for size in [LIMIT + 1, LIMIT + 4096] {
        let label = format!("a body of {size} bytes");
        cases.push(case(
            base,
            label,
            &at,
            Expect::Status(413),
            raw(media_type, padded(size)),
        ));
    }
}

/// JSON as deep as it may be, and one deeper, in a member that nobody documented.
pub fn nesting(
    operation: &Operation,
    base: &Base,
    media_type: &str,
    text: &str,
    cases: &mut Vec<Case>,
) {
    let Some(rest) = text.strip_prefix('{').filter(|_| !is_form(media_type)) else {
        return;
    };
    let media = operation.body.iter().flat_map(|body| &body.media);
    let Some((_, schema)) = media.clone().find(|(known, _)| known == media_type) else {
        return;
    };
    let closed = is_closed(operation, media_type);
    for depth in [DEPTH, DEPTH + 1] {
        // The object itself is the first level.
        let (open, close) = ("[".repeat(depth - 1), "]".repeat(depth - 1));
        let comma = if rest == "}" { "" } else { "," };
        let deep = format!("{{\"x_not_documented\":{open}{close}{comma}{rest}");
        let expect = if closed || depth > DEPTH {
            Expect::Refusal
        } else {
            Expect::Success
        };
        let label = format!("JSON that nests {depth} deep");
        let edit = raw(media_type, deep.into_bytes());
        cases.push(case(base, label, &schema.at, expect, edit));
    }
}

/// Texts that are not what the media type says.
pub fn malformed(media_type: &str, body: &Value, text: &str) -> Vec<(String, Vec<u8>)> {
    let mut found: Vec<(String, Vec<u8>)> = Vec::new();
    let mut add = |label: &str, bytes: Vec<u8>| found.push((label.to_owned(), bytes));
    let name = body.as_object().and_then(|members| members.keys().next());
    if is_form(media_type) {
        add(
            "a form that is not UTF-8",
            format!("{text}&x_not_documented=%FF").into_bytes(),
        );
        if let Some((name, _)) = text.split_once('=') {
            add("a field twice", format!("{text}&{name}=again").into_bytes());
        }
        return found;
    }
    add("truncated JSON", text.as_bytes()[..text.len() - 1].to_vec());
    add(
        "JSON with something behind it",
        format!("{text}}}").into_bytes(),
    );
    add("a list instead of an object", b"[]".to_vec());
    add("null instead of an object", b"null".to_vec());
    add("text instead of an object", b"\"text\"".to_vec());
    add("a word instead of JSON", b"nonsense".to_vec());
    add("a form instead of JSON", b"a=b".to_vec());
    add(
        "a comment in JSON",
        format!("{text} // comment").into_bytes(),
    );
    add("single quotes in JSON", b"{'a': 1}".to_vec());
    add(
        "JSON that is not UTF-8",
        [b"{\"x_not_documented\":\"\xff\"}".as_slice()].concat(),
    );
    add("only spaces", b"   ".to_vec());
    if let Some(name) = name {
        let member = format!("{{\"{name}\":\"first\",{}", &text[1..]);
        add("a member twice", member.into_bytes());
    }
    found
}
