//! Generates the metadata poem-openapi emits its document from.

use heck::ToUpperCamelCase;
use proc_macro2::{Literal, TokenStream};
use quote::{format_ident, quote};
use serde_json::Value;

use super::model::{Answer, AnswerBody, Dialect, Operation, Parameter, array, escape, text};
use super::names::{failure_struct, success_ident};

/// A `MetaResponse` for an answer.
pub fn response(answer: &Answer) -> TokenStream {
    let status = answer.status;
    let description = &answer.description;
    let content = match &answer.content {
        None => quote!(Vec::new()),
        Some((media_type, AnswerBody::Empty)) => quote! {
            vec![MetaMediaType {
                content_type: #media_type,
                schema: MetaSchemaRef::Inline(Box::new(MetaSchema { max_length: Some(0), ..MetaSchema::new("string") })),
            }]
        },
        Some((
            media_type,
            AnswerBody::Schema(name) | AnswerBody::Refusable { union: name, .. },
        )) => {
            let body = format_ident!("{name}");
            quote!(
                vec![MetaMediaType { content_type: #media_type, schema: <#body as Type>::schema_ref() }]
            )
        }
    };
    let headers = answer.headers.iter().map(|header| {
        let (name, required) = (&header.name, header.required);
        let description = option_owned(header.description.as_deref());
        let schema = scalar(&header.schema);
        quote! {
            MetaHeader {
                name: #name.to_owned(),
                description: #description,
                required: #required,
                deprecated: false,
                schema: #schema,
            }
        }
    });
    quote! {
        MetaResponse {
            description: #description,
            status: Some(#status),
            status_range: None,
            content: #content,
            headers: vec![#(#headers),*],
        }
    }
}

/// A function that makes the `MetaOperation` of an operation.
pub fn operation(dialect: &Dialect, operation: &Operation) -> TokenStream {
    let tag = &dialect.tag;
    let name = format_ident!("{}_meta", operation.id);
    let method = format_ident!("{}", operation.method.to_uppercase());
    let (id, summary, description) = (
        &operation.id,
        option(operation.summary.as_deref()),
        option(operation.description.as_deref()),
    );
    let params = operation.parameters.iter().map(parameter);
    let request = operation.body.as_ref().map_or_else(
        || quote!(None),
        |body| {
            let (schema, required, media_types) = (format_ident!("{}", body.schema), body.required, &body.media_types);
            let description = option(body.description.as_deref());
            quote! {
                Some(MetaRequest {
                    description: #description,
                    content: vec![#(MetaMediaType { content_type: #media_types, schema: <#schema as Type>::schema_ref() }),*],
                    required: #required,
                })
            }
        },
    );
    let success = success_ident(operation);
    let failures = operation
        .failures
        .iter()
        .map(|failure| failure_struct(operation, failure));
    let security = operation.security.iter().map(|alternative| {
        let entries = alternative
            .iter()
            .map(|(scheme, scopes)| quote!((#scheme, vec![#(#scopes),*])));
        quote!(HashMap::from([#(#entries),*]))
    });
    let mut facts = facts(operation);
    facts.extend(shared_facts(dialect, operation));
    let doc = format!(" What `{id}` emits.");
    quote! {
        #[doc = #doc]
        fn #name() -> MetaOperation {
            MetaOperation {
                method: poem::http::Method::#method,
                tags: vec![#tag],
                summary: #summary,
                description: #description,
                external_docs: None,
                params: vec![#(#params),*],
                request: #request,
                responses: MetaResponses { responses: vec![#success::meta(), #(#failures::meta()),*] },
                deprecated: false,
                security: vec![#(#security),*],
                operation_id: Some(#id),
                code_samples: vec![#(#facts),*],
            }
        }
    }
}

/// What the document's extensions say about an operation, as the only extension that poem-openapi prints.
fn facts(operation: &Operation) -> Vec<TokenStream> {
    let mut facts = Vec::new();
    let mut fact = |name: &'static str, place: String, value: &Value| {
        let value = value.to_string();
        facts.push(quote!(MetaCodeSample { lang: #name, label: Some(#place), source: #value }));
    };
    let yes = Value::Bool(true);
    let bucket = Value::String(operation.rate_bucket.clone());
    fact("x-rate-bucket", String::new(), &bucket);
    if !operation.exact_names.is_empty() {
        let names = Value::from(operation.exact_names.clone());
        fact("x-exact-names", String::new(), &names);
    }
    if operation.cors_any {
        let any = Value::String("any".to_owned());
        fact("x-cors", String::new(), &any);
    }
    for (name, place, value) in &operation.callers {
        fact(name, place.clone(), value);
    }
    for parameter in operation
        .parameters
        .iter()
        .filter(|parameter| parameter.secret)
    {
        // Names of headers have no case.
        let name = match parameter.location.as_str() {
            "header" => parameter.name.to_lowercase(),
            _ => parameter.name.clone(),
        };
        let name = escape(&format!("{} {name}", parameter.location));
        fact("x-secret", format!("/parameters/{name}"), &yes);
    }
    for answer in operation.failures.iter().chain([&operation.success]) {
        let at = format!("/responses/{}", answer.status);
        if let Some(refusal) = &answer.refusal {
            fact("x-refusal", at.clone(), refusal);
        }
        for header in &answer.headers {
            let at = format!("{at}/headers/{}", escape(&header.name.to_lowercase()));
            if header.stamped {
                fact("x-stamped", at.clone(), &yes);
            }
            if header.secret {
                fact("x-secret", at, &yes);
            }
        }
    }
    facts
}

/// What the extensions say about the dialect and its security schemes; the first operation states it for all.
fn shared_facts(dialect: &Dialect, operation: &Operation) -> Vec<TokenStream> {
    if dialect
        .operations
        .first()
        .is_none_or(|first| first.id != operation.id)
    {
        return Vec::new();
    }
    let mut facts = Vec::new();
    let mut fact = |name: &'static str, place: String, value: &Value| {
        let value = value.to_string();
        facts.push(quote!(MetaCodeSample { lang: #name, label: Some(#place), source: #value }));
    };
    let tag = format!("/tags/{}", escape(&dialect.tag));
    if !dialect.base_paths.is_empty() {
        let paths = Value::from(dialect.base_paths.clone());
        fact("x-base-path", tag.clone(), &paths);
    }
    if let Some(unmatched) = &dialect.stated_unmatched {
        fact("x-unmatched", tag, unmatched);
    }
    for (name, scheme) in &dialect.security_schemes {
        if let Some(form) = scheme.get("x-basic") {
            let place = format!("/components/securitySchemes/{}", escape(name));
            fact("x-basic", place, form);
        }
    }
    facts
}

fn parameter(parameter: &Parameter) -> TokenStream {
    let (name, required) = (&parameter.name, parameter.required);
    let location = format_ident!("{}", parameter.location.to_upper_camel_case());
    let description = option_owned(parameter.description.as_deref());
    let schema = scalar(&parameter.schema);
    quote! {
        MetaOperationParam {
            name: #name.to_owned(),
            schema: #schema,
            in_type: MetaParamIn::#location,
            description: #description,
            required: #required,
            deprecated: false,
            explode: true,
            style: None,
        }
    }
}

/// The schema components an operation's metadata refers to.
pub fn registered(operation: &Operation) -> Vec<String> {
    let body = operation.body.iter().map(|body| body.schema.clone());
    let answers = operation
        .failures
        .iter()
        .chain([&operation.success])
        .filter_map(|answer| match &answer.content {
            Some((_, AnswerBody::Schema(name) | AnswerBody::Refusable { union: name, .. })) => {
                Some(name.clone())
            }
            Some((_, AnswerBody::Empty)) | None => None,
        });
    body.chain(answers)
        .chain(operation.refusal().map(str::to_owned))
        .collect()
}

/// A `MetaSecurityScheme` registered under its name.
pub fn security_scheme(name: &str, scheme: &Value) -> TokenStream {
    let ty = text(scheme, "type").unwrap_or_default();
    let [description, key, key_in, http, bearer_format] =
        ["description", "name", "in", "scheme", "bearerFormat"]
            .map(|member| option(text(scheme, member).as_deref()));
    quote! {
        registry.create_security_scheme(#name, MetaSecurityScheme {
            ty: #ty,
            description: #description,
            name: #key,
            key_in: #key_in,
            scheme: #http,
            bearer_format: #bearer_format,
            flows: None,
            openid_connect_url: None,
        });
    }
}

/// An inline schema of a parameter or header.
fn scalar(schema: &Value) -> TokenStream {
    let ty = text(schema, "type").unwrap_or_default();
    let mut members = Vec::new();
    for key in ["format", "description"] {
        if let Some(value) = text(schema, key) {
            let key = format_ident!("{key}");
            members.push(quote!(#key: Some(#value)));
        }
    }
    let values = array(schema, "enum");
    if !values.is_empty() {
        let values = values.iter().map(|value| {
            if let Some(text) = value.as_str() {
                quote!(serde_json::Value::from(#text))
            } else {
                let number = Literal::i64_suffixed(value.as_i64().unwrap_or_default());
                quote!(serde_json::Value::from(#number))
            }
        });
        members.push(quote!(enum_items: vec![#(#values),*]));
    }
    for (key, name) in [("minimum", "minimum"), ("maximum", "maximum")] {
        if let Some(bound) = schema.get(key).and_then(Value::as_f64) {
            let name = format_ident!("{name}");
            members.push(quote!(#name: Some(#bound)));
        }
    }
    for (key, name) in [("minLength", "min_length"), ("maxLength", "max_length")] {
        if let Some(bound) = schema.get(key).and_then(Value::as_u64) {
            let (name, bound) = (format_ident!("{name}"), Literal::u64_unsuffixed(bound));
            members.push(quote!(#name: Some(#bound)));
        }
    }
    if let Some(pattern) = text(schema, "pattern") {
        members.push(quote!(pattern: Some(#pattern.to_owned())));
    }
    quote!(MetaSchemaRef::Inline(Box::new(MetaSchema { #(#members,)* ..MetaSchema::new(#ty) })))
}

fn option(value: Option<&str>) -> TokenStream {
    value.map_or_else(|| quote!(None), |value| quote!(Some(#value)))
}

fn option_owned(value: Option<&str>) -> TokenStream {
    value.map_or_else(|| quote!(None), |value| quote!(Some(#value.to_owned())))
}
