//! What the value of each extension has to look like, wherever it stands.

use std::collections::BTreeSet;

use serde_json::Value;

use super::owners;
use super::sites::{Kind, UNMATCHED};
use crate::glance;

/// What `x-error` says of a body: where the code is, the text for humans, and the seconds to wait.
pub const ERROR_PLACES: [&str; 3] = ["code", "message", "retry"];

/// Whether `value` is one that `key` may have at a place of that kind.
pub fn fits(kind: Kind, key: &str, value: &Value) -> bool {
    match (key, kind) {
        ("x-divergence", _) => match value.as_array() {
            Some(all) => !all.is_empty() && all.iter().all(is_divergence),
            None => is_divergence(value),
        },
        ("x-refusal", _) => is_refusal(value),
        ("x-rate-bucket", _) | ("x-credential", Kind::Header) => is_name(value),
        ("x-exact-names", _) => names(value).is_some(),
        ("x-cors", _) => value == "any",
        ("x-error", Kind::Header) => value == "code" || value == "message",
        ("x-error", _) => is_error(value),
        ("x-credential", _) => value
            .as_str()
            .is_some_and(|text| text != "{}" && text.matches("{}").count() == 1),
        (glance::KEY, _) => is_glance(value),
        ("x-base-path", _) => value.as_array().is_some_and(|all| is_base_paths(all)),
        ("x-unmatched", _) => is_unmatched(value),
        ("x-proves", _) => value == "principal" || value == "token",
        ("x-owned-by", _) => owners::is_shaped(value),
        ("x-basic", _) => value == "form" || value == "plain",
        ("x-one-proof", _) => is_one_proof(value),
        // A flag that says false says nothing.
        _ => value == &Value::Bool(true),
    }
}

/// What an author is told.
pub fn wanted(kind: Kind, key: &str) -> &'static str {
    match (key, kind) {
        ("x-divergence", _) => "{chosen, other, why}, or a list of these",
        ("x-refusal", _) => "{pointer, equals}",
        ("x-rate-bucket", _) => "the name of a bucket",
        ("x-exact-names", _) => "a list of names, or of * alone",
        ("x-cors", _) => "any, or left out",
        ("x-error", Kind::Header) => "code or message",
        ("x-error", _) => {
            "{code, message, retry}, each a JSON pointer, the last two if there are such"
        }
        ("x-credential", Kind::Header) => "the name of a security scheme",
        ("x-credential", _) => "the text that travels, with {} in the place of the credential",
        (glance::KEY, _) => "{issues, proof, tokens, refusals}, each a line without |",
        ("x-base-path", _) => "a list of paths without a slash at their ends",
        ("x-unmatched", _) => {
            "{path, method}, each with one status and a reference to its response"
        }
        ("x-proves", _) => "principal or token",
        ("x-owned-by", _) => "{others: status}, or nobody",
        ("x-basic", _) => "form or plain",
        ("x-one-proof", _) => "{schemes, members}, each a list of names",
        _ => "true, or left out",
    }
}

fn is_name(value: &Value) -> bool {
    value.as_str().is_some_and(|name| !name.is_empty())
}

/// A list of names, at least one.
fn names(value: &Value) -> Option<&Vec<Value>> {
    let names = value.as_array()?;
    (!names.is_empty() && names.iter().all(is_name)).then_some(names)
}

fn is_divergence(value: &Value) -> bool {
    value.as_object().is_some_and(|map| {
        map.len() == 3
            && ["chosen", "other", "why"].iter().all(|key| {
                map.get(*key)
                    .and_then(Value::as_str)
                    .is_some_and(|text| !text.trim().is_empty())
            })
    })
}

fn is_refusal(value: &Value) -> bool {
    value.as_object().is_some_and(|map| {
        map.len() == 2
            && map
                .get("pointer")
                .and_then(Value::as_str)
                .is_some_and(|pointer| pointer.starts_with('/'))
            && map
                .get("equals")
                .is_some_and(|equals| !equals.is_object() && !equals.is_array())
    })
}

fn is_error(value: &Value) -> bool {
    value.as_object().is_some_and(|map| {
        let is_place = |(key, pointer): (&String, &Value)| {
            ERROR_PLACES.contains(&key.as_str())
                && pointer.as_str().is_some_and(|text| text.starts_with('/'))
        };
        map.contains_key("code") && map.iter().all(is_place)
    })
}

fn is_one_proof(value: &Value) -> bool {
    let is_set = |names: &Vec<Value>| {
        let set: BTreeSet<&str> = names.iter().filter_map(Value::as_str).collect();
        set.len() == names.len()
    };
    value.as_object().is_some_and(|map| {
        map.len() == 2
            && ["schemes", "members"]
                .iter()
                .all(|key| map.get(*key).and_then(names).is_some_and(is_set))
    })
}

/// Each member is a cell of a table.
fn is_glance(value: &Value) -> bool {
    let is_cell = |text: &Value| {
        is_name(text)
            && text
                .as_str()
                .is_some_and(|text| !text.contains(['|', '\n']))
    };
    value.as_object().is_some_and(|map| {
        map.len() == glance::MEMBERS.len()
            && glance::MEMBERS
                .iter()
                .all(|member| map.get(*member).is_some_and(is_cell))
    })
}

fn is_base_paths(all: &[Value]) -> bool {
    let is_path = |path: &Value| {
        path.as_str()
            .is_some_and(|path| path.starts_with('/') && !path.ends_with('/'))
    };
    !all.is_empty() && all.iter().all(is_path)
}

fn is_unmatched(value: &Value) -> bool {
    let is_answer = |answers: &Value| {
        answers.as_object().is_some_and(|answers| {
            answers.len() == 1
                && answers
                    .values()
                    .all(|answer| answer.get("$ref").is_some_and(Value::is_string))
        })
    };
    value.as_object().is_some_and(|map| {
        map.len() == UNMATCHED.len()
            && UNMATCHED
                .iter()
                .all(|whose| map.get(*whose).is_some_and(is_answer))
    })
}
