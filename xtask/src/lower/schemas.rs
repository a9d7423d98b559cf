//! Schemas: JSON Schema 2020-12 to the subset with its own spellings that OpenAPI 3.0 has.

use serde_json::{Map, Value, json};

use super::names::{ANNOTATIONS, DROPPED_KEYWORDS, SCHEMA_KEYWORDS, SCHEMA_LIST_KEYWORDS};
use super::{Lowering, LoweringRule};
use crate::document::join;

impl Lowering {
    /// Rewrites `schema`, found at `pointer`, and all schemas inside it.
    pub(super) fn schema(&mut self, schema: &mut Value, pointer: &str) {
        match schema {
            Value::Bool(true) => *schema = json!({}),
            Value::Bool(false) => *schema = json!({"not": {}}),
            Value::Object(_) => {
                reference(schema);
                let Value::Object(fields) = schema else {
                    return;
                };
                self.dropped_keywords(fields, pointer);
                self.examples(fields, pointer);
                constant(fields);
                exclusive_bound(fields, "exclusiveMinimum", "minimum", f64::max);
                exclusive_bound(fields, "exclusiveMaximum", "maximum", f64::min);
                self.types(fields, pointer);
                null_alternative(fields);
                self.prefix_items(fields, pointer);
                self.inner_schemas(fields, pointer);
            }
            // Not a schema; the reader of the lowered document says so.
            Value::Null | Value::Number(_) | Value::String(_) | Value::Array(_) => {}
        }
    }

    fn dropped_keywords(&mut self, fields: &mut Map<String, Value>, pointer: &str) {
        for keyword in DROPPED_KEYWORDS {
            if fields.shift_remove(*keyword).is_some() {
                self.lose(
                    LoweringRule::SchemaKeyword,
                    &join(pointer, keyword),
                    "dropped",
                );
            }
        }
        if fields.shift_remove("patternProperties").is_some() {
            // A closed object would now refuse what the patterns let in.
            if fields.get("additionalProperties") == Some(&Value::Bool(false)) {
                fields.insert("additionalProperties".to_owned(), Value::Bool(true));
            }
            self.lose(
                LoweringRule::SchemaKeyword,
                &join(pointer, "patternProperties"),
                "dropped, the object is open",
            );
        }
        if let Some(unevaluated) = fields.shift_remove("unevaluatedProperties") {
            let composed = SCHEMA_LIST_KEYWORDS.iter().any(|k| fields.contains_key(*k));
            if unevaluated == Value::Bool(false) && !composed && !fields.contains_key("$ref") {
                fields.insert("additionalProperties".to_owned(), Value::Bool(false));
            } else {
                self.lose(
                    LoweringRule::SchemaKeyword,
                    &join(pointer, "unevaluatedProperties"),
                    "dropped",
                );
            }
        }
    }

    fn examples(&mut self, fields: &mut Map<String, Value>, pointer: &str) {
        let Some(Value::Array(examples)) = fields.shift_remove("examples") else {
            return;
        };
        if examples.len() > 1 {
            self.lose(
                LoweringRule::SchemaExamples,
                &join(pointer, "examples"),
                format!("the first of {} is kept", examples.len()),
            );
        }
        if let Some(first) = examples.into_iter().next() {
            fields.entry("example").or_insert(first);
        }
    }

    /// `type` lists: `null` becomes `nullable`, several other types become `anyOf`.
    fn types(&mut self, fields: &mut Map<String, Value>, pointer: &str) {
        if fields.get("type") == Some(&Value::from("null")) {
            fields.shift_remove("type");
            fields.insert("enum".to_owned(), json!([null]));
            return;
        }
        let Some(Value::Array(types)) = fields.get("type") else {
            return;
        };
        let nullable = types.contains(&Value::from("null"));
        let rest: Vec<Value> = types.iter().filter(|t| **t != "null").cloned().collect();
        match rest.as_slice() {
            [] => {
                fields.shift_remove("type");
                fields.insert("enum".to_owned(), json!([null]));
                return;
            }
            [one] => {
                fields.insert("type".to_owned(), one.clone());
            }
            several => {
                self.lose(
                    LoweringRule::TypeUnion,
                    &join(pointer, "type"),
                    "an anyOf of the types, each with all constraints",
                );
                let mut common = Map::new();
                let mut outer = Map::new();
                for (keyword, value) in std::mem::take(fields) {
                    if keyword == "type" {
                        continue;
                    }
                    if ANNOTATIONS.contains(&keyword.as_str()) || keyword.starts_with("x-") {
                        outer.insert(keyword, value);
                    } else {
                        common.insert(keyword, value);
                    }
                }
                let alternatives = several
                    .iter()
                    .map(|one| {
                        let mut alternative = Map::new();
                        alternative.insert("type".to_owned(), one.clone());
                        alternative.extend(common.clone());
                        Value::Object(alternative)
                    })
                    .collect();
                outer.insert("anyOf".to_owned(), Value::Array(alternatives));
                *fields = outer;
            }
        }
        if nullable {
            fields.insert("nullable".to_owned(), Value::Bool(true));
        }
    }

