//! The table of dispositions against the generators: each keyword is changed, and what moves is what the table says.

#![expect(
    clippy::wildcard_enum_match_arm,
    clippy::panic,
    reason = "the helpers of a test take apart what other crates enumerate, and fail by panicking"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::thread;

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use quote::ToTokens as _;
use serde_json::{Value, json};
use syn::{ImplItem, Item};
use xtask::document::Document;
use xtask::lint::dispositions::{Disposition, KINDS, keywords};
use xtask::lint::sites::Kind;
use xtask::lint::{self, official};
use xtask::problem::Rule;
use xtask::{sdk_gen, server_gen};

/// The server generator's fixture, and what it lacks for this: one of each keyword.
fn document() -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/server/document.json");
    let text = fs::read_to_string(path).expect("the fixture is there");
    let mut document: Value = serde_json::from_str(&text).expect("the fixture is JSON");
    let schemas = "/components/schemas";
    let tags = json!([{"name": "coin", "description": "Mints coins."}, {"name": "medal", "description": "Medals."}]);
    for (place, key, value) in [
        ("", "tags", tags),
        ("", "servers", json!([{"url": "/", "description": "Here."}])),
        ("/info", "description", json!("Coins.")),
        (
            "/info",
            "license",
            json!({"name": "Apache-2.0", "identifier": "Apache-2.0"}),
        ),
        (
            "/paths/~1coins~1{coinId}~1mint/post",
            "x-exact-names",
            json!(["amount"]),
        ),
        (
            "/paths/~1coins~1{coinId}~1mint/post",
            "x-cors",
            json!("any"),
        ),
        (
            "/paths/~1coins~1{coinId}~1mint/post/requestBody",
            "description",
            json!("An order."),
        ),
        (
            "/paths/~1coins~1{coinId}~1mint/post/responses/403",
            "description",
            json!("Empty."),
        ),
        (
            schemas,
            "CoinBounds",
            json!({
                "type": "object", "description": "Bounds.", "required": [],
                "properties": {
                    "text": {"type": "string", "minLength": 2, "maxLength": 9, "pattern": "^[a-z]+$"},
                    "list": {"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": 4},
                    "depth": {"type": "integer", "format": "int64", "minimum": 1, "maximum": 9},
                    "wide": {"type": "integer", "format": "int64"},
                    "open": {"type": "boolean", "default": false},
                }
            }),
        ),
        (
            "/components/schemas/CoinOrder/properties",
            "bounds",
            json!({"$ref": "#/components/schemas/CoinBounds"}),
        ),
        (
            "/components/securitySchemes/CoinBearer",
            "bearerFormat",
            json!("JWT"),
        ),
        (
            "/paths/~1coins~1{coinId}~1mint/post",
            "x-one-proof",
            json!({"schemes": ["CoinBearer"], "members": ["note"]}),
        ),
        (
            "/paths/~1coins~1{coinId}~1mint/post/responses/201/headers/X-Maybe",
            "x-credential",
            json!("CoinCookie"),
        ),
        (
            "/paths/~1coins~1{coinId}~1mint/post/responses/403",
            "headers",
            json!({"X-Why": {"x-error": "message", "schema": {"type": "string"}}}),
        ),
        (
            "/components/schemas/CoinRefusal",
            "x-error",
            json!({"code": "/status"}),
        ),
        (
            "/components/securitySchemes/CoinKey",
            "x-credential",
            json!("Coin {}"),
        ),
        (
            "/components/securitySchemes/CoinBasic",
            "x-basic",
            json!("form"),
        ),
    ] {
        document.pointer_mut(place).expect(place)[key] = value;
    }
    document
}

