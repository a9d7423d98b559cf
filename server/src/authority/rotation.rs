//! Rotating the keys that sign tokens: a key is prepared (published, signs nothing), then it signs, then it only verifies, then it is
//! good for nothing.

use super::changes::{Change, ChangeSet};
use super::{Core, Registry, StoreError, Unavailable, audit};
use crate::domain::{Actor, Dialect, KeyAlgorithm, KeyId, KeyRecord, KeyState};
use crate::keys::ring;

/// For so long after it was replaced a key may still be signing: other processes hear of it within a second.
const SIGNS_ON_MS: i64 = 5_000;

/// A signing key, to be looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyView {
    /// `kid`.
    pub id: KeyId,
    /// The one dialect whose tokens it signs.
    pub dialect: Dialect,
    /// Its one algorithm.
    pub algorithm: KeyAlgorithm,
    /// Where it is in its rotation.
    pub state: KeyState,
    /// When it was made, milliseconds.
    pub created_at_ms: i64,
    /// When it stopped signing, or was given up, milliseconds.
    pub stopped_at_ms: Option<i64>,
}

impl From<KeyRecord> for KeyView {
    fn from(record: KeyRecord) -> Self {
        Self {
            id: record.id,
            dialect: record.dialect,
            algorithm: record.algorithm,
            state: record.state,
            created_at_ms: record.created_at_ms,
            stopped_at_ms: record.retired_at_ms,
        }
    }
}

/// What activating a key did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activation {
    /// It signs from now on.
    Activated,
    /// It did before.
    AlreadyActive,
}

/// What retiring a key did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retirement {
    /// It is good for nothing from now on.
    Retired,
    /// It was before.
    AlreadyRetired,
}

/// Why a signing key was not moved on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// There is no such key.
    #[error("no such key")]
    NotFound,
    /// The dialect is not served, or all its tokens are opaque.
    #[error("the dialect signs nothing")]
    SignsNothing,
    /// The dialect's tokens cannot be signed so.
    #[error("the dialect's keys are not of that algorithm")]
    Algorithm,
    /// The dialect has a prepared key that does not sign yet.
    #[error("a key is prepared already")]
    Prepared,
    /// A key that stopped signing does not begin again.
    #[error("the key has signed, and does not begin again")]
    Over,
    /// It signs: another has to be activated first.
    #[error("the key signs")]
    Signs,
    /// It stopped signing just now, and another process may not know it yet.
    #[error("the key may still be signing for {secs} s")]
    StoppedJustNow {
        /// Whole seconds to wait, at least 1.
        secs: u64,
    },
    /// Tokens that it has signed are still good.
    #[error("{tokens} live tokens are signed with the key")]
    InUse {
        /// How many.
        tokens: u64,
        /// When the last of them is over, milliseconds; `None` where one has no end.
        until_ms: Option<i64>,
    },
    /// See [`Unavailable`].
    #[error("unavailable")]
    Unavailable,
}

impl From<Unavailable> for KeyError {
    fn from(Unavailable: Unavailable) -> Self {
        Self::Unavailable
    }
}

impl From<StoreError> for KeyError {
    fn from(error: StoreError) -> Self {
        Unavailable::from(error).into()
    }
}

