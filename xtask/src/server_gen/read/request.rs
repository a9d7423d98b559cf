//! Reads what a request may carry: credentials, parameters, a body.

use heck::ToSnakeCase;
use serde_json::Value;

use super::Reader;
use crate::server_gen::model::{
    Credential, CredentialForm, Parameter, Reading, RequestBody, component_name, escape, flag,
    members, text, unsupported,
};

impl<'a> Reader<'a> {
    pub(super) fn credentials(
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
                    let form = match text(object, "x-basic").as_deref() {
                        Some("form") => CredentialForm::FormBasic,
                        _ => CredentialForm::PlainBasic,
                    };
                    (form, "Authorization".to_owned())
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
                CredentialForm::FormBasic | CredentialForm::PlainBasic => "basic".to_owned(),
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

    pub(super) fn parameter(&self, parameter: &'a Value, pointer: &str) -> Reading<Parameter> {
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

    pub(super) fn request_body(
        &self,
        operation: &'a Value,
        pointer: &str,
    ) -> Reading<Option<RequestBody>> {
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
}
