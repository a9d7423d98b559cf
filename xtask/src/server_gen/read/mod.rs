//! Reads the merged document into the generator's model, construct by construct; what it cannot
//! express is an [`Unsupported`] with a pointer.

mod answer;
mod request;

use heck::ToUpperCamelCase;
use serde_json::Value;

use super::callers;
use super::model::{
    Dialect, Operation, Reading, Unsupported, array, escape, members, text, texts, unsupported,
};
use crate::document::last_token;
use crate::reach::reached;

/// The document while it is read.
pub struct Reader<'a> {
    document: &'a Value,
}

impl<'a> Reader<'a> {
    /// Reads `document`, the merged 3.1 document.
    pub fn new(document: &'a Value) -> Self {
        Self { document }
    }

    /// Follows a `$ref` to a component; other values are returned as they are.
    pub fn resolve(&self, value: &'a Value, pointer: &str) -> Reading<(&'a Value, String)> {
        let Some(reference) = value.get("$ref").and_then(Value::as_str) else {
            return Ok((value, pointer.to_owned()));
        };
        match reference
            .strip_prefix('#')
            .and_then(|target| Some((self.document.pointer(target)?, target)))
        {
            Some((found, target)) => Ok((found, target.to_owned())),
            None => unsupported(
                pointer,
                format!("`{reference}` leads nowhere in this document"),
            ),
        }
    }

    /// The schema component of that name.
    pub fn schema(&self, name: &str) -> Option<&'a Value> {
        self.document.get("components")?.get("schemas")?.get(name)
    }

    /// The names of all schemas that the schema of that name leads to.
    pub fn led_to(&self, name: &str) -> impl Iterator<Item = String> {
        let schema = self.schema(name).unwrap_or(&Value::Null);
        let pointers = reached(self.document, schema).into_iter();
        pointers.map(|pointer| last_token(&pointer))
    }

    /// All dialects in the order of the document's tags; every fault is returned, not the first.
    pub fn dialects(&self) -> Result<Vec<Dialect>, Vec<Unsupported>> {
        let mut faults = Vec::new();
        let mut dialects: Vec<Dialect> = array(self.document, "tags")
            .iter()
            .filter_map(|tag| {
                let name = text(tag, "name")?;
                let prefix = name.to_upper_camel_case();
                Some(Dialect {
                    description: text(tag, "description"),
                    base_paths: texts(tag, "x-base-path"),
                    unmatched: Vec::new(),
                    stated_unmatched: tag
                        .get("x-unmatched")
                        .map(|unmatched| written_out(unmatched, self.document)),
                    operations: Vec::new(),
                    schemas: self
                        .components_of("schemas", &prefix)
                        .map(|(name, _)| name)
                        .collect(),
                    security_schemes: self.components_of("securitySchemes", &prefix).collect(),
                    tag: name,
                    prefix,
                })
            })
            .collect();
        for (index, tag) in array(self.document, "tags").iter().enumerate() {
            let name = text(tag, "name").unwrap_or_default();
            if !is_module(&name) {
                faults.push(Unsupported {
                    pointer: format!("/tags/{index}/name"),
                    message: format!("`{name}` can be no module of its own: a tag is a name in Rust, and none of {TAKEN:?}"),
                });
            }
            match self.unmatched(tag, &format!("/tags/{index}/x-unmatched")) {
                Ok(answers) => {
                    let dialect = dialects.iter_mut().find(|dialect| dialect.tag == name);
                    if let Some(dialect) = dialect {
                        dialect.unmatched = answers;
                    }
                }
                Err(fault) => faults.push(fault),
            }
        }
        for (path, item) in members(self.document, "paths") {
            for (method, operation) in item.as_object().into_iter().flatten() {
                if method == "parameters" || method.starts_with("x-") {
                    continue;
                }
                let pointer = format!("/paths/{}/{method}", escape(path));
                let tag = array(operation, "tags")
                    .first()
                    .and_then(Value::as_str)
                    .unwrap_or_default();
                let read = self.operation(path, method, item, operation, &pointer);
                match (dialects.iter_mut().find(|dialect| dialect.tag == tag), read) {
                    (Some(dialect), Ok(operation)) => dialect.operations.push(operation),
                    (None, _) => faults.push(Unsupported {
                        pointer: format!("{pointer}/tags"),
                        message: format!("`{tag}` is not a tag of the document, so the operation belongs to no dialect"),
                    }),
                    (_, Err(fault)) => faults.push(fault),
                }
            }
        }
        if faults.is_empty() {
            Ok(dialects)
        } else {
            Err(faults)
        }
    }

    fn components_of(&self, kind: &str, prefix: &str) -> impl Iterator<Item = (String, Value)> {
        let components = self
            .document
            .get("components")
            .and_then(|all| all.get(kind))
            .and_then(Value::as_object);
        let prefix = prefix.to_owned();
        components
            .into_iter()
            .flatten()
            .filter(move |(name, _)| {
                name.strip_prefix(&prefix)
                    .is_some_and(|rest| rest.starts_with(char::is_uppercase))
            })
            .map(|(name, value)| (name.clone(), value.clone()))
    }

    fn operation(
        &self,
        path: &str,
        method: &str,
        item: &'a Value,
        operation: &'a Value,
        pointer: &str,
    ) -> Reading<Operation> {
        let Some(id) = text(operation, "operationId") else {
            return unsupported(
                pointer,
                "an operation needs an `operationId`: it names the generated method",
            );
        };
        let security = read_security(operation);
        let mut parameters = Vec::new();
        for (owner, owner_pointer) in [
            (
                item,
                pointer.rsplit_once('/').map_or(pointer, |(head, _)| head),
            ),
            (operation, pointer),
        ] {
            for (index, parameter) in array(owner, "parameters").iter().enumerate() {
                parameters.push(
                    self.parameter(parameter, &format!("{owner_pointer}/parameters/{index}"))?,
                );
            }
        }
        let (mut successes, mut failures) = (Vec::new(), Vec::new());
        for (status, response) in members(operation, "responses") {
            let at = format!("{pointer}/responses/{status}");
            let answer = self.answer(status, response, &at)?;
            if (200..300).contains(&answer.status) {
                successes.push(answer);
            } else {
                failures.push(answer);
            }
        }
        if successes.len() != 1 {
            return unsupported(
                &format!("{pointer}/responses"),
                "exactly one 2xx answer can be expressed",
            );
        }
        Ok(Operation {
            credentials: self.credentials(&security, pointer)?,
            body: self.request_body(operation, pointer)?,
            success: successes.remove(0),
            failures,
            parameters,
            security,
            path: path.to_owned(),
            method: method.to_owned(),
            summary: text(operation, "summary"),
            description: text(operation, "description"),
            exact_names: texts(operation, "x-exact-names"),
            callers: callers::facts(self.document, operation),
            cors_any: text(operation, "x-cors").is_some_and(|who| who == "any"),
            rate_bucket: text(operation, "x-rate-bucket").unwrap_or_else(|| "default".to_owned()),
            id,
        })
    }

    /// The schema of a parameter or a header.
    fn scalar(&self, owner: &'a Value, pointer: &str) -> Reading<Value> {
        let Some(schema) = owner.get("schema") else {
            return unsupported(pointer, "a parameter or header needs a `schema`");
        };
        let (schema, at) = self.resolve(schema, &format!("{pointer}/schema"))?;
        match schema.get("type").and_then(Value::as_str) {
            Some("string" | "integer" | "boolean" | "number") => Ok(schema.clone()),
            _ => unsupported(&at, "a parameter or header must be a scalar"),
        }
    }
}

