//! What can be done to operations: methods, parameters, bodies, answers, headers, credentials.

use serde_json::{Value, json};

use super::{another, members, put};
use crate::document::{Document, join};
use crate::lint::sites::{Kind, Site, sites};
use crate::mutate::drift::{Drift, Edit, split};

/// All of them.
pub fn drifts(document: &Document) -> Vec<Drift> {
    let mut drifts = vec![
        put("add-server", "/servers", "-", json!({"url": "/changed"})),
        put(
            "add-tag",
            "/tags",
            "-",
            json!({"name": "changed", "description": "Changed."}),
        ),
    ];
    for site in sites(document) {
        if site.is_reference() {
            continue;
        }
        match site.kind {
            Kind::PathItem => path(&site, &mut drifts),
            Kind::Operation => {
                operation(document, &site, &mut drifts);
                security(document, &site, &mut drifts);
            }
            Kind::Response => response(&site, &mut drifts),
            Kind::Header => header(&site, &mut drifts),
            Kind::Parameter => parameter(&site, &mut drifts),
            Kind::RequestBody => request_body(&site, &mut drifts),
            Kind::SecurityScheme => {
                let bearer = site.text("scheme") == Some("bearer");
                if bearer && site.text("bearerFormat").is_none() {
                    drifts.push(put(
                        "add-bearer-format",
                        &site.pointer,
                        "bearerFormat",
                        json!("JWT"),
                    ));
                }
                drifts.push(put(
                    "add-scheme-divergence",
                    &site.pointer,
                    "x-secret",
                    json!(true),
                ));
            }
            Kind::Root
            | Kind::Info
            | Kind::License
            | Kind::Server
            | Kind::Tag
            | Kind::MediaType
            | Kind::Example
            | Kind::Schema => {}
        }
    }
    drifts
}

fn path(site: &Site<'_>, drifts: &mut Vec<Drift>) {
    let Some(map) = site.value.as_object() else {
        return;
    };
    for (method, operation) in map {
        let at = site.at(method);
        for other in ["get", "put", "post", "delete", "head"] {
            if map.contains_key(other) {
                continue;
            }
            drifts.push(
                Drift::new(
                    "change-method",
                    at.clone(),
                    Edit::Rename(at.clone(), other.to_owned()),
                )
                .variant(other),
            );
            // The same operation once more, under a name of its own: the document has a route that nobody serves.
            let mut copy = operation.clone();
            if let Some(id) = copy.get_mut("operationId") {
                *id = json!(format!("{}_again", id.as_str().unwrap_or_default()));
            }
            if other != "head" {
                drifts.push(put("add-operation", &site.pointer, other, copy));
            }
        }
        let mut copy = operation.clone();
        if let Some(id) = copy.get_mut("operationId") {
            *id = json!(format!("{}_again", id.as_str().unwrap_or_default()));
        }
        let path = format!("{}/changed", crate::document::last_token(&site.pointer));
        drifts.push(put("add-path", "/paths", &path, json!({ method: copy })));
    }
}

