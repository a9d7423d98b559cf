//! What the document tells of an operation beyond types: its one proof, the sessions it hands out, why it refuses.

use std::fmt::Write as _;

use heck::ToShoutySnakeCase;
use serde_json::Value;

use super::super::found::LISTED;
use super::super::tokens::in_order;
use super::reading::{Answer, Operation, Reading};
use super::{Asking, rust};
use crate::document::join;
use crate::problem::Rule;

/// What a refusal may say, and `x-error` where.
const PLACES: [&str; 3] = ["code", "message", "retry"];

/// Where a refusal says one thing: in the SDK's words, and what of the document that is about.
struct Spot {
    said: String,
    pointer: String,
}

/// What `x-one-proof` says, and where.
pub(super) fn one_proof(operation: &Operation<'_>) -> (String, String) {
    let Some(said) = operation.value.get("x-one-proof") else {
        return ("None".to_owned(), operation.pointer.clone());
    };
    let list = |key: &str, shown: fn(&str) -> String| {
        let names = said.get(key).and_then(Value::as_array);
        let names = names.into_iter().flatten().filter_map(Value::as_str);
        names.map(shown).collect::<Vec<_>>().join(", ")
    };
    let schemes = list("schemes", |name| {
        format!("Scheme::{}", name.to_shouty_snake_case())
    });
    let members = list("members", |name| format!("{name:?}"));
    let proof = format!("Some(OneProof {{ schemes: &[{schemes}], members: &[{members}] }})");
    (proof, join(&operation.pointer, "x-one-proof"))
}

/// The statuses whose `Set-Cookie` is the credential of a scheme, and where the first of them says so.
pub(super) fn keeps(operation: &Operation<'_>, answers: &[Answer<'_>]) -> (String, String) {
    let (mut rows, mut at) = (String::new(), None);
    for answer in answers {
        for (_, header, pointer) in &answer.headers {
            if let Some(scheme) = header.get("x-credential").and_then(Value::as_str) {
                let scheme = scheme.to_shouty_snake_case();
                let _ = write!(rows, "({}u16, Scheme::{scheme}),", answer.status);
                at.get_or_insert_with(|| join(pointer, "x-credential"));
            }
        }
    }
    let at = at.unwrap_or_else(|| operation.pointer.clone());
    (format!("&[{rows}]"), at)
}

/// Asks for the places where refusals say why: for each status a fact of its own, whichever row has it.
pub(super) fn refusals(
    reading: &Reading<'_>,
    operation: &Operation<'_>,
    answers: &[Answer<'_>],
    about: &str,
    asking: &mut Asking,
) {
    for answer in answers {
        let Some(spots) = spots(reading, answer) else {
            continue;
        };
        for (key, spot) in PLACES.iter().zip(spots) {
            let about = format!("{about}/{key} of {}", answer.status);
            let said = rust(&spot.said, in_order);
            asking.fact(&about, &said, (Rule::SdkError, &spot.pointer));
        }
    }
    let at = (Rule::SdkOperation, operation.pointer.as_str());
    asking.fact(&format!("{about}/refusals"), LISTED, at);
}

/// The places of one refusal, in the SDK's words; `None` for what is no refusal, or says nothing.
fn spots(reading: &Reading<'_>, answer: &Answer<'_>) -> Option<[Spot; 3]> {
    let is_success = (200..300).contains(&answer.status);
    if is_success && answer.refusal.is_none() {
        return None;
    }
    let schema = answer.body.as_ref().and_then(|(_, schema, pointer)| {
        let at = join(pointer, "schema");
        let (schema, at) = reading.follow(schema, at);
        if answer.refusal.is_none() {
            return Some((schema, at));
        }
        let refusal = schema.get("oneOf")?.get(1)?;
        Some(reading.follow(refusal, join(&join(&at, "oneOf"), "1")))
    });
    let spots = PLACES.map(|key| {
        let in_body = schema.as_ref().and_then(|(schema, at)| {
            let pointer = schema.get("x-error")?.get(key)?.as_str()?;
            Some((format!("Spot::Body({pointer:?})"), at))
        });
        let told = |header: &Value| header.get("x-error") == Some(&Value::from(key));
        let in_header = answer.headers.iter().find(|(_, header, _)| told(header));
        let in_header =
            in_header.map(|(name, _, at)| (format!("Spot::Header({:?})", name.to_lowercase()), at));
        match in_body.or(in_header) {
            Some((said, at)) => Spot {
                said,
                pointer: join(at, "x-error"),
            },
            None => Spot {
                said: "Spot::Nowhere".to_owned(),
                pointer: schema
                    .as_ref()
                    .map_or(&answer.pointer, |(_, at)| at)
                    .clone(),
            },
        }
    });
    let says = spots.iter().any(|spot| spot.said != "Spot::Nowhere");
    says.then_some(spots)
}
