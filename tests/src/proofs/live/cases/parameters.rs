//! What is asked about an operation's parameters: left out, given, given twice, and around every constraint.

use serde_json::{Value, json};

use super::{
    super::{
        oracle::{self, Operation, Parameter, join},
        probe::{Base, Case, Expect},
        request::{Request, encode, plain},
        values::{sample, variations},
    },
    as_text_reads, case,
};

/// Whether a parameter may be left out or repeated without asking another operation.
pub fn is_free(parameter: &Parameter) -> bool {
    parameter.location != "path"
}

/// All parameters at once.
pub fn all_parameters(operation: &Operation, base: &Base) -> Case {
    let parameters = operation.parameters.clone();
    let at = join(&operation.node.at, "parameters");
    let label = "all parameters given";
    case(base, label, &at, Expect::Success, move |request| {
        for parameter in parameters.iter().filter(|one| is_free(one)) {
            take(request, parameter);
            give(request, parameter, &sample(&parameter.node));
        }
    })
}

/// Puts a parameter's value where it belongs.
pub fn give(request: &mut Request, parameter: &Parameter, value: &Value) {
    let text = plain(value);
    match parameter.location.as_str() {
        "path" => {
            let place = format!("{{{}}}", parameter.name);
            request.path = request.path.replace(&place, &encode(&text));
        }
        "query" => request.query.push((encode(&parameter.name), encode(&text))),
        "cookie" => request.header("Cookie", format!("{}={text}", parameter.name)),
        _ => request.header(&parameter.name, text),
    }
}

/// Has a parameter name something else than it does.
pub fn name(request: &mut Request, template: &str, parameter: &Parameter, value: &str) {
    take(request, parameter);
    if parameter.location == "path" {
        template.clone_into(&mut request.path);
    }
    give(request, parameter, &json!(value));
}

fn take(request: &mut Request, parameter: &Parameter) {
    match parameter.location.as_str() {
        "query" => request
            .query
            .retain(|(name, _)| *name != encode(&parameter.name)),
        "header" => request
            .headers
            .retain(|(name, _)| !name.eq_ignore_ascii_case(&parameter.name)),
        _ => {}
    }
}

/// Each parameter by itself.
pub fn of(operation: &Operation, base: &Base, cases: &mut Vec<Case>) {
    for parameter in &operation.parameters {
        let Some(schema) = parameter.node.child("schema") else {
            continue;
        };
        let at = parameter.node.at.clone();
        let (name, in_path) = (parameter.name.clone(), parameter.location == "path");
        if !in_path {
            let expect = if parameter.required {
                Expect::Refusal
            } else {
                Expect::Success
            };
            let dropped = parameter.clone();
            let edit = move |request: &mut Request| take(request, &dropped);
            cases.push(case(
                base,
                format!("{name} left out"),
                &join(&at, "required"),
                expect,
                edit,
            ));
            let given = parameter.clone();
            let value = sample(&parameter.node);
            let edit = move |request: &mut Request| {
                take(request, &given);
                give(request, &given, &value);
            };
            cases.push(case(
                base,
                format!("{name} given"),
                &at,
                Expect::Success,
                edit,
            ));
            let (twice, value) = (parameter.clone(), sample(&parameter.node));
            let edit = move |request: &mut Request| {
                take(request, &twice);
                give(request, &twice, &value);
                give(request, &twice, &value);
            };
            // The document does not say what a header means that is there twice.
            let expect = if parameter.location == "query" {
                Expect::Refusal
            } else {
                Expect::Declared
            };
            cases.push(case(base, format!("{name} twice"), &at, expect, edit));
        }
        for variation in variations(&schema, &sample(&parameter.node)) {
            let text = match &variation.value {
                Value::String(text) => text.clone(),
                Value::Number(_) | Value::Bool(_) => variation.value.to_string(),
                Value::Null | Value::Array(_) | Value::Object(_) => continue,
            };
            let sendable = if in_path {
                !text.is_empty()
            } else {
                text.bytes().all(|byte| (b' '..0x7f).contains(&byte))
            };
            if !sendable {
                continue;
            }
            let read = as_text_reads(schema.text("type"), &text);
            let expect = match (oracle::is_valid(&schema.at, &read), in_path) {
                (false, _) => Expect::Refusal,
                (true, true) => Expect::Understood,
                (true, false) => Expect::Success,
            };
            let (given, template) = (parameter.clone(), operation.path.clone());
            let edit = move |request: &mut Request| {
                super::name(request, &template, &given, &text);
            };
            let label = format!("{name} {}", variation.label);
            cases.push(case(base, label, &variation.at, expect, edit));
        }
    }
}
