//! Generates the answers of a dialect: one struct per response, and per operation the enum of
//! everything but success. A status that is not in the document has no value here.

use heck::ToUpperCamelCase;
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use super::meta;
use super::model::{Answer, AnswerBody, Dialect, Operation, Reading, ResponseHeader};
use super::types::{docs, field_ident, number_type, string_type};

/// The struct of an operation's success.
pub fn success_ident(operation: &Operation) -> Ident {
    format_ident!(
        "{}{}",
        operation.id.to_upper_camel_case(),
        status_word(operation.success.status)
    )
}

/// The enum of an operation's other answers.
pub fn failure_ident(operation: &Operation) -> Ident {
    format_ident!("{}Failure", operation.id.to_upper_camel_case())
}

/// What the body of a refusal under a 2xx status is, where the operation has one.
pub fn refusal_of(operation: &Operation) -> Option<&str> {
    match &operation.success.content {
        Some((_, AnswerBody::Refusable { refusal, .. })) => Some(refusal),
        _ => None,
    }
}

/// All answer types of a dialect; a shared response component is written once.
pub fn write(dialect: &Dialect) -> Reading<Vec<TokenStream>> {
    let mut items = Vec::new();
    let mut written: Vec<String> = Vec::new();
    for operation in &dialect.operations {
        let success = success_ident(operation);
        items.push(answer_struct(&success, &operation.success)?);
        for failure in &operation.failures {
            let ident = failure_struct(operation, failure);
            if !written.contains(&ident.to_string()) {
                written.push(ident.to_string());
                items.push(answer_struct(&ident, failure)?);
            }
        }
        items.push(failure_enum(dialect, operation));
    }
    Ok(items)
}

fn failure_struct(operation: &Operation, failure: &Answer) -> Ident {
    match &failure.component {
        Some(component) => format_ident!("{component}"),
        None => format_ident!(
            "{}{}",
            operation.id.to_upper_camel_case(),
            status_word(failure.status)
        ),
    }
}

