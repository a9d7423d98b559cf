//! The dialects, and the one table that plugs them in.
//!
//! A dialect authenticates its callers, asks the authority and renders the answer; it never
//! touches storage, keys or another dialect.

mod settings;

use std::sync::Arc;

pub use settings::{
    AnimeloopSettings, DialectSettings, EpochUnit, ManisSettings, SameSite, TokenGeneratorSettings,
};

use crate::{authority::TokenAuthority, edge::Mount, limits::RateLimits, public_url::PublicUrl};

/// What a dialect is built from.
#[derive(Debug, Clone)]
pub struct Surroundings {
    /// The core that all dialects share.
    pub authority: TokenAuthority,
    /// The request rates; a dialect without documented ones uses [`Mount::limited_by`].
    pub limits: Arc<RateLimits>,
    /// The origin in URLs that answers contain.
    pub public_url: PublicUrl,
    /// What an operator may set about dialects.
    pub settings: DialectSettings,
}

/// The routes of all dialects, for the combined document; in the order of the mounts.
pub type Routes = ();

/// Every dialect, one line each.
#[must_use]
pub fn mounts(surroundings: &Surroundings) -> Vec<Mount> {
    let _ = surroundings;
    vec![]
}
