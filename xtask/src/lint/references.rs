//! References: that they lead somewhere, to the right kind of thing, and that everything is referred to.

use std::collections::HashSet;

use serde_json::Value;

use super::Lint;
use super::sites::Kind;
use super::vocabulary::name;
use crate::document::join;
use crate::merge::COMPONENT_KINDS;
use crate::problem::Rule;

/// All rules about references.
pub fn check(lint: &mut Lint<'_>) {
    let used = references(lint);
    unused(lint, &used);
}

const fn component_kind(kind: Kind) -> Option<&'static str> {
    match kind {
        Kind::Schema => Some("schemas"),
        Kind::Response => Some("responses"),
        Kind::Parameter => Some("parameters"),
        Kind::Header => Some("headers"),
        Kind::Example => Some("examples"),
        Kind::RequestBody => Some("requestBodies"),
        Kind::Root
        | Kind::Info
        | Kind::License
        | Kind::Server
        | Kind::Tag
        | Kind::PathItem
        | Kind::Operation
        | Kind::MediaType
        | Kind::SecurityScheme => None,
    }
}

/// Looks at each reference; returns the pointers of the components that are referred to.
fn references(lint: &mut Lint<'_>) -> HashSet<String> {
    let mut used = HashSet::new();
    for site in lint.sites.clone() {
        let (Some(reference), Some(kind)) = (site.value.get("$ref"), component_kind(site.kind))
        else {
            continue;
        };
        if site.is_component() {
            // Consumers follow a reference once; a second name for one thing helps nobody.
            lint.report(
                Rule::UnresolvedReference,
                &site.at("$ref"),
                "a component is only a reference to another",
            );
        }
        let prefix = format!("#/components/{kind}/");
        let target = reference
            .as_str()
            .filter(|text| {
                text.strip_prefix(&prefix)
                    .is_some_and(|rest| !rest.contains('/'))
            })
            .map(|text| text.trim_start_matches('#').to_owned());
        match target {
            Some(target) if lint.document.get(&target).is_some() => {
                // A component that only refers to itself is still unused.
                if !site.pointer.starts_with(&format!("{target}/")) {
                    used.insert(target);
                }
            }
            Some(target) => lint.report(
                Rule::UnresolvedReference,
                &site.at("$ref"),
                format!("{target} does not exist"),
            ),
            None => lint.report(
                Rule::UnresolvedReference,
                &site.at("$ref"),
                format!("a {} can only refer to {prefix}<name>", name(site.kind)),
            ),
        }
        for key in site
            .value
            .as_object()
            .into_iter()
            .flat_map(|map| map.keys())
        {
            let documents = key == "description" && site.kind == Kind::Schema;
            if key != "$ref" && !documents {
                lint.report(
                    Rule::ReferenceSibling,
                    &site.at(key),
                    format!("{key} stands beside a $ref and would be dropped"),
                );
            }
        }
    }
    used
}

fn unused(lint: &mut Lint<'_>, used: &HashSet<String>) {
    let mut schemes = HashSet::new();
    for operation in lint.of(Kind::Operation) {
        let alternatives = operation.value.get("security").and_then(Value::as_array);
        for alternative in alternatives.into_iter().flatten() {
            for scheme in alternative
                .as_object()
                .into_iter()
                .flat_map(|map| map.keys())
            {
                schemes.insert(join("/components/securitySchemes", scheme));
            }
        }
    }
    let kinds = lint.document.get("/components").and_then(Value::as_object);
    for (kind, components) in kinds.into_iter().flatten() {
        if !COMPONENT_KINDS.contains(&kind.as_str()) {
            continue;
        }
        for name in components
            .as_object()
            .into_iter()
            .flat_map(|map| map.keys())
        {
            let pointer = join(&join("/components", kind), name);
            if !used.contains(&pointer) && !schemes.contains(&pointer) {
                lint.report(
                    Rule::UnusedComponent,
                    &pointer,
                    format!("nothing refers to the component {name}"),
                );
            }
        }
    }
}
