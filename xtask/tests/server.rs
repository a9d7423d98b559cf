//! The server generator on a small document against committed text, and what it refuses.
//!
//! `BLESS=1 cargo test -p xtask --test server` writes the text anew; read the difference before committing.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use xtask::document::Document;
use xtask::problem::Rule;
use xtask::server_gen;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/server")
}

fn document() -> Value {
    let text = fs::read_to_string(folder().join("document.json")).expect("the fixture is there");
    serde_json::from_str(&text).expect("the fixture is JSON")
}

fn generated(document: Value) -> String {
    let artefacts =
        server_gen::generate(&Document::from_value(document)).expect("it can be expressed");
    let dialect = artefacts
        .into_iter()
        .find(|one| one.path.ends_with("coin.rs"));
    dialect.expect("the dialect has a file").content
}

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "nobody reads the fixture meanwhile"
)]
fn a_small_document_generates_the_committed_text() {
    let found = generated(document());
    let path = folder().join("coin.rs.txt");
    if std::env::var_os("BLESS").is_some() {
        fs::write(&path, &found).expect("the fixture can be written");
    }
    let expected = fs::read_to_string(&path).expect("the fixture is there");
    assert!(expected == found, "the text changed; BLESS=1 shows how");
}

#[test]
fn generating_twice_gives_the_same_bytes() {
    assert_eq!(generated(document()), generated(document()));
}

/// A fault, the place in the document it is put at, and where the finding must point.
struct Refused {
    fault: &'static str,
    at: &'static str,
    value: Value,
    pointer: &'static str,
}

fn one(fault: &'static str, at: &'static str, value: Value, pointer: &'static str) -> Refused {
    Refused {
        fault,
        at,
        value,
        pointer,
    }
}

/// What stands in tags and operations.
fn refused_operations() -> Vec<Refused> {
    let mint = "/paths/~1coins~1{coinId}~1mint/post";
    vec![
        one(
            "a pattern of statuses",
            "/paths/~1coins~1{coinId}~1mint/post/responses/4XX",
            json!({"description": "no"}),
            "/paths/~1coins~1{coinId}~1mint/post/responses/4XX",
        ),
        one(
            "a tag that is no name of a module",
            "/tags",
            json!([document()["tags"][0], {"name": "coin-api"}]),
            "/tags/1/name",
        ),
        one(
            "two successes",
            "/paths/~1coins~1{coinId}~1mint/post/responses/202",
            json!({"description": "later"}),
            "/paths/~1coins~1{coinId}~1mint/post/responses",
        ),
        one(
            "an unknown media type",
            "/paths/~1coins~1{coinId}~1mint/post/requestBody/content/text~1csv",
            json!({"schema": {"$ref": "#/components/schemas/CoinOrder"}}),
            "/paths/~1coins~1{coinId}~1mint/post/requestBody/content/text~1csv/schema",
        ),
        one(
            "a cookie parameter",
            "/paths/~1coins~1{coinId}~1mint/post/parameters/0/in",
            json!("cookie"),
            "/paths/~1coins~1{coinId}~1mint/post/parameters/0",
        ),
        one(
            "an operation without an id",
            "/paths/~1coins~1{coinId}~1mint/post/operationId",
            Value::Null,
            mint,
        ),
        one(
            "an unknown tag",
            "/paths/~1coins~1{coinId}~1mint/post/tags",
            json!(["other"]),
            "/paths/~1coins~1{coinId}~1mint/post/tags",
        ),
        one(
            "an unknown scheme",
            "/paths/~1coins~1{coinId}~1mint/post/security",
            json!([{"Nobody": []}]),
            "/paths/~1coins~1{coinId}~1mint/post/security",
        ),
        one(
            "an OAuth flow",
            "/components/securitySchemes/CoinBearer",
            json!({"type": "oauth2", "flows": {}}),
            "/components/securitySchemes/CoinBearer",
        ),
    ]
}

/// What stands in schemas, and what refers to nothing.
fn refused_schemas() -> Vec<Refused> {
    vec![
        one(
            "an inline object",
            "/components/schemas/CoinOrder/properties/note",
            json!({"type": "object", "properties": {"a": {"type": "string"}}}),
            "/components/schemas/CoinOrder/properties/note",
        ),
        one(
            "an object with named members and members of one kind",
            "/components/schemas/CoinOrder/additionalProperties",
            json!({"type": "string"}),
            "/components/schemas/CoinOrder",
        ),
        one(
            "a format nobody knows",
            "/components/schemas/CoinOrder/properties/note/format",
            json!("iban"),
            "/components/schemas/CoinOrder/properties/note",
        ),
        one(
            "an integer without a format",
            "/components/schemas/CoinOrder/properties/amount/format",
            Value::Null,
            "/components/schemas/CoinOrder/properties/amount",
        ),
        one(
            "a default that is a list",
            "/components/schemas/CoinOrder/properties/amount/default",
            json!([1]),
            "/components/schemas/CoinOrder/properties/amount",
        ),
        one(
            "a reference to nothing",
            "/paths/~1coins~1{coinId}~1mint/post/responses/401",
            json!({"$ref": "#/components/responses/Nothing"}),
            "/paths/~1coins~1{coinId}~1mint/post/responses/401",
        ),
        one(
            "a refusal without its union",
            "/paths/~1coins~1{coinId}~1mint/post/responses/201/x-refusal",
            json!({"pointer": "/a", "equals": "b"}),
            "/paths/~1coins~1{coinId}~1mint/post/responses/201/content/application~1json/schema",
        ),
        one(
            "a header that is an object",
            "/paths/~1coins~1{coinId}~1mint/post/responses/201/headers/X-Coin/schema",
            json!({"type": "object"}),
            "/paths/~1coins~1{coinId}~1mint/post/responses/201/headers/X-Coin/schema",
        ),
    ]
}

#[test]
fn what_cannot_be_expressed_is_refused_with_its_pointer() {
    for Refused {
        fault,
        at,
        value,
        pointer,
    } in refused_operations().into_iter().chain(refused_schemas())
    {
        let mut document = document();
        let (owner, key) = at.rsplit_once('/').expect("a pointer has a last token");
        let key = key.replace("~1", "/");
        match (document.pointer_mut(owner), value) {
            (Some(Value::Object(members)), Value::Null) => {
                members.shift_remove(&key);
            }
            (Some(Value::Object(members)), value) => {
                members.insert(key, value);
            }
            (other, _) => panic!("{fault}: {owner} is {other:?}"),
        }
        let problems = server_gen::generate(&Document::from_value(document)).expect_err(fault);
        let found: Vec<(Rule, &str)> = problems
            .iter()
            .map(|one| (one.rule, one.place.pointer.as_str()))
            .collect();
        assert_eq!(found, [(Rule::ServerUnsupported, pointer)], "{fault}");
    }
}

#[test]
fn a_named_object_with_members_of_one_kind_is_a_map() {
    let mut document = document();
    let schemas = document.pointer_mut("/components/schemas");
    let schemas = schemas.and_then(Value::as_object_mut).expect("schemas");
    let names = json!({"type": "object", "additionalProperties": {"type": "string"}});
    schemas.insert("CoinNames".to_owned(), names);
    schemas["CoinOrder"]["properties"]["names"] = json!({"$ref": "#/components/schemas/CoinNames"});
    let text = generated(document);
    assert!(
        text.contains("pub type CoinNames = std::collections::BTreeMap<String, String>;"),
        "{text}"
    );
}
