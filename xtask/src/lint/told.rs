//! What the document tells the SDK beyond types: where refusals say why, how credentials travel, which proof goes alone.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::Lint;
use super::shapes::{self, ERROR_PLACES};
use super::sites::{Kind, Site};
use crate::document::{Document, join};
use crate::problem::Rule;

/// Every rule about `x-error`, `x-credential`, `x-basic` and `x-one-proof` that their shape does not settle.
pub fn check(lint: &mut Lint<'_>) {
    refusals(lint);
    for scheme in lint.of(Kind::SecurityScheme) {
        self::scheme(lint, &scheme);
    }
    sessions(lint);
    for operation in lint.of(Kind::Operation) {
        one_proof(lint, &operation);
    }
}

/// One declared refusal: the pointers of its body's schema and of its headers that say something.
struct Refusal {
    pointer: String,
    schema: Option<String>,
    headers: Vec<String>,
}

/// Each refusal of each operation: what is no success, and the second half of a success that may be a refusal.
fn declared(document: &Document, operation: &Site<'_>) -> Vec<Refusal> {
    let at = operation.at("responses");
    let responses = operation.value.get("responses").and_then(Value::as_object);
    let mut refusals = Vec::new();
    for (status, response) in responses.into_iter().flatten() {
        let (response, pointer) = document.resolve(response, &join(&at, status));
        let under_success = response.get("x-refusal").is_some();
        if status.starts_with('2') && !under_success {
            continue;
        }
        let content = response.get("content").and_then(Value::as_object);
        let body = content.and_then(|content| {
            let (name, media) = content.iter().next()?;
            let at = join(&join(&join(&pointer, "content"), name), "schema");
            let (schema, at) = document.resolve(media.get("schema")?, &at);
            if !under_success {
                return Some((schema, at));
            }
            let choice = schema.get("oneOf")?.get(1)?;
            Some(document.resolve(choice, &join(&join(&at, "oneOf"), "1")))
        });
        // A body that is always empty says nothing.
        let body = body.filter(|(schema, _)| schema.get("maxLength") != Some(&Value::from(0)));
        let headers = response.get("headers").and_then(Value::as_object);
        let at = join(&pointer, "headers");
        let headers = headers.into_iter().flatten().map(|(name, header)| {
            let (_, at) = document.resolve(header, &join(&at, name));
            at
        });
        refusals.push(Refusal {
            schema: body.map(|(_, at)| at),
            headers: headers.collect(),
            pointer,
        });
    }
    refusals
}

fn refusals(lint: &mut Lint<'_>) {
    let document = lint.document;
    let operations = lint.of(Kind::Operation);
    let all = operations
        .iter()
        .flat_map(|operation| declared(document, operation));
    let mut refusals: BTreeMap<String, Refusal> = BTreeMap::new();
    for refusal in all {
        refusals.insert(refusal.pointer.clone(), refusal);
    }
    let bodies: BTreeSet<&String> = refusals
        .values()
        .filter_map(|one| one.schema.as_ref())
        .collect();
    let headers: BTreeSet<&String> = refusals.values().flat_map(|one| &one.headers).collect();
    for pointer in &bodies {
        let schema = document.get(pointer).unwrap_or(&Value::Null);
        match schema.get("x-error") {
            None => lint.report(
                Rule::ErrorPlaces,
                pointer,
                "the body of a refusal does not say where its code stands",
            ),
            Some(places) if shapes::fits(Kind::Schema, "x-error", places) => {
                self::places(lint, pointer, schema, places);
            }
            Some(_) => {}
        }
    }
    let unread = "nothing that refuses has it, so nobody reads it";
    for schema in lint.written(Kind::Schema) {
        if schema.value.get("x-error").is_some() && !bodies.contains(&schema.pointer) {
            lint.report(Rule::ErrorPlaces, &schema.at("x-error"), unread);
        }
    }
    for header in lint.written(Kind::Header) {
        if header.value.get("x-error").is_none() {
            continue;
        }
        if !headers.contains(&header.pointer) {
            lint.report(Rule::ErrorPlaces, &header.at("x-error"), unread);
        } else if header.value.pointer("/schema/type") != Some(&Value::from("string")) {
            lint.report(
                Rule::ErrorPlaces,
                &header.at("x-error"),
                "the header is no text",
            );
        }
    }
    for refusal in refusals.values() {
        twice(lint, refusal);
    }
}

