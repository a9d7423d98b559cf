//! What the document tells of an operation beyond types: its one proof, the sessions it hands out, why it refuses.

use std::fmt::Write as _;

use heck::ToShoutySnakeCase;
use serde_json::Value;

use super::reading::{Answer, Operation, Reading, mark};
use crate::document::join;

/// What a refusal may say, and `x-error` where.
const PLACES: [&str; 3] = ["code", "message", "retry"];

/// Where a refusal says one thing: in the SDK's words, and what of the document that is about.
struct Spot {
    said: String,
    pointer: String,
}

/// What `x-one-proof` says.
pub(super) fn one_proof(operation: &Operation<'_>) -> String {
    let pointer = join(&operation.pointer, "x-one-proof");
    let own = mark("sdk-operation", &operation.pointer);
    let Some(said) = operation.value.get("x-one-proof") else {
        return "None".to_owned();
    };
    let at = mark("sdk-security", &pointer);
    let list = |key: &str, shown: fn(&str) -> String| {
        let names = said.get(key).and_then(Value::as_array);
        let names = names.into_iter().flatten().filter_map(Value::as_str);
        names.map(shown).collect::<Vec<_>>().join(", ")
    };
    let schemes = list("schemes", |name| {
        format!("Scheme::{}", name.to_shouty_snake_case())
    });
    let members = list("members", |name| format!("{name:?}"));
    format!("{at}Some(OneProof {{ schemes: &[{schemes}], members: &[{members}] }}){own}")
}

/// The statuses whose `Set-Cookie` is the credential of a scheme.
pub(super) fn keeps(answers: &[Answer<'_>]) -> String {
    let mut rows = String::new();
    for answer in answers {
        for (_, header, pointer) in &answer.headers {
            if let Some(scheme) = header.get("x-credential").and_then(Value::as_str) {
                let at = mark("sdk-security", &join(pointer, "x-credential"));
                let scheme = scheme.to_shouty_snake_case();
                let _ = write!(rows, "{at}({}u16, Scheme::{scheme}),", answer.status);
            }
        }
    }
    rows
}

/// Where the refusals say why, the statuses that do so alike together.
pub(super) fn refusals(reading: &Reading<'_>, answers: &[Answer<'_>]) -> String {
    let mut groups: Vec<([Spot; 3], String)> = Vec::new();
    for answer in answers {
        let Some(spots) = spots(reading, answer) else {
            continue;
        };
        let status = format!(
            "{}{}u16,",
            mark("sdk-error", &answer.pointer),
            answer.status
        );
        let said = |spots: &[Spot; 3]| spots.each_ref().map(|spot| spot.said.clone());
        match groups.iter_mut().find(|(own, _)| said(own) == said(&spots)) {
            Some((_, statuses)) => statuses.push_str(&status),
            None => groups.push((spots, status)),
        }
    }
    let mut rows = String::new();
    for (spots, statuses) in groups {
        let _ = write!(rows, "RefusalPlaces {{ statuses: &[{statuses}],");
        for (key, spot) in PLACES.iter().zip(spots) {
            let _ = write!(
                rows,
                "{}{key}: {},",
                mark("sdk-error", &spot.pointer),
                spot.said
            );
        }
        rows.push_str("},");
    }
    rows
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
