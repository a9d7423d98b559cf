//! The dialects, and the one table that plugs them in.
//!
//! A dialect authenticates its callers, asks the authority and renders the answer; it never
//! touches storage, keys or another dialect. Its module has a `mount` that [`mounts`] lists.
//!
//! Who the principals of a dialect are, and what `demo` and `admin seed` put into their profiles:
//!
//! | dialect | kind, name | profile | secrets |
//! | --- | --- | --- | --- |
//! | animeloop | user, username | `email` | password |
//! | pnut | client, `client_id` | `name`, `url`, `scopes` (array; all when absent) | client secret, password grant secret |
//! | pnut | user, username | `id`, `name`, `type`, `locale`, `timezone`, `email`, `content` and `counts` (wire shapes), `storage_total`, `storage_used` | password |
//! | `token_generator` | user, `user_id` | | |
//! | `token_generator` | secret holder, any | | HMAC key; its id is the `iss` |
//! | `auth_api` | client, `client_id` | `scopes` (array), `step_up` (boolean) | client secret, TOTP seed, assertion key |
//! | manis | merchant, merchant id | | merchant secret |
//! | oauth | client, `client_id` | `scopes` (array): `introspect:any` or `introspect:<dialect>`, `tokens:revoke:any` | client secret |
//!
//! Members that a profile lacks have the dialect's defaults. Tokens of the token generator's users
//! have the class `user`.

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

mod animeloop;
mod auth_api;
mod manis;
mod oauth;
mod pnut;
mod settings;
mod token_generator;
mod visitor;

use std::sync::Arc;

pub use settings::{
    AnimeloopSettings, AuthApiSettings, DialectArgs, DialectSettings, EpochUnit, ManisSettings,
    SameSite, TokenGeneratorSettings,
};

use self::visitor::Visitor;
use crate::{
    authority::TokenAuthority,
    edge::{Mount, Origins},
    generated::{
        animeloop::AnimeloopRoutes, auth_api::AuthApiRoutes, manis::ManisRoutes,
        oauth::OauthRoutes, pnut::PnutRoutes, token_generator::TokenGeneratorRoutes,
    },
    limits::RateLimits,
    public_url::PublicUrl,
};

/// What a dialect is built from.
#[derive(Debug, Clone)]
pub struct Surroundings {
    /// The core that all dialects share.
    pub authority: TokenAuthority,
    /// The request rates.
    pub limits: Arc<RateLimits>,
    /// The origin in URLs that answers contain.
    pub public_url: PublicUrl,
    /// The origins whose pages may act under a user's cookie.
    pub origins: Origins,
    /// What an operator may set about dialects.
    pub settings: DialectSettings,
}

/// Seconds as answers tell them.
fn seconds(secs: u64) -> i64 {
    i64::try_from(secs).unwrap_or(i64::MAX)
}

/// The routes of all dialects, for the combined document; in the order of the mounts.
pub type Routes = (
    AnimeloopRoutes<animeloop::Animeloop>,
    PnutRoutes<pnut::Pnut>,
    TokenGeneratorRoutes<token_generator::TokenGenerator>,
    AuthApiRoutes<auth_api::AuthApi>,
    ManisRoutes<manis::Manis>,
    OauthRoutes<oauth::Oauth>,
);

/// Every dialect, one line each.
#[must_use]
pub fn mounts(surroundings: &Surroundings) -> Vec<Mount> {
    vec![
        animeloop::mount(surroundings),
        pnut::mount(surroundings),
        token_generator::mount(surroundings),
        auth_api::mount(surroundings),
        manis::mount(surroundings),
        oauth::mount(surroundings),
    ]
}