impl Registry<'_> {
    /// All signing keys, also those of dialects that are served no more, oldest first.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn signing_keys(self) -> Result<Vec<KeyView>, Unavailable> {
        let keys = self.0.store.keys().await?.found;
        Ok(keys.into_iter().map(KeyView::from).collect())
    }

    /// Makes a key that is published and signs nothing yet; without an algorithm, of that of the key that signs. A dialect has one at
    /// most.
    ///
    /// # Errors
    /// `SignsNothing`, `Algorithm`, `Prepared`, `Unavailable`.
    pub async fn prepare_key(
        self,
        actor: &Actor,
        dialect: Dialect,
        algorithm: Option<KeyAlgorithm>,
    ) -> Result<KeyView, KeyError> {
        let at_ms = self.0.now_ms();
        let key = self.0.next_key(dialect, algorithm, at_ms).await?;
        let view = KeyView::from(key.clone());
        let changes = ChangeSet::new().with(Change::InsertKey(key)).with(
            audit::done(at_ms, actor, "key.prepare")
                .on(dialect, view.id.as_str())
                .because(Some(view.algorithm.as_str())),
        );
        match self.0.store.commit(changes).await {
            Ok(_) => Ok(view),
            Err(StoreError::AlreadyExists) => Err(KeyError::Prepared),
            Err(error) => Err(error.into()),
        }
    }

    /// Lets a prepared key sign; the one that did goes on verifying, and stays published. Of several at once exactly one is told
    /// [`Activation::Activated`].
    ///
    /// # Errors
    /// `NotFound`, `Over`, `Unavailable`.
    pub async fn activate_key(self, actor: &Actor, id: &KeyId) -> Result<Activation, KeyError> {
        let key = self.0.key(id).await?;
        let at_ms = self.0.now_ms();
        let changes = ChangeSet::new()
            .with(Change::ActivateKey(id.clone(), at_ms))
            .with(audit::done(at_ms, actor, "key.activate").on(key.dialect, id.as_str()));
        match self.0.store.commit(changes).await {
            Ok(_) => return Ok(Activation::Activated),
            Err(StoreError::Conflict) => {}
            Err(error) => return Err(error.into()),
        }
        match self.0.key(id).await?.state {
            KeyState::Active => Ok(Activation::AlreadyActive),
            KeyState::Retiring | KeyState::Retired => Err(KeyError::Over),
            KeyState::Next => Err(KeyError::Unavailable),
        }
    }

    /// Makes a new signing key for a dialect that signs at once; the old one goes on verifying (and stays published) until it is
    /// retired. Who verifies by the published keys may not have seen it: see [`Registry::prepare_key`].
    ///
    /// # Errors
    /// As of [`Registry::prepare_key`].
    pub async fn rotate_key(self, actor: &Actor, dialect: Dialect) -> Result<KeyId, KeyError> {
        let at_ms = self.0.now_ms();
        let key = self.0.next_key(dialect, None, at_ms).await?;
        let id = key.id.clone();
        let changes = ChangeSet::new()
            .with(Change::InsertKey(key))
            .with(Change::ActivateKey(id.clone(), at_ms))
            .with(audit::done(at_ms, actor, "key.rotate").on(dialect, id.as_str()));
        match self.0.store.commit(changes).await {
            Ok(_) => Ok(id),
            Err(StoreError::AlreadyExists) => Err(KeyError::Prepared),
            Err(error) => Err(error.into()),
        }
    }

    /// Ends a key for good, or gives up a prepared one: tokens signed with it are refused from now on, and it is published no more.
    /// Without `now` only one is ended that no live token is signed with. Of several at once exactly one is told
    /// [`Retirement::Retired`].
    ///
    /// # Errors
    /// `NotFound`, `Signs`, `StoppedJustNow`, `InUse`, `Unavailable`.
    pub async fn retire_key(
        self,
        actor: &Actor,
        id: &KeyId,
        now: bool,
    ) -> Result<Retirement, KeyError> {
        let key = self.0.key(id).await?;
        let at_ms = self.0.now_ms();
        match key.state {
            KeyState::Active => return Err(KeyError::Signs),
            KeyState::Retired => return Ok(Retirement::AlreadyRetired),
            KeyState::Retiring if !now => self.0.require_unused(&key, at_ms).await?,
            KeyState::Retiring | KeyState::Next => {}
        }
        let changes = ChangeSet::new()
            .with(Change::RetireKey(id.clone(), at_ms))
            .with(audit::done(at_ms, actor, "key.retire").on(key.dialect, id.as_str()));
        match self.0.store.commit(changes).await {
            Ok(_) => return Ok(Retirement::Retired),
            Err(StoreError::Conflict) => {}
            Err(error) => return Err(error.into()),
        }
        match self.0.key(id).await?.state {
            KeyState::Retired => Ok(Retirement::AlreadyRetired),
            KeyState::Active => Err(KeyError::Signs),
            KeyState::Next | KeyState::Retiring => Err(KeyError::Unavailable),
        }
    }
}

impl Core {
    async fn key(&self, id: &KeyId) -> Result<KeyRecord, KeyError> {
        let keys = self.store.keys().await?.found;
        let found = keys.into_iter().find(|key| key.id == *id);
        found.ok_or(KeyError::NotFound)
    }

    /// A key that does not sign yet.
    async fn next_key(
        &self,
        dialect: Dialect,
        algorithm: Option<KeyAlgorithm>,
        at_ms: i64,
    ) -> Result<KeyRecord, KeyError> {
        let rules = self.rules(dialect).ok_or(KeyError::SignsNothing)?;
        let first = *rules.signing.first().ok_or(KeyError::SignsNothing)?;
        let algorithm = if let Some(algorithm) = algorithm {
            algorithm
        } else {
            let ring = self.ring().await?.found;
            ring.active(dialect).map_or(first, |key| key.algorithm)
        };
        if !rules.signing.contains(&algorithm) {
            return Err(KeyError::Algorithm);
        }
        let made = (dialect, algorithm, KeyState::Next);
        let key = ring::generate(&self.sealer, self.randomness.as_ref(), made, at_ms);
        Ok(key.map_err(Unavailable::from)?)
    }

    /// Whether nothing that a replaced key has signed is good any more.
    async fn require_unused(&self, key: &KeyRecord, at_ms: i64) -> Result<(), KeyError> {
        let stopped = key.retired_at_ms.unwrap_or(at_ms);
        let left_ms = stopped.saturating_add(SIGNS_ON_MS).saturating_sub(at_ms);
        if left_ms > 0 {
            let secs = left_ms.unsigned_abs().div_ceil(1000);
            return Err(KeyError::StoppedJustNow { secs });
        }
        let signed = self.store.signed_by(key.id.clone(), at_ms).await?;
        if signed.count == 0 {
            return Ok(());
        }
        Err(KeyError::InUse {
            tokens: signed.count,
            until_ms: Some(signed.last_end_ms).filter(|end| *end != i64::MAX),
        })
    }
}
