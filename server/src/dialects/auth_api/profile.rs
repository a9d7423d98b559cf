//! What the profile of an Auth API client holds: which scopes it may have, how it must prove itself.

use serde::Deserialize;

use crate::domain::ScopeSet;

/// The profile of a client; the JSON object a principal carries.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct AuthApiClientProfile {
    /// The scopes it may have; `area:*` stands for every action of the area.
    #[serde(default)]
    pub scopes: Vec<String>,
    /// Whether only a one-time code or an assertion is proof enough for a long token.
    #[serde(default)]
    pub step_up: bool,
}

impl AuthApiClientProfile {
    /// The scopes it may have, as a set.
    #[must_use]
    pub fn scope_set(&self) -> ScopeSet {
        self.scopes.iter().collect()
    }
}
