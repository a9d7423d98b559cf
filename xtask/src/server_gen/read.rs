//! Reads the merged document into the generator's model, construct by construct; what it cannot
//! express is an [`Unsupported`] with a pointer.

use heck::{ToSnakeCase, ToUpperCamelCase};
use serde_json::Value;

use super::callers;
use super::model::{
    Answer, AnswerBody, Credential, CredentialForm, Dialect, Operation, Parameter, Reading,
    RequestBody, ResponseHeader, Unsupported, array, component_name, escape, flag, members, text,
    unsupported,
};
use crate::document::last_token;
use crate::reach::reached;

/// The document while it is read.
pub struct Reader<'a> {
    document: &'a Value,
}

impl<'a> Reader<'a> {
    /// Reads `document`, the merged 3.1 document.
    pub fn new(document: &'a Value) -> Self {
        Self { document }
    }

    /// Follows a `$ref` to a component; other values are returned as they are.
    pub fn resolve(&self, value: &'a Value, pointer: &str) -> Reading<(&'a Value, String)> {
        let Some(reference) = value.get("$ref").and_then(Value::as_str) else {
            return Ok((value, pointer.to_owned()));
        };
        match reference
            .strip_prefix('#')
            .and_then(|target| Some((self.document.pointer(target)?, target)))
        {
            Some((found, target)) => Ok((found, target.to_owned())),
            None => unsupported(
                pointer,
                format!("`{reference}` leads nowhere in this document"),
            ),
        }
    }

