//! Those who hold copies of what was read, and how they are told.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Instant;

use crate::authority::{Committed, Follower};

/// The followers of one store.
#[derive(Default)]
pub(in crate::storage) struct Followers(Mutex<Vec<Weak<dyn Follower>>>);

impl Followers {
    /// Adds one, which is told from now on.
    pub(in crate::storage) fn add(&self, follower: Weak<dyn Follower>) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.push(follower);
    }

    /// A commit is durable. After one that has changed more than it tells nothing of before is believed.
    pub(in crate::storage) fn committed(&self, committed: &Committed) {
        self.each(|follower| {
            follower.committed(committed);
            if committed.changed.everything {
                follower.lost();
            }
        });
    }

    /// Nothing that was read before can be believed.
    pub(in crate::storage) fn lost(&self) {
        self.each(Follower::lost);
    }

    /// Everything that was acknowledged before that moment has been told.
    pub(super) fn caught_up(&self, at: Instant) {
        self.each(|follower| follower.caught_up(at));
    }

    /// Tells everybody who is still there. One that panics was not told, so it must believe nothing any more.
    fn each(&self, tell: impl Fn(&dyn Follower)) {
        for follower in self.alive() {
            let told = catch_unwind(AssertUnwindSafe(|| tell(&*follower)));
            if told.is_err() {
                // A second panic leaves nothing more to do. Both were logged where they happened.
                let _ = catch_unwind(AssertUnwindSafe(|| follower.lost()));
            }
        }
    }

    fn alive(&self) -> Vec<Arc<dyn Follower>> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut alive = Vec::with_capacity(all.len());
        all.retain(|follower| {
            let follower = follower.upgrade();
            alive.extend(follower.clone());
            follower.is_some()
        });
        alive
    }
}
