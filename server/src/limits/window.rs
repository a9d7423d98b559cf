//! Where a bucket's counts live: one fixed window per client, a bounded number of clients.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use governor::{clock::Clock, nanos::Nanos, state::StateStore};

use super::MonotonicClock;

/// The most clients a bucket remembers.
const MAX_CLIENTS: usize = 100_000;

/// A client's window.
#[derive(Debug, Clone, Copy)]
struct Window {
    cells: Nanos,
    /// The count starts afresh here; moved to the end of the lock when the client goes over.
    ends: Duration,
    locked: bool,
}

/// governor's state store; clones share their contents.
#[derive(Debug, Clone)]
pub(super) struct Windows {
    by_client: Arc<Mutex<HashMap<Box<str>, Window>>>,
    length: Duration,
    lock_length: Option<Duration>,
    clock: MonotonicClock,
}

impl Windows {
    pub(super) fn new(
        length: Duration,
        lock_length: Option<Duration>,
        clock: MonotonicClock,
    ) -> Self {
        Self {
            by_client: Arc::default(),
            length,
            lock_length,
            clock,
        }
    }

    /// Time until the client's window ends.
    pub(super) fn left(&self, client: &str) -> Duration {
        let now = self.clock.now();
        self.held()
            .get(client)
            .map_or(Duration::ZERO, |window| window.ends.saturating_sub(now))
    }

    /// Time left of the client's lock, if it is locked out.
    pub(super) fn locked(&self, client: &str) -> Option<Duration> {
        let now = self.clock.now();
        let held = self.held();
        let window = held.get(client)?;
        (window.locked && now < window.ends).then(|| window.ends.saturating_sub(now))
    }

    /// Locks the client out and tells for how long: the lock time, or the rest of its window.
    pub(super) fn lock(&self, client: &str) -> Duration {
        let now = self.clock.now();
        let mut held = self.held();
        let Some(window) = held.get_mut(client) else {
            return Duration::ZERO;
        };
        if !window.locked {
            window.locked = true;
            if let Some(lock) = self.lock_length {
                window.ends = now + lock;
            }
        }
        window.ends.saturating_sub(now)
    }

    fn held(&self) -> MutexGuard<'_, HashMap<Box<str>, Window>> {
        // A window is replaced whole, so a panic elsewhere cannot have left half of one.
        self.by_client
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl StateStore for Windows {
    type Key = Box<str>;

    fn measure_and_replace<T, F, E>(&self, client: &Box<str>, measure: F) -> Result<T, E>
    where
        F: Fn(Option<Nanos>) -> Result<(T, Nanos), E>,
    {
        let now = self.clock.now();
        let mut held = self.held();
        let current = held.get(client).copied().filter(|window| now < window.ends);
        let (outcome, cells) = measure(current.map(|window| window.cells))?;
        if current.is_none() && held.len() >= MAX_CLIENTS {
            make_room(&mut held, now);
        }
        let ends = current.map_or(now + self.length, |window| window.ends);
        held.insert(
            client.clone(),
            Window {
                cells,
                ends,
                locked: false,
            },
        );
        Ok(outcome)
    }
}

/// Forgets the windows that are over; if a flood of addresses leaves none, those that end first.
fn make_room(held: &mut HashMap<Box<str>, Window>, now: Duration) {
    held.retain(|_, window| now < window.ends);
    if held.len() < MAX_CLIENTS {
        return;
    }
    let mut ends: Vec<Duration> = held.values().map(|window| window.ends).collect();
    let (_, &mut median, _) = ends.select_nth_unstable(MAX_CLIENTS / 2);
    held.retain(|_, window| median < window.ends);
}
