//! Which commits are known to be visible, and which of them this store has told itself.
//!
//! A read that starts after a commit is known to be visible sees that commit: one database, and no reader that lags behind it. (On
//! a database with replicas this holds of the primary; reads that are told with an epoch have to be made there.) So the newest known
//! commit, looked at *before* a read starts, is what the read saw at least ([`Seen::epoch`](crate::authority::Seen)), and costs no
//! statement. It is a lower bound and may lag behind by commits of other processes that the follower has not met yet, and
//! by one of our own that is durable and not yet told; what is read then is newer than said, never older.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::authority::Epoch;

/// What a store knows of commits.
pub(super) struct Known {
    newest: AtomicI64,
    /// Commits of this store that the follower's poll has not passed.
    own: Mutex<BTreeSet<i64>>,
}

impl Known {
    /// From a commit on that a connection has seen.
    pub(super) fn new(seen: Epoch) -> Self {
        Self {
            newest: AtomicI64::new(seen.0),
            own: Mutex::default(),
        }
    }

    /// The newest commit that every read sees which starts from now on.
    pub(super) fn newest(&self) -> Epoch {
        Epoch(self.newest.load(Ordering::Acquire))
    }

    /// A commit of this store is durable, and visible to other connections.
    pub(super) fn committed(&self, epoch: Epoch) {
        let mut own = self.own.lock().unwrap_or_else(PoisonError::into_inner);
        own.insert(epoch.0);
        drop(own);
        self.seen(epoch);
    }

    /// A connection has seen a commit.
    pub(super) fn seen(&self, epoch: Epoch) {
        self.newest.fetch_max(epoch.0, Ordering::AcqRel);
    }

    /// The database has gone back to an older commit than `known`, which was the newest: its file was overwritten.
    pub(super) fn gone_back(&self, known: Epoch, to: Epoch) {
        // If another was committed meanwhile, the next look tells.
        let _ = self
            .newest
            .compare_exchange(known.0, to.0, Ordering::AcqRel, Ordering::Acquire);
        // Their numbers will be those of other commits.
        let mut own = self.own.lock().unwrap_or_else(PoisonError::into_inner);
        own.clear();
    }

    /// The commits of this store up to that one, for the last time.
    pub(super) fn take_own(&self, up_to: Epoch) -> BTreeSet<i64> {
        let mut own = self.own.lock().unwrap_or_else(PoisonError::into_inner);
        let later = own.split_off(&up_to.0.saturating_add(1));
        std::mem::replace(&mut own, later)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_that_has_gone_back_has_none_of_our_commits() {
        let known = Known::new(Epoch(1));
        known.committed(Epoch(2));
        known.committed(Epoch(3));
        known.gone_back(Epoch(3), Epoch(1));
        assert_eq!(known.newest(), Epoch(1));
        known.committed(Epoch(2));
        assert_eq!(known.take_own(Epoch(3)), BTreeSet::from([2]));
    }
}
