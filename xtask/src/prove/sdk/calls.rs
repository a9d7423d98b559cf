//! `Client` and the module `builder` as the document wants them: for each operation what is sent and which status means what.

use std::fmt::Write as _;

use heck::{ToPascalCase, ToShoutySnakeCase};
use serde_json::Value;

use super::reading::{Answer, Operation, Parameter, Reading, field, mark, rust_type};
use crate::document::join;

/// The name of an operation's builder.
pub(super) fn builder(operation: &Operation<'_>) -> String {
    operation.id.to_pascal_case()
}

/// The body types of success and refusal, as the SDK's module `builder` names them.
pub(super) fn bodies(answers: &[Answer<'_>]) -> (String, String) {
    let of = |wanted: fn(u16) -> bool| {
        let answer = answers
            .iter()
            .find(|answer| wanted(answer.status) && answer.body.is_some());
        let body = answer.and_then(|answer| answer.body.as_ref());
        body.map_or_else(
            || "()".to_owned(),
            |(_, schema, _)| rust_type(schema, "", "", "types::"),
        )
    };
    (of(|status| status < 400), of(|status| status >= 400))
}

/// The methods of `Client` and all builders.
pub(super) fn write(reading: &Reading<'_>) -> (String, String) {
    let (mut methods, mut builders) = (String::new(), String::new());
    for operation in reading.operations() {
        let name = builder(&operation);
        let own = mark("sdk-operation", &operation.pointer);
        let _ = write!(
            methods,
            "{own}pub fn {}(&self) -> builder::{name}<'_> {{ builder::{name}::new(self) }}/*@*/",
            operation.id
        );
        one(&mut builders, reading, &operation, &own);
    }
    (methods, builders)
}

fn one(out: &mut String, reading: &Reading<'_>, operation: &Operation<'_>, own: &str) {
    let name = builder(operation);
    let parameters = reading.parameters(operation);
    let request = reading.request(operation);
    let body = request.as_ref().map(|(media_type, schema, pointer)| {
        let kind = rust_type(schema, "", "", "");
        (*media_type, kind, mark("sdk-body", pointer))
    });
    let mut fields = String::new();
    let mut starts = String::new();
    let mut setters = String::new();
    let mut names = String::new();
    let mut readied = String::new();
    for parameter in &parameters {
        let at = mark("sdk-parameter", &parameter.pointer);
        let (field, kind) = (field(parameter.name), kind(reading, parameter));
        let (held, start, some) = if parameter.required {
            let start = format!("Err(\"{field} was not initialized\".to_string())");
            (kind.clone(), start, "")
        } else {
            (
                format!("Option<{kind}>"),
                "Ok(None)".to_owned(),
                ".map(Some)",
            )
        };
        let shown = kind.replace("::", " :: ");
        let shown = shown.trim();
        let _ = write!(fields, "{at}{field}: Result<{held}, String>,");
        let _ = write!(starts, "{at}{field}: {start},");
        let _ = write!(names, "{at}{field},");
        let _ = write!(
            setters,
            "{at}pub fn {field}<V>(mut self, value: V) -> Self where V: std::convert::TryInto<{kind}>, {{
                self.{field} = value.try_into(){some}
                    .map_err(|_| \"conversion to `:: {}` for {field} failed\".to_string());
                self
            }}",
            shown.trim_start_matches(":: ")
        );
        let _ = write!(
            readied,
            "{at}let {field} = {field}.map_err(Error::InvalidRequest)?;"
        );
    }
    if let Some((_, kind, at)) = &body {
        let _ = write!(fields, "{at}body: Result<types::builder::{kind}, String>,");
        let _ = write!(starts, "{at}body: Ok(::std::default::Default::default()),");
        let _ = write!(names, "{at}body,");
        let _ = write!(
            setters,
            "{at}pub fn body<V>(mut self, value: V) -> Self
            where V: std::convert::TryInto<types::{kind}>,
                <V as std::convert::TryInto<types::{kind}>>::Error: std::fmt::Display, {{
                self.body = value.try_into().map(From::from)
                    .map_err(|s| format!(\"conversion to `{kind}` for body failed: {{}}\", s));
                self
            }}
            pub fn body_map<F>(mut self, f: F) -> Self
            where F: std::ops::FnOnce(types::builder::{kind}) -> types::builder::{kind}, {{
                self.body = self.body.map(f);
                self
            }}"
        );
        let _ = write!(
            readied,
            "{at}let body = body.and_then(|v| types::{kind}::try_from(v).map_err(|e| e.to_string()))
                .map_err(Error::InvalidRequest)?;"
        );
    }
    let exchange = exchange(
        reading,
        operation,
        &parameters,
        body.as_ref(),
        (own, &names, &readied),
    );
    let _ = write!(
        out,
        "{own}#[derive(Debug, Clone)] pub struct {name}<'a> {{ client: &'a super::Client, {fields}{own} }}
        impl<'a> {name}<'a> {{
            pub fn new(client: &'a super::Client) -> Self {{ Self {{ client: client, {starts}{own} }} }}
            {setters}{own}{exchange}
        }}/*@*/"
    );
}

fn kind(reading: &Reading<'_>, parameter: &Parameter<'_>) -> String {
    let (schema, _) = reading.follow(parameter.schema, String::new());
    rust_type(schema, "", parameter.name, "types::")
}

fn exchange(
    reading: &Reading<'_>,
    operation: &Operation<'_>,
    parameters: &[Parameter<'_>],
    body: Option<&(&str, String, String)>,
    (own, names, readied): (&str, &str, &str),
) -> String {
    let answers = reading.answers(operation);
    let (success, refusal) = bodies(&answers);
    let of = |location: &str| {
        parameters
            .iter()
            .filter(move |one| one.location == location)
            .collect::<Vec<_>>()
    };
    let (literal, arguments) = path(operation, parameters);
    let mut headers = String::new();
    for parameter in of("header") {
        let at = mark("sdk-parameter", &parameter.pointer);
        let (field, wire) = (field(parameter.name), parameter.name);
        let append = format!("header_map.append({wire:?}, value.to_string().try_into()?);");
        let _ = if parameter.required {
            write!(
                headers,
                "{at}{}",
                append.replace("value.", &format!("{field}."))
            )
        } else {
            write!(headers, "{at}if let Some(value) = {field} {{ {append} }}")
        };
    }
    let count = of("header").len() + 1;
    let mut query = String::new();
    for parameter in of("query") {
        let at = mark("sdk-parameter", &parameter.pointer);
        let (field, wire) = (field(parameter.name), parameter.name);
        let _ = write!(
            query,
            "{at}.query(&progenitor_client::QueryParam::new({wire:?}, &{field}))"
        );
    }
    let json = answers.iter().any(|answer| answer.body.is_some());
    let accept = if json {
        ".header(::reqwest::header::ACCEPT, ::reqwest::header::HeaderValue::from_static(\"application/json\"))"
    } else {
        ""
    };
    let content = match body {
        Some(("application/x-www-form-urlencoded", _, at)) => {
            format!("{at}.form_urlencoded(&body)?")
        }
        Some((_, _, at)) => format!("{at}.json(&body)"),
        None => String::new(),
    };
    let arms = arms(&answers);
    let row = operation.id.to_shouty_snake_case();
    let responses = mark("sdk-status", &join(&operation.pointer, "responses"));
    let id = mark("sdk-operation", &join(&operation.pointer, "operationId"));
    format!(
        "pub(super) async fn exchange(self) -> Result<{responses}ResponseValue<{success}>, Error<{refusal}>>{own} {{
            let Self {{ client, {names}{own} }} = self;
            {readied}{own}
            let url = format!({literal:?}, client.baseurl, {arguments});
            let mut header_map = ::reqwest::header::HeaderMap::with_capacity({count}usize);
            header_map.append(
                ::reqwest::header::HeaderName::from_static(\"api-version\"),
                ::reqwest::header::HeaderValue::from_static(super::Client::api_version()),
            );
            {headers}{own}
            #[allow(unused_mut)]
            let mut request = client.client.{}(url){accept}{query}{content}{own}.headers(header_map).build()?;
            let info = OperationInfo {{ operation_id: {id}{:?}{own} }};
            client.pre(&mut request, &info).await?;
            let result = client.exec(request, &info).await;
            client.post(&result, &info).await?;
            let response = crate::lift::of_declared_media(result?, &super::operations::{row})?;
            match response.status().as_u16() {{ {arms}{responses} _ => Err(Error::UnexpectedResponse(response)), }}
        }}",
        operation.method, operation.id
    )
}

/// The literal of the address, and what fills its gaps.
fn path(operation: &Operation<'_>, parameters: &[Parameter<'_>]) -> (String, String) {
    let mut literal = "{}".to_owned();
    let mut arguments = String::new();
    for segment in operation.path.split('/').skip(1) {
        literal.push('/');
        let name = segment
            .strip_prefix('{')
            .and_then(|rest| rest.strip_suffix('}'));
        let Some(name) = name else {
            literal.push_str(segment);
            continue;
        };
        literal.push_str("{}");
        let declared = parameters
            .iter()
            .find(|one| one.location == "path" && one.name == name);
        let pointer = declared.map_or(&operation.pointer, |one| &one.pointer);
        let _ = write!(
            arguments,
            "{}encode_path(&{}.to_string()),{}",
            mark("sdk-parameter", pointer),
            field(name),
            mark("sdk-operation", &operation.pointer)
        );
    }
    (literal, arguments)
}

fn arms(answers: &[Answer<'_>]) -> String {
    let typed = answers
        .iter()
        .any(|answer| answer.status >= 400 && answer.body.is_some());
    let mut arms = String::new();
    for answer in answers {
        let at = mark("sdk-status", &answer.pointer);
        let status = answer.status;
        let value = match (status < 400, answer.body.is_some()) {
            (true, true) => "crate::lift::read(response).await",
            (true, false) => "Ok(ResponseValue::empty(response))",
            (false, true) => "Err(Error::ErrorResponse(crate::lift::read(response).await?))",
            // Beside typed refusals one without a body is lifted by hand; see the table of operations.
            (false, false) if typed => continue,
            (false, false) => "Err(Error::ErrorResponse(ResponseValue::empty(response)))",
        };
        let _ = write!(arms, "{at}{status}u16 => {value},");
    }
    arms
}

/// Whether a declared refusal without a body is told apart by hand.
pub(super) fn bodyless(answers: &[Answer<'_>]) -> Vec<(u16, String)> {
    let typed = answers
        .iter()
        .any(|answer| answer.status >= 400 && answer.body.is_some());
    answers
        .iter()
        .filter(|answer| typed && answer.status >= 400 && answer.body.is_none())
        .map(|answer| (answer.status, answer.pointer.clone()))
        .collect()
}

/// The version that the client says it was made from.
pub(super) fn version(reading: &Reading<'_>) -> String {
    let version = reading
        .value
        .pointer("/info/version")
        .and_then(Value::as_str);
    format!("{:?}", version.unwrap_or_default())
}
