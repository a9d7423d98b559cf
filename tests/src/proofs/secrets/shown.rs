//! What `Debug` of the generated types shows, the server's and the SDK's, with a canary in each marked member.

use poem_openapi::types::ParseFromJSON as _;
use serde_json::{Value, json};
use tessera_client::types;
use tessera_server::generated;

use super::{canary, places};
use crate::proofs::{
    live::{
        oracle::Node,
        values::{sample, with},
    },
    report::Finding,
};

/// Reads a value as a type and shows it; or why it cannot be read.
type Show = fn(&Value) -> Result<String, String>;

/// A schema's name, and its two types.
struct Kind {
    name: &'static str,
    server: Show,
    sdk: Show,
}

macro_rules! kinds {
    ($($dialect:ident::$name:ident),+ $(,)?) => {
        &[$(Kind {
            name: stringify!($name),
            server: |value| {
                let read = generated::$dialect::$name::parse_from_json(Some(value.clone()));
                read.map(|it| format!("{it:?}\n{it:#?}")).map_err(|error| error.into_message())
            },
            sdk: |value| {
                let read = serde_json::from_value::<types::$name>(value.clone());
                read.map(|it| format!("{it:?}\n{it:#?}")).map_err(|error| error.to_string())
            },
        }),+]
    };
}

const KINDS: &[Kind] = tessera_server::each_secret_type!(kinds);

/// Every marked member of every schema, in both types.
pub fn judge() -> Vec<Finding> {
    let mut findings = Vec::new();
    let components = Node::at("/components");
    let schemas = components.map(|components| components.children("schemas"));
    for (name, schema) in schemas.into_iter().flatten() {
        // What is marked in a schema that this one refers to is shown by that one.
        let own = |(pointer, _): &(String, String)| pointer.starts_with(&format!("{}/", schema.at));
        for (pointer, instance) in places::of_schema(&schema).into_iter().filter(own) {
            findings.extend(member(&name, &schema, &pointer, &instance));
        }
    }
    findings
}

fn member(name: &str, schema: &Node, pointer: &str, instance: &str) -> Vec<Finding> {
    let Some(kind) = KINDS.iter().find(|kind| kind.name == name) else {
        let message = format!("{name} is not in server/src/generated/secret_types.rs");
        return vec![Finding::new("secret-unseen", pointer, message)];
    };
    let canary = canary(pointer, 0);
    let value = with(&sample(schema), instance, json!(canary));
    let mut findings = Vec::new();
    for (whose, show) in [("server", kind.server), ("SDK", kind.sdk)] {
        let place = format!("Debug of the {whose}'s {name}");
        match show(&value) {
            Ok(shown) if shown.contains(&canary) => {
                findings.push(super::shown(pointer, &place));
            }
            Ok(_) => {}
            Err(reason) => {
                let message = format!("{place}: {value} cannot be read: {reason}");
                findings.push(Finding::new("secret-unseen", pointer, message));
            }
        }
    }
    findings
}