    fn prefix_items(&mut self, fields: &mut Map<String, Value>, pointer: &str) {
        let Some(Value::Array(mut alternatives)) = fields.shift_remove("prefixItems") else {
            return;
        };
        self.lose(
            LoweringRule::PrefixItems,
            &join(pointer, "prefixItems"),
            "any of the items' schemas at every position",
        );
        match fields.shift_remove("items") {
            // Items beyond the prefix may be anything, so every item may.
            None | Some(Value::Bool(true)) => {
                fields.insert("items".to_owned(), json!({}));
                return;
            }
            Some(Value::Bool(false)) => {}
            Some(rest) => alternatives.push(rest),
        }
        fields.insert("items".to_owned(), json!({"anyOf": alternatives}));
    }

    fn inner_schemas(&mut self, fields: &mut Map<String, Value>, pointer: &str) {
        let properties = fields.get_mut("properties").and_then(Value::as_object_mut);
        for (name, property) in properties.into_iter().flatten() {
            self.schema(property, &join(&join(pointer, "properties"), name));
        }
        for keyword in SCHEMA_KEYWORDS {
            match fields.get_mut(*keyword) {
                // 3.0 knows `additionalProperties: true` and `false`.
                Some(Value::Bool(_)) if *keyword == "additionalProperties" => {}
                Some(schema) => self.schema(schema, &join(pointer, keyword)),
                None => {}
            }
        }
        for keyword in SCHEMA_LIST_KEYWORDS {
            let list = fields.get_mut(*keyword).and_then(Value::as_array_mut);
            for (index, schema) in list.into_iter().flatten().enumerate() {
                self.schema(schema, &join(&join(pointer, keyword), &index.to_string()));
            }
        }
    }
}

/// 3.0 ignores everything beside a `$ref`, so the siblings move round an `allOf`.
fn reference(schema: &mut Value) {
    let Some(fields) = schema.as_object_mut() else {
        return;
    };
    if fields.len() < 2 {
        return;
    }
    let Some(target) = fields.shift_remove("$ref") else {
        return;
    };
    let mut outer = Map::new();
    let mut constraints = Map::new();
    for (keyword, value) in std::mem::take(fields) {
        if ANNOTATIONS.contains(&keyword.as_str()) || keyword.starts_with("x-") {
            outer.insert(keyword, value);
        } else {
            constraints.insert(keyword, value);
        }
    }
    let mut parts = vec![json!({"$ref": target})];
    if let Some(Value::Array(more)) = constraints.shift_remove("allOf") {
        parts.extend(more);
    }
    if !constraints.is_empty() {
        parts.push(Value::Object(constraints));
    }
    outer.insert("allOf".to_owned(), Value::Array(parts));
    *fields = outer;
}

/// `const` says the same as an `enum` of one value; 3.0 also wants to be told the type.
fn constant(fields: &mut Map<String, Value>) {
    let Some(value) = fields.shift_remove("const") else {
        return;
    };
    let inferred = match &value {
        Value::Null => None,
        Value::Bool(_) => Some("boolean"),
        Value::Number(number) if number.is_f64() => Some("number"),
        Value::Number(_) => Some("integer"),
        Value::String(_) => Some("string"),
        Value::Array(_) => Some("array"),
        Value::Object(_) => Some("object"),
    };
    if let Some(inferred) = inferred {
        fields.entry("type").or_insert_with(|| inferred.into());
    }
    fields.insert("enum".to_owned(), Value::Array(vec![value]));
}

/// A numeric exclusive bound becomes the plain bound with a flag; beside a plain bound the tighter one counts.
fn exclusive_bound(
    fields: &mut Map<String, Value>,
    exclusive: &str,
    plain: &str,
    tighter: fn(f64, f64) -> f64,
) {
    let Some(bound) = fields.get(exclusive).filter(|b| b.is_number()).cloned() else {
        return;
    };
    fields.shift_remove(exclusive);
    let excluded = bound.as_f64().unwrap_or_default();
    if let Some(included) = fields.get(plain).and_then(Value::as_f64)
        && (included - excluded).abs() > 0.0
        && tighter(included, excluded).to_bits() == included.to_bits()
    {
        return;
    }
    fields.insert(plain.to_owned(), bound);
    fields.insert(exclusive.to_owned(), Value::Bool(true));
}

/// A `null` alternative becomes `nullable`; a single remaining alternative needs no choice.
fn null_alternative(fields: &mut Map<String, Value>) {
    for keyword in ["anyOf", "oneOf"] {
        let Some(Value::Array(alternatives)) = fields.get(keyword) else {
            continue;
        };
        let rest: Vec<Value> = alternatives
            .iter()
            .filter(|a| a.get("type") != Some(&Value::from("null")))
            .cloned()
            .collect();
        if rest.len() == alternatives.len() || rest.is_empty() {
            continue;
        }
        let single = rest.len() == 1 && !fields.contains_key("allOf");
        if single {
            fields.shift_remove(keyword);
        }
        let target = if single { "allOf" } else { keyword };
        fields.insert(target.to_owned(), Value::Array(rest));
        fields.insert("nullable".to_owned(), Value::Bool(true));
    }
}
