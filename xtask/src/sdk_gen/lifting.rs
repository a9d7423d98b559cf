//! One typed outcome per operation: `send`, and awaiting the builder itself.

use heck::ToPascalCase;
use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use serde_json::Value;
use syn::{Fields, Item, Type, parse_quote};

use super::exchange::{EXCHANGE, Send};
use super::operations::Operation;
use super::parts::{Parts, type_name};
use super::{fault, unsupported};
use crate::document::{Document, join};
use crate::problem::Problems;

/// Gives every builder its `send`, and lets it be awaited.
///
/// # Errors
/// Refusals under a success status that the generated types cannot tell apart.
pub(super) fn lift(
    document: &Document,
    parts: &mut Parts,
    operations: &[Operation],
    sends: &[Send],
) -> Result<(), Problems> {
    let mut problems = Problems::new();
    for operation in operations {
        let builder = format_ident!("{}", operation.id.to_pascal_case());
        let Some(send) = sends.iter().find(|send| send.builder == builder) else {
            problems.extend(fault(&format!("no builder for {}", operation.id)));
            continue;
        };
        match lifted(document, &parts.types, operation, send) {
            Ok(outcome) => outcome.put(&builder, &mut parts.builders),
            Err(found) => problems.extend(found),
        }
    }
    problems.into_result(())
}

/// What a call of an operation ends with.
struct Outcome {
    id: String,
    success: TokenStream,
    refusal: TokenStream,
    lift: TokenStream,
}

impl Outcome {
    /// Puts `send` before `exchange`, and what awaiting means behind the builder.
    fn put(self, builder: &syn::Ident, builders: &mut Vec<Item>) {
        let Self {
            id,
            success,
            refusal,
            lift,
        } = self;
        let doc = format!(
            "Sends `{id}` and lifts every refusal into the error; awaiting the builder does the same."
        );
        let of_builder = |item: &Item| matches!(item, Item::Impl(block) if type_name(&block.self_ty).is_some_and(|name| name == *builder));
        let Some(at) = builders.iter().position(of_builder) else {
            return;
        };
        if let Some(Item::Impl(block)) = builders.get_mut(at) {
            let last = block.items.len().saturating_sub(1);
            block.items.insert(
                last,
                parse_quote! {
                    #[doc = #doc]
                    pub async fn send(self) -> Result<ResponseValue<#success>, crate::CallError<#refusal>> {
                        #lift
                    }
                },
            );
        }
        builders.insert(
            at + 1,
            parse_quote! {
                impl<'a> ::std::future::IntoFuture for #builder<'a> {
                    type Output = Result<ResponseValue<#success>, crate::CallError<#refusal>>;
                    type IntoFuture = crate::Call<'a, #success, #refusal>;

                    fn into_future(self) -> Self::IntoFuture {
                        ::std::boxed::Box::pin(self.send())
                    }
                }
            },
        );
    }
}

fn lifted(
    document: &Document,
    types: &[Item],
    operation: &Operation,
    send: &Send,
) -> Result<Outcome, Problems> {
    let row = operation.row();
    let exchange = format_ident!("{EXCHANGE}");
    let (success, refusal, lift) = match refusal(document, operation)? {
        None => {
            let (success, refusal) = (&send.success, &send.error);
            let lift = quote! {
                crate::lift::lift(self.#exchange().await, &super::operations::#row).await
            };
            (quote! { #success }, quote! { #refusal }, lift)
        }
        Some(split) => under_success(document, types, operation, send, &split)?,
    };
    Ok(Outcome {
        id: operation.id.clone(),
        success,
        refusal,
        lift,
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
    types: &[Item],
    operation: &Operation,
    send: &Send,
    split: &Split,
) -> Result<(TokenStream, TokenStream, TokenStream), Problems> {
    let row = operation.row();
    let exchange = format_ident!("{EXCHANGE}");
    let answer = &send.success;
    let choices = last_name(answer).map_or_else(Vec::new, |name| variants(types, &name));
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
        crate::lift::lift_choice(#outcome, &super::operations::#row, |answer| match answer {
            #answer::#accepted(success) => Ok(success),
            #answer::#refused(refusal) => Err(#wrap),
        })
        .await
    };
    Ok((quote! { types::#success }, refusal_type, lift))
}

fn last_name(of: &Type) -> Option<String> {
    type_name(of).map(|name| name.to_string())
}

/// The variants of an enum, each with the name of the type it holds.
fn variants(types: &[Item], name: &str) -> Vec<(syn::Ident, String)> {
    let choice = types.iter().find_map(|item| match item {
        Item::Enum(choice) if choice.ident == name => Some(choice),
        _ => None,
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
