//! Upkeep: rotating signing keys, removing what is long over.

use std::sync::PoisonError;

use super::changes::{Change, ChangeSet, Sweep};
use super::open::signing_algorithm;
use super::{AuthorityError, TokenAuthority, audit};
use crate::domain::{Actor, Dialect, KeyId, KeyState};
use crate::keys::ring::{self, KeyRing};

/// How long a token's row is kept after the token's own end.
const KEEP_ENDED_MS: i64 = 30 * DAY_MS;

const DAY_MS: i64 = 24 * 3_600_000;

impl TokenAuthority {
    /// Makes a new signing key for a dialect; the old one goes on verifying (and stays published) until it is retired.
    ///
    /// # Errors
    /// `Refused` for a dialect that signs nothing, `Unavailable`.
    pub async fn rotate_key(
        &self,
        actor: &Actor,
        dialect: Dialect,
    ) -> Result<KeyId, AuthorityError> {
        let algorithm = signing_algorithm(dialect)
            .ok_or(AuthorityError::Refused("the dialect has no signing key"))?;
        let at_ms = self.now_ms();
        let key = ring::generate(
            &self.core.sealer,
            self.core.randomness.as_ref(),
            dialect,
            algorithm,
            at_ms,
        )?;
        let id = key.id.clone();
        let mut changes = ChangeSet::new();
        for old in self.core.store.keys().await? {
            if old.dialect == dialect && old.state == KeyState::Active {
                changes = changes.with(Change::SetKeyState(old.id, KeyState::Retiring, at_ms));
            }
        }
        let noted = audit::row(
            at_ms,
            actor,
            "key.rotate",
            Some(dialect),
            id.as_str(),
            "done",
            None,
        );
        self.core
            .store
            .commit(changes.with(Change::InsertKey(key)).with(noted))
            .await?;
        self.reload_keys().await?;
        Ok(id)
    }

    /// Retires a key for good: tokens signed with it are refused from now on. The active key of a dialect stays.
    ///
    /// # Errors
    /// `Refused` for an unknown or active key, `Unavailable`.
    pub async fn retire_key(&self, actor: &Actor, id: &KeyId) -> Result<(), AuthorityError> {
        let key = self
            .core
            .store
            .keys()
            .await?
            .into_iter()
            .find(|key| &key.id == id);
        let key = key
            .filter(|key| key.state != KeyState::Active)
            .ok_or(AuthorityError::Refused("no such key beside the active one"))?;
        let at_ms = self.now_ms();
        let changes = ChangeSet::new()
            .with(Change::SetKeyState(key.id, KeyState::Retired, at_ms))
            .with(audit::row(
                at_ms,
                actor,
                "key.retire",
                Some(key.dialect),
                id.as_str(),
                "done",
                None,
            ));
        self.core.store.commit(changes).await?;
        self.reload_keys().await
    }

    async fn reload_keys(&self) -> Result<(), AuthorityError> {
        let ring = KeyRing::open(&self.core.sealer, &self.core.store.keys().await?)?;
        *self
            .core
            .ring
            .write()
            .unwrap_or_else(PoisonError::into_inner) = ring;
        Ok(())
    }

    /// Removes everything that is over, a slice at a time, so that other writers get in between; call it now and then.
    /// What is over is refused without it too.
    ///
    /// Audit rows go by their age alone. Token rows stay for 30 days after the token's own end, revoked ones without an end for ever.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn sweep(&self) -> Result<(), AuthorityError> {
        let at_ms = self.now_ms();
        let days_ago = |days: u32| at_ms.saturating_sub(i64::from(days).saturating_mul(DAY_MS));
        let kept = self.core.settings.audit;
        let sweep = Sweep {
            at_ms,
            tokens_ended_before_ms: at_ms.saturating_sub(KEEP_ENDED_MS),
            refusals_before_ms: days_ago(kept.refusals_days),
            changes_before_ms: days_ago(kept.changes_days),
        };
        while self.core.store.left_to_sweep(sweep).await? {
            let slice = ChangeSet::new().with(Change::Sweep(sweep));
            // Writers are served in the order in which they come: whoever waits is served before the next slice.
            self.core.store.commit(slice).await?;
        }
        Ok(())
    }
}
