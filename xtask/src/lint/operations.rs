//! Operations: documentation, tag, security, and parameters that agree with the path.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::Lint;
use super::sites::{Kind, Site};
use super::vocabulary::name;
use crate::document::{METHODS, join, last_token};
use crate::problem::Rule;

/// All rules about operations as a whole.
pub fn check(lint: &mut Lint<'_>) {
    documentation(lint);
    for operation in lint.of(Kind::Operation) {
        tag(lint, &operation);
        security(lint, &operation);
    }
    path_parameters(lint);
    cors(lint);
}

fn is_blank(site: &Site<'_>, key: &str) -> bool {
    match site.value.get(key) {
        None => true,
        Some(Value::String(text)) => text.trim().is_empty(),
        // Of the wrong type, which `vocabulary` reports.
        Some(_) => false,
    }
}

fn documentation(lint: &mut Lint<'_>) {
    for site in lint.sites.clone() {
        let wanted: &[&str] = match site.kind {
            Kind::Operation => &["summary", "description"],
            Kind::Response
            | Kind::Parameter
            | Kind::Header
            | Kind::Tag
            | Kind::SecurityScheme
            | Kind::Info => &["description"],
            // A named schema is a type; its properties explain themselves through it or by themselves.
            Kind::Schema if site.is_component() => &["description"],
            Kind::Root
            | Kind::License
            | Kind::Server
            | Kind::PathItem
            | Kind::RequestBody
            | Kind::MediaType
            | Kind::Example
            | Kind::Schema => &[],
        };
        if site.is_reference() || !site.value.is_object() {
            continue;
        }
        for key in wanted {
            if is_blank(&site, key) {
                let pointer = if site.value.get(*key).is_some() {
                    site.at(key)
                } else {
                    site.pointer.clone()
                };
                let what = name(site.kind);
                lint.report(
                    Rule::OperationDocumentation,
                    &pointer,
                    format!("the {what} {} has no {key}", last_token(&site.pointer)),
                );
            }
        }
    }
}

fn tag(lint: &mut Lint<'_>, operation: &Site<'_>) {
    let tags = operation.value.get("tags").and_then(Value::as_array);
    let names: Vec<&str> = tags
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let [tag] = names.as_slice() else {
        let place = match tags {
            Some(_) => operation.at("tags"),
            None => operation.pointer.clone(),
        };
        lint.report(
            Rule::OperationTag,
            &place,
            format!("the operation has {} tags instead of one", names.len()),
        );
        return;
    };
    let pointer = operation.at("tags");
    let file = lint.document.place(&operation.pointer).file;
    let dialect = file
        .file_stem()
        .map(|stem| stem.to_string_lossy().into_owned());
    if !lint
        .of(Kind::Tag)
        .iter()
        .any(|known| known.text("name") == Some(tag))
    {
        lint.report(
            Rule::OperationTag,
            &pointer,
            format!("no tag {tag} is defined"),
        );
    } else if dialect.is_some_and(|dialect| dialect != *tag) {
        lint.report(
            Rule::OperationTag,
            &pointer,
            format!("the tag {tag} is not the dialect of the fragment"),
        );
    }
}

fn security(lint: &mut Lint<'_>, operation: &Site<'_>) {
    let Some(Value::Array(alternatives)) = operation.value.get("security") else {
        lint.report(
            Rule::OperationSecurity,
            &operation.pointer,
            "the operation does not state its security",
        );
        return;
    };
    let at = operation.at("security");
    for (index, alternative) in alternatives.iter().enumerate() {
        let at = join(&at, &index.to_string());
        let Value::Object(alternative) = alternative else {
            lint.report(
                Rule::OperationSecurity,
                &at,
                "an alternative has to be a mapping",
            );
            continue;
        };
        for (scheme, scopes) in alternative {
            let at = join(&at, scheme);
            if lint
                .document
                .get(&join("/components/securitySchemes", scheme))
                .is_none()
            {
                lint.report(
                    Rule::OperationSecurity,
                    &at,
                    format!("no security scheme {scheme} is defined"),
                );
            }
            let named = scopes
                .as_array()
                .is_some_and(|scopes| scopes.iter().all(Value::is_string));
            if !named {
                lint.report(
                    Rule::OperationSecurity,
                    &at,
                    format!("{scheme} does not have a list of scopes; [] says none"),
                );
            }
        }
    }
}

fn path_parameters(lint: &mut Lint<'_>) {
    for item in lint.of(Kind::PathItem) {
        let path = last_token(&item.pointer);
        let wanted = template(&path);
        if wanted.is_none() || !path.starts_with('/') {
            lint.report(
                Rule::PathParameter,
                &item.pointer,
                "a path begins with / and has {name} as whole segments, each name once",
            );
        }
        let wanted = wanted.unwrap_or_default();
        for method in METHODS {
            let Some(operation) = item.value.get(method) else {
                continue;
            };
            let at = join(&item.pointer, method);
            let declared = declared_in_path(lint, operation, &at);
            for name in &wanted {
                if !declared.contains_key(name) {
                    lint.report(
                        Rule::PathParameter,
                        &at,
                        format!("the path parameter {name} is not declared"),
                    );
                }
            }
            for (name, pointer) in &declared {
                if !wanted.contains(name) {
                    lint.report(
                        Rule::PathParameter,
                        pointer,
                        format!("the path has no parameter {name}"),
                    );
                }
            }
        }
    }
}

/// The names in a path template, or `None` when it is not one.
fn template(path: &str) -> Option<HashSet<String>> {
    let mut names = HashSet::new();
    for segment in path.split('/') {
        if let Some(name) = segment
            .strip_prefix('{')
            .and_then(|rest| rest.strip_suffix('}'))
        {
            if name.is_empty() || name.contains(['{', '}']) || !names.insert(name.to_owned()) {
                return None;
            }
        } else if segment.contains(['{', '}', '?', '#']) {
            return None;
        }
    }
    Some(names)
}

fn declared_in_path(lint: &Lint<'_>, operation: &Value, at: &str) -> HashMap<String, String> {
    let at = join(at, "parameters");
    let parameters = operation.get("parameters").and_then(Value::as_array);
    let mut declared = HashMap::new();
    for (index, parameter) in parameters.into_iter().flatten().enumerate() {
        let pointer = join(&at, &index.to_string());
        let (parameter, _) = lint.document.resolve(parameter, &pointer);
        if parameter.get("in").and_then(Value::as_str) == Some("path")
            && let Some(name) = parameter.get("name").and_then(Value::as_str)
        {
            declared.insert(name.to_owned(), pointer);
        }
    }
    declared
}

/// A preflight names a path, so all operations of one are open to the same origins.
fn cors(lint: &mut Lint<'_>) {
    for path in lint.of(Kind::PathItem) {
        let operations = METHODS.iter().filter_map(|method| path.value.get(*method));
        let all: Vec<_> = operations
            .map(|operation| operation.get("x-cors"))
            .collect();
        if all.windows(2).any(|pair| pair[0] != pair[1]) {
            lint.report(
                Rule::CorsOfPath,
                &path.pointer,
                format!(
                    "operations of {} differ in x-cors",
                    last_token(&path.pointer)
                ),
            );
        }
    }
}
