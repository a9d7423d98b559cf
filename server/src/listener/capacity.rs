//! How many connections there may be, in all and from one address.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::Cap;
use crate::domain::address_key;

/// The seats that connections take.
#[derive(Clone)]
pub(super) struct Capacity {
    all: Arc<Semaphore>,
    per_address: Cap,
    by_address: Arc<Mutex<HashMap<String, usize>>>,
}

impl Capacity {
    pub(super) fn new(all: Cap, per_address: Cap) -> Self {
        let seats = match all {
            Cap::AtMost(number) => number.get().min(Semaphore::MAX_PERMITS),
            Cap::Off => Semaphore::MAX_PERMITS,
        };
        Self {
            all: Arc::new(Semaphore::new(seats)),
            per_address,
            by_address: Arc::default(),
        }
    }

    /// A seat for whoever comes next, as soon as there is one.
    pub(super) async fn seat(&self) -> Seat {
        Seat {
            // The semaphore is never closed; without a permit a connection would merely not be counted.
            _place: Arc::clone(&self.all).acquire_owned().await.ok(),
            address: None,
            capacity: self.clone(),
        }
    }

    fn held(&self) -> MutexGuard<'_, HashMap<String, usize>> {
        self.by_address
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// One connection's place; free again when it is dropped.
pub(super) struct Seat {
    _place: Option<OwnedSemaphorePermit>,
    address: Option<String>,
    capacity: Capacity,
}

impl Seat {
    /// Takes the seat for a connection from `address`; `None` when that address has its share.
    pub(super) fn taken_by(mut self, address: IpAddr) -> Option<Self> {
        let Cap::AtMost(most) = self.capacity.per_address else {
            return Some(self);
        };
        let key = address_key(address).to_string();
        let mut held = self.capacity.held();
        let count = held.entry(key.clone()).or_default();
        if *count >= most.get() {
            return None;
        }
        *count += 1;
        drop(held);
        self.address = Some(key);
        Some(self)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let Some(key) = self.address.take() else {
            return;
        };
        let mut held = self.capacity.held();
        if let Some(count) = held.get_mut(&key) {
            *count -= 1;
            if *count == 0 {
                held.remove(&key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroUsize;

    use super::*;

    fn at_most(number: usize) -> Cap {
        Cap::AtMost(NonZeroUsize::new(number).expect("not zero"))
    }

    #[tokio::test]
    async fn one_address_cannot_take_the_seats_of_another_and_gives_its_own_back() {
        let capacity = Capacity::new(Cap::Off, at_most(2));
        let seat = |text: &str| {
            let address: IpAddr = text.parse().expect("an address");
            let capacity = capacity.clone();
            async move { capacity.seat().await.taken_by(address) }
        };
        let first = seat("2001:db8::1").await.expect("free");
        let _second = seat("2001:db8::2").await.expect("free");
        assert!(
            seat("2001:db8::3").await.is_none(),
            "one network, one share"
        );
        let other = seat("192.0.2.1").await.expect("free");
        drop(first);
        assert!(seat("2001:db8::3").await.is_some());
        drop(other);
        assert_eq!(capacity.held().len(), 1, "addresses are forgotten");
    }
}