fn failure_enum(dialect: &Dialect, operation: &Operation) -> TokenStream {
    let ident = failure_ident(operation);
    let (mut variants, mut conversions, mut arms) = (Vec::new(), Vec::new(), Vec::new());
    for failure in &operation.failures {
        let inner = failure_struct(operation, failure);
        let full = inner.to_string();
        let variant = format_ident!("{}", full.strip_prefix(&dialect.prefix).unwrap_or(&full));
        let doc = format!(
            " {}: {}",
            failure.status,
            failure.description.lines().next().unwrap_or_default()
        );
        variants.push(quote! { #[doc = #doc] #variant(#inner) });
        arms.push(quote!(Self::#variant(answer) => answer.into_response()));
        conversions.push(quote! {
            impl From<#inner> for #ident {
                fn from(answer: #inner) -> Self { Self::#variant(answer) }
            }
        });
    }
    if let Some(refusal) = refusal_of(operation) {
        let inner = format_ident!("{refusal}");
        let status = operation.success.status;
        let doc = format!(" A refusal that travels under {status}.");
        variants.push(quote! { #[doc = #doc] Refused(#inner) });
        let media_type = operation
            .success
            .content
            .as_ref()
            .map(|(media_type, _)| media_type.clone())
            .unwrap_or_default();
        let status = status_tokens(status);
        let constants = constant_headers(&operation.success.headers);
        arms.push(quote! {
            Self::Refused(body) => {
                #[allow(unused_mut)]
                let mut response = wire::json_response(#status, #media_type, &body);
                #(#constants)*
                response
            }
        });
        conversions.push(quote! {
            impl From<#inner> for #ident {
                fn from(refusal: #inner) -> Self { Self::Refused(refusal) }
            }
        });
    }
    let doc = format!(
        " Every answer of `{}` that is not its success.",
        operation.id
    );
    quote! {
        #[doc = #doc]
        #[derive(Debug)]
        pub enum #ident { #(#variants),* }
        impl #ident {
            /// The answer on the wire.
            pub fn into_response(self) -> poem::Response {
                match self { #(#arms),* }
            }
        }
        #(#conversions)*
    }
}

fn answer_struct(ident: &Ident, answer: &Answer) -> Reading<TokenStream> {
    let body_type = match &answer.content {
        Some((_, AnswerBody::Schema(name))) => Some(format_ident!("{name}")),
        Some((_, AnswerBody::Refusable { success, .. })) => Some(format_ident!("{success}")),
        Some((_, AnswerBody::Empty)) | None => None,
    };
    let body_field = body_type.as_ref().map(|body| {
        quote! {
            /// The body.
            pub body: #body,
        }
    });
    let (mut fields, mut setters) = (Vec::new(), Vec::new());
    for header in answer
        .headers
        .iter()
        .filter(|header| !header.stamped && header.constant.is_none())
    {
        let rust = header_type(header, &answer.pointer)?;
        let field = field_ident(&header.name);
        let docs = docs(header.description.as_deref().or(Some(&header.name)));
        let name = header.name.to_ascii_lowercase();
        if header.required {
            fields.push(quote!(#docs pub #field: #rust,));
            setters.push(
                quote!(wire::set_header(&mut response, #name, &wire::header_text(&self.#field));),
            );
        } else {
            fields.push(quote!(#docs pub #field: Option<#rust>,));
            setters.push(quote! {
                if let Some(value) = &self.#field {
                    wire::set_header(&mut response, #name, &wire::header_text(value));
                }
            });
        }
    }
    let constants = constant_headers(&answer.headers);
    let status = status_tokens(answer.status);
    let start = match &answer.content {
        Some((media_type, AnswerBody::Empty)) => {
            quote!(wire::empty_response(#status, Some(#media_type)))
        }
        Some((media_type, _)) => quote!(wire::json_response(#status, #media_type, &self.body)),
        None => quote!(wire::empty_response(#status, None)),
    };
    let docs = docs(Some(&format!("{}: {}", answer.status, answer.description)));
    let meta = meta::response(answer);
    Ok(quote! {
        #docs
        #[derive(Debug)]
        pub struct #ident { #body_field #(#fields)* }
        impl #ident {
            /// The answer on the wire.
            pub fn into_response(self) -> poem::Response {
                #[allow(unused_mut)]
                let mut response = #start;
                #(#constants)*
                #(#setters)*
                response
            }
            fn meta() -> MetaResponse { #meta }
        }
    })
}

fn constant_headers(headers: &[ResponseHeader]) -> Vec<TokenStream> {
    headers
        .iter()
        .filter(|header| !header.stamped)
        .filter_map(|header| {
            let (name, value) = (header.name.to_ascii_lowercase(), header.constant.as_ref()?);
            Some(quote!(wire::set_header(&mut response, #name, #value);))
        })
        .collect()
}

fn header_type(header: &ResponseHeader, pointer: &str) -> Reading<TokenStream> {
    if header.secret {
        return Ok(quote!(wire::Secret));
    }
    match header
        .schema
        .get("type")
        .and_then(serde_json::Value::as_str)
    {
        Some("string") => string_type(&header.schema, pointer),
        Some("boolean") => Ok(quote!(bool)),
        _ => number_type(&header.schema, pointer),
    }
}

fn status_tokens(status: u16) -> TokenStream {
    let name = match status {
        200 => "OK",
        201 => "CREATED",
        202 => "ACCEPTED",
        204 => "NO_CONTENT",
        400 => "BAD_REQUEST",
        401 => "UNAUTHORIZED",
        403 => "FORBIDDEN",
        404 => "NOT_FOUND",
        405 => "METHOD_NOT_ALLOWED",
        409 => "CONFLICT",
        413 => "PAYLOAD_TOO_LARGE",
        415 => "UNSUPPORTED_MEDIA_TYPE",
        422 => "UNPROCESSABLE_ENTITY",
        429 => "TOO_MANY_REQUESTS",
        503 => "SERVICE_UNAVAILABLE",
        _ => return quote!(poem::http::StatusCode::from_u16(#status).unwrap_or_default()),
    };
    let name = format_ident!("{name}");
    quote!(poem::http::StatusCode::#name)
}

/// The word for a status in a type's name.
fn status_word(status: u16) -> String {
    match status {
        200 => "Ok".to_owned(),
        201 => "Created".to_owned(),
        202 => "Accepted".to_owned(),
        204 => "NoContent".to_owned(),
        other => format!("Status{other}"),
    }
}
