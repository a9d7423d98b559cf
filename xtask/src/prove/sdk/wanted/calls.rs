//! The calls that the document asks for: what each operation is sent, and which status means what.

use serde_json::Value;

use super::Asking;
use super::kinds::{Unproven, kind};
use super::names::{argument, pascal};
use super::reading::{Answer, Operation, Parameter, Reading};
use crate::document::join;
use crate::problem::Rule;
use heck::ToShoutySnakeCase;

/// The facts of every operation.
pub(super) fn ask(reading: &Reading<'_>, asking: &mut Asking) {
    let version = reading
        .value
        .pointer("/info/version")
        .and_then(Value::as_str);
    let at = (Rule::SdkOperation, "/info/version");
    asking.fact("version", version.unwrap_or_default(), at);
    for operation in reading.operations() {
        one(reading, &operation, asking);
    }
}

/// The body types of success and refusal.
fn bodies(reading: &Reading<'_>, answers: &[Answer<'_>]) -> Result<(String, String), Unproven> {
    let of = |wanted: fn(u16) -> bool| {
        let answer = answers
            .iter()
            .find(|answer| wanted(answer.status) && answer.body.is_some());
        let body = answer.and_then(|answer| answer.body.as_ref());
        body.map_or_else(
            || Ok("nothing".to_owned()),
            |(_, schema, _)| kind(reading, schema),
        )
    };
    Ok((of(|status| status < 400)?, of(|status| status >= 400)?))
}

fn one(reading: &Reading<'_>, operation: &Operation<'_>, asking: &mut Asking) {
    let about = format!("call {}", pascal(&operation.id));
    let own = (Rule::SdkOperation, operation.pointer.as_str());
    let row = operation.id.to_shouty_snake_case();
    let fact = |asking: &mut Asking, what: &str, value: &str| {
        asking.fact(&format!("{about}/{what}"), value, own);
    };
    asking.fact(&about, "there is one", own);
    let method = format!("method {}", operation.id);
    asking.fact(&method, &pascal(&operation.id), own);
    fact(asking, "method", operation.method);
    fact(asking, "answered by", &row);
    fact(asking, "lifted by", &row);
    let parameters = reading.parameters(operation);
    fact(asking, "path", &path(operation, &parameters));
    for parameter in &parameters {
        let argument = argument(parameter.name);
        let name = if parameter.location == "path" {
            &argument
        } else {
            parameter.name
        };
        let said = kind(reading, parameter.schema).map(|kind| {
            let absent = if parameter.required {
                ""
            } else {
                ", may be absent"
            };
            format!("{argument}: {kind}{absent}")
        });
        let at = (Rule::SdkParameter, parameter.pointer.as_str());
        asking.known(&format!("{about}/{} {name}", parameter.location), said, at);
    }
    if let Some((media_type, schema, pointer)) = reading.request(operation) {
        let said = kind(reading, schema).map(|kind| format!("{kind} as {media_type}"));
        asking.known(&format!("{about}/body"), said, (Rule::SdkBody, &pointer));
    }
    answers(reading, operation, &about, asking);
}

fn answers(reading: &Reading<'_>, operation: &Operation<'_>, about: &str, asking: &mut Asking) {
    let answers = reading.answers(operation);
    let at = join(&operation.pointer, "responses");
    let at = (Rule::SdkStatus, at.as_str());
    let reads = answers.iter().any(|answer| answer.body.is_some());
    let accepts = if reads { "application/json" } else { "nothing" };
    let own = (Rule::SdkOperation, operation.pointer.as_str());
    asking.fact(&format!("{about}/accepts"), accepts, own);
    let typed = answers
        .iter()
        .any(|answer| answer.status >= 400 && answer.body.is_some());
    for answer in &answers {
        let outcome = match (answer.status < 400, answer.body.is_some()) {
            (true, true) => "success",
            (true, false) => "success, empty",
            (false, true) => "refusal",
            // Beside typed refusals one without a body is lifted by hand; see the table of operations.
            (false, false) if typed => continue,
            (false, false) => "refusal, empty",
        };
        let at = (Rule::SdkStatus, answer.pointer.as_str());
        asking.fact(&format!("{about}/status {}", answer.status), outcome, at);
    }
    let bodies = bodies(reading, &answers);
    let said = bodies
        .clone()
        .map(|(success, refusal)| format!("{success} or refused {refusal}"));
    asking.known(&format!("{about}/answered"), said, at);
    let split = split(reading, &answers);
    let (sent, how, at) = match (bodies, split) {
        (Err(why), _) => (Err(why.clone()), Err(why), at),
        (Ok((success, refusal)), None) => (
            Ok(format!("{success} or refused {refusal}")),
            Ok("no".to_owned()),
            at,
        ),
        (Ok((_, refusal)), Some((split, [yes, no]))) => {
            let (refused, how) = if refusal == no {
                (refusal, "alike")
            } else {
                (format!("either {no} or {refusal}"), "apart")
            };
            let sent = format!("{yes} or refused {refused}");
            let how = format!("{yes}, refused {no}, {how}");
            let split = join(&split, "x-refusal");
            asking.known(
                &format!("{about}/split"),
                Ok(how),
                (Rule::SdkStatus, &split),
            );
            asking.known(
                &format!("{about}/sent"),
                Ok(sent.clone()),
                (Rule::SdkStatus, &split),
            );
            asking.known(
                &format!("{about}/awaited"),
                Ok(sent),
                (Rule::SdkStatus, &split),
            );
            return;
        }
    };
    asking.known(&format!("{about}/split"), how, at);
    asking.known(&format!("{about}/sent"), sent.clone(), at);
    asking.known(&format!("{about}/awaited"), sent, at);
}

/// The two types between which an answer under a success status chooses, and where it is declared.
fn split(reading: &Reading<'_>, answers: &[Answer<'_>]) -> Option<(String, [String; 2])> {
    let answer = answers.iter().find(|answer| answer.refusal.is_some())?;
    let (_, schema, _) = answer.body.as_ref()?;
    let (schema, _) = reading.follow(schema, String::new());
    let names = schema.get("oneOf").and_then(Value::as_array)?;
    let names: Vec<String> = names
        .iter()
        .filter_map(|one| one.get("$ref")?.as_str()?.rsplit('/').next().map(pascal))
        .collect();
    Some((answer.pointer.clone(), names.try_into().ok()?))
}

/// The path with the arguments of the call in its gaps.
fn path(operation: &Operation<'_>, parameters: &[Parameter<'_>]) -> String {
    let mut path = String::new();
    for segment in operation.path.split('/').skip(1) {
        path.push('/');
        let name = segment
            .strip_prefix('{')
            .and_then(|rest| rest.strip_suffix('}'));
        let declared = name.filter(|name| {
            parameters
                .iter()
                .any(|one| one.location == "path" && one.name == *name)
        });
        match declared {
            Some(name) => path.extend(["{", &argument(name), "}"]),
            None => path.push_str(segment),
        }
    }
    path
}

/// The declared refusals without a body that are told apart by hand.
pub(super) fn bodyless<'a>(answers: &'a [Answer<'_>]) -> Vec<(u16, &'a String)> {
    let typed = answers
        .iter()
        .any(|answer| answer.status >= 400 && answer.body.is_some());
    answers
        .iter()
        .filter(|answer| typed && answer.status >= 400 && answer.body.is_none())
        .map(|answer| (answer.status, &answer.pointer))
        .collect()
}
