//! Opening the authority on a store: keys and secrets that are missing are made, the others unsealed.

use std::collections::BTreeMap;
use std::sync::{Arc, Weak};

use super::cache::Cache;
use super::changes::{Change, ChangeSet};
use super::decoys::Decoys;
use super::leap::ClockWatch;
use super::loaded::{Loaded, RingReads, SESSION_SECRET, SETTINGS};
use super::mint::Mint;
use super::password_checks::PasswordChecks;
use super::refusals::Refusals;
use super::{
    AuthoritySettings, ClockNote, Core, DialectRules, Epoch, Follower, OpenError, RegistryError,
    Store, StoreError, TokenAuthority, audit,
};
use crate::domain::{
    Actor, Clock, Dialect, KeyRecord, KeyState, MASTER_KEY_CHECK, Randomness, Secret,
};
use crate::keys::hash::random_text;
use crate::keys::ring::{self, KeyRing};
use crate::keys::{MasterKey, SealError, Sealer};

/// What the check value says; the seal is the proof.
const CHECKED: &[u8] = b"tessera master key check v1";

impl TokenAuthority {
    /// Opens the authority on a store: unseals the signing keys and the session secret, and makes those that are missing.
    /// Nothing is written before the master key is proved against the store.
    ///
    /// # Errors
    /// [`OpenError`].
    pub async fn open(
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        randomness: Arc<dyn Randomness>,
        master: MasterKey,
        settings: AuthoritySettings,
    ) -> Result<Self, OpenError> {
        let sealer = Sealer::new(&master).map_err(unavailable)?;
        drop(master);
        // Before the first read, so that no change of what it finds is missed.
        let cache = Arc::new(Cache::new(settings.cache.bytes()));
        let follower: Weak<dyn Follower> = Arc::downgrade(&(Arc::clone(&cache) as _));
        store.follow(follower);
        let opening = Opening {
            store: store.as_ref(),
            randomness: randomness.as_ref(),
            sealer: &sealer,
            dialects: &settings.dialects,
            at_ms: clock.now_ms(),
        };
        let (ring, session_secret) = opening.unsealed().await?;
        let decoys = Decoys::make(&Mint {
            sealer: &sealer,
            randomness: randomness.as_ref(),
            password_cost: settings.password_cost,
            at_ms: clock.now_ms(),
        })
        .await?;
        let accepted = store.clock_note(ClockNote::Accepted).await?;
        let password_checks = PasswordChecks::new(settings.password_concurrency);
        Ok(Self {
            core: Arc::new(Core {
                store,
                clock,
                randomness,
                settings,
                sealer,
                cache,
                ring: Loaded::at_start(ring, Epoch(i64::MIN)),
                ring_reads: RingReads::default(),
                session_secret: Loaded::at_start(session_secret, 0),
                password_checks,
                decoys,
                refusals: Refusals::default(),
                clock_watch: ClockWatch::new(accepted),
            }),
        })
    }
}

fn unavailable<E>(_: E) -> OpenError {
    OpenError::Unavailable
}

/// What opening works with.
struct Opening<'a> {
    store: &'a dyn Store,
    randomness: &'a dyn Randomness,
    sealer: &'a Sealer,
    dialects: &'a BTreeMap<Dialect, DialectRules>,
    at_ms: i64,
}

impl Opening<'_> {
    /// Keys and session secret; what is missing is made in one transaction, after everything else has been unsealed.
    async fn unsealed(&self) -> Result<(KeyRing, Secret), OpenError> {
        let proved = self.sealer.prove(&self.store.contents().await?);
        proved.map_err(|_| OpenError::MasterKey)?;
        let keys = self.store.keys().await?.found;
        let ring = self.ring(&keys)?;
        let secret = self.session_secret().await?;
        let mut changes = self.missing_keys(&keys)?;
        if self.store.setting(MASTER_KEY_CHECK).await?.is_none() {
            changes = self.set(changes, MASTER_KEY_CHECK, "master_key_check.set", CHECKED)?;
        }
        if secret.is_none() {
            let made = random_text::<32>(self.randomness).map_err(unavailable)?;
            changes = self.set(
                changes,
                SESSION_SECRET,
                "session_secret.set",
                made.as_bytes(),
            )?;
        }
        if let (Some(secret), []) = (secret, &*changes.0) {
            return Ok((ring, secret));
        }
        match self.store.commit(changes).await {
            // Another process made them first; its own are read next.
            Ok(_) | Err(StoreError::Conflict) => {}
            Err(error) => return Err(error.into()),
        }
        let secret = self.session_secret().await?;
        let ring = self.ring(&self.store.keys().await?.found)?;
        Ok((ring, secret.ok_or(OpenError::Unavailable)?))
    }

    fn ring(&self, keys: &[KeyRecord]) -> Result<KeyRing, OpenError> {
        KeyRing::open(self.sealer, keys).map_err(|SealError| OpenError::MasterKey)
    }

    async fn session_secret(&self) -> Result<Option<Secret>, OpenError> {
        let Some(sealed) = self.store.setting(SESSION_SECRET).await? else {
            return Ok(None);
        };
        let clear = self
            .sealer
            .unseal(SETTINGS, SESSION_SECRET, &sealed)
            .map_err(|SealError| OpenError::MasterKey)?;
        let text = std::str::from_utf8(&clear).map_err(unavailable)?;
        Ok(Some(Secret::new(text)))
    }

    fn missing_keys(&self, present: &[KeyRecord]) -> Result<ChangeSet, OpenError> {
        let mut changes = ChangeSet::new();
        for (&dialect, rules) in self.dialects {
            let Some(&algorithm) = rules.signing.first() else {
                continue;
            };
            if present
                .iter()
                .any(|key| key.dialect == dialect && key.state == KeyState::Active)
            {
                continue;
            }
            let made = (dialect, algorithm, KeyState::Active);
            let key = ring::generate(self.sealer, self.randomness, made, self.at_ms)
                .map_err(unavailable)?;
            let noted = self.done("key.create").on(dialect, key.id.as_str());
            changes = changes.with(Change::InsertKey(key)).with(noted);
        }
        Ok(changes)
    }

    fn set(
        &self,
        changes: ChangeSet,
        name: &'static str,
        action: &'static str,
        clear: &[u8],
    ) -> Result<ChangeSet, OpenError> {
        let sealed = self.sealer.seal(self.randomness, SETTINGS, name, clear);
        Ok(changes
            .with(Change::PutSetting(name, sealed.map_err(unavailable)?))
            .with(self.done(action).on_all(name)))
    }

    fn done(&self, action: &'static str) -> audit::Done {
        audit::done(self.at_ms, &Actor::operator(), action)
    }
}

impl From<RegistryError> for OpenError {
    fn from(error: RegistryError) -> Self {
        match error {
            RegistryError::Invalid(why) => Self::Setting(why),
            RegistryError::Exists | RegistryError::NotFound | RegistryError::Unavailable => {
                Self::Unavailable
            }
        }
    }
}
