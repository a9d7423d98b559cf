//! Generates the answers of a dialect, one struct per response. A status that is not in the document has no
//! value here. Which answers an operation has is in `refusals`.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use super::constructors::{Argument, of_answer};
use super::meta;
use super::model::{Answer, AnswerBody, Dialect, Reading, ResponseHeader};
use super::names::{docs, failure_struct, field_ident, success_ident, unmatched_struct};
use super::types::{Constructors, number_type, string_type};

/// All answers of a dialect as structs; a shared response component is written once.
pub fn write(dialect: &Dialect, constructors: &Constructors) -> Reading<Vec<TokenStream>> {
    let mut items = Vec::new();
    let mut written: Vec<Ident> = Vec::new();
    for operation in &dialect.operations {
        let success = &operation.success;
        let meta = Some(meta::response(success));
        items.push(answer_struct(
            &success_ident(operation),
            success,
            meta,
            constructors,
        )?);
        for failure in &operation.failures {
            let ident = failure_struct(operation, failure);
            if !written.contains(&ident) {
                let meta = Some(meta::response(failure));
                items.push(answer_struct(&ident, failure, meta, constructors)?);
                written.push(ident);
            }
        }
    }
    for answer in &dialect.unmatched {
        let ident = unmatched_struct(answer)?;
        if !written.contains(&ident) {
            // No operation emits it, so it has no metadata.
            items.push(answer_struct(&ident, answer, None, constructors)?);
            written.push(ident);
        }
    }
    Ok(items)
}

fn answer_struct(
    ident: &Ident,
    answer: &Answer,
    meta: Option<TokenStream>,
    constructors: &Constructors,
) -> Reading<TokenStream> {
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
    let (mut fields, mut setters, mut given) = (Vec::new(), Vec::new(), Vec::new());
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
            given.push(Argument::new(&field, &rust));
            fields.push(quote!(#docs pub #field: #rust,));
            setters.push(
                quote!(wire::set_header(&mut response, #name, &wire::header_text(&self.#field));),
            );
        } else {
            given.push(Argument::new(&field, &quote!(Option<#rust>)));
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
    let of_body = body_type.as_ref().and_then(|body| {
        let arguments = constructors.get(&body.to_string())?;
        Some((body, arguments.as_slice()))
    });
    let constructor = of_answer(ident, of_body, &given);
    let meta = meta.map(|meta| quote!(fn meta() -> MetaResponse { #meta }));
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
            #meta
        }
        #constructor
    })
}

/// Sets the headers of one value that an answer itself carries; stamped ones are the edge's to set.
pub fn constant_headers(headers: &[ResponseHeader]) -> Vec<TokenStream> {
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

/// The status as poem has it.
pub fn status_tokens(status: u16) -> TokenStream {
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