fn operation(document: &Document, site: &Site<'_>, drifts: &mut Vec<Drift>) {
    let mut add = |operator: &str, key: &str, value: Value| {
        drifts.push(put(operator, &site.pointer, key, value));
    };
    add("add-deprecated", "deprecated", json!(true));
    if site.value.get("x-rate-bucket").is_none() {
        add("add-rate-bucket", "x-rate-bucket", json!("writes"));
    }
    if site.value.get("x-cors").is_none() {
        add("add-cors", "x-cors", json!("any"));
    }
    let dialect = prefix(site);
    if site.value.get("requestBody").is_none()
        && let Some((name, _)) = document
            .get("/components/schemas")
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
            .find(|(name, schema)| {
                name.to_lowercase().starts_with(&dialect) && schema.get("properties").is_some()
            })
    {
        let schema = json!({"$ref": format!("#/components/schemas/{name}")});
        let value = json!({});
        add(
            "add-request-body",
            "requestBody",
            json!({"required": true, "content": {"application/json": {"schema": schema,
                "examples": {"changed": {"summary": "Changed", "value": value}}}}}),
        );
    }
    for required in [true, false] {
        let name = if required { "X-Changed" } else { "x-changed" };
        let parameter = json!({"name": name, "in": if required { "header" } else { "query" }, "required": required,
            "description": "Changed.", "schema": {"type": "string"}, "example": "changed"});
        let variant = if required { "required" } else { "optional" };
        let list = site.at("parameters");
        let edit = if document.get(&list).is_some() {
            Edit::Set(join(&list, "-"), parameter)
        } else {
            Edit::Set(list.clone(), json!([parameter]))
        };
        drifts.push(Drift::new("add-parameter", list, edit).variant(variant));
    }
    let responses = site.at("responses");
    let failure =
        members(site.value, "responses").find(|(_, response)| response.get("$ref").is_some());
    if let Some((status, failure)) = failure {
        for other in ["402", "418", "500"] {
            if document.get(&join(&responses, other)).is_none() {
                drifts.push(put("add-response", &responses, other, failure.clone()));
            }
        }
        // An answer that exists, in the shape of another.
        let reference = failure
            .get("$ref")
            .and_then(Value::as_str)
            .unwrap_or_default();
        if let Some(other) = another(&document.value, reference.trim_start_matches('#')) {
            let pointer = join(&responses, status);
            let edit = Edit::Set(join(&pointer, "$ref"), json!(format!("#{other}")));
            drifts.push(Drift::new("swap-response", pointer, edit));
        }
    }
}

/// The first letters of an operation's dialect, as its components begin.
fn prefix(site: &Site<'_>) -> String {
    let id = site.text("operationId").unwrap_or_default();
    id.chars().take(3).collect()
}

fn security(document: &Document, site: &Site<'_>, drifts: &mut Vec<Drift>) {
    let at = site.at("security");
    let Some(alternatives) = site.value.get("security").and_then(Value::as_array) else {
        return;
    };
    let mut replace = |operator: &str, variant: &str, value: Value| {
        drifts
            .push(Drift::new(operator, at.clone(), Edit::Set(at.clone(), value)).variant(variant));
    };
    if !alternatives.is_empty() {
        replace("open-security", "", json!([]));
    }
    let mut with = alternatives.clone();
    with.push(json!({}));
    replace("add-security-alternative", "anybody", json!(with));
    let dialect = prefix(site);
    let schemes: Vec<&String> = document
        .get("/components/securitySchemes")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
        .map(|(name, _)| name)
        .filter(|name| name.to_lowercase().starts_with(&dialect))
        .collect();
    for scheme in schemes {
        let new = json!({ scheme.as_str(): [] });
        if !alternatives.contains(&new) {
            let mut with = alternatives.clone();
            with.push(new);
            replace("add-security-alternative", scheme, json!(with));
        }
        for (index, alternative) in alternatives.iter().enumerate() {
            if alternative.get(scheme.as_str()).is_none() {
                let mut with = alternatives.clone();
                if let Some(Value::Object(map)) = with.get_mut(index) {
                    map.insert(scheme.clone(), json!([]));
                }
                replace(
                    "demand-scheme-too",
                    &format!("{index} {scheme}"),
                    json!(with),
                );
            }
        }
    }
    for (index, alternative) in alternatives.iter().enumerate() {
        let Some(map) = alternative.as_object() else {
            continue;
        };
        if map.len() > 1 {
            let mut split = alternatives.clone();
            split.remove(index);
            split.extend(map.iter().map(|(scheme, scopes)| json!({ scheme: scopes })));
            replace("and-becomes-or", &index.to_string(), json!(split));
        }
    }
    for window in 1..alternatives.len() {
        let mut joined = alternatives.clone();
        let second = joined.remove(window);
        if let (Some(Value::Object(first)), Value::Object(second)) =
            (joined.get_mut(window - 1), second)
        {
            first.extend(second);
        }
        replace("or-becomes-and", &window.to_string(), json!(joined));
    }
}

