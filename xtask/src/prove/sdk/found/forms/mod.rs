//! The forms of generated Rust that the proof can read: what is always the same, with holes for what is a fact.

mod calls;
mod parts;
mod tables;
mod types;

use super::super::pattern::{Bound, Miss};
use super::super::tokens::Tok;
pub(super) use calls::CallForm;
pub(super) use parts::PartForm;
pub(super) use tables::TableForm;
pub(super) use types::TypeForm;

/// Declares the forms of one sort, each with its text.
macro_rules! forms {
    ($(#[$about:meta])+ $sort:ident $($(#[$doc:meta])+ $name:ident = $text:literal;)+) => {
        $(#[$about])+
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub(in super::super) enum $sort { $($(#[$doc])+ $name,)+ }

        static ALL: std::sync::LazyLock<Vec<($sort, crate::prove::sdk::pattern::Pattern)>> =
            std::sync::LazyLock::new(|| {
                vec![$(($sort::$name, crate::prove::sdk::pattern::Pattern::read($text)),)+]
            });

        impl $sort {
            /// The form of an item, and what stands in its holes.
            ///
            /// # Errors
            /// Where it stops having the form that it has longest.
            pub(super) fn read(
                toks: &[crate::prove::sdk::tokens::Tok],
            ) -> Result<(Self, crate::prove::sdk::pattern::Bound), crate::prove::sdk::pattern::Miss> {
                super::longest(toks, &ALL)
            }
        }
    };
}
use forms;

/// An item that has a form.
#[derive(Debug)]
pub(super) enum Known {
    Type(TypeForm, Bound),
    Call(CallForm, Bound),
    Table(TableForm, Bound),
    Part(PartForm, Bound),
}

/// The form of an item, and what stands in its holes.
///
/// # Errors
/// Where it stops having the form that it has longest.
pub(super) fn read(toks: &[Tok]) -> Result<Known, Miss> {
    let known = |(form, bound)| Known::Type(form, bound);
    let mut misses = Vec::new();
    let mut or = |read: Result<Known, Miss>| read.map_err(|miss| misses.push(miss)).ok();
    let found = or(TypeForm::read(toks).map(known))
        .or_else(|| or(CallForm::read(toks).map(|(form, bound)| Known::Call(form, bound))))
        .or_else(|| or(TableForm::read(toks).map(|(form, bound)| Known::Table(form, bound))))
        .or_else(|| or(PartForm::read(toks).map(|(form, bound)| Known::Part(form, bound))));
    found.ok_or_else(|| farthest(misses, toks))
}

/// The form in a list that an item has.
fn longest<F: Copy>(
    toks: &[Tok],
    all: &[(F, super::super::pattern::Pattern)],
) -> Result<(F, Bound), Miss> {
    let mut misses = Vec::new();
    for (form, pattern) in all {
        match pattern.on(toks) {
            Ok(bound) => return Ok((*form, bound)),
            Err(miss) => misses.push(miss),
        }
    }
    Err(farthest(misses, toks))
}

fn farthest(misses: Vec<Miss>, toks: &[Tok]) -> Miss {
    let far = misses.into_iter().max_by_key(|miss| miss.tokens);
    far.unwrap_or(Miss {
        tokens: 0,
        spot: toks.first().map(Tok::spot).unwrap_or_default(),
    })
}
