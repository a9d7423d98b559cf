//! Runs progenitor on the lowered document, and turns its panics into problems with a place.

use std::panic::{self, AssertUnwindSafe};
use std::sync::{Mutex, PoisonError};

use openapiv3::OpenAPI;
use progenitor::{CrateVers, GenerationSettings, Generator, HooksMode, InterfaceStyle, TagStyle};
use quote::quote;
use serde_json::{Map, Value, json};

use super::texts::texts;
use super::{fault, unsupported};
use crate::document::{Document, join};
use crate::problem::Problems;

/// Seconds until a call without an answer is given up.
const TIMEOUT_SECS: u64 = 15;

/// Gives every text marked `x-secret` the SDK's type for secrets, and leaves what is to be checked of texts to the
/// server: the length of secrets, and all patterns, for which the SDK would need an engine of its own.
pub(super) fn prepare(node: &mut Value) {
    match node {
        Value::Object(fields) => {
            let secret = fields.get("x-secret") == Some(&Value::Bool(true))
                && fields.get("type") == Some(&Value::from("string"));
            if secret {
                fields.insert(
                    "x-rust-type".to_owned(),
                    json!({
                        "crate": "tessera_client",
                        "version": "*",
                        "path": "tessera_client::Secret",
                    }),
                );
            }
            // A property of that name is no text.
            if fields.get("pattern").is_some_and(Value::is_string) {
                fields.shift_remove("pattern");
            }
            // Examples are data; a member named like a keyword means nothing there.
            let inner = fields
                .iter_mut()
                .filter(|(keyword, _)| !matches!(keyword.as_str(), "example" | "examples"));
            for (_, value) in inner {
                prepare(value);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(prepare),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// The client that progenitor generates from `lowered`.
///
/// # Errors
/// Whatever openapiv3 or progenitor cannot read, at the operation that causes it where it can be found.
pub(super) fn client(document: &Document, lowered: &Value) -> Result<syn::File, Problems> {
    let reason = match attempt(lowered) {
        Ok(file) => return Ok(file),
        Err(reason) => reason,
    };
    let mut problems = Problems::new();
    if attempt(&with_paths(lowered, Map::new())).is_err() {
        let message = format!("progenitor cannot read the components: {reason}");
        problems.push(unsupported(document, "/components", message));
        return Err(problems);
    }
    for (path, method) in operations(lowered) {
        if let Err(reason) = attempt(&only(lowered, &path, &method)) {
            let pointer = join(&join("/paths", &path), &method);
            let message = format!("progenitor cannot express the operation: {reason}");
            problems.push(unsupported(document, &pointer, message));
        }
    }
    if problems.is_empty() {
        return Err(fault(&format!(
            "progenitor fails on the document as a whole: {reason}"
        )));
    }
    Err(problems)
}

/// One run on one document, with a reason in place of a panic.
fn attempt(lowered: &Value) -> Result<syn::File, String> {
    let openapi: OpenAPI =
        serde_json::from_value(lowered.clone()).map_err(|error| error.to_string())?;
    let tokens = quietly(|| Generator::new(&settings()).generate_tokens(&openapi))?
        .map_err(|error| error.to_string())?;
    syn::parse2(texts(tokens)).map_err(|error| error.to_string())
}

fn settings() -> GenerationSettings {
    let mut settings = GenerationSettings::new();
    settings
        .with_interface(InterfaceStyle::Builder)
        .with_tag(TagStyle::Merged)
        .with_hooks(HooksMode::Expected)
        .with_inner_type(quote! { crate::Setup })
        .with_map_type("::std::collections::BTreeMap")
        .with_timeout(TIMEOUT_SECS)
        .with_crate("tessera_client", CrateVers::Any, None);
    settings
}

/// Runs `work` without letting a panic through, or onto the terminal.
fn quietly<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    // The hook belongs to the whole process: two runs at once would restore each other's.
    static HOOK: Mutex<()> = Mutex::new(());
    let guard = HOOK.lock().unwrap_or_else(PoisonError::into_inner);
    let before = panic::take_hook();
    panic::set_hook(Box::new(|_| {}));
    let outcome = panic::catch_unwind(AssertUnwindSafe(work));
    panic::set_hook(before);
    drop(guard);
    outcome.map_err(|payload| {
        payload
            .downcast_ref::<String>()
            .map(String::as_str)
            .or_else(|| payload.downcast_ref::<&str>().copied())
            .unwrap_or("it gives no reason")
            .to_owned()
    })
}

fn operations(lowered: &Value) -> Vec<(String, String)> {
    let paths = lowered.get("paths").and_then(Value::as_object);
    paths
        .into_iter()
        .flatten()
        .flat_map(|(path, item)| {
            let methods = item.as_object().into_iter().flatten();
            methods
                .filter(|(_, operation)| operation.get("responses").is_some())
                .map(|(method, _)| (path.clone(), method.clone()))
        })
        .collect()
}

/// The document with no operation but one.
fn only(lowered: &Value, path: &str, method: &str) -> Value {
    let item = lowered.get("paths").and_then(|paths| paths.get(path));
    let kept: Map<String, Value> = item
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
        .filter(|(key, value)| *key == method || value.get("responses").is_none())
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    let mut paths = Map::new();
    paths.insert(path.to_owned(), Value::Object(kept));
    with_paths(lowered, paths)
}

fn with_paths(lowered: &Value, paths: Map<String, Value>) -> Value {
    let mut document = lowered.clone();
    if let Some(root) = document.as_object_mut() {
        root.insert("paths".to_owned(), Value::Object(paths));
    }
    document
}
