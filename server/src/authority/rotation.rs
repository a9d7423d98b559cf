//! Rotating the keys that sign tokens.

use super::changes::{Change, ChangeSet};
use super::{Registry, RegistryError, Unavailable, audit};
use crate::domain::{Actor, Dialect, KeyId, KeyState};
use crate::keys::ring;

impl Registry<'_> {
    /// Makes a new signing key for a dialect; the old one goes on verifying (and stays published) until it is retired.
    ///
    /// # Errors
    /// `Invalid` for a dialect that signs nothing, `Unavailable`.
    pub async fn rotate_key(self, actor: &Actor, dialect: Dialect) -> Result<KeyId, RegistryError> {
        let rules = self.0.rules(dialect);
        let algorithm = rules
            .and_then(|rules| rules.signing)
            .ok_or(RegistryError::Invalid("the dialect has no signing key"))?;
        let at_ms = self.0.now_ms();
        let key = ring::generate(
            &self.0.sealer,
            self.0.randomness.as_ref(),
            dialect,
            algorithm,
            at_ms,
        )
        .map_err(Unavailable::from)?;
        let id = key.id.clone();
        let mut changes = ChangeSet::new();
        for old in self.0.store.keys().await?.found {
            if old.dialect == dialect && old.state == KeyState::Active {
                changes = changes.with(Change::SetKeyState(old.id, KeyState::Retiring, at_ms));
            }
        }
        let noted = audit::done(at_ms, actor, "key.rotate").on(dialect, id.as_str());
        self.0
            .store
            .commit(changes.with(Change::InsertKey(key)).with(noted))
            .await?;
        Ok(id)
    }

    /// Retires a key for good: tokens signed with it are refused from now on. The active key of a dialect stays.
    ///
    /// # Errors
    /// `NotFound`; `Invalid` for the active key of a dialect; `Unavailable`.
    pub async fn retire_key(self, actor: &Actor, id: &KeyId) -> Result<(), RegistryError> {
        let key = self
            .0
            .store
            .keys()
            .await?
            .found
            .into_iter()
            .find(|key| &key.id == id);
        let key = key.ok_or(RegistryError::NotFound)?;
        if key.state == KeyState::Active {
            return Err(RegistryError::Invalid("the key signs"));
        }
        let at_ms = self.0.now_ms();
        let changes = ChangeSet::new()
            .with(Change::SetKeyState(key.id, KeyState::Retired, at_ms))
            .with(audit::done(at_ms, actor, "key.retire").on(key.dialect, id.as_str()));
        self.0.store.commit(changes).await?;
        Ok(())
    }
}
