//! Derives from the document what an operation is asked.

mod parameters;

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{
    accepted::{is_listed, meaningful},
    lab::Asking,
    oracle::{self, Node, Operation, join},
    probe::{Base, Case, Edit, Expect, Pair},
    request::{Request, is_form},
    security, transport,
    values::{self, variations},
};
pub use parameters::{give, name};

use crate::proofs::report::Finding;

/// What is asked of an operation.
pub struct Questions {
    /// Requests that succeed; what is asked of a base is worth asking only when the base itself succeeds.
    pub first: Vec<Case>,
    /// Their changes.
    pub then: Vec<Case>,
    /// What is compared.
    pub pairs: Vec<Pair>,
    /// What should have been asked, and cannot be.
    pub untried: Vec<Finding>,
}

/// Everything that is asked of an operation.
pub async fn of(asking: &mut Asking<'_>, operation: &Operation) -> Questions {
    let (mut first, mut then, mut pairs) = (Vec::new(), Vec::new(), Vec::new());
    let (mut bodies_done, mut media_done) = (BTreeSet::new(), BTreeSet::new());
    for base in bases(asking, operation).await {
        let mut itself = case(
            &base,
            "a request that is valid",
            &requirement(operation, &base),
            Expect::Success,
            |_| (),
        );
        if base.body.is_none() && base.alternative.is_some() {
            itself.rule = "live-security";
        }
        first.push(itself);
        if then.is_empty() {
            parameters::of(operation, &base, &mut then);
            if operation.parameters.iter().any(parameters::is_free) {
                then.push(parameters::all_parameters(operation, &base));
            }
            transport::cases(operation, &base, &mut then);
        }
        let Some((name, media_type)) = &base.body else {
            continue;
        };
        let alternative = base
            .alternative
            .and_then(|index| operation.security.get(index));
        let bodies = asking.bodies(operation, alternative).await;
        let body = bodies.iter().find(|(found, _)| found == name);
        let schema = operation
            .body
            .as_ref()
            .and_then(|body| body.media.iter().find(|(known, _)| known == media_type));
        if let (Some((_, body)), Some((_, schema))) = (body, schema) {
            // The same body under another requirement is read the same way.
            if bodies_done.insert((media_type.clone(), body.to_string())) {
                members(&base, media_type, schema, body, &mut then);
                then.push(fullest(operation, &base, media_type, schema, body));
                defaults(&base, media_type, schema, body, &mut pairs);
                transport::spaces(&base, media_type, schema, body, &mut pairs);
            }
            if media_done.insert(media_type.clone()) {
                transport::bodies(operation, &base, body, &mut then, &mut pairs);
            }
        }
    }
    once(asking, operation, &mut first);
    let untried = security::cases(asking, operation, &mut then).await;
    Questions {
        first,
        then,
        pairs,
        untried,
    }
}

/// Requests that succeed, but not again.
fn once(asking: &Asking<'_>, operation: &Operation, cases: &mut Vec<Case>) {
    let base = cases.iter().map(|known| known.base.clone()).find(|base| {
        let alternative = base.alternative;
        let alternative = alternative.and_then(|index| operation.security.get(index));
        !asking.bodies_for_once(operation, alternative).is_empty()
    });
    let Some((base, media_type)) = base.and_then(|base| {
        let (_, media_type) = base.body.clone()?;
        Some((base, media_type))
    }) else {
        return;
    };
    let alternative = base.alternative;
    let alternative = alternative.and_then(|index| operation.security.get(index));
    let media = operation.body.iter().flat_map(|body| &body.media);
    let schema = media.clone().find(|(known, _)| *known == media_type);
    for (member, body) in asking.bodies_for_once(operation, alternative) {
        let (at, shown) = schema
            .and_then(|(_, schema)| said_of(schema, member, &body))
            .unwrap_or_else(|| (operation.node.at.clone(), String::new()));
        let label = format!("a request that is valid, with {member} {shown}");
        let media_type = media_type.clone();
        cases.push(case(&base, label, &at, Expect::Success, move |request| {
            request.set_body(&media_type, &body);
        }));
    }
}

/// Where the document allows what a body has as a member; with the value, if it is one of a list and so no secret.
fn said_of(schema: &Node, member: &str, body: &Value) -> Option<(String, String)> {
    let properties = schema.children("properties");
    let (_, property) = properties.into_iter().find(|(name, _)| name == member)?;
    let value = body.get(member)?;
    let listed = property.value.get("enum").and_then(Value::as_array);
    let index = listed.and_then(|listed| listed.iter().position(|one| one == value));
    Some(match index {
        Some(index) => (
            format!("{}/enum/{index}", property.at),
            super::request::plain(value),
        ),
        None => (property.at, String::new()),
    })
}

/// Where the document says that a base succeeds.
fn requirement(operation: &Operation, base: &Base) -> String {
    if let (Some((_, media_type)), Some(body)) = (&base.body, &operation.body)
        && body.media.len() > 1
    {
        return join(&join(&body.node.at, "content"), media_type);
    }
    let alternative = base
        .alternative
        .and_then(|index| operation.security.get(index));
    alternative.map_or_else(|| operation.node.at.clone(), |one| one.at.clone())
}