fn response(site: &Site<'_>, drifts: &mut Vec<Drift>) {
    let header = json!({"description": "Changed.", "required": true, "schema": {"type": "string"}, "example": "changed"});
    let pointer = site.at("headers");
    let edit = if site.value.get("headers").is_some() {
        Edit::Set(join(&pointer, "X-Changed"), header)
    } else {
        Edit::Set(pointer.clone(), json!({"X-Changed": header}))
    };
    drifts.push(Drift::new("add-header", pointer, edit));
    match site.value.get("content").and_then(Value::as_object) {
        None => drifts.push(put(
            "add-response-body",
            &site.pointer,
            "content",
            json!({"text/plain": {"schema": {"type": "string", "maxLength": 0},
                "examples": {"changed": {"summary": "Changed", "value": ""}}}}),
        )),
        Some(content) => {
            if let Some((_, first)) = content.iter().next() {
                drifts.push(put(
                    "add-media-type",
                    &site.at("content"),
                    "application/xml",
                    first.clone(),
                ));
            }
        }
    }
    if site.value.get("x-refusal").is_none() {
        let refusal = json!({"pointer": "/changed", "equals": true});
        drifts.push(put("add-refusal", &site.pointer, "x-refusal", refusal));
    }
}

fn header(site: &Site<'_>, drifts: &mut Vec<Drift>) {
    let required = site.at("required");
    let optional = site.at("x-optional");
    let mut flip = Drift::new(
        "flip-header-required",
        required.clone(),
        Edit::Remove(required.clone()),
    );
    if site.value.get("x-optional").is_some() {
        flip.edits = vec![Edit::Remove(optional), Edit::Set(required, json!(true))];
    } else {
        flip.edits.push(Edit::Set(optional, json!(true)));
    }
    drifts.push(flip);
    for flag in ["x-stamped", "x-secret"] {
        if site.value.get(flag).is_none() {
            drifts.push(put(
                &format!("add-{flag}"),
                &site.pointer,
                flag,
                json!(true),
            ));
        }
    }
    drifts.push(put(
        "add-deprecated",
        &site.pointer,
        "deprecated",
        json!(true),
    ));
}

fn parameter(site: &Site<'_>, drifts: &mut Vec<Drift>) {
    if site.value.get("x-secret").is_none() {
        drifts.push(put("add-x-secret", &site.pointer, "x-secret", json!(true)));
    }
    for (key, value) in [
        ("deprecated", json!(true)),
        ("explode", json!(site.text("in") != Some("query"))),
        ("style", json!("label")),
        ("allowEmptyValue", json!(true)),
    ] {
        drifts.push(put(&format!("add-{key}"), &site.pointer, key, value));
    }
}

fn request_body(site: &Site<'_>, drifts: &mut Vec<Drift>) {
    let content = site.at("content");
    let Some(map) = site.value.get("content").and_then(Value::as_object) else {
        return;
    };
    for media_type in ["application/json", "application/x-www-form-urlencoded"] {
        if let (None, Some((_, first))) = (map.get(media_type), map.iter().next()) {
            drifts.push(put("add-media-type", &content, media_type, first.clone()));
        }
    }
    if map.len() == 1
        && let Some(name) = map.keys().next()
    {
        let other = if name == "application/json" {
            "application/x-www-form-urlencoded"
        } else {
            "application/json"
        };
        let pointer = join(&content, name);
        let edit = Edit::Rename(pointer.clone(), other.to_owned());
        drifts.push(Drift::new("swap-media-type", pointer, edit));
    }
    if site.value.get("description").is_none() {
        drifts.push(put(
            "add-description",
            split(&content).0,
            "description",
            json!("Changed."),
        ));
    }
}