/// Whether each pointer leads to a member that can be what it is said to be.
fn places(lint: &mut Lint<'_>, pointer: &str, schema: &Value, places: &Value) {
    for key in ERROR_PLACES {
        let Some(place) = places.get(key).and_then(Value::as_str) else {
            continue;
        };
        let at = join(&join(pointer, "x-error"), key);
        let Some((kind, required)) = member(lint.document, schema, place) else {
            lint.report(
                Rule::ErrorPlaces,
                &at,
                format!("the body has no member {place}"),
            );
            continue;
        };
        let fitting: &[&str] = match key {
            "code" => &["string", "integer"],
            "message" => &["string"],
            _ => &["integer"],
        };
        if !fitting.contains(&kind) {
            let message = format!("{place} is of the type {kind}, which no {key} is");
            lint.report(Rule::ErrorPlaces, &at, message);
        } else if key == "code" && !required {
            lint.report(
                Rule::ErrorPlaces,
                &at,
                format!("{place} may be absent, and a code is not"),
            );
        }
    }
}

/// The type of the member at `place` in a body of `schema`, and whether it is always there.
fn member<'a>(document: &'a Document, schema: &'a Value, place: &str) -> Option<(&'a str, bool)> {
    let (mut schema, mut always) = (schema, true);
    for token in place.split('/').skip(1) {
        let name = token.replace("~1", "/").replace("~0", "~");
        let required = schema.get("required").and_then(Value::as_array);
        always &= required.is_some_and(|names| names.iter().any(|own| *own == name));
        let property = schema.get("properties")?.get(&name)?;
        schema = document.resolve(property, "").0;
    }
    Some((schema.get("type")?.as_str()?, always))
}

/// Whether a refusal says one thing in its body and in a header, or in two headers.
fn twice(lint: &mut Lint<'_>, refusal: &Refusal) {
    let body = refusal.schema.as_ref().and_then(|at| lint.document.get(at));
    let said = body.and_then(|schema| schema.get("x-error")?.as_object());
    let mut said: BTreeSet<&str> = said
        .into_iter()
        .flatten()
        .map(|(key, _)| key.as_str())
        .collect();
    let mut repeated = Vec::new();
    for pointer in &refusal.headers {
        let told = lint
            .document
            .get(pointer)
            .and_then(|header| header.get("x-error")?.as_str());
        if let Some(told) = told
            && !said.insert(told)
        {
            repeated.push(told.to_owned());
        }
    }
    for told in repeated {
        let message = format!("the refusal tells its {told} in two places");
        lint.report(Rule::ErrorPlaces, &refusal.pointer, message);
    }
}

fn scheme(lint: &mut Lint<'_>, scheme: &Site<'_>) {
    let is_basic = scheme.text("type") == Some("http") && scheme.text("scheme") == Some("basic");
    let stated = scheme.value.get("x-basic").is_some();
    if is_basic && !stated {
        lint.report(
            Rule::SecurityScheme,
            &scheme.pointer,
            "the scheme does not say by x-basic how id and secret are joined: form or plain",
        );
    }
    if stated && !is_basic {
        lint.report(
            Rule::SecurityScheme,
            &scheme.at("x-basic"),
            "nobody joins an id and a secret but http basic",
        );
    }
    if scheme.value.get("x-credential").is_some() && scheme.text("type") != Some("apiKey") {
        lint.report(
            Rule::SecurityScheme,
            &scheme.at("x-credential"),
            "how the credential of an http scheme travels is not the document's to say",
        );
    }
}

