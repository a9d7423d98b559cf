//! A map that is bounded in bytes, and into which nothing is ever put that was read before it was changed.
//!
//! Invariant: a copy is put in only if the read that found it saw the last change of its shard. Change and filling take the
//! same mutex, so that a copy is either put in before the change, which then replaces it, or refused after it. Looking up
//! takes none.

use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use quick_cache::sync::{Cache, DefaultLifecycle};
use quick_cache::{OptionsBuilder, Weighter};

use super::stamps::{SHARDS, Sharded};
use super::trust::{Reading, Trust};
use super::weigh::Weigh;
use crate::authority::Epoch;

/// Locks of the map underneath; ours are more, and are held by writers alone.
const LOCKS: usize = 8;

/// What an entry is expected to weigh, for the map's own bookkeeping.
const USUAL_BYTES: usize = 768;

/// What the map takes for each entry: its slot, its index, and the traces of what was pushed out.
const SLOT_BYTES: usize = 128;

/// Copies under their keys.
pub(super) struct Guarded<K, V> {
    /// `None` where nothing is to be kept.
    held: Option<Cache<K, Arc<V>, ByBytes>>,
    /// The last commit that changed anything of a shard.
    changed: Box<[Mutex<Epoch>]>,
}

/// An entry weighs what it takes of memory.
#[derive(Clone)]
pub(super) struct ByBytes;

impl<K, V: Weigh> Weighter<K, Arc<V>> for ByBytes {
    fn weight(&self, _: &K, value: &Arc<V>) -> u64 {
        let bytes = SLOT_BYTES + size_of::<K>() + size_of::<V>() + value.heap_bytes();
        u64::try_from(bytes).unwrap_or(u64::MAX)
    }
}

impl<K: Sharded + Hash + Eq + Clone, V: Weigh> Guarded<K, V> {
    /// A map of at most so many bytes; none keeps nothing.
    pub(super) fn new(bytes: usize) -> Self {
        let options = OptionsBuilder::new()
            .shards(LOCKS)
            .estimated_items_capacity(bytes / USUAL_BYTES)
            .weight_capacity(u64::try_from(bytes).unwrap_or(u64::MAX))
            .build();
        let held = options.ok().filter(|_| bytes > 0).map(|options| {
            let hasher = quick_cache::DefaultHashBuilder::default();
            Cache::with_options(options, ByBytes, hasher, DefaultLifecycle::default())
        });
        let never = || Mutex::new(Epoch(i64::MIN));
        Self {
            held,
            changed: std::iter::repeat_with(never).take(SHARDS).collect(),
        }
    }

    /// The copy under a key.
    pub(super) fn get(&self, key: &K) -> Option<Arc<V>> {
        self.held.as_ref()?.get(key)
    }

    /// Keeps what a read found that saw that commit, unless it was changed since, or may have been.
    pub(super) fn fill(
        &self,
        key: K,
        value: Arc<V>,
        seen: Epoch,
        (reading, trust): (Reading, &Trust),
    ) {
        let Some(held) = &self.held else { return };
        let Some(changed) = self.changed(key.shard()) else {
            return;
        };
        if seen >= *changed && trust.still(reading) {
            held.insert(key, value);
        }
    }

    /// A commit changed what is under that key: the copy, if there is one, becomes what `turn` says, or goes.
    pub(super) fn change(&self, key: &K, epoch: Epoch, turn: impl FnOnce(&V) -> Option<V>) {
        let Some(mut changed) = self.changed(key.shard()) else {
            return;
        };
        *changed = epoch.max(*changed);
        let Some(held) = &self.held else { return };
        let Some(copy) = held.peek(key) else { return };
        match turn(&copy) {
            Some(turned) => held.insert(key.clone(), Arc::new(turned)),
            None => drop(held.remove(key)),
        }
    }

    /// Forgets everything, the changes as well: commits may be numbered anew. What is being read meanwhile is refused by the loss
    /// that this follows.
    pub(super) fn clear(&self) {
        // Whoever has looked at the loss before it was noted has put its copy in when its shard is let go.
        for shard in &self.changed {
            *shard.lock().unwrap_or_else(PoisonError::into_inner) = Epoch(i64::MIN);
        }
        if let Some(held) = &self.held {
            held.clear();
        }
    }

    /// What the copies weigh.
    #[cfg(test)]
    pub(super) fn bytes(&self) -> u64 {
        self.held.as_ref().map_or(0, Cache::weight)
    }

    /// How many copies there are.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.held.as_ref().map_or(0, Cache::len)
    }

    fn changed(&self, shard: u8) -> Option<MutexGuard<'_, Epoch>> {
        let changed = self.changed.get(usize::from(shard))?;
        // A number is whole whatever panicked while it was held.
        Some(changed.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