/// What stands there, with references to anything but schemas replaced by what they refer to.
fn written_out(value: &Value, document: &Value) -> Value {
    let target = value
        .get("$ref")
        .and_then(Value::as_str)
        .filter(|reference| !reference.starts_with("#/components/schemas/"))
        .and_then(|reference| document.pointer(reference.strip_prefix('#')?));
    match target.unwrap_or(value) {
        Value::Object(map) => map
            .iter()
            .filter(|(key, _)| !matches!(key.as_str(), "example" | "examples"))
            .map(|(key, member)| (key.clone(), written_out(member, document)))
            .collect(),
        Value::Array(items) => items
            .iter()
            .map(|item| written_out(item, document))
            .collect(),
        leaf @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) => leaf.clone(),
    }
}

fn read_security(operation: &Value) -> Vec<Vec<(String, Vec<String>)>> {
    array(operation, "security")
        .iter()
        .filter_map(Value::as_object)
        .map(|alternative| {
            alternative
                .iter()
                .map(|(scheme, scopes)| {
                    let scopes = scopes
                        .as_array()
                        .into_iter()
                        .flatten()
                        .filter_map(Value::as_str);
                    (scheme.clone(), scopes.map(str::to_owned).collect())
                })
                .collect()
        })
        .collect()
}

/// The modules that stand beside those of the dialects.
const TAKEN: [&str; 4] = ["mod", "routes", "secret_types", "wire"];

/// Whether a module of a dialect can have that name.
fn is_module(name: &str) -> bool {
    !TAKEN.contains(&name) && syn::parse_str::<syn::Ident>(name).is_ok()
}
