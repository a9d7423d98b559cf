//! From a claimed name to who has it and what a proof of it is checked against: the same work whoever that is.

use std::sync::Arc;

use super::cache::Reading;
use super::changes::Tries;
use super::{Core, Epoch, Seen, Unavailable};
use crate::domain::{
    Actor, Claim, Dialect, KeyId, Principal, PrincipalId, PrincipalKind, SecretPurpose,
    SecretRecord, TokenHash,
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
    /// Where tries of that actor are counted. Unknown names are counted too, so that a lock says nothing.
    pub(super) fn tries(&self, purpose: SecretPurpose, actor: &Actor, at_ms: i64) -> Tries {
        let place = actor.place();
        let parts = [
            self.dialect.as_str(),
            self.kind.as_str(),
            &self.name,
            purpose.as_str(),
            &place,
        ]
        .map(str::as_bytes);
        let [name @ .., _place] = &parts;
        Tries {
            here: TokenHash(sha256_of_parts(&parts)),
            anywhere: TokenHash(sha256_of_parts(name)),
            at_ms,
        }
    }
}

/// A claimed name, looked up.
pub(super) struct Claimed {
    /// Who has that name, enabled or not.
    pub(super) named: Option<PrincipalId>,
    /// The live secrets of its holder, oldest first, or a decoy.
    pub(super) secrets: Vec<SecretRecord>,
    /// Whom a fitting secret proves: nobody where it is a decoy.
    pub(super) holder: Option<PrincipalId>,
    /// The read that found all this, and a commit that it saw.
    pub(super) read: (Option<Reading>, Epoch),
}

impl Claimed {
    fn new(reading: Option<Reading>, seen: Seen<Claim>) -> Self {
        let claim = seen.found;
        Self {
            named: claim.principal,
            holder: claim.principal.filter(|_| claim.own),
            secrets: claim.secrets,
            read: (reading, seen.epoch),
        }
    }
}

impl Core {
    /// Looks a claimed name up.
    pub(super) async fn claimed(
        &self,
        claimant: &ClaimantName,
        purpose: SecretPurpose,
    ) -> Result<Claimed, Unavailable> {
        let (dialect, kind, name) = (claimant.dialect, claimant.kind, claimant.name.clone());
        let decoy = self.decoys.one(purpose)?;
        let reading = self.cache.reading();
        let claim = self.store.claim(dialect, kind, name, decoy);
        Ok(Claimed::new(reading, claim.await?))
    }

    /// Looks up the holder of the secret that is claimed to have signed; it may be disabled.
    pub(super) async fn claimed_by_secret(
        &self,
        id: &KeyId,
        purpose: SecretPurpose,
    ) -> Result<Claimed, Unavailable> {
        let decoy = self.decoys.one(purpose)?;
        let reading = self.cache.reading();
        let claim = self.store.claim_by_secret(id, decoy);
        Ok(Claimed::new(reading, claim.await?))
    }

    /// The principal that is proved, if the proof fits and was checked against secrets of its own.
    pub(super) async fn proved(
        &self,
        claimed: &Claimed,
        fits: bool,
    ) -> Result<Option<Arc<Principal>>, Unavailable> {
        let Some(id) = claimed.holder.filter(|_| fits) else {
            return Ok(None);
        };
        let principal = self.principal(id).await?;
        Ok(principal.filter(|principal| principal.enabled))
    }
}
