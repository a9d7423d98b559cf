//! What a dialect tells the rest of the server about itself: its registration, and what it is built from.

use std::sync::Arc;

use poem_openapi::{
    OpenApi,
    registry::{MetaApi, Registry},
};

use super::{DialectSettings, kinds::Kind, showcase::Showcase};
#[cfg(test)]
use crate::work::Ways;
use crate::{
    authority::{DialectRules, TokenAuthority},
    domain::Dialect,
    edge::{Mount, Origins},
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

/// One dialect, to everybody who knows none by name.
pub struct Registration {
    /// Its tag in the document, under which its principals and tokens are stored.
    pub id: Dialect,
    /// Its operations in the document that the server emits.
    pub described: Described,
    /// What the authority has to know of it.
    pub rules: fn(&DialectSettings) -> DialectRules,
    /// How its tokens show themselves to others.
    pub tokens: Tokens,
    /// Builds it, ready to be served.
    pub mount: fn(&Surroundings) -> Mount,
    /// Its principals.
    pub kinds: &'static [Kind],
    /// Its part in the demo.
    pub showcase: &'static dyn Showcase,
    /// How names are proved to it, for the tests of what a wrong proof costs.
    #[cfg(test)]
    pub(crate) ways: Ways,
}

/// How a dialect's tokens show themselves: what introspection and the metadata tell of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tokens {
    /// The scheme in front of a token in `Authorization`, which is `token_type`; `None` where the API never said how tokens travel.
    pub scheme: Option<&'static str>,
    /// `aud` of its JWTs, where they have one.
    pub audience: Option<&'static str>,
    /// What `sub` says of a user.
    pub users: Users,
}

/// By what a dialect's users are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Users {
    /// They log in by a name, which is `username`, and are known to others by a number.
    Numbered,
    /// By their name alone; also where there are none.
    Named,
}

/// What poem-openapi emits of one dialect, with its type hidden.
#[derive(Debug, Clone, Copy)]
pub struct Described {
    /// Paths, parameters, answers.
    pub meta: fn() -> Vec<MetaApi>,
    /// Tag, security schemes and schemas.
    pub register: fn(&mut Registry),
}

impl Described {
    /// By the generated routes of a dialect.
    #[must_use]
    pub const fn by<R: OpenApi>() -> Self {
        Self {
            meta: R::meta,
            register: R::register,
        }
    }
}
