//! Finds its way in the document: operations by id, their parameters, security and request schemas.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::harness::document::{self, DOCUMENT};

/// Where an operation is.
pub struct Site {
    /// Path template.
    pub path: &'static str,
    /// Method, lower case.
    pub method: &'static str,
    /// JSON pointer.
    pub pointer: String,
    /// The operation object.
    pub operation: &'static Value,
}

/// Every operation.
pub fn sites() -> Vec<Site> {
    let mut sites = Vec::new();
    for (path, item) in document::members(&DOCUMENT, "paths") {
        for (method, operation) in item.as_object().into_iter().flatten() {
            if operation.get("operationId").is_some() {
                let escaped = path.replace('~', "~0").replace('/', "~1");
                sites.push(Site {
                    path,
                    method,
                    pointer: format!("/paths/{escaped}/{method}"),
                    operation,
                });
            }
        }
    }
    sites
}

/// The operation of that id.
pub fn site(id: &str) -> Option<Site> {
    sites()
        .into_iter()
        .find(|site| site.operation["operationId"] == id)
}

/// Location, name and definition of each parameter, those of the path item included.
pub fn parameters(operation: &'static Value) -> Vec<(&'static str, &'static str, &'static Value)> {
    let item = document::members(&DOCUMENT, "paths")
        .map(|(_, item)| item)
        .find(|item| {
            let members = item.as_object().into_iter().flatten();
            members
                .map(|(_, value)| value)
                .any(|own| std::ptr::eq(own, operation))
        });
    let own = operation.get("parameters");
    let shared = item.and_then(|item| item.get("parameters"));
    [own, shared]
        .into_iter()
        .flatten()
        .filter_map(Value::as_array)
        .flatten()
        .map(|parameter| document::resolve(parameter, String::new()).0)
        .filter_map(|found| Some((found["in"].as_str()?, found["name"].as_str()?, found)))
        .collect()
}

/// The alternatives of an operation's security, each a set of schemes.
pub fn alternatives(operation: &'static Value) -> Vec<BTreeSet<&'static str>> {
    let security = operation
        .get("security")
        .or_else(|| DOCUMENT.get("security"));
    let alternatives = security.and_then(Value::as_array).into_iter().flatten();
    alternatives
        .filter_map(Value::as_object)
        .map(|schemes| schemes.keys().map(String::as_str).collect())
        .collect()
}

/// The schema of the request body's first media type, references followed, with its pointer.
pub fn request_schema(operation: &'static Value) -> Option<(&'static Value, String)> {
    let body = operation.get("requestBody")?;
    let (body, _) = document::resolve(body, String::new());
    let (_, media) = document::content(body)?;
    Some(document::resolve(media.get("schema")?, String::new()))
}
