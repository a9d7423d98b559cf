//! Whether copies may be believed now: only while every commit up to a second ago is known to have been told.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long ago the store may last have said that everything was told.
const FRESH: Duration = Duration::from_secs(1);

/// What the store has said of how far it has told its commits. Moments are nanoseconds since `origin`.
#[derive(Debug)]
pub(super) struct Trust {
    origin: Instant,
    /// Every commit before that moment has been told; 0 is never.
    caught_up: AtomicU64,
    /// When something was last lost. Whoever sets one of the two moments holds this.
    lost_at: Mutex<u64>,
    /// How often that happened.
    losses: AtomicU64,
}

/// A read that began while copies were believed. What it finds may be kept, unless that was lost since.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::authority) struct Reading {
    /// How many losses it has seen.
    pub(super) losses: u64,
    pub(super) began: Instant,
}

impl Trust {
    pub(super) fn new() -> Self {
        Self {
            origin: Instant::now(),
            caught_up: AtomicU64::new(0),
            lost_at: Mutex::new(0),
            losses: AtomicU64::new(0),
        }
    }

    /// Whether copies may be believed at that moment.
    pub(super) fn holds_at(&self, now: Instant) -> bool {
        let told = self.caught_up.load(Ordering::Acquire);
        let fresh = u64::try_from(FRESH.as_nanos()).unwrap_or(u64::MAX);
        told != 0 && self.nanos(now).saturating_sub(told) <= fresh
    }

    /// A read that begins now; `None` while copies are not believed.
    pub(super) fn reading(&self) -> Option<Reading> {
        let losses = self.losses.load(Ordering::Acquire);
        // After the number: what was lost in between is a loss that the read has not seen.
        let began = Instant::now();
        self.holds_at(began).then_some(Reading { losses, began })
    }

    /// Whether nothing was lost since that read began.
    pub(super) fn still(&self, reading: Reading) -> bool {
        self.losses.load(Ordering::Acquire) == reading.losses
    }

    /// Every commit that was acknowledged before that moment has been told.
    pub(super) fn caught_up(&self, at: Instant) {
        let at = self.nanos(at);
        let lost_at = self.lost_at.lock().unwrap_or_else(PoisonError::into_inner);
        // What was found out before the loss says nothing about what came after it.
        if at > *lost_at {
            self.caught_up.fetch_max(at, Ordering::AcqRel);
        }
    }

    /// Commits may not have been told.
    pub(super) fn lose(&self, at: Instant) {
        let mut lost_at = self.lost_at.lock().unwrap_or_else(PoisonError::into_inner);
        *lost_at = self.nanos(at).max(*lost_at);
        // Before the number: a read that begins in between is none, and not one from after the loss.
        self.caught_up.store(0, Ordering::Release);
        self.losses.fetch_add(1, Ordering::AcqRel);
    }

    /// 0 for a moment before this began.
    fn nanos(&self, at: Instant) -> u64 {
        let since = at.saturating_duration_since(self.origin);
        u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_told_is_believed_for_a_second() {
        let trust = Trust::new();
        let start = trust.origin + Duration::from_secs(5);
        assert!(!trust.holds_at(start), "nothing was told yet");
        trust.caught_up(start);
        assert!(trust.holds_at(start + FRESH));
        assert!(!trust.holds_at(start + FRESH + Duration::from_millis(1)));
        // An older word takes nothing back.
        trust.caught_up(trust.origin + Duration::from_secs(2));
        assert!(trust.holds_at(start + FRESH));
    }

    #[test]
    fn after_a_loss_only_a_later_word_counts_and_reads_from_before_are_not_kept() {
        let trust = Trust::new();
        let now = Instant::now() + Duration::from_millis(1);
        trust.caught_up(now);
        let reading = trust.reading().expect("it is believed");
        assert!(trust.still(reading));
        trust.lose(now + Duration::from_millis(2));
        assert!(trust.reading().is_none() && !trust.still(reading));
        trust.caught_up(now + Duration::from_millis(1));
        assert!(!trust.holds_at(now), "that was found out before the loss");
        trust.caught_up(now + Duration::from_millis(3));
        assert!(trust.holds_at(now) && !trust.still(reading));
    }
}
