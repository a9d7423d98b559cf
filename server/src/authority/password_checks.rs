//! How many password hashes run and wait at once, and in whose turn: one address after the other.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::oneshot;

use super::PasswordError;

/// Checks that may wait for each one that runs.
const WAITING_PER_RUNNING: usize = 64;

/// The part of all places to wait that one address may take.
const SHARE: usize = 4;

const BUSY: PasswordError = PasswordError::Busy {
    retry_after_secs: 1,
};

/// Bounds how many password hashes run and wait at once.
///
/// Each address waits in a line of its own, and the lines are served in turn. Where no place is left to wait, the newest
/// check of the longest line gives way to one of a shorter line: whoever floods keeps nobody else out.
pub(super) struct PasswordChecks(Arc<Mutex<Lines>>);

struct Lines {
    /// Checks that could start now; none while somebody waits.
    free: usize,
    room: usize,
    per_address: usize,
    waiting: usize,
    of_address: HashMap<String, VecDeque<oneshot::Sender<Turn>>>,
    /// The addresses that wait, the next one first.
    next: VecDeque<String>,
}

/// A place among the checks.
pub(super) struct Admitted(oneshot::Receiver<Turn>);

/// A check runs as long as this is held; then it is the next one's turn.
pub(super) struct Turn(Arc<Mutex<Lines>>);

impl PasswordChecks {
    pub(super) fn new(concurrency: usize) -> Self {
        let running = concurrency.max(1);
        let room = running.saturating_mul(WAITING_PER_RUNNING);
        Self(Arc::new(Mutex::new(Lines {
            free: running,
            room,
            per_address: room.div_ceil(SHARE),
            waiting: 0,
            of_address: HashMap::new(),
            next: VecDeque::new(),
        })))
    }

    /// A place for a check of somebody at `address`, or `Busy`.
    pub(super) fn admit(&self, address: &str) -> Result<Admitted, PasswordError> {
        let (called, place) = oneshot::channel();
        let mut lines = held(&self.0);
        if lines.free > 0 {
            lines.free -= 1;
            drop(lines);
            // Its other end is held right here.
            let _ = called.send(Turn(Arc::clone(&self.0)));
        } else {
            lines.join(address, called)?;
        }
        Ok(Admitted(place))
    }
}

impl Lines {
    fn join(&mut self, address: &str, called: oneshot::Sender<Turn>) -> Result<(), PasswordError> {
        let own = self.of_address.get(address).map_or(0, VecDeque::len);
        if own >= self.per_address {
            return Err(BUSY);
        }
        if self.waiting >= self.room && !self.shorten_a_line_longer_than(own + 1) {
            return Err(BUSY);
        }
        if own == 0 {
            self.next.push_back(address.to_owned());
        }
        let line = self.of_address.entry(address.to_owned()).or_default();
        line.push_back(called);
        self.waiting += 1;
        Ok(())
    }

    /// Sends the newest of the longest line away, if that is longer than so many.
    fn shorten_a_line_longer_than(&mut self, length: usize) -> bool {
        let longest = self.of_address.values_mut().max_by_key(|line| line.len());
        let Some(line) = longest.filter(|line| line.len() > length) else {
            return false;
        };
        // Nobody will call it any more, which it hears at once. Its line keeps at least one.
        line.pop_back();
        self.waiting -= 1;
        true
    }

    /// Who is next: the oldest of the line whose turn it is, which is then last.
    fn call(&mut self) -> Option<oneshot::Sender<Turn>> {
        let address = self.next.pop_front()?;
        let line = self.of_address.get_mut(&address)?;
        let called = line.pop_front()?;
        self.waiting -= 1;
        if line.is_empty() {
            self.of_address.remove(&address);
        } else {
            self.next.push_back(address);
        }
        Some(called)
    }
}

impl Admitted {
    /// Waits until the check may run; `Busy` if the place went to another address.
    pub(super) async fn turn(self) -> Result<Turn, PasswordError> {
        self.0.await.map_err(|_| BUSY)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut lines = held(&self.0);
        let called = lines.call();
        if called.is_none() {
            lines.free += 1;
        }
        drop(lines);
        if let Some(called) = called {
            // To one that waits no more the turn comes back, and is dropped here: it goes to the next.
            let _ = called.send(Self(Arc::clone(&self.0)));
        }
    }
}

fn held(lines: &Mutex<Lines>) -> MutexGuard<'_, Lines> {
    // Nothing panics between two steps of a change, so a panic elsewhere cannot have left half of one.
    lines.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Places for `address` until there are no more.
    fn flood(checks: &PasswordChecks, address: &str) -> Vec<Admitted> {
        std::iter::from_fn(|| checks.admit(address).ok()).collect()
    }

    #[tokio::test]
    async fn addresses_take_turns_whatever_four_of_them_send() {
        let checks = PasswordChecks::new(1);
        let running = checks.admit("first").expect("a free lane").turn().await;
        let running = running.expect("its turn");
        let mut waiting = Vec::new();
        for attacker in ["a", "b", "c", "d"] {
            let places = flood(&checks, attacker);
            assert_eq!(places.len(), 16, "the lane is full after the fourth");
            waiting.extend(places.into_iter().map(|place| (attacker.to_owned(), place)));
        }
        for guest in 0..31 {
            let guest = format!("guest {guest}");
            let place = checks.admit(&guest).expect("a place");
            waiting.push((guest, place));
        }
        let served = Arc::<Mutex<Vec<String>>>::default();
        let tasks: Vec<_> = waiting
            .into_iter()
            .map(|(who, place)| {
                let served = Arc::clone(&served);
                tokio::spawn(async move {
                    let turn = place.turn().await;
                    let mut served = served.lock().unwrap_or_else(PoisonError::into_inner);
                    served.extend(turn.is_ok().then_some(who));
                })
            })
            .collect();
        drop(running);
        for task in tasks {
            task.await.expect("no panic");
        }
        let served = served.lock().unwrap_or_else(PoisonError::into_inner);
        assert_eq!(served.len(), 64, "all places are used");
        let guests = served
            .iter()
            .take(4 + 31)
            .filter(|who| who.starts_with("guest"));
        assert_eq!(guests.count(), 31, "served in the first round");
    }

    #[test]
    fn one_address_leaves_room_for_others_and_gets_its_places_back() {
        let checks = PasswordChecks::new(1);
        let mut floods = flood(&checks, "192.0.2.1");
        assert_eq!(
            floods.len(),
            17,
            "one that runs, and a quarter of the places to wait"
        );
        assert!(checks.admit("192.0.2.2").is_ok());
        drop(floods.drain(..1));
        assert!(checks.admit("192.0.2.1").is_ok());
        drop(floods);
        let lines = held(&checks.0);
        assert_eq!((lines.free, lines.waiting), (1, 0));
        assert!(lines.of_address.is_empty() && lines.next.is_empty());
    }

    #[test]
    fn who_has_no_more_than_others_is_not_sent_away() {
        let checks = PasswordChecks::new(1);
        let waiting: Vec<_> = (0..65)
            .map(|number| checks.admit(&format!("address {number}")).expect("a place"))
            .collect();
        assert!(checks.admit("one more").is_err());
        drop(waiting);
    }
}