    /// The schema component of that name.
    pub fn schema(&self, name: &str) -> Option<&'a Value> {
        self.document.get("components")?.get("schemas")?.get(name)
    }

    /// The names of all schemas that the schema of that name leads to.
    pub fn led_to(&self, name: &str) -> impl Iterator<Item = String> {
        let schema = self.schema(name).unwrap_or(&Value::Null);
        let pointers = reached(self.document, schema).into_iter();
        pointers.map(|pointer| last_token(&pointer))
    }

    /// All dialects in the order of the document's tags; every fault is returned, not the first.
    pub fn dialects(&self) -> Result<Vec<Dialect>, Vec<Unsupported>> {
        let mut faults = Vec::new();
        let mut dialects: Vec<Dialect> = array(self.document, "tags")
            .iter()
            .filter_map(|tag| {
                let name = text(tag, "name")?;
                let prefix = name.to_upper_camel_case();
                Some(Dialect {
                    description: text(tag, "description"),
                    operations: Vec::new(),
                    schemas: self
                        .components_of("schemas", &prefix)
                        .map(|(name, _)| name)
                        .collect(),
                    security_schemes: self.components_of("securitySchemes", &prefix).collect(),
                    tag: name,
                    prefix,
                })
            })
            .collect();
        for (path, item) in members(self.document, "paths") {
            for (method, operation) in item.as_object().into_iter().flatten() {
                if method == "parameters" || method.starts_with("x-") {
                    continue;
                }
                let pointer = format!("/paths/{}/{method}", escape(path));
                let tag = array(operation, "tags")
                    .first()
                    .and_then(Value::as_str)
                    .unwrap_or_default();
                let read = self.operation(path, method, item, operation, &pointer);
                match (dialects.iter_mut().find(|dialect| dialect.tag == tag), read) {
                    (Some(dialect), Ok(operation)) => dialect.operations.push(operation),
                    (None, _) => faults.push(Unsupported {
                        pointer: format!("{pointer}/tags"),
                        message: format!("`{tag}` is not a tag of the document, so the operation belongs to no dialect"),
                    }),
                    (_, Err(fault)) => faults.push(fault),
                }
            }
        }
        if faults.is_empty() {
            Ok(dialects)
        } else {
            Err(faults)
        }
    }

    fn components_of(&self, kind: &str, prefix: &str) -> impl Iterator<Item = (String, Value)> {
        let components = self
            .document
            .get("components")
            .and_then(|all| all.get(kind))
            .and_then(Value::as_object);
        let prefix = prefix.to_owned();
        components
            .into_iter()
            .flatten()
            .filter(move |(name, _)| {
                name.strip_prefix(&prefix)
                    .is_some_and(|rest| rest.starts_with(char::is_uppercase))
            })
            .map(|(name, value)| (name.clone(), value.clone()))
    }

    fn operation(
        &self,
        path: &str,
        method: &str,
        item: &'a Value,
        operation: &'a Value,
        pointer: &str,
    ) -> Reading<Operation> {
        let Some(id) = text(operation, "operationId") else {
            return unsupported(
                pointer,
                "an operation needs an `operationId`: it names the generated method",
            );
        };
        let security = read_security(operation);
        let mut parameters = Vec::new();
        for (owner, owner_pointer) in [
            (
                item,
                pointer.rsplit_once('/').map_or(pointer, |(head, _)| head),
            ),
            (operation, pointer),
        ] {
            for (index, parameter) in array(owner, "parameters").iter().enumerate() {
                parameters.push(
                    self.parameter(parameter, &format!("{owner_pointer}/parameters/{index}"))?,
                );
            }
        }
        let (mut successes, mut failures) = (Vec::new(), Vec::new());
        for (status, response) in members(operation, "responses") {
            let at = format!("{pointer}/responses/{status}");
            let answer = self.answer(status, response, &at)?;
            if (200..300).contains(&answer.status) {
                successes.push(answer);
            } else {
                failures.push(answer);
            }
        }
        if successes.len() != 1 {
            return unsupported(
                &format!("{pointer}/responses"),
                "exactly one 2xx answer can be expressed",
            );
        }
        Ok(Operation {
            credentials: self.credentials(&security, pointer)?,
            body: self.request_body(operation, pointer)?,
            success: successes.remove(0),
            failures,
            parameters,
            security,
            path: path.to_owned(),
            method: method.to_owned(),
            summary: text(operation, "summary"),
            description: text(operation, "description"),
            exact_names: array(operation, "x-exact-names")
                .iter()
                .filter_map(Value::as_str)
                .map(str::to_owned)
                .collect(),
            callers: callers::facts(self.document, operation),
            cors_any: text(operation, "x-cors").is_some_and(|who| who == "any"),
            rate_bucket: text(operation, "x-rate-bucket").unwrap_or_else(|| "default".to_owned()),
            id,
        })
    }

    fn credentials(
        &self,
        security: &[Vec<(String, Vec<String>)>],
        pointer: &str,
    ) -> Reading<Vec<Credential>> {
        let mut found: Vec<Credential> = Vec::new();
        for (scheme, _) in security.iter().flatten() {
            let at = format!("/components/securitySchemes/{scheme}");
            let Some(object) = self.document.pointer(&at) else {
                return unsupported(
                    &format!("{pointer}/security"),
                    format!("no security scheme is called `{scheme}`"),
                );
            };
            let name = text(object, "name").unwrap_or_default();
            let kind = (
                text(object, "type"),
                text(object, "scheme"),
                text(object, "in"),
            );
            let (form, name) = match (kind.0.as_deref(), kind.1.as_deref(), kind.2.as_deref()) {
                (Some("http"), Some("bearer"), _) => {
                    (CredentialForm::Bearer, "Authorization".to_owned())
                }
                (Some("http"), Some("basic"), _) => {
                    (CredentialForm::Basic, "Authorization".to_owned())
                }
                (Some("apiKey"), _, Some("header")) => (CredentialForm::Header, name),
                (Some("apiKey"), _, Some("query")) => (CredentialForm::Query, name),
                (Some("apiKey"), _, Some("cookie")) => (CredentialForm::Cookie, name),
                _ => {
                    return unsupported(
                        &at,
                        "only http bearer, http basic and apiKey schemes can be read from a request",
                    );
                }
            };
            let field = match form {
                CredentialForm::Bearer => "bearer".to_owned(),
                CredentialForm::Basic => "basic".to_owned(),
                CredentialForm::Header | CredentialForm::Query | CredentialForm::Cookie => {
                    name.to_snake_case()
                }
            };
            match found.iter_mut().find(|known| known.field == field) {
                Some(known) => known.schemes.push(scheme.clone()),
                None => found.push(Credential {
                    field,
                    name,
                    form,
                    schemes: vec![scheme.clone()],
                }),
            }
        }
        Ok(found)
    }

    fn parameter(&self, parameter: &'a Value, pointer: &str) -> Reading<Parameter> {
        let (parameter, pointer) = self.resolve(parameter, pointer)?;
        let (name, location) = (
            text(parameter, "name").unwrap_or_default(),
            text(parameter, "in").unwrap_or_default(),
        );
        if !["header", "query", "path"].contains(&location.as_str()) {
            return unsupported(
                &pointer,
                format!("a parameter in `{location}`: a cookie can only be a security scheme"),
            );
        }
        let schema = self.scalar(parameter, &pointer)?;
        Ok(Parameter {
            required: flag(parameter, "required"),
            description: text(parameter, "description"),
            secret: flag(parameter, "x-secret") || flag(&schema, "x-secret"),
            name,
            location,
            schema,
            pointer,
        })
    }

    fn request_body(&self, operation: &'a Value, pointer: &str) -> Reading<Option<RequestBody>> {
        let Some(body) = operation.get("requestBody") else {
            return Ok(None);
        };
        let (body, pointer) = self.resolve(body, &format!("{pointer}/requestBody"))?;
        let mut schema: Option<String> = None;
        let mut media_types = Vec::new();
        for (media_type, content) in members(body, "content") {
            let at = format!("{pointer}/content/{}/schema", escape(media_type));
            if !["application/json", "application/x-www-form-urlencoded"]
                .contains(&media_type.as_str())
            {
                return unsupported(
                    &at,
                    format!(
                        "a request body of `{media_type}`: JSON and urlencoded forms can be read"
                    ),
                );
            }
            match content
                .get("schema")
                .and_then(|schema| component_name(schema, "schemas"))
            {
                Some(name) if schema.as_deref().is_none_or(|known| known == name) => {
                    schema = Some(name.to_owned());
                }
                _ => {
                    return unsupported(
                        &at,
                        "a request body must be a `$ref` to a schema component, the same in each media type",
                    );
                }
            }
            media_types.push(media_type.clone());
        }
        match schema {
            Some(schema) => Ok(Some(RequestBody {
                schema,
                media_types,
                required: flag(body, "required"),
                description: text(body, "description"),
            })),
            None => unsupported(&pointer, "a request body without content"),
        }
    }

    fn answer(&self, status: &str, response: &'a Value, pointer: &str) -> Reading<Answer> {
        let Ok(status) = status.parse::<u16>() else {
            return unsupported(
                pointer,
                format!("the answer `{status}`: only exact statuses can be expressed"),
            );
        };
        let component = component_name(response, "responses").map(str::to_owned);
        let (response, pointer) = self.resolve(response, pointer)?;
        let contents: Vec<_> = members(response, "content").collect();
        let content = match contents.as_slice() {
            [] => None,
            [(media_type, content)] => {
                let at = format!("{pointer}/content/{}/schema", escape(media_type));
                Some((
                    (*media_type).clone(),
                    self.answer_body(response, content, &at)?,
                ))
            }
            _ => return unsupported(&pointer, "an answer of more than one media type"),
        };
        let mut headers = Vec::new();
        for (name, header) in members(response, "headers") {
            let (header, at) = self.resolve(header, &format!("{pointer}/headers/{name}"))?;
            let schema = self.scalar(header, &at)?;
            let values = array(&schema, "enum");
            headers.push(ResponseHeader {
                name: name.clone(),
                description: text(header, "description"),
                required: !flag(header, "x-optional"),
                stamped: flag(header, "x-stamped"),
                secret: flag(header, "x-secret") || flag(&schema, "x-secret"),
                constant: if values.len() == 1 {
                    values[0].as_str().map(str::to_owned)
                } else {
                    None
                },
                schema,
            });
        }
        let description = text(response, "description").unwrap_or_default();
        Ok(Answer {
            status,
            component,
            description,
            content,
            headers,
            refusal: response.get("x-refusal").cloned(),
            pointer,
        })
    }

    fn answer_body(
        &self,
        response: &'a Value,
        content: &'a Value,
        pointer: &str,
    ) -> Reading<AnswerBody> {
        let schema = content.get("schema").unwrap_or(&Value::Null);
        if schema.get("maxLength").and_then(Value::as_u64) == Some(0) {
            return Ok(AnswerBody::Empty);
        }
        let Some(name) = component_name(schema, "schemas") else {
            return unsupported(
                pointer,
                "a response body must be a `$ref` to a schema component",
            );
        };
        if response.get("x-refusal").is_none() {
            return Ok(AnswerBody::Schema(name.to_owned()));
        }
        let alternatives: Vec<_> = self
            .schema(name)
            .map(|union| {
                array(union, "oneOf")
                    .iter()
                    .filter_map(|one| component_name(one, "schemas"))
                    .collect()
            })
            .unwrap_or_default();
        match alternatives.as_slice() {
            [success, refusal] => Ok(AnswerBody::Refusable {
                union: name.to_owned(),
                success: (*success).to_owned(),
                refusal: (*refusal).to_owned(),
            }),
            _ => unsupported(
                pointer,
                "`x-refusal` needs a component that is `oneOf` two `$ref`s: success, then refusal",
            ),
        }
    }

    fn scalar(&self, owner: &'a Value, pointer: &str) -> Reading<Value> {
        let Some(schema) = owner.get("schema") else {
            return unsupported(pointer, "a parameter or header needs a `schema`");
        };
        let (schema, at) = self.resolve(schema, &format!("{pointer}/schema"))?;
        match schema.get("type").and_then(Value::as_str) {
            Some("string" | "integer" | "boolean" | "number") => Ok(schema.clone()),
            _ => unsupported(&at, "a parameter or header must be a scalar"),
        }
    }
}

fn read_security(operation: &Value) -> Vec<Vec<(String, Vec<String>)>> {
    array(operation, "security")
        .iter()
        .filter_map(Value::as_object)
        .map(|alternative| {
            alternative
                .iter()
                .map(|(scheme, scopes)| {
                    let scopes = scopes
                        .as_array()
                        .into_iter()
                        .flatten()
                        .filter_map(Value::as_str);
                    (scheme.clone(), scopes.map(str::to_owned).collect())
                })
                .collect()
        })
        .collect()
}