/// Every combination of security requirement, body and media type with which an operation succeeds.
pub async fn bases(asking: &mut Asking<'_>, operation: &Operation) -> Vec<Base> {
    let mut found = Vec::new();
    let alternatives: Vec<Option<usize>> = if operation.security.is_empty() {
        vec![None]
    } else {
        (0..operation.security.len()).map(Some).collect()
    };
    for alternative in alternatives {
        let security = alternative.and_then(|index| operation.security.get(index));
        let media = operation.body.as_ref().map_or(&[][..], |body| &body.media);
        let bodies = asking.bodies(operation, security).await;
        if media.is_empty() || bodies.is_empty() {
            found.push(Base {
                alternative,
                body: None,
            });
        }
        for (name, _) in &bodies {
            for (media_type, _) in media {
                let body = Some((*name, media_type.clone()));
                found.push(Base { alternative, body });
            }
        }
    }
    found
}

/// A case of no particular rule: what is expected tells which one.
pub fn case(
    base: &Base,
    label: impl Into<String>,
    at: &str,
    expect: Expect,
    edit: impl Fn(&mut Request) + 'static,
) -> Case {
    let rule = match expect {
        Expect::Success | Expect::Understood | Expect::Declared => "live-refused-valid",
        Expect::Refusal | Expect::Status(_) | Expect::Unaided => "live-accepted-invalid",
    };
    Case {
        label: label.into(),
        at: at.to_owned(),
        rule,
        expect,
        place: None,
        base: base.clone(),
        edit: Box::new(edit),
    }
}

/// The members of a body around every constraint.
fn members(base: &Base, media_type: &str, schema: &Node, body: &Value, cases: &mut Vec<Case>) {
    let mut known = BTreeSet::new();
    for variation in variations(schema, body) {
        let Some(text) = super::request::written(media_type, &variation.value) else {
            continue;
        };
        if !known.insert(text.clone()) {
            continue;
        }
        let read = if is_form(media_type) {
            as_form_reads(schema, &variation.value)
        } else {
            variation.value.clone()
        };
        let faults = oracle::faults(&schema.at, &read);
        let free = variation.place.ends_with("/x_not_documented");
        let (expect, at) = match faults.first() {
            // The validator knows best which keyword forbids it.
            Some(fault) => (Expect::Refusal, fault.at.clone()),
            None if free || read == *body => (Expect::Success, variation.at.clone()),
            None => (Expect::Understood, variation.at.clone()),
        };
        let media_type = media_type.to_owned();
        let mut case = case(base, variation.label, &at, expect, move |request| {
            request.body = Some((Some(media_type.clone()), text.clone().into_bytes()));
        });
        case.place = Some(variation.place);
        cases.push(case);
    }
}

/// The body with everything that the document has for it, but for what means more than its schema says, under all
/// parameters at once.
fn fullest(
    operation: &Operation,
    base: &Base,
    media_type: &str,
    schema: &Node,
    body: &Value,
) -> Case {
    let whole = values::fullest(schema, body, &|place| {
        body.pointer(place).is_none() && is_listed(&meaningful(), &operation.id, place)
    });
    let (media_type, all) = (
        media_type.to_owned(),
        parameters::all_parameters(operation, base),
    );
    let label = "a request with everything that is optional";
    case(base, label, &schema.at, Expect::Success, move |request| {
        (all.edit)(request);
        request.set_body(&media_type, &whole);
    })
}

/// What a reader makes of a form: everything is text, and has the type of its schema.
pub fn as_form_reads(schema: &Node, value: &Value) -> Value {
    let properties = schema.children("properties");
    let members = value
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, value)| {
            let text = super::request::plain(value);
            let property = properties.iter().find(|(known, _)| known == name);
            let kind = property.and_then(|(_, schema)| schema.text("type"));
            (name.clone(), as_text_reads(kind, &text))
        });
    Value::Object(members.collect())
}

fn as_text_reads(kind: Option<&str>, text: &str) -> Value {
    let typed = match kind {
        Some("integer" | "number") => serde_json::from_str(text).ok().filter(Value::is_number),
        Some("boolean") => serde_json::from_str(text).ok().filter(Value::is_boolean),
        _ => None,
    };
    typed.unwrap_or_else(|| json!(text))
}

/// A member with a default: left out and given it is the same, and another value is not.
fn defaults(base: &Base, media_type: &str, schema: &Node, body: &Value, pairs: &mut Vec<Pair>) {
    for (name, property) in schema.children("properties") {
        let Some(default) = property.value.get("default") else {
            continue;
        };
        let mut without = body.clone();
        if let Some(members) = without.as_object_mut() {
            members.shift_remove(&name);
        }
        let place = join("", &name);
        let given = values::with(&without, &place, default.clone());
        let body = |value: Value| -> Edit {
            let media_type = media_type.to_owned();
            Box::new(move |request| request.set_body(&media_type, &value))
        };
        let at = join(&property.at, "default");
        pairs.push(Pair {
            label: format!("{name} left out, and given as {default}"),
            at: at.clone(),
            alike: true,
            base: base.clone(),
            edits: [body(without.clone()), body(given)],
        });
        let other = match default {
            Value::Bool(flag) => Some(json!(!flag)),
            Value::Number(_) => property.value.get("minimum").cloned(),
            Value::String(_) | Value::Null | Value::Array(_) | Value::Object(_) => None,
        };
        if let Some(other) = other.filter(|other| other != default) {
            let other = values::with(&without, &place, other);
            pairs.push(Pair {
                label: format!("{name} left out, and given as something else"),
                at,
                alike: false,
                base: base.clone(),
                edits: [body(without), body(other)],
            });
        }
    }
}