/// A session is handed out in `Set-Cookie`, and its scheme is a cookie.
fn sessions(lint: &mut Lint<'_>) {
    let mut names: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for response in lint.written(Kind::Response) {
        let at = response.at("headers");
        let headers = response.value.get("headers").and_then(Value::as_object);
        for (name, header) in headers.into_iter().flatten() {
            let (_, pointer) = lint.document.resolve(header, &join(&at, name));
            names
                .entry(pointer)
                .or_default()
                .insert(name.to_ascii_lowercase());
        }
    }
    for header in lint.written(Kind::Header) {
        let Some(scheme) = header.text("x-credential") else {
            continue;
        };
        let at = header.at("x-credential");
        let is_cookie = names
            .get(&header.pointer)
            .is_some_and(|names| names.iter().all(|name| name == "set-cookie"));
        if !is_cookie {
            lint.report(
                Rule::UnknownExtension,
                &at,
                "only Set-Cookie hands a session out",
            );
        }
        let pointer = join("/components/securitySchemes", scheme);
        let scheme_is = lint
            .document
            .get(&pointer)
            .and_then(|scheme| scheme.get("in"));
        if scheme_is != Some(&Value::from("cookie")) {
            let message = format!("{scheme} is no security scheme that is a cookie");
            lint.report(Rule::UnknownExtension, &at, message);
        }
    }
}

/// The schemes are the operation's, and the members are those of its JSON body.
fn one_proof(lint: &mut Lint<'_>, operation: &Site<'_>) {
    let Some(said) = operation.value.get("x-one-proof") else {
        return;
    };
    let security = operation.value.get("security").and_then(Value::as_array);
    let schemes: BTreeSet<&str> = security
        .into_iter()
        .flatten()
        .filter_map(Value::as_object)
        .flat_map(|alternative| alternative.keys().map(String::as_str))
        .collect();
    let body = operation.value.get("requestBody").map(|body| {
        let at = operation.at("requestBody");
        lint.document.resolve(body, &at).0
    });
    let schema = body
        .and_then(|body| body.get("content")?.get("application/json")?.get("schema"))
        .map(|schema| lint.document.resolve(schema, &operation.pointer).0);
    let properties = schema.and_then(|schema| schema.get("properties")?.as_object());
    let members: BTreeSet<&str> = properties
        .into_iter()
        .flatten()
        .map(|(name, _)| name.as_str())
        .collect();
    let at = operation.at("x-one-proof");
    for (key, known, what) in [
        ("schemes", schemes, "no security scheme of the operation"),
        ("members", members, "no member of its JSON body"),
    ] {
        let names = said.get(key).and_then(Value::as_array);
        for (index, name) in names.into_iter().flatten().enumerate() {
            let name = name.as_str().unwrap_or_default();
            if !known.contains(name) {
                let at = join(&join(&at, key), &index.to_string());
                lint.report(Rule::UnknownExtension, &at, format!("{name} is {what}"));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::lint;

    #[test]
    fn the_error_places_of_no_refusal_can_be_taken_out_unseen() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../openapi/openapi.json");
        let text = std::fs::read_to_string(path).expect("the document is committed");
        let value: Value = serde_json::from_str(&text).expect("JSON");
        let schemas = value["components"]["schemas"].as_object();
        let told: Vec<&String> = schemas
            .into_iter()
            .flatten()
            .filter(|(_, schema)| schema.get("x-error").is_some())
            .map(|(name, _)| name)
            .collect();
        assert!(told.len() >= 8, "{told:?}");
        for name in told {
            let mut without = value.clone();
            let schema = without["components"]["schemas"][name].as_object_mut();
            schema.expect("a schema").shift_remove("x-error");
            let at = format!("/components/schemas/{name}");
            let found = lint(&Document::from_value(without));
            // Names belong to files, which a value has none of.
            let places: Vec<&str> = found
                .iter()
                .filter(|problem| problem.rule == Rule::ErrorPlaces)
                .map(|problem| problem.place.pointer.as_str())
                .collect();
            assert_eq!(places, [at.as_str()]);
        }
    }
}