/// One change for each keyword: the place of the keyword, and its new value; without one it goes.
#[rustfmt::skip]
fn changes() -> Vec<(Kind, &'static str, &'static str, Option<Value>)> {
    use Kind::{Header, Info, License, MediaType, Operation, Parameter, PathItem, RequestBody, Response, Root, Schema, Server, Tag, Example};
    let (mint, order, bounds) = ("/paths/~1coins~1{coinId}~1mint/post", "/components/schemas/CoinOrder", "/components/schemas/CoinBounds");
    let answer = json!({"description": "Gone.", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/CoinRefusal"}}}});
    let operation = json!({"operationId": "coin_touch_coin", "tags": ["coin"], "security": [], "responses": {"200": answer}});
    let at = |place: &str, key: &str| -> &'static str { Box::leak(format!("{place}/{key}").into_boxed_str()) };
    let divergence = Some(json!({"chosen": "a", "other": "b", "why": "c"}));
    vec![
        (Root, "openapi", "/openapi", Some(json!("3.1.1"))),
        (Root, "info", "/info", Some(json!({"title": "Medals", "version": "2.0.0"}))),
        (Root, "servers", "/servers", Some(json!([{"url": "/medals"}]))),
        (Root, "tags", "/tags", Some(json!([{"name": "coin"}, {"name": "badge"}]))),
        (Root, "paths", "/paths/~1medals", Some(json!({"get": operation}))),
        (Root, "components", "/components/schemas/CoinMetal", Some(json!({"type": "string", "enum": ["tin"]}))),
        (Info, "title", "/info/title", Some(json!("Medals"))),
        (Info, "version", "/info/version", Some(json!("2.0.0"))),
        (Info, "description", "/info/description", Some(json!("Medals."))),
        (Info, "license", "/info/license", None),
        (License, "name", "/info/license/name", Some(json!("MIT"))),
        (License, "identifier", "/info/license/identifier", Some(json!("MIT"))),
        (Server, "url", "/servers/0/url", Some(json!("/medals"))),
        (Server, "description", "/servers/0/description", None),
        (Tag, "name", "/tags/1/name", Some(json!("badge"))),
        (Tag, "description", "/tags/0/description", Some(json!("Medals."))),
        (Tag, "x-divergence", "/tags/0/x-divergence", divergence.clone()),
        (PathItem, "get", "/paths/~1medals/get", Some(operation.clone())),
        (PathItem, "put", "/paths/~1coins/put", Some(operation.clone())),
        (PathItem, "post", "/paths/~1coins/post", Some(operation.clone())),
        (PathItem, "delete", "/paths/~1coins/delete", Some(operation.clone())),
        (PathItem, "options", "/paths/~1coins/options", Some(operation.clone())),
        (PathItem, "head", "/paths/~1coins/head", Some(operation.clone())),
        (PathItem, "patch", "/paths/~1coins/patch", Some(operation.clone())),
        (Operation, "operationId", at(mint, "operationId"), Some(json!("coin_make_coin"))),
        (Operation, "summary", at(mint, "summary"), Some(json!("Make a coin"))),
        (Operation, "description", at(mint, "description"), Some(json!("Makes a coin."))),
        (Operation, "tags", at(mint, "tags"), Some(json!(["medal"]))),
        (Operation, "security", at(mint, "security"), Some(json!([{"CoinKey": []}]))),
        (Operation, "parameters", at(mint, "parameters/2"), Some(json!({"name": "wet", "in": "query", "schema": {"type": "boolean"}}))),
        (Operation, "requestBody", at(mint, "requestBody"), None),
        (Operation, "responses", at(mint, "responses/404"), Some(answer.clone())),
        (Operation, "x-divergence", at(mint, "x-divergence"), divergence.clone()),
        (Operation, "x-rate-bucket", at(mint, "x-rate-bucket"), Some(json!("others"))),
        (Operation, "x-exact-names", at(mint, "x-exact-names"), Some(json!(["others"]))),
        (Operation, "x-cors", at(mint, "x-cors"), None),
        (Operation, "x-one-proof", at(mint, "x-one-proof"), Some(json!({"schemes": ["CoinBearer"], "members": ["type"]}))),
        (Parameter, "name", at(mint, "parameters/2/name"), Some(json!("wet"))),
        (Parameter, "in", at(mint, "parameters/1/in"), Some(json!("query"))),
        (Parameter, "required", at(mint, "parameters/2/required"), Some(json!(true))),
        (Parameter, "description", at(mint, "parameters/2/description"), Some(json!("Whether to try."))),
        (Parameter, "schema", at(mint, "parameters/2/schema"), Some(json!({"type": "string"}))),
        (Parameter, "example", at(mint, "parameters/2/example"), Some(json!(true))),
        (Parameter, "x-divergence", at(mint, "parameters/2/x-divergence"), divergence.clone()),
        (Parameter, "x-secret", at(mint, "parameters/0/x-secret"), Some(json!(true))),
        (RequestBody, "description", at(mint, "requestBody/description"), None),
        (RequestBody, "required", at(mint, "requestBody/required"), Some(json!(false))),
        (RequestBody, "content", at(mint, "requestBody/content/application~1json"), None),
        (Response, "description", at(mint, "responses/201/description"), Some(json!("Made."))),
        (Response, "headers", at(mint, "responses/201/headers/X-Coin"), None),
        (Response, "content", at(mint, "responses/201/content"), None),
        (Response, "x-divergence", at(mint, "responses/201/x-divergence"), divergence.clone()),
        (Response, "x-refusal", "/paths/~1coins/get/responses/200/x-refusal", None),
        (Header, "description", at(mint, "responses/201/headers/X-Coin/description"), None),
        (Header, "required", at(mint, "responses/201/headers/X-Coin/required"), Some(json!(true))),
        (Header, "schema", at(mint, "responses/201/headers/X-Coin/schema"), Some(json!({"type": "string"}))),
        (Header, "example", at(mint, "responses/201/headers/X-Coin/example"), Some(json!(7))),
        (Header, "x-divergence", at(mint, "responses/201/headers/X-Coin/x-divergence"), divergence.clone()),
        (Header, "x-secret", at(mint, "responses/201/headers/X-Maybe/x-secret"), None),
        (Header, "x-optional", at(mint, "responses/201/headers/X-Maybe/x-optional"), None),
        (Header, "x-stamped", at(mint, "responses/201/headers/X-Rate/x-stamped"), None),
        (Header, "x-error", at(mint, "responses/403/headers/X-Why/x-error"), Some(json!("code"))),
        (Header, "x-credential", at(mint, "responses/201/headers/X-Maybe/x-credential"), None),
        (MediaType, "schema", "/components/responses/CoinUnauthorized/content/application~1json/schema", Some(json!({"$ref": "#/components/schemas/CoinMinted"}))),
        (MediaType, "schema", at(mint, "requestBody/content"), Some(json!({"application/json": {"schema": {"$ref": "#/components/schemas/CoinFree"}}}))),
        (MediaType, "examples", "/components/responses/CoinUnauthorized/content/application~1json/examples", Some(json!({"a": {"value": {"status": "error"}}}))),
        (Example, "summary", at(mint, "requestBody/content/application~1json/examples"), Some(json!({"a": {"summary": "One"}}))),
        (Example, "description", at(mint, "requestBody/content/application~1json/examples"), Some(json!({"a": {"description": "One."}}))),
        (Example, "value", at(mint, "requestBody/content/application~1json/examples"), Some(json!({"a": {"value": {"metal": "gold"}}}))),
        (Schema, "description", at(order, "description"), Some(json!("An order."))),
        (Schema, "type", at(order, "properties/note"), Some(json!({"type": "boolean"}))),
        (Schema, "oneOf", "/components/schemas/CoinExtra/oneOf", Some(json!([{"$ref": "#/components/schemas/CoinFree"}, {"type": "boolean"}]))),
        (Schema, "format", at(bounds, "properties/wide/format"), Some(json!("int32"))),
        (Schema, "enum", "/components/schemas/CoinMetal/enum", Some(json!(["gold", "silver"]))),
        (Schema, "properties", at(order, "properties/size"), Some(json!({"type": "string"}))),
        (Schema, "required", at(order, "required"), Some(json!(["metal", "note"]))),
        (Schema, "additionalProperties", at(order, "additionalProperties"), None),
        (Schema, "items", at(order, "properties/tags/items"), Some(json!({"type": "boolean"}))),
        (Schema, "minLength", at(bounds, "properties/text/minLength"), Some(json!(1))),
        (Schema, "maxLength", at(bounds, "properties/text/maxLength"), Some(json!(10))),
        (Schema, "pattern", at(bounds, "properties/text/pattern"), Some(json!("^[a-y]+$"))),
        (Schema, "minimum", at(bounds, "properties/depth/minimum"), Some(json!(0))),
        (Schema, "maximum", at(bounds, "properties/depth/maximum"), Some(json!(10))),
        (Schema, "minItems", at(bounds, "properties/list/minItems"), Some(json!(2))),
        (Schema, "maxItems", at(bounds, "properties/list/maxItems"), Some(json!(3))),
        (Schema, "default", at(bounds, "properties/open/default"), Some(json!(true))),
        (Schema, "x-divergence", at(order, "x-divergence"), divergence.clone()),
        (Schema, "x-secret", at(order, "properties/note/x-secret"), Some(json!(true))),
        (Schema, "x-error", "/components/schemas/CoinRefusal/x-error", Some(json!({"code": "/other"}))),
    ]
}

/// The same for security schemes.
#[rustfmt::skip]
fn changes_of_schemes() -> Vec<(Kind, &'static str, &'static str, Option<Value>)> {
    use Kind::SecurityScheme;
    let divergence = Some(json!({"chosen": "a", "other": "b", "why": "c"}));
    vec![
        (SecurityScheme, "type", "/components/securitySchemes/CoinKey", Some(json!({"type": "http", "scheme": "basic"}))),
        (SecurityScheme, "description", "/components/securitySchemes/CoinKey/description", Some(json!("A key."))),
        (SecurityScheme, "in", "/components/securitySchemes/CoinKey/in", Some(json!("query"))),
        (SecurityScheme, "name", "/components/securitySchemes/CoinKey/name", Some(json!("X-Other"))),
        (SecurityScheme, "scheme", "/components/securitySchemes/CoinBearer/scheme", Some(json!("basic"))),
        (SecurityScheme, "bearerFormat", "/components/securitySchemes/CoinBearer/bearerFormat", Some(json!("opaque"))),
        (SecurityScheme, "x-credential", "/components/securitySchemes/CoinKey/x-credential", None),
        (SecurityScheme, "x-basic", "/components/securitySchemes/CoinBasic/x-basic", Some(json!("plain"))),
        (SecurityScheme, "x-divergence", "/components/securitySchemes/CoinKey/x-divergence", divergence),
    ]
}

fn all_changes() -> Vec<(Kind, &'static str, &'static str, Option<Value>)> {
    let mut all = changes();
    all.extend(changes_of_schemes());
    all
}

/// What is generated, by what acts upon it; doc comments, and what the server tells about itself, are left out.
fn generated(document: &Value) -> Result<BTreeMap<Disposition, BTreeSet<String>>, String> {
    let document = Document::from_value(document.clone());
    let mut parts: BTreeMap<Disposition, BTreeSet<String>> = BTreeMap::new();
    let mut add = |disposition, text: String| {
        parts.entry(disposition).or_default().insert(text);
    };
    for artefact in server_gen::generate(&document).map_err(|refused| format!("{refused:?}"))? {
        if artefact.path.extension().is_none_or(|end| end != "rs")
            || artefact
                .path
                .components()
                .any(|part| part.as_os_str() == "wire")
        {
            continue;
        }
        let file = syn::parse_file(&artefact.content).expect("Rust");
        for item in file.items {
            server_item(item, &mut add);
        }
    }
    let (client, _) = sdk_gen::generate(&document).map_err(|refused| format!("{refused:?}"))?;
    for artefact in client {
        let file = syn::parse_file(&artefact.content).expect("Rust");
        for item in file.items {
            add(
                Disposition::Sdk,
                without(item.to_token_stream(), &mut Vec::new()).to_string(),
            );
        }
    }
    Ok(parts)
}

fn server_item(item: Item, add: &mut dyn FnMut(Disposition, String)) {
    let mut checks = Vec::new();
    match item {
        Item::Struct(_) | Item::Enum(_) | Item::Trait(_) => {
            add(
                Disposition::Type,
                without(item.to_token_stream(), &mut checks).to_string(),
            );
        }
        Item::Fn(function) if function.sig.ident.to_string().ends_with("_meta") => {}
        Item::Impl(mut block) => {
            block.items.retain(|item| match item {
                ImplItem::Fn(function) => !["meta", "register"]
                    .iter()
                    .any(|name| function.sig.ident == name),
                _ => true,
            });
            let text = without(block.to_token_stream(), &mut checks).to_string();
            add(Disposition::RunTime, text);
        }
        Item::Static(constraint)
            if constraint
                .ty
                .to_token_stream()
                .to_string()
                .contains("Shape") =>
        {
            add(
                Disposition::Validator,
                constraint.to_token_stream().to_string(),
            );
        }
        Item::Use(_) => {}
        other => add(
            Disposition::RunTime,
            without(other.to_token_stream(), &mut checks).to_string(),
        ),
    }
    for check in checks {
        add(Disposition::Validator, check);
    }
}

/// Tokens without doc comments and digests; constraints (`wire::Shape::…` and `validator(…)`) are put apart.
fn without(tokens: TokenStream, checks: &mut Vec<String>) -> TokenStream {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut kept: Vec<TokenTree> = Vec::new();
    let mut index = 0;
    while index < tokens.len() {
        let word = |offset: usize| {
            tokens
                .get(index + offset)
                .map_or(String::new(), ToString::to_string)
        };
        let next_group = match tokens.get(index + 1) {
            Some(TokenTree::Group(group)) => Some(group),
            _ => None,
        };
        if word(0) == "#"
            && next_group.is_some_and(|group| group.stream().to_string().starts_with("doc "))
        {
            index += 2;
        } else if word(0) == "digest" && word(1) == ":" {
            // It moves with everything but documentation, and says nothing about what acts upon a keyword.
            index += 3;
        } else if word(0) == "validator"
            && next_group.is_some_and(|group| group.delimiter() == Delimiter::Parenthesis)
        {
            checks.push(word(1));
            index += 2;
        } else if word(0) == "Shape" && word(1) == ":" && word(2) == ":" {
            // The variant, and its fields when it has some.
            checks.push(format!("{} {}", word(3), word(4)));
            index += 5;
        } else {
            kept.push(match &tokens[index] {
                TokenTree::Group(group) => {
                    Group::new(group.delimiter(), without(group.stream(), checks)).into()
                }
                other => other.clone(),
            });
            index += 1;
        }
    }
    kept.into_iter().collect()
}

fn changed(document: &Value, pointer: &str, value: Option<Value>) -> Value {
    let mut document = document.clone();
    let (parent, key) = pointer.rsplit_once('/').expect("a pointer");
    let key = key.replace("~1", "/").replace("~0", "~");
    if let Some(medals) = parent.strip_suffix("/~1medals") {
        document.pointer_mut(medals).expect("the paths")["/medals"] = json!({});
    }
    let parent = document.pointer_mut(parent).expect(pointer);
    match (parent, value) {
        (Value::Object(map), Some(value)) => {
            map.insert(key, value);
        }
        (Value::Object(map), None) => {
            map.shift_remove(&key).expect(pointer);
        }
        (Value::Array(list), Some(value)) => list[key.parse::<usize>().expect("an index")] = value,
        (other, _) => panic!("{pointer} is in {other}"),
    }
    document
}

#[test]
fn what_moves_with_a_keyword_is_what_the_table_says() {
    let document = document();
    let before = generated(&document).expect("it can be expressed");
    let mut failures = Vec::new();
    let mut moved: BTreeMap<(String, &str), (Kind, BTreeSet<Disposition>)> = BTreeMap::new();
    let changes = all_changes();
    let document = &document;
    // Generating is all work and no waiting, so the cores share it.
    let generated: Vec<_> = thread::scope(|threads| {
        let parts: Vec<_> = changes
            .chunks(changes.len().div_ceil(4))
            .map(|part| {
                threads.spawn(move || {
                    let with = |(_, _, pointer, value): &(_, _, &str, Option<Value>)| {
                        generated(&changed(document, pointer, value.clone()))
                    };
                    part.iter().map(with).collect::<Vec<_>>()
                })
            })
            .collect();
        let parts = parts.into_iter().map(|part| part.join().expect("no panic"));
        parts.flatten().collect()
    });
    for ((kind, name, ..), generated) in changes.into_iter().zip(generated) {
        match generated {
            Ok(after) => {
                let acting = [
                    Disposition::Type,
                    Disposition::Validator,
                    Disposition::RunTime,
                    Disposition::Sdk,
                ];
                let acts = acting
                    .into_iter()
                    .filter(|disposition| before.get(disposition) != after.get(disposition));
                let row = moved
                    .entry((format!("{kind:?}"), name))
                    .or_insert_with(|| (kind, BTreeSet::new()));
                row.1.extend(acts);
            }
            Err(refused) => failures.push(format!("{kind:?} {name}: {refused}")),
        }
    }
    for ((_, name), (kind, acts)) in moved {
        let acts: Vec<Disposition> = if acts.is_empty() {
            vec![Disposition::Documentation]
        } else {
            acts.into_iter().collect()
        };
        let row = keywords(kind).iter().find(|row| row.name == name);
        let row = row.expect("a row");
        if row.dispositions != acts {
            let says = row.dispositions;
            failures.push(format!(
                "{kind:?} {name}: the table says {says:?}, and {acts:?} move"
            ));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn every_row_is_changed_or_refused() {
    let changed: BTreeSet<(String, &str)> = all_changes()
        .iter()
        .map(|(kind, name, ..)| (format!("{kind:?}"), *name))
        .collect();
    let rows: BTreeSet<(String, &str)> = KINDS
        .iter()
        .flat_map(|kind| keywords(*kind).iter().map(move |row| (kind, row)))
        .filter(|(_, row)| {
            !matches!(
                row.dispositions,
                [Disposition::Refused(_) | Disposition::Respelt]
            )
        })
        .map(|(kind, row)| (format!("{kind:?}"), row.name))
        .collect();
    assert_eq!(changed, rows);
}

/// Where something of a kind is in the document.
fn somewhere(kind: Kind) -> &'static str {
    match kind {
        Kind::Root => "",
        Kind::Info => "/info",
        Kind::License => "/info/license",
        Kind::Server => "/servers/0",
        Kind::Tag => "/tags/0",
        Kind::PathItem => "/paths/~1coins",
        Kind::Operation => "/paths/~1coins/get",
        Kind::Parameter => "/paths/~1coins~1{coinId}~1mint/post/parameters/0",
        Kind::RequestBody => "/paths/~1coins~1{coinId}~1mint/post/requestBody",
        Kind::Response => "/components/responses/CoinUnauthorized",
        Kind::Header => "/paths/~1coins~1{coinId}~1mint/post/responses/201/headers/X-Coin",
        Kind::MediaType => "/components/responses/CoinUnauthorized/content/application~1json",
        Kind::Example => "/components/examples/CoinExample",
        Kind::Schema => "/components/schemas/CoinMetal",
        Kind::SecurityScheme => "/components/securitySchemes/CoinKey",
    }
}

#[test]
fn what_the_table_refuses_and_what_it_does_not_have_is_refused() {
    let mut document = document();
    document["components"]["examples"] = json!({"CoinExample": {"value": 1}});
    for kind in KINDS {
        let rows = keywords(kind);
        let official = official(kind).expect("the meta-schema is JSON");
        assert!(official.len() > 1, "{kind:?}: {official:?}");
        let missing = official
            .iter()
            .filter(|name| rows.iter().all(|row| row.name != *name))
            .map(|name| (name.as_str(), Rule::UnhandledKeyword));
        let refused = rows.iter().filter_map(|row| match row.dispositions {
            [Disposition::Refused(rule)] => Some((row.name, *rule)),
            [Disposition::Respelt] => Some((row.name, Rule::UnhandledKeyword)),
            _ => None,
        });
        for (name, rule) in missing.chain(refused) {
            let at = somewhere(kind);
            let mut with = document.clone();
            with.pointer_mut(at).expect(at)[name] = json!({});
            let problems = lint::lint(&Document::from_value(with));
            let place = format!("{at}/{name}");
            let found = problems
                .iter()
                .any(|problem| problem.rule == rule && problem.place.pointer == place);
            assert!(found, "{rule} at {place}");
        }
    }
}

#[test]
fn every_row_that_is_no_extension_is_a_keyword_of_openapi() {
    for kind in KINDS {
        let official = official(kind).expect("the meta-schema is JSON");
        for row in keywords(kind) {
            // `nullable` is of 3.0, and refused by name because people still write it.
            let known = official.contains(row.name) || row.name == "nullable";
            assert!(known || row.name.starts_with("x-"), "{kind:?} {}", row.name);
        }
    }
}
