//! The dialects, and the one list that plugs them in.
//!
//! A dialect authenticates its callers, asks the authority and renders the answer; it never
//! touches storage, keys or another dialect. Its folder has everything that is its own, its principals' kinds, profiles and
//! secrets included; what others have to know of it is in its [`Registration`].

/// Says what an error is told as, or each fact of it; a fact without a refusal does not compile.
macro_rules! told {
    ($(#[$doc:meta])* $error:ident as $failure:ty {
        $($($fact:ident $({ $field:ident })? $(($inner:ident))?)|+ => $refusal:expr,)+
    }) => {
        $(#[$doc])*
        impl From<$error> for $failure {
            fn from(error: $error) -> Self {
                match error {
                    $($($error::$fact $({ $field })? $(($inner))?)|+ => $refusal.into(),)+
                }
            }
        }
    };
    ($(#[$doc:meta])* $error:ident $({ $field:ident })? as $failure:ty => $refusal:expr) => {
        $(#[$doc])*
        impl From<$error> for $failure {
            fn from($error $({ $field })?: $error) -> Self {
                $refusal.into()
            }
        }
    };
}

mod described;
mod kinds;
mod registration;
pub mod seeding;
mod settings;
pub mod showcase;
mod visitor;

use clap::Args;

use self::visitor::Visitor;
pub use self::{
    described::AllDescribed,
    kinds::{Form, Kind, KindSecret, Member, TextRule, Unfit},
    registration::{Described, Registration, Surroundings, Tokens, Users},
    settings::{Configurable, NoSettings, UnfitSettings},
};
use crate::{
    domain::{Dialect, PrincipalKind},
    edge::Mount,
    public_url::PublicUrl,
};

// A dialect is one line here and a folder of that name.
pub mod animeloop;
pub mod auth_api;
pub mod manis;
pub mod oauth;
pub mod pnut;
pub mod token_generator;

/// Collects what each dialect registers and lets an operator set.
macro_rules! collect {
    ($($name:ident),+) => {
        /// Every dialect, in the order of the document.
        pub static REGISTRATIONS: &[Registration] = &[$($name::REGISTRATION),+];

        /// What an operator may set about single dialects, each under its name.
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Args)]
        #[group(skip)]
        pub struct DialectSettings {
            $(
                #[doc = concat!("Of ", stringify!($name), ".")]
                #[command(flatten)]
                pub $name: $name::Settings,
            )+
        }

        impl DialectSettings {
            /// Whether the settings of each dialect go together on a server with that public URL, if it has one of its own.
            ///
            /// # Errors
            /// [`UnfitSettings`] of the first whose do not.
            pub fn check(&self, public_url: Option<&PublicUrl>) -> Result<(), UnfitSettings> {
                $(self.$name.check(public_url)?;)+
                Ok(())
            }
        }
    };
}

// The document knows them all, so none is left out.
crate::generated::each_dialect!(collect);

/// Seconds as answers tell them.
fn seconds(secs: u64) -> i64 {
    i64::try_from(secs).unwrap_or(i64::MAX)
}

/// Every dialect, ready to be served.
#[must_use]
pub fn mounts(surroundings: &Surroundings) -> Vec<Mount> {
    let all = REGISTRATIONS.iter();
    all.map(|dialect| (dialect.mount)(surroundings)).collect()
}

/// The kinds of principals that a dialect has; none where it is not known.
#[must_use]
pub fn kinds_of(dialect: Dialect) -> &'static [Kind] {
    let known = REGISTRATIONS.iter().find(|one| one.id == dialect);
    known.map_or(&[], |one| one.kinds)
}

/// A kind of principals of a dialect.
#[must_use]
pub fn kind_of(dialect: Dialect, kind: PrincipalKind) -> Option<&'static Kind> {
    kinds_of(dialect).iter().find(|one| one.kind == kind)
}
