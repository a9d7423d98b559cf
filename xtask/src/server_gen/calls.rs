//! Generates the calls of a dialect: per operation one struct with everything its request
//! can carry, and the extraction that fills it or says exactly why not.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use super::model::{Credential, CredentialForm, Operation, Parameter, Reading};
use super::names::{call_ident, docs, field_ident, shape_ident};
use super::shapes::shape_ref;
use super::types::{number_type, string_type};

/// The call struct and its extraction.
pub fn write(operation: &Operation) -> Reading<TokenStream> {
    let ident = call_ident(operation);
    let (mut fields, mut reads, mut names) = (Vec::new(), Vec::new(), Vec::new());
    for credential in &operation.credentials {
        let field = format_ident!("{}", credential.field);
        let (rust, read) = credential_tokens(credential);
        let docs = docs(Some(&format!(
            "Credential of {}.",
            credential.schemes.join(", ")
        )));
        fields.push(quote!(#docs pub #field: Option<#rust>,));
        reads.push(quote!(let #field = #read;));
        names.push(field);
    }
    reads.extend(missing_credential(operation));
    reads.extend(query_check(operation));
    for parameter in &operation.parameters {
        let field = field_ident(&parameter.name);
        let (rust, read) = parameter_tokens(parameter)?;
        let docs = docs(parameter.description.as_deref().or(Some(&parameter.name)));
        fields.push(quote!(#docs pub #field: #rust,));
        reads.push(quote!(let #field = #read;));
        names.push(field);
    }
    if let Some(body) = &operation.body {
        let (schema, shape) = (format_ident!("{}", body.schema), shape_ident(&body.schema));
        let has = |media_type: &str| body.media_types.iter().any(|known| known == media_type);
        let (json, form, required) = (
            has("application/json"),
            has("application/x-www-form-urlencoded"),
            body.required,
        );
        let exact = &operation.exact_names;
        let forms = quote!(wire::BodyForms { json: #json, form: #form, required: #required, exact: &[#(#exact),*] });
        let read = quote!(wire::read_body::<#schema>(request, body, #forms, &#shape).await?);
        let docs = docs(body.description.as_deref().or(Some("The body.")));
        if required {
            fields.push(quote!(#docs pub body: #schema,));
            reads.push(quote! {
                let body = #read.ok_or_else(|| wire::Rejection::body(wire::RejectionKind::BodyMissing, ""))?;
            });
        } else {
            fields.push(quote!(#docs pub body: Option<#schema>,));
            reads.push(quote!(let body = #read;));
        }
        names.push(format_ident!("body"));
    } else {
        // An endpoint without a body ignores whatever is sent as one.
        reads.push(quote!(drop(body);));
    }
    let doc = format!(
        " Everything a request to `{}` carries, checked against the document.",
        operation.id
    );
    let read = operation.reads_something().then(|| quote! {
        impl #ident {
            #[allow(clippy::unused_async, unused_variables)]
            async fn read(request: &poem::Request, path: &wire::PathParameters, body: poem::RequestBody) -> Result<Self, wire::Rejection> {
                #(#reads)*
                Ok(Self { #(#names),* })
            }
        }
    });
    Ok(quote! {
        #[doc = #doc]
        #[derive(Debug)]
        pub struct #ident { #(#fields)* }
        #read
    })
}

fn credential_tokens(credential: &Credential) -> (TokenStream, TokenStream) {
    let name = &credential.name;
    match credential.form {
        CredentialForm::Bearer => (
            quote!(wire::Secret),
            quote!(wire::bearer_credential(request)?),
        ),
        CredentialForm::FormBasic => (
            quote!(wire::BasicCredentials),
            quote!(wire::basic_credential(
                request,
                wire::BasicForm::FormEncoded
            )?),
        ),
        CredentialForm::PlainBasic => (
            quote!(wire::BasicCredentials),
            quote!(wire::basic_credential(request, wire::BasicForm::Plain)?),
        ),
        // Under a scheme that is not HTTP's own the credential is one of several parameters.
        CredentialForm::Header if name.eq_ignore_ascii_case("authorization") => (
            quote!(wire::Secret),
            quote!(wire::authorization_credential(request)?),
        ),
        CredentialForm::Header => (
            quote!(wire::Secret),
            quote!(wire::header_credential(request, #name)?),
        ),
        CredentialForm::Query => (
            quote!(wire::Secret),
            quote!(wire::query_credential(request, #name)?),
        ),
        CredentialForm::Cookie => (
            quote!(wire::Secret),
            quote!(wire::cookie_credential(request, #name)),
        ),
    }
}

/// The check that one security alternative is complete; none where the operation is open.
fn missing_credential(operation: &Operation) -> Option<TokenStream> {
    if operation.security.is_empty() || operation.security.iter().any(Vec::is_empty) {
        return None;
    }
    let field_of = |scheme: &str| {
        operation
            .credentials
            .iter()
            .find(|credential| credential.schemes.iter().any(|known| known == scheme))
            .map(|credential| format_ident!("{}", credential.field))
    };
    let mut alternatives: Vec<String> = Vec::new();
    let mut tests = Vec::new();
    for alternative in &operation.security {
        let present: Vec<Ident> = alternative
            .iter()
            .filter_map(|(scheme, _)| field_of(scheme))
            .collect();
        let key = present
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join("+");
        if !alternatives.contains(&key) {
            alternatives.push(key);
            tests.push(quote!((#(#present.is_some())&&*)));
        }
    }
    // Told by the name of the first that is absent or empty.
    let lacking = operation.credentials.iter().map(|credential| {
        let (name, field) = (&credential.name, format_ident!("{}", credential.field));
        match credential.form {
            CredentialForm::FormBasic | CredentialForm::PlainBasic => {
                quote!((#name, #field.is_none()))
            }
            CredentialForm::Bearer
            | CredentialForm::Header
            | CredentialForm::Query
            | CredentialForm::Cookie => quote!((#name, wire::is_blank(#field.as_ref()))),
        }
    });
    Some(quote! {
        if !(#(#tests)||*) {
            return Err(wire::Rejection::lacking(&[#(#lacking),*]));
        }
    })
}

/// The check that the query has nothing that is to be spelt exactly and stand elsewhere.
fn query_check(operation: &Operation) -> Option<TokenStream> {
    let exact = &operation.exact_names;
    if exact.is_empty() {
        return None;
    }
    let credentials = operation
        .credentials
        .iter()
        .filter(|credential| credential.form == CredentialForm::Query)
        .map(|credential| &credential.name);
    let parameters = operation
        .parameters
        .iter()
        .filter(|parameter| parameter.location == "query")
        .map(|parameter| &parameter.name);
    let known = parameters.chain(credentials);
    Some(quote!(wire::check_query(request, &[#(#known),*], &[#(#exact),*])?;))
}

fn parameter_tokens(parameter: &Parameter) -> Reading<(TokenStream, TokenStream)> {
    let (name, required, shape) = (
        &parameter.name,
        parameter.required,
        shape_ref(&parameter.schema),
    );
    let rust = match parameter
        .schema
        .get("type")
        .and_then(serde_json::Value::as_str)
    {
        _ if parameter.secret => quote!(wire::Secret),
        Some("string") => string_type(&parameter.schema, &parameter.pointer)?,
        Some("boolean") => quote!(bool),
        _ => number_type(&parameter.schema, &parameter.pointer)?,
    };
    let raw = match parameter.location.as_str() {
        "header" => quote!(wire::header_parameter(request, #name)),
        "query" => quote!(wire::query_parameter(request, #name)?),
        _ => quote!(path.get(#name)),
    };
    let read = quote!(wire::typed_parameter::<#rust>(#raw, #name, #required, #shape)?);
    if required {
        let missing = quote! {
            #read.ok_or_else(|| wire::Rejection::parameter(wire::RejectionKind::ParameterMissing, #name))?
        };
        return Ok((rust, missing));
    }
    Ok((quote!(Option<#rust>), read))
}
