//! Base paths: each operation lies below one of its own dialect, and every dialect has what another has.

use serde_json::Value;

use super::Lint;
use super::sites::{Kind, Site};
use crate::document::last_token;
use crate::glance;
use crate::problem::Rule;

/// The whole rule; it says nothing about a document in which no tag has a base path.
pub fn check(lint: &mut Lint<'_>) {
    let tags = lint.of(Kind::Tag);
    for key in ["x-base-path", "x-unmatched", glance::KEY] {
        if tags.iter().any(|tag| tag.value.get(key).is_some()) {
            for tag in tags.iter().filter(|tag| tag.value.get(key).is_none()) {
                let message = format!("other tags have {key}, this one has none");
                lint.report(Rule::BasePath, &tag.pointer, message);
            }
        }
    }
    let claims: Vec<(&str, &str)> = tags.iter().flat_map(base_paths).collect();
    for (index, (path, owner)) in claims.iter().enumerate() {
        if let Some((_, first)) = claims[..index].iter().find(|(other, _)| other == path) {
            let tag = tags.iter().find(|tag| tag.text("name") == Some(owner));
            let at = tag.map_or_else(String::new, |tag| tag.at("x-base-path"));
            lint.report(
                Rule::BasePath,
                &at,
                format!("{first} has the base path {path} as well"),
            );
        }
    }
    for operation in lint.of(Kind::Operation) {
        misplaced(lint, &operation, &claims);
    }
}

/// The base paths of a tag, each with its name.
fn base_paths<'a>(tag: &Site<'a>) -> Vec<(&'a str, &'a str)> {
    let name = tag.text("name").unwrap_or_default();
    let all = tag.value.get("x-base-path").and_then(Value::as_array);
    let all = all.into_iter().flatten().filter_map(Value::as_str);
    all.map(|path| (path, name)).collect()
}

fn misplaced(lint: &mut Lint<'_>, operation: &Site<'_>, claims: &[(&str, &str)]) {
    let Some(tag) = operation.value.pointer("/tags/0").and_then(Value::as_str) else {
        return;
    };
    if claims.is_empty() {
        return;
    }
    let Some((item, _)) = operation.pointer.rsplit_once('/') else {
        return;
    };
    let path = last_token(item);
    let below = |base: &str| {
        path.strip_prefix(base)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    let owner = claims
        .iter()
        .filter(|(base, _)| below(base))
        // Of a path that two dialects claim its own is taken here; that two claim it is told of them.
        .max_by_key(|(base, owner)| (base.len(), *owner == tag));
    let message = match owner {
        Some((_, owner)) if *owner == tag => return,
        Some((base, owner)) => format!("{path} lies below {base}, which is {owner}'s"),
        None => format!("{path} lies below no base path of {tag}"),
    };
    lint.report(Rule::BasePath, item, message);
}
