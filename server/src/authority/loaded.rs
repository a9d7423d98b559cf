//! What is unsealed once and held: the ring of the signing keys, and the session secret. Both are read again when the store has
//! told that they changed, and always while it has told nothing for a second.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Instant;

use tokio::sync::Mutex;

use super::cache::Reading;
use super::{Core, Epoch, Seen, Unavailable};
use crate::domain::Secret;
use crate::keys::ring::KeyRing;

/// Name of the setting that holds the sealed session secret.
pub(super) const SESSION_SECRET: &str = "session_secret";
/// Table name that sealed settings are bound to.
pub(super) const SETTINGS: &str = "settings";

/// Something unsealed, with the reading that gave it.
pub(super) struct Loaded<T, S>(RwLock<Version<T, S>>);

struct Version<T, S> {
    value: Arc<T>,
    /// `None` for what is not to be believed twice.
    reading: Option<Reading>,
    /// What tells whether it was changed since.
    stamp: S,
}

impl<T, S: Copy> Loaded<T, S> {
    /// What is believed once the store says that it is still so, and not before.
    pub(super) fn at_start(value: T, stamp: S) -> Self {
        let (value, reading) = (Arc::new(value), None);
        Self(RwLock::new(Version {
            value,
            reading,
            stamp,
        }))
    }

    fn get(&self, stands: impl FnOnce(Reading, S) -> bool) -> Option<(Arc<T>, S)> {
        // Nothing panics while it holds the lock; a poisoned one still guards whole data.
        let held = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let reading = held.reading?;
        stands(reading, held.stamp).then(|| (Arc::clone(&held.value), held.stamp))
    }

    fn set(&self, value: &Arc<T>, reading: Option<Reading>, stamp: S) {
        let mut held = self.0.write().unwrap_or_else(PoisonError::into_inner);
        *held = Version {
            value: Arc::clone(value),
            reading,
            stamp,
        };
    }
}

/// One read of the signing keys at a time, shared by those who came before it began.
#[derive(Default)]
pub(super) struct RingReads(Mutex<Option<RingRead>>);

struct RingRead {
    began: Instant,
    /// A fault as well: else each of those who wait would wait for one of its own.
    gave: Result<Seen<Arc<KeyRing>>, Unavailable>,
}

impl Core {
    /// The signing keys as they are, with a commit that the read saw which found them.
    pub(super) async fn ring(&self) -> Result<Seen<Arc<KeyRing>>, Unavailable> {
        let held = self.ring.get(|reading, seen: Epoch| {
            self.cache.is_trusted() && self.cache.still(reading) && self.cache.saw_ring(seen)
        });
        if let Some((found, epoch)) = held {
            return Ok(Seen { epoch, found });
        }
        let came = Instant::now();
        let mut last = self.ring_reads.0.lock().await;
        // What began after somebody came shows everything that was acknowledged before.
        if let Some(read) = last.as_ref().filter(|read| read.began > came) {
            return read.gave.clone();
        }
        let began = Instant::now();
        let gave = self.read_ring().await;
        *last = Some(RingRead {
            began,
            gave: gave.clone(),
        });
        gave
    }

    async fn read_ring(&self) -> Result<Seen<Arc<KeyRing>>, Unavailable> {
        let reading = self.cache.reading();
        let seen = self.store.keys().await?;
        let ring = Arc::new(KeyRing::open(&self.sealer, &seen.found)?);
        self.ring.set(&ring, reading, seen.epoch);
        Ok(Seen {
            epoch: seen.epoch,
            found: ring,
        })
    }

    /// The session secret as it is.
    pub(super) async fn session_secret(&self) -> Result<Arc<Secret>, Unavailable> {
        let changes = self.cache.settings_changed();
        let held = self.session_secret.get(|reading, seen| {
            self.cache.is_trusted() && self.cache.still(reading) && seen == changes
        });
        if let Some((secret, _)) = held {
            return Ok(secret);
        }
        let reading = self.cache.reading();
        let sealed = self.store.setting(SESSION_SECRET).await?;
        let sealed = sealed.ok_or(Unavailable)?;
        let clear = self.sealer.unseal(SETTINGS, SESSION_SECRET, &sealed)?;
        let text = std::str::from_utf8(&clear).map_err(|_| Unavailable)?;
        let secret = Arc::new(Secret::new(text));
        self.session_secret.set(&secret, reading, changes);
        Ok(secret)
    }
}
