//! From a claimed name to who has it and what a proof of it is checked against: the same work whoever that is.

use super::{
    AuthorityError, Dialect, Principal, PrincipalId, PrincipalKind, SecretPurpose, SecretRecord,
    TokenAuthority, TokenHash,
};
use crate::keys::hash::sha256_of_parts;

/// Who somebody claims to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claimant<'a> {
    /// In which dialect.
    pub dialect: Dialect,
    /// As what.
    pub kind: PrincipalKind,
    /// Under which name.
    pub name: &'a str,
}

/// The same, owned, for checks that outlive their caller.
#[derive(Clone)]
pub(super) struct ClaimantName {
    pub(super) dialect: Dialect,
    pub(super) kind: PrincipalKind,
    pub(super) name: String,
}

impl From<Claimant<'_>> for ClaimantName {
    fn from(claimant: Claimant<'_>) -> Self {
        Self {
            dialect: claimant.dialect,
            kind: claimant.kind,
            name: claimant.name.to_owned(),
        }
    }
}

impl ClaimantName {
    /// Key under which failed tries are counted. Unknown names are counted too, so that a lock says nothing.
    pub(super) fn attempts_key(&self, purpose: SecretPurpose) -> TokenHash {
        let parts = [
            self.dialect.as_str(),
            self.kind.as_str(),
            &self.name,
            purpose.as_str(),
        ];
        TokenHash(sha256_of_parts(&parts.map(str::as_bytes)))
    }
}

/// A claimed name, looked up.
pub(super) struct Claimed {
    /// Whether somebody has that name, enabled or not.
    pub(super) known: bool,
    /// The live secrets of its holder, oldest first, or decoys; there is always one.
    pub(super) secrets: Vec<SecretRecord>,
    /// Whom a fitting secret proves: nobody where the secrets are decoys.
    holder: Option<PrincipalId>,
}

impl Claimed {
    /// Whether the secrets are its holder's, so that one that fits proves anything.
    pub(super) const fn is_provable(&self) -> bool {
        self.holder.is_some()
    }
}

impl TokenAuthority {
    /// Looks a claimed name up.
    pub(super) async fn claimed(
        &self,
        claimant: &ClaimantName,
        purpose: SecretPurpose,
    ) -> Result<Claimed, AuthorityError> {
        let (dialect, kind, name) = (claimant.dialect, claimant.kind, claimant.name.clone());
        let found = self.core.store.claim(dialect, kind, name, purpose).await?;
        Ok(if found.secrets.is_empty() {
            Claimed {
                known: found.principal.is_some(),
                secrets: self.core.decoys.of(purpose).cloned().collect(),
                holder: None,
            }
        } else {
            Claimed {
                known: found.principal.is_some(),
                secrets: found.secrets,
                holder: found.principal,
            }
        })
    }

    /// The principal that is proved, if the proof fits and was checked against secrets of its own.
    pub(super) async fn proved(
        &self,
        claimed: &Claimed,
        fits: bool,
    ) -> Result<Option<Principal>, AuthorityError> {
        let Some(id) = claimed.holder.filter(|_| fits) else {
            return Ok(None);
        };
        let principal = self.core.store.principal(id).await?;
        Ok(principal.filter(|principal| principal.enabled))
    }
}
