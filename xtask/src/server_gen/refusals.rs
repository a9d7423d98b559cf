//! Generates which refusals there are: per operation the enum of its answers but for success, and per dialect
//! the enum of all. Operations with the same answers share one enum; a smaller one converts into a larger one.
//!
//! So a refusal converts into the failure of exactly those operations that document it, and no other pair compiles.

use std::collections::BTreeMap;

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use super::answers::{constant_headers, status_tokens};
use super::model::{Dialect, Operation, Reading};
use super::names::{
    answer_variant, failure_ident, failure_struct, refusal_ident, unmatched_struct,
};

/// One way in which a dialect refuses.
struct Way {
    variant: Ident,
    /// What the variant holds.
    inner: Ident,
    doc: String,
    /// Renders what is bound to `answer`.
    render: TokenStream,
}

/// Ways by the text of what they render: equal texts are the same way.
type Ways = BTreeMap<String, Way>;

/// The enum of one set of answers.
struct Failure {
    ident: Ident,
    ways: Ways,
}

/// Everything of a dialect.
pub fn write(dialect: &Dialect) -> Reading<TokenStream> {
    let mut failures: Vec<Failure> = Vec::new();
    let mut aliases = Vec::new();
    let mut all = unmatched(dialect)?;
    for operation in &dialect.operations {
        let (ident, ways) = (failure_ident(operation), ways(dialect, operation));
        match failures
            .iter()
            .find(|known| known.ways.keys().eq(ways.keys()))
        {
            Some(known) => {
                let (id, same) = (&operation.id, &known.ident);
                let doc = format!(" Every answer of `{id}` that is not its success.");
                aliases.push(quote!(#[doc = #doc] pub type #ident = #same;));
            }
            None => {
                failures.push(Failure { ident, ways });
            }
        }
    }
    for failure in &failures {
        for (key, way) in &failure.ways {
            all.entry(key.clone()).or_insert_with(|| way.again());
        }
    }
    set_apart(&mut all);
    let whole = refusal_ident(dialect);
    let tag = &dialect.tag;
    let doc = format!(" Every refusal of {tag}, also those that no operation makes.");
    let whole_enum = refusal_enum(&whole, &doc, &all);
    let enums = failures.iter().map(|failure| {
        let doc = " Every answer that is not a success, of each operation that has just these.";
        refusal_enum(&failure.ident, doc, &failure.ways)
    });
    let widened = failures.iter().flat_map(|small| {
        let larger = failures.iter().filter(|large| {
            large.ident != small.ident && small.ways.keys().all(|key| large.ways.contains_key(key))
        });
        let larger = larger.map(|large| widening(small, &large.ident, &large.ways));
        larger.chain([widening(small, &whole, &all)])
    });
    Ok(quote! {
        #(#enums)*
        #(#aliases)*
        #whole_enum
        impl poem::IntoResponse for #whole {
            fn into_response(self) -> poem::Response { Self::into_response(self) }
        }
        #(#widened)*
    })
}

/// The first operation that refuses in just the ways of this one, and reads something.
pub fn first_alike<'a>(dialect: &'a Dialect, operation: &Operation) -> Option<&'a Operation> {
    let own = ways(dialect, operation);
    dialect
        .operations
        .iter()
        .find(|other| other.reads_something() && ways(dialect, other).keys().eq(own.keys()))
}

impl Way {
    fn again(&self) -> Self {
        Self {
            variant: self.variant.clone(),
            inner: self.inner.clone(),
            doc: self.doc.clone(),
            render: self.render.clone(),
        }
    }

    fn of_answer(dialect: &Dialect, inner: Ident, status: u16, description: &str) -> Self {
        let first = description.lines().next().unwrap_or_default();
        Self {
            variant: answer_variant(dialect, &inner),
            inner,
            doc: format!(" {status}: {first}"),
            render: quote!(answer.into_response()),
        }
    }
}

fn unmatched(dialect: &Dialect) -> Reading<Ways> {
    let mut ways = Ways::new();
    for answer in &dialect.unmatched {
        let inner = unmatched_struct(answer)?;
        let way = Way::of_answer(dialect, inner, answer.status, &answer.description);
        ways.insert(way.inner.to_string(), way);
    }
    Ok(ways)
}

fn ways(dialect: &Dialect, operation: &Operation) -> Ways {
    let mut ways = Ways::new();
    for failure in &operation.failures {
        let inner = failure_struct(operation, failure);
        let way = Way::of_answer(dialect, inner, failure.status, &failure.description);
        ways.insert(way.inner.to_string(), way);
    }
    if let (Some(refusal), Some((media_type, _))) =
        (operation.refusal(), &operation.success.content)
    {
        let status = operation.success.status;
        let (code, constants) = (
            status_tokens(status),
            constant_headers(&operation.success.headers),
        );
        let render = quote! {
            {
                #[allow(unused_mut)]
                let mut response = wire::json_response(#code, #media_type, &answer);
                #(#constants)*
                response
            }
        };
        let way = Way {
            variant: format_ident!("Refused"),
            inner: format_ident!("{refusal}"),
            doc: format!(" A refusal that travels under {status}."),
            render,
        };
        ways.insert(format!("{refusal} {}", way.render), way);
    }
    ways
}

/// Refusals under success statuses that look different on the wire have different names in the enum of all.
fn set_apart(all: &mut Ways) {
    let refused = |way: &&mut Way| way.variant == "Refused";
    if all.values_mut().filter(refused).count() > 1 {
        for (index, way) in all.values_mut().filter(refused).enumerate() {
            way.variant = format_ident!("Refused{}", index + 1);
        }
    }
}

fn refusal_enum(ident: &Ident, doc: &str, ways: &Ways) -> TokenStream {
    let variants = ways.values().map(|way| {
        let (doc, variant, inner) = (&way.doc, &way.variant, &way.inner);
        quote!(#[doc = #doc] #variant(#inner))
    });
    let arms = ways.values().map(|way| {
        let (variant, render) = (&way.variant, &way.render);
        quote!(Self::#variant(answer) => #render)
    });
    let alone = |way: &&Way| {
        ways.values()
            .filter(|other| other.inner == way.inner)
            .count()
            == 1
    };
    let conversions = ways.values().filter(alone).map(|way| {
        let (variant, inner) = (&way.variant, &way.inner);
        quote! {
            impl From<#inner> for #ident {
                fn from(answer: #inner) -> Self { Self::#variant(answer) }
            }
        }
    });
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

/// The conversion of a smaller enum into a larger one.
fn widening(small: &Failure, large: &Ident, into: &Ways) -> TokenStream {
    let ident = &small.ident;
    let arms = small.ways.iter().filter_map(|(key, way)| {
        let (variant, wide) = (&way.variant, &into.get(key)?.variant);
        Some(quote!(#ident::#variant(answer) => Self::#wide(answer)))
    });
    quote! {
        impl From<#ident> for #large {
            fn from(failure: #ident) -> Self {
                match failure { #(#arms),* }
            }
        }
    }
}
