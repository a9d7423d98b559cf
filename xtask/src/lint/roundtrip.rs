//! The guard on utoipa's model: a document that Rust programs read through it loses nothing.

use serde_json::Value;
use utoipa::openapi::{
    OpenApi, RefOr, Response, Schema, path::Operation, security::SecurityScheme,
};

use super::Lint;
use crate::canonical::{Difference, NOTHING, canonical, differences};
use crate::document::join;
use crate::problem::Rule;

/// Compares the canonical form before and after a round trip.
pub fn check(lint: &mut Lint<'_>) {
    let read = serde_json::from_value::<OpenApi>(lint.document.value.clone())
        .and_then(serde_json::to_value);
    let after = match read {
        Ok(after) => after,
        Err(error) => {
            let pointer = refused(&lint.document.value);
            lint.report(
                Rule::LossyRoundTrip,
                &pointer,
                format!("utoipa refuses this: {error}"),
            );
            return;
        }
    };
    let before = canonical(&lint.document.value);
    for difference in differences(&before, &canonical(&after)) {
        if !is_accepted(&difference) {
            lint.report(
                Rule::LossyRoundTrip,
                &difference.pointer,
                format!("utoipa keeps {} of {}", difference.right, difference.left),
            );
        }
    }
}

/// The named exceptions.
fn is_accepted(difference: &Difference) -> bool {
    // utoipa's model of a response header has no `required`. Headers that are not always sent say
    // `x-optional`, which survives, so the fact itself is not lost.
    let tokens: Vec<&str> = difference.pointer.rsplit('/').collect();
    matches!(tokens.as_slice(), ["required", _, "headers", ..]) && difference.right == NOTHING
}

/// The first part of the document that utoipa does not read; its own error has no place.
fn refused(document: &Value) -> String {
    let parts = |pointer: &str| -> Vec<(String, Value)> {
        let map = document.pointer(pointer).and_then(Value::as_object);
        map.into_iter()
            .flatten()
            .map(|(name, value)| (join(pointer, name), value.clone()))
            .collect()
    };
    for (pointer, schema) in parts("/components/schemas") {
        if serde_json::from_value::<RefOr<Schema>>(schema).is_err() {
            return pointer;
        }
    }
    for (pointer, response) in parts("/components/responses") {
        if serde_json::from_value::<RefOr<Response>>(response).is_err() {
            return pointer;
        }
    }
    for (pointer, scheme) in parts("/components/securitySchemes") {
        if serde_json::from_value::<SecurityScheme>(scheme).is_err() {
            return pointer;
        }
    }
    for (path, item) in parts("/paths") {
        for (method, operation) in item.as_object().into_iter().flatten() {
            if serde_json::from_value::<Operation>(operation.clone()).is_err() {
                return join(&path, method);
            }
        }
    }
    String::new()
}
