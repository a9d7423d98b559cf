//! One typed outcome per operation: `send`, and awaiting the builder itself.

use heck::ToPascalCase;
use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use serde_json::Value;
use syn::{Fields, Item, Type};

use super::operations::Operation;
use super::tidy::{EXCHANGE, Send};
use super::{fault, unsupported};
use crate::document::{Document, join};
use crate::problem::Problems;

/// `send` and `IntoFuture` for every builder.
///
/// # Errors
/// Refusals under a success status that the generated types cannot tell apart.
pub(super) fn emit(
    document: &Document,
    file: &syn::File,
    operations: &[Operation],
    sends: &[Send],
) -> Result<TokenStream, Problems> {
    let mut problems = Problems::new();
    let mut code = TokenStream::new();
    for operation in operations {
        let builder = format_ident!("{}", operation.id.to_pascal_case());
        let Some(send) = sends.iter().find(|send| send.builder == builder) else {
            problems.extend(fault(&format!("no builder for {}", operation.id)));
            continue;
        };
        match lifted(document, file, operation, send) {
            Ok(tokens) => code.extend(tokens),
            Err(found) => problems.extend(found),
        }
    }
    problems.into_result(code)
}

fn lifted(
    document: &Document,
    file: &syn::File,
    operation: &Operation,
    send: &Send,
) -> Result<TokenStream, Problems> {
    let builder = &send.builder;
    let row = operation.row();
    let exchange = format_ident!("{EXCHANGE}");
    let (success, refusal, lift) = match refusal(document, operation)? {
        None => {
            let (success, refusal) = (&send.success, &send.error);
            let lift = quote! {
                crate::lift::lift(self.#exchange().await, &operations::#row).await
            };
            (quote! { #success }, quote! { #refusal }, lift)
        }
        Some(split) => under_success(document, file, operation, send, &split)?,
    };
    let doc = format!(
        "Sends `{}` and lifts every refusal into the error; awaiting the builder does the same.",
        operation.id
    );
    Ok(quote! {
        impl<'a> builder::#builder<'a> {
            #[doc = #doc]
            pub async fn send(self) -> Result<ResponseValue<#success>, crate::CallError<#refusal>> {
                #lift
            }
        }

        impl<'a> ::std::future::IntoFuture for builder::#builder<'a> {
            type Output = Result<ResponseValue<#success>, crate::CallError<#refusal>>;
            type IntoFuture = crate::Call<'a, #success, #refusal>;

            fn into_future(self) -> Self::IntoFuture {
                ::std::boxed::Box::pin(self.send())
            }
        }
    })
}

/// The two component names of a success answer that may be a refusal.
struct Split {
    success: String,
    refusal: String,
    pointer: String,
}

/// What `x-refusal` says of the operation's success answer.
fn refusal(document: &Document, operation: &Operation) -> Result<Option<Split>, Problems> {
    let responses = join(&operation.pointer, "responses");
    let declared = document.get(&responses).and_then(Value::as_object);
    for (status, response) in declared.into_iter().flatten() {
        let (response, pointer) = document.resolve(response, &join(&responses, status));
        if response.get("x-refusal").is_none() {
            continue;
        }
        let content = response.get("content").and_then(Value::as_object);
        let schema = content
            .and_then(|content| content.values().next())
            .and_then(|media| media.get("schema"))
            .map(|schema| document.resolve(schema, &pointer).0);
        let names: Vec<String> = schema
            .and_then(|schema| schema.get("oneOf"))
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(|choice| choice.get("$ref")?.as_str()?.rsplit('/').next())
            .map(str::to_pascal_case)
            .collect();
        let Ok([success, refusal]) = <[String; 2]>::try_from(names) else {
            let message = "x-refusal needs an answer that is oneOf two components, success first";
            return Err(unsupported(document, &pointer, message).into());
        };
        return Ok(Some(Split {
            success,
            refusal,
            pointer,
        }));
    }
    Ok(None)
}

/// Success type, refusal type and lifting of an operation that refuses under a success status.
fn under_success(
    document: &Document,
    file: &syn::File,
    operation: &Operation,
    send: &Send,
    split: &Split,
) -> Result<(TokenStream, TokenStream, TokenStream), Problems> {
    let row = operation.row();
    let exchange = format_ident!("{EXCHANGE}");
    let answer = &send.success;
    let choices = last_name(answer).map_or_else(Vec::new, |name| variants(file, &name));
    let variant = |wanted: &str| {
        let found = choices.iter().find(|(_, holds)| holds == wanted);
        found.map(|(variant, _)| variant.clone()).ok_or_else(|| {
            let message = format!("the client has no way to tell {wanted} from other answers");
            Problems::from(unsupported(document, &split.pointer, message))
        })
    };
    let (accepted, refused) = (variant(&split.success)?, variant(&split.refusal)?);
    let success = format_ident!("{}", split.success);
    let refusal = format_ident!("{}", split.refusal);
    let error = &send.error;
    // Where all refusals look alike the caller should not have to tell them apart by status.
    let same = last_name(error).is_some_and(|name| name == split.refusal);
    let (refusal_type, wrap) = if same {
        (quote! { types::#refusal }, quote! { refusal })
    } else {
        (
            quote! { crate::Either<types::#refusal, #error> },
            quote! { crate::Either::UnderSuccess(refusal) },
        )
    };
    let outcome = if same {
        quote! { self.#exchange().await }
    } else {
        quote! { crate::lift::declared(self.#exchange().await) }
    };
    let lift = quote! {
        crate::lift::lift_choice(#outcome, &operations::#row, |answer| match answer {
            #answer::#accepted(success) => Ok(success),
            #answer::#refused(refusal) => Err(#wrap),
        })
        .await
    };
    Ok((quote! { types::#success }, refusal_type, lift))
}

fn last_name(of: &Type) -> Option<String> {
    let Type::Path(path) = of else {
        return None;
    };
    path.path.segments.last().map(|s| s.ident.to_string())
}

/// The variants of an enum in `types`, each with the name of the type it holds.
fn variants(file: &syn::File, name: &str) -> Vec<(syn::Ident, String)> {
    let types = file.items.iter().find_map(|item| {
        let Item::Mod(module) = item else {
            return None;
        };
        let content = module.content.as_ref();
        content.filter(|_| module.ident == "types")
    });
    let choice = types.and_then(|(_, items)| {
        items.iter().find_map(|item| {
            let Item::Enum(choice) = item else {
                return None;
            };
            (choice.ident == name).then_some(choice)
        })
    });
    choice
        .into_iter()
        .flat_map(|choice| &choice.variants)
        .filter_map(|variant| match &variant.fields {
            Fields::Unnamed(fields) if fields.unnamed.len() == 1 => {
                let held = last_name(&fields.unnamed.first()?.ty)?;
                Some((variant.ident.clone(), held))
            }
            Fields::Unnamed(_) | Fields::Named(_) | Fields::Unit => None,
        })
        .collect()
}
