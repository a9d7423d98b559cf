//! When what copies stand on was last changed, by shard: one number for many, so that it takes no memory to remember each.

use std::sync::atomic::{AtomicI64, Ordering};

use crate::authority::Epoch;
use crate::domain::{KeyId, PrincipalId, TokenHash};

/// How many shards there are.
pub(super) const SHARDS: usize = 256;

/// The shard of a key.
pub(super) trait Sharded {
    /// Which one.
    fn shard(&self) -> u8;
}

impl Sharded for TokenHash {
    fn shard(&self) -> u8 {
        let [first, ..] = self.0;
        first
    }
}

impl Sharded for PrincipalId {
    fn shard(&self) -> u8 {
        // They are random.
        let [last, ..] = self.0.to_le_bytes();
        last
    }
}

impl Sharded for KeyId {
    fn shard(&self) -> u8 {
        let mix = |shard: u8, byte: u8| shard.rotate_left(3) ^ byte;
        self.as_str().bytes().fold(0, mix)
    }
}

/// The last commit that changed anything of each shard.
#[derive(Debug)]
pub(super) struct Stamps(Box<[AtomicI64]>);

impl Stamps {
    pub(super) fn new() -> Self {
        let never = || AtomicI64::new(i64::MIN);
        Self(std::iter::repeat_with(never).take(SHARDS).collect())
    }

    /// Notes that a commit changed something of that shard.
    pub(super) fn raise(&self, shard: u8, epoch: Epoch) {
        if let Some(last) = self.0.get(usize::from(shard)) {
            last.fetch_max(epoch.0, Ordering::AcqRel);
        }
    }

    /// Forgets all changes.
    pub(super) fn clear(&self) {
        for last in &self.0 {
            last.store(i64::MIN, Ordering::Release);
        }
    }

    /// Whether a read that saw that commit saw the last change of the shard.
    pub(super) fn saw(&self, shard: u8, seen: Epoch) -> bool {
        let last = self.0.get(usize::from(shard));
        last.is_some_and(|last| seen.0 >= last.load(Ordering::Acquire))
    }
}
