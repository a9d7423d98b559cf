//! Shared components and the small objects that stand both there and inline: headers, parameters, bodies.

use serde_json::{Map, Value, json};

use super::{Lowering, LoweringRule};
use crate::document::join;

impl Lowering {
    /// Lowers every component in place, and drops the kinds that 3.0 lacks.
    pub(super) fn components(&mut self, document: &mut Value) {
        let Some(components) = document
            .get_mut("components")
            .and_then(Value::as_object_mut)
        else {
            return;
        };
        let at = "/components";
        if components.contains_key("callbacks") {
            components.shift_remove("callbacks");
            self.lose(LoweringRule::Callbacks, "/components/callbacks", "dropped");
        }
        for kind in [
            "schemas",
            "headers",
            "parameters",
            "requestBodies",
            "responses",
            "securitySchemes",
        ] {
            let Some(members) = components.get_mut(kind).and_then(Value::as_object_mut) else {
                continue;
            };
            let mut refused = Vec::new();
            for (name, member) in members.iter_mut() {
                let pointer = join(&join(at, kind), name);
                match kind {
                    "schemas" => self.schema(member, &pointer),
                    "headers" => self.header(member, &pointer),
                    "parameters" => self.parameter(member, &pointer),
                    "requestBodies" => self.request_body(member, &pointer),
                    "responses" => self.response(member, &pointer),
                    _ => {
                        if member.get("type") == Some(&Value::from("mutualTLS")) {
                            self.lose(LoweringRule::SecurityScheme, &pointer, "mutualTLS");
                            refused.push(name.clone());
                        }
                    }
                }
            }
            for name in refused {
                members.shift_remove(&name);
            }
        }
    }

    /// A `$ref` that is not a schema's: 3.1 lets it carry texts of its own, 3.0 does not.
    ///
    /// Returns whether `object` is a reference at all.
    pub(super) fn is_reference(&mut self, object: &mut Value, pointer: &str) -> bool {
        let Some(fields) = object.as_object_mut() else {
            return false;
        };
        if !fields.contains_key("$ref") {
            return false;
        }
        for text in ["summary", "description"] {
            if fields.shift_remove(text).is_some() {
                self.lose(
                    LoweringRule::ReferenceAnnotation,
                    &join(pointer, text),
                    "the target's own text is used",
                );
            }
        }
        true
    }

    pub(super) fn header(&mut self, header: &mut Value, pointer: &str) {
        if !self.is_reference(header, pointer) {
            self.schema_of(header, pointer);
        }
    }

    pub(super) fn parameter(&mut self, parameter: &mut Value, pointer: &str) {
        if self.is_reference(parameter, pointer) {
            return;
        }
        if let Some(fields) = parameter.as_object_mut()
            && let Some(content) = fields.shift_remove("content")
        {
            self.lose(
                LoweringRule::ParameterContent,
                &join(pointer, "content"),
                "the client sends the text as it is given",
            );
            let described = content
                .as_object()
                .is_some_and(|content| !content.is_empty());
            let schema = if described {
                json!({"type": "string"})
            } else {
                json!({})
            };
            fields.insert("schema".to_owned(), schema);
        }
        self.schema_of(parameter, pointer);
    }

    /// Keeps one media type of a request body, JSON before forms before anything else.
    pub(super) fn request_body(&mut self, body: &mut Value, pointer: &str) {
        if self.is_reference(body, pointer) {
            return;
        }
        let at = join(pointer, "content");
        if let Some(content) = body.get_mut("content").and_then(Value::as_object_mut) {
            self.one_media_type(content, &at, LoweringRule::RequestMediaType);
            self.media_types(content, &at);
            for (media_type, media) in content.iter_mut() {
                if let Some(media) = media.as_object_mut()
                    && media.shift_remove("encoding").is_some()
                {
                    let pointer = join(&join(&at, media_type), "encoding");
                    self.lose(LoweringRule::Encoding, &pointer, "dropped");
                }
            }
        }
    }

    /// Lowers what stands under each media type, and reads `+json` as JSON.
    pub(super) fn media_types(&mut self, content: &mut Map<String, Value>, pointer: &str) {
        for (media_type, mut media) in std::mem::take(content) {
            let at = join(pointer, &media_type);
            self.schema_of(&mut media, &at);
            let name = if is_structured_json(&media_type) {
                self.lose(
                    LoweringRule::JsonMediaType,
                    &at,
                    "the client asks for application/json",
                );
                "application/json".to_owned()
            } else {
                media_type
            };
            if is_json(&name)
                && let Some(fields) = media.as_object_mut()
            {
                // A JSON body without a schema is any JSON value.
                fields.entry("schema").or_insert_with(|| json!({}));
            }
            content.insert(name, media);
        }
    }

    /// Drops all media types but the one a client understands best.
    pub(super) fn one_media_type(
        &mut self,
        content: &mut Map<String, Value>,
        pointer: &str,
        rule: LoweringRule,
    ) {
        if content.len() < 2 {
            return;
        }
        let kept = content
            .keys()
            .find(|name| is_json(name) || is_structured_json(name))
            .or_else(|| content.keys().find(|name| is_form(name)))
            .or_else(|| content.keys().next())
            .cloned()
            .unwrap_or_default();
        for name in content.keys().filter(|name| **name != kept) {
            self.lose(rule, &join(pointer, name), format!("{kept} is kept"));
        }
        content.retain(|name, _| *name == kept);
    }

    fn schema_of(&mut self, owner: &mut Value, pointer: &str) {
        if let Some(schema) = owner.get_mut("schema") {
            self.schema(schema, &join(pointer, "schema"));
        }
    }
}

/// The media type without its parameters.
fn essence(media_type: &str) -> &str {
    media_type.split(';').next().unwrap_or_default().trim()
}

pub(super) fn is_json(media_type: &str) -> bool {
    essence(media_type).eq_ignore_ascii_case("application/json")
}

fn is_structured_json(media_type: &str) -> bool {
    let essence = essence(media_type).to_ascii_lowercase();
    essence.starts_with("application/") && essence.ends_with("+json")
}

fn is_form(media_type: &str) -> bool {
    essence(media_type).eq_ignore_ascii_case("application/x-www-form-urlencoded")
}
