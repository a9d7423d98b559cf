//! Where a bucket's counts live: one fixed window per client, a bounded number of clients.
//!
//! A request takes the lock once, finds its client once and reads the clock once.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

/// The most clients a bucket remembers.
const MAX_CLIENTS: usize = 100_000;

/// What every window of a bucket is like.
#[derive(Debug, Clone, Copy)]
pub(super) struct Terms {
    /// Requests that a window has room for.
    pub(super) limit: u32,
    /// How long it is.
    pub(super) length: Duration,
    /// How long a client is refused that went over; `None` is until its window ends.
    pub(super) lock: Option<Duration>,
}

/// A client's window.
#[derive(Debug, Clone, Copy)]
struct Window {
    /// Requests that it has taken.
    used: u32,
    /// The count starts afresh here; moved to the end of the lock when the client goes over.
    ends: Duration,
    locked: bool,
}

/// What became of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Counted {
    /// It was taken.
    Taken {
        /// Requests that the window still has room for.
        remaining: u32,
        /// Time until the window ends.
        left: Duration,
    },
    /// It was refused.
    Refused {
        /// Time until one can be taken again.
        left: Duration,
    },
}

/// The windows of all clients of a bucket.
#[derive(Debug)]
pub(super) struct Windows {
    terms: Terms,
    by_client: Mutex<HashMap<Box<str>, Window>>,
}

impl Windows {
    pub(super) fn new(terms: Terms) -> Self {
        Self {
            terms,
            by_client: Mutex::default(),
        }
    }

    /// Counts a request of `client` at `now`.
    pub(super) fn count(&self, client: &str, now: Duration) -> Counted {
        // A window is counted or replaced whole, so a panic elsewhere cannot have left half of one.
        let mut held = self
            .by_client
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(window) = held.get_mut(client) {
            if now >= window.ends {
                *window = Window::new(&self.terms, now);
            }
            return window.count(&self.terms, now);
        }
        if held.len() >= MAX_CLIENTS {
            make_room(&mut held, now);
        }
        let mut window = Window::new(&self.terms, now);
        let counted = window.count(&self.terms, now);
        held.insert(client.into(), window);
        counted
    }
}

impl Window {
    /// One that begins at `now`.
    fn new(terms: &Terms, now: Duration) -> Self {
        Self {
            used: 0,
            ends: now + terms.length,
            locked: false,
        }
    }

    fn count(&mut self, terms: &Terms, now: Duration) -> Counted {
        if !self.locked && self.used < terms.limit {
            self.used += 1;
            return Counted::Taken {
                remaining: terms.limit - self.used,
                left: self.ends.saturating_sub(now),
            };
        }
        if !self.locked {
            self.locked = true;
            if let Some(lock) = terms.lock {
                self.ends = now + lock;
            }
        }
        Counted::Refused {
            left: self.ends.saturating_sub(now),
        }
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
