//! Watches the clock: after a leap nothing is swept until the operator accepts it, or it is taken back.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::changes::{Change, ChangeSet};
use super::{ClockNote, Unavailable, Upkeep, audit};
use crate::domain::Actor;

/// How far the wall clock may be put on or back, against the monotonic one.
pub(super) const LEAP_MS: i64 = 24 * 3_600_000;

/// Whether what is over is swept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sweeping {
    /// It is.
    On,
    /// The clock has leapt, and nobody has accepted it.
    Suspended,
}

/// The wall clock against the monotonic one, since this process began to watch or the operator accepted them.
#[derive(Debug)]
pub(super) struct ClockWatch(Mutex<Watch>);

#[derive(Debug)]
struct Watch {
    /// The one clock less the other.
    between_ms: Option<i64>,
    accepted: Option<i64>,
    sweeping: Sweeping,
}

/// What a look at the clocks has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Turn {
    Same(Sweeping),
    Suspended { by_ms: i64 },
    Resumed,
}

impl ClockWatch {
    /// What the operator accepted before is of no account.
    pub(super) fn new(accepted: Option<i64>) -> Self {
        Self(Mutex::new(Watch {
            between_ms: None,
            accepted,
            sweeping: Sweeping::On,
        }))
    }

    fn watch(&self) -> MutexGuard<'_, Watch> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn look(&self, now_ms: i64, elapsed: Duration, accepted: Option<i64>) -> Turn {
        let mut watch = self.watch();
        let elapsed_ms = i64::try_from(elapsed.as_millis()).unwrap_or(i64::MAX);
        let between_ms = now_ms.saturating_sub(elapsed_ms);
        if accepted != watch.accepted {
            watch.accepted = accepted;
            watch.between_ms = Some(between_ms);
        }
        let known_ms = *watch.between_ms.get_or_insert(between_ms);
        let sweeping = if is_near(between_ms, known_ms) {
            Sweeping::On
        } else {
            Sweeping::Suspended
        };
        match (std::mem::replace(&mut watch.sweeping, sweeping), sweeping) {
            (Sweeping::On, Sweeping::Suspended) => Turn::Suspended {
                by_ms: between_ms.saturating_sub(known_ms),
            },
            (Sweeping::Suspended, Sweeping::On) => Turn::Resumed,
            (Sweeping::On, Sweeping::On) | (Sweeping::Suspended, Sweeping::Suspended) => {
                Turn::Same(sweeping)
            }
        }
    }
}

fn is_near(one_ms: i64, other_ms: i64) -> bool {
    one_ms.saturating_sub(other_ms).unsigned_abs() <= LEAP_MS.unsigned_abs()
}

impl Upkeep<'_> {
    /// Begins to watch the wall clock against a monotonic one, which says `elapsed` now.
    pub fn watch_clock(self, elapsed: Duration) {
        let accepted = self.0.clock_watch.watch().accepted;
        self.0.clock_watch.look(self.0.now_ms(), elapsed, accepted);
    }

    /// Sweeps, unless the wall clock has moved by more than a day against the monotonic one, which says `elapsed` now, and
    /// the operator has not accepted it. Says in the log when that begins and ends.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn sweep_unless_leapt(self, elapsed: Duration) -> Result<Sweeping, Unavailable> {
        let accepted = self.0.store.clock_note(ClockNote::Accepted).await?;
        let sweeping = match self.0.clock_watch.look(self.0.now_ms(), elapsed, accepted) {
            Turn::Same(sweeping) => sweeping,
            Turn::Suspended { by_ms } => {
                tracing::warn!(
                    leapt_secs = by_ms.div_euclid(1000),
                    "sweeping: suspended, because the clock has leapt by more than a day; \
                     when it is right, say `tessera admin clock accept`"
                );
                Sweeping::Suspended
            }
            Turn::Resumed => {
                tracing::info!("sweeping: resumed");
                Sweeping::On
            }
        };
        match sweeping {
            Sweeping::On => self.sweep().await?,
            Sweeping::Suspended => {}
        }
        Ok(sweeping)
    }

    /// Whether the last look at the clock let what is over be swept.
    #[must_use]
    pub fn sweeping(self) -> Sweeping {
        self.0.clock_watch.watch().sweeping
    }

    /// Accepts the clock as it is now, for every process on this database.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn accept_clock(self, actor: &Actor) -> Result<(), Unavailable> {
        let at_ms = self.0.now_ms();
        let noted = audit::done(at_ms, actor, "clock.accept").on_all("clock");
        let changes = ChangeSet::new()
            .with(Change::AcceptClock(at_ms))
            .with(noted);
        self.0.store.commit(changes).await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY_MS: i64 = 86_400_000;
    const NOW_MS: i64 = 1_767_323_045_678;

    #[test]
    fn a_leap_is_told_once_and_ends_when_it_is_accepted_or_taken_back() {
        let watch = ClockWatch::new(Some(7));
        let at = |wall_ms: i64, elapsed_ms: u64, accepted: Option<i64>| {
            let elapsed = Duration::from_millis(elapsed_ms);
            watch.look(NOW_MS + wall_ms, elapsed, accepted)
        };
        let on = Turn::Same(Sweeping::On);
        let suspended = Turn::Same(Sweeping::Suspended);
        assert_eq!(at(0, 5, Some(7)), on);
        // Time passes in both, however much.
        assert_eq!(at(90 * DAY_MS, 5 + 90 * 86_400_000, Some(7)), on);
        let elapsed = 5 + 90 * 86_400_000;
        let (there, back) = (91 * DAY_MS, 89 * DAY_MS);
        assert_eq!(at(there, elapsed, Some(7)), on);
        let by_ms = DAY_MS + 1;
        assert_eq!(at(there + 1, elapsed, Some(7)), Turn::Suspended { by_ms });
        assert_eq!(at(there + 2, elapsed + 1, Some(7)), suspended);
        assert_eq!(at(there, elapsed, Some(7)), Turn::Resumed);
        let by_ms = -DAY_MS - 1;
        assert_eq!(at(back - 1, elapsed, Some(7)), Turn::Suspended { by_ms });
        assert_eq!(at(back - 1, elapsed, Some(8)), Turn::Resumed);
        assert_eq!(at(back - 1 - DAY_MS, elapsed, Some(8)), on);
        // What was accepted is not every clock.
        let there = back + 2 * DAY_MS;
        let by_ms = there - (back - 1);
        assert_eq!(at(there, elapsed, Some(8)), Turn::Suspended { by_ms });
    }
}
