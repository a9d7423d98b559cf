//! Responses: one success and one error type per operation is all that progenitor can express.

use serde_json::{Map, Value, json};

use super::components::is_json;
use super::operations::resolved;
use super::{Lowering, LoweringRule};
use crate::document::join;

/// What a response carries, as far as a typed client cares.
#[derive(Debug, Clone, PartialEq)]
enum Payload {
    Typed(Value),
    Untyped,
    Empty,
}

impl Lowering {
    /// Lowers the headers and the content of one response.
    pub(super) fn response(&mut self, response: &mut Value, pointer: &str) {
        if self.is_reference(response, pointer) {
            return;
        }
        let at = join(pointer, "headers");
        let headers = response.get_mut("headers").and_then(Value::as_object_mut);
        for (name, header) in headers.into_iter().flatten() {
            self.header(header, &join(&at, name));
        }
        let at = join(pointer, "content");
        if let Some(content) = response.get_mut("content").and_then(Value::as_object_mut) {
            self.one_media_type(content, &at, LoweringRule::ResponseMediaType);
            self.media_types(content, &at);
        }
    }

    /// Lowers the responses of one operation until its successes share one type, and its errors another.
    pub(super) fn responses(
        &mut self,
        operation: &mut Map<String, Value>,
        document: &mut Value,
        pointer: &str,
    ) {
        let id = operation
            .get("operationId")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned();
        let at = join(pointer, "responses");
        let Some(Value::Object(responses)) = operation.get_mut("responses") else {
            operation.insert(
                "responses".to_owned(),
                json!({"default": {"description": "Not described."}}),
            );
            return;
        };
        for (status, response) in responses.iter_mut() {
            self.response(response, &join(&at, status));
        }
        self.default_response(responses, &at);
        self.one_success(responses, document, &at);
        self.one_error(responses, document, &at, &id);
    }

    /// progenitor takes `default` for a success *and* an error.
    fn default_response(&mut self, responses: &mut Map<String, Value>, pointer: &str) {
        let Some(default) = responses.get("default").cloned() else {
            return;
        };
        let described = responses.keys().any(|status| status.starts_with('2'));
        if !described {
            return;
        }
        responses.shift_remove("default");
        for range in ["4XX", "5XX"] {
            responses.entry(range).or_insert_with(|| default.clone());
        }
        self.lose(
            LoweringRule::DefaultResponse,
            &join(pointer, "default"),
            "4XX and 5XX only",
        );
    }

    fn one_success(&mut self, responses: &mut Map<String, Value>, document: &Value, pointer: &str) {
        let successes = payloads(responses, document, |status| status.starts_with('2'));
        let Some(first) = successes
            .iter()
            .find(|(_, payload)| matches!(payload, Payload::Typed(_)))
            .or_else(|| successes.first())
            .map(|(_, payload)| payload.clone())
        else {
            return;
        };
        for (status, payload) in successes {
            if payload != first {
                responses.shift_remove(&status);
                self.lose(
                    LoweringRule::SuccessUnion,
                    &join(pointer, &status),
                    "undeclared to the client",
                );
            }
        }
    }

    fn one_error(
        &mut self,
        responses: &mut Map<String, Value>,
        document: &mut Value,
        pointer: &str,
        operation_id: &str,
    ) {
        let errors = payloads(responses, document, |status| status.starts_with(['4', '5']));
        let mut schemas: Vec<Value> = Vec::new();
        for (_, payload) in &errors {
            if let Payload::Typed(schema) = payload
                && !schemas.contains(schema)
            {
                schemas.push(schema.clone());
            }
        }
        if schemas.is_empty() {
            return;
        }
        for (status, payload) in &errors {
            let rule = match payload {
                Payload::Typed(_) => continue,
                Payload::Empty => LoweringRule::BodylessError,
                Payload::Untyped => LoweringRule::UntypedError,
            };
            responses.shift_remove(status);
            self.lose(rule, &join(pointer, status), "undeclared to the client");
        }
        if schemas.len() > 1 {
            self.error_union(responses, document, pointer, operation_id, &schemas);
        }
    }

    /// Joins several error schemas under one new name, and gives every error of the operation that type.
    fn error_union(
        &mut self,
        responses: &mut Map<String, Value>,
        document: &mut Value,
        pointer: &str,
        operation_id: &str,
        schemas: &[Value],
    ) {
        let name = format!("{operation_id}_error_body");
        self.lose(
            LoweringRule::ErrorUnion,
            pointer,
            format!("{} schemas under the name {name}", schemas.len()),
        );
        let union = json!({"$ref": format!("#/components/schemas/{name}")});
        for (status, response) in responses.iter_mut() {
            if !status.starts_with(['4', '5']) {
                continue;
            }
            let mut own = resolved(response, document).clone();
            let content = own.get_mut("content").and_then(Value::as_object_mut);
            for (media_type, media) in content.into_iter().flatten() {
                if is_json(media_type)
                    && let Some(media) = media.as_object_mut()
                {
                    media.insert("schema".to_owned(), union.clone());
                }
            }
            *response = own;
        }
        if let Some(root) = document.as_object_mut() {
            let components = root.entry("components").or_insert_with(|| json!({}));
            if let Some(components) = components.as_object_mut() {
                let all = components.entry("schemas").or_insert_with(|| json!({}));
                if let Some(all) = all.as_object_mut() {
                    all.insert(name, json!({"oneOf": schemas}));
                }
            }
        }
    }
}

/// Status and payload of the responses that `wanted` picks, in document order.
fn payloads(
    responses: &Map<String, Value>,
    document: &Value,
    wanted: fn(&str) -> bool,
) -> Vec<(String, Payload)> {
    responses
        .iter()
        .filter(|(status, _)| wanted(status))
        .map(|(status, response)| (status.clone(), payload(resolved(response, document))))
        .collect()
}

fn payload(response: &Value) -> Payload {
    let Some(content) = response.get("content").and_then(Value::as_object) else {
        return Payload::Empty;
    };
    let json = content.iter().find(|(media_type, _)| is_json(media_type));
    match json {
        Some((_, media)) => Payload::Typed(media.get("schema").cloned().unwrap_or(Value::Null)),
        // A text that is always empty is no body, whatever media type it is said to have.
        None if content.values().all(is_always_empty) => Payload::Empty,
        None => Payload::Untyped,
    }
}

fn is_always_empty(media: &Value) -> bool {
    media.pointer("/schema/maxLength") == Some(&Value::from(0))
}
