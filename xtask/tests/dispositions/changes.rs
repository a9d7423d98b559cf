//! The document that has one of each keyword, and one change for each.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use xtask::lint::sites::Kind;

/// The server generator's fixture, and what it lacks for this: one of each keyword.
pub fn document() -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/server/document.json");
    let text = fs::read_to_string(path).expect("the fixture is there");
    let mut document: Value = serde_json::from_str(&text).expect("the fixture is JSON");
    let schemas = "/components/schemas";
    for (place, key, value) in [
        ("", "tags", tags()),
        (
            "/components/responses",
            "CoinUnknown",
            json!({"description": "There is no such path."}),
        ),
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

/// Two tags, the first with paths of its own and an answer to those that no operation has.
fn tags() -> Value {
    // No operation has this answer, so it comes from nowhere but `x-unmatched`.
    let unknown = json!({"$ref": "#/components/responses/CoinUnknown"});
    json!([
        {"name": "coin", "description": "Mints coins.", "x-base-path": ["/coins"],
            "x-unmatched": {"path": {"404": unknown}, "method": {"404": unknown}}},
        {"name": "medal", "description": "Medals."}])
}

/// One change for each keyword: the place of the keyword, and its new value; without one it goes.
#[rustfmt::skip]
pub fn changes() -> Vec<(Kind, &'static str, &'static str, Option<Value>)> {
    use Kind::{Info, License, Operation, Parameter, PathItem, RequestBody, Root, Schema, Server, Tag, Example};
    let (mint, order, bounds) = ("/paths/~1coins~1{coinId}~1mint/post", "/components/schemas/CoinOrder", "/components/schemas/CoinBounds");
    let answer = json!({"description": "Gone.", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/CoinRefusal"}}}});
    let operation = json!({"operationId": "coin_touch_coin", "tags": ["coin"], "security": [], "responses": {"200": answer}});
    let at = |place: &str, key: &str| -> &'static str { Box::leak(format!("{place}/{key}").into_boxed_str()) };
    let divergence = Some(json!({"chosen": "a", "other": "b", "why": "c"}));
    let mut all = vec![
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
        (Tag, "x-at-a-glance", "/tags/0/x-at-a-glance",
            Some(json!({"issues": "coins", "proof": "a key", "tokens": "opaque", "refusals": "`{}`"}))),
        (Tag, "x-base-path", "/tags/0/x-base-path", Some(json!(["/coins/more"]))),
        (Tag, "x-unmatched", "/tags/0/x-unmatched", None),
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
    ];
    all.extend(of_answers(mint));
    all.extend(of_callers(mint, order));
    all
}

/// The changes of what is answered, and of the media types of both directions.
#[rustfmt::skip]
fn of_answers(mint: &str) -> Vec<(Kind, &'static str, &'static str, Option<Value>)> {
    use Kind::{Header, MediaType, Response};
    let at = |place: &str, key: &str| -> &'static str { Box::leak(format!("{place}/{key}").into_boxed_str()) };
    let divergence = Some(json!({"chosen": "a", "other": "b", "why": "c"}));
    vec![
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
    ]
}

/// The changes of what a document says about callers: what they prove themselves with, and what is theirs.
#[rustfmt::skip]
fn of_callers(mint: &str, order: &str) -> Vec<(Kind, &'static str, &'static str, Option<Value>)> {
    use Kind::{Operation, Parameter, Schema, SecurityScheme};
    let at = |place: &str, key: &str| -> &'static str { Box::leak(format!("{place}/{key}").into_boxed_str()) };
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
        (Operation, "x-proves", at(mint, "x-proves"), Some(json!("principal"))),
        (Parameter, "x-owned-by", at(mint, "parameters/0/x-owned-by"), Some(json!("nobody"))),
        (Schema, "x-owned-by", at(order, "properties/note/x-owned-by"), Some(json!({"others": "401"}))),
        (SecurityScheme, "x-proves", "/components/securitySchemes/CoinKey/x-proves", Some(json!("token"))),
    ]
}

pub fn changed(document: &Value, pointer: &str, value: Option<Value>) -> Value {
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
