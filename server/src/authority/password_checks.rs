//! How many password hashes run and wait at once, in all and from one address.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::AuthorityError;
use crate::limits::address_key;

/// Checks that may wait for each one that runs.
const WAITING_PER_RUNNING: usize = 32;

/// The part of all places that one address may take: whoever floods must leave room for others.
const SHARE: usize = 4;

/// Bounds how many password hashes run and wait at once.
pub(super) struct PasswordChecks {
    running: Arc<Semaphore>,
    admitted: Arc<Semaphore>,
    per_address: usize,
    addresses: Arc<Addresses>,
}

/// The checks under way, by address.
type Addresses = Mutex<HashMap<String, usize>>;

/// A place among the checks; it is given back when it is dropped.
pub(super) struct Admitted {
    running: Arc<Semaphore>,
    _place: OwnedSemaphorePermit,
    _of_address: Option<OfAddress>,
}

struct OfAddress {
    key: String,
    addresses: Arc<Addresses>,
}

impl PasswordChecks {
    pub(super) fn new(concurrency: usize) -> Self {
        let running = concurrency.max(1);
        let admitted = running.saturating_mul(WAITING_PER_RUNNING + 1);
        Self {
            running: Arc::new(Semaphore::new(running)),
            admitted: Arc::new(Semaphore::new(admitted)),
            per_address: admitted.div_ceil(SHARE),
            addresses: Arc::default(),
        }
    }

    /// A place for a check of somebody at `address`, or `Busy`.
    pub(super) fn admit(&self, address: Option<&str>) -> Result<Admitted, AuthorityError> {
        let busy = AuthorityError::Busy { retry_in_secs: 1 };
        let of_address = match address {
            Some(address) => Some(self.of_address(address).ok_or(busy.clone())?),
            None => None,
        };
        let place = Arc::clone(&self.admitted).try_acquire_owned();
        Ok(Admitted {
            running: Arc::clone(&self.running),
            _place: place.map_err(|_| busy)?,
            _of_address: of_address,
        })
    }

    fn of_address(&self, address: &str) -> Option<OfAddress> {
        let key = address
            .parse::<IpAddr>()
            .map_or_else(|_| address.to_owned(), address_key);
        let mut held = held(&self.addresses);
        let taken = held.entry(key.clone()).or_default();
        if *taken >= self.per_address {
            return None;
        }
        *taken += 1;
        Some(OfAddress {
            key,
            addresses: Arc::clone(&self.addresses),
        })
    }
}

impl Admitted {
    /// Waits until the check may run; it runs as long as the permit is held.
    pub(super) async fn turn(&self) -> Result<OwnedSemaphorePermit, AuthorityError> {
        Arc::clone(&self.running)
            .acquire_owned()
            .await
            .map_err(|_| AuthorityError::Unavailable)
    }
}

impl Drop for OfAddress {
    fn drop(&mut self) {
        let mut held = held(&self.addresses);
        if let Some(taken) = held.get_mut(&self.key) {
            *taken -= 1;
            if *taken == 0 {
                held.remove(&self.key);
            }
        }
    }
}

fn held(addresses: &Addresses) -> MutexGuard<'_, HashMap<String, usize>> {
    // Counts are changed whole, so a panic elsewhere cannot have left half of one.
    addresses.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_leaves_room_for_others_and_gets_its_places_back() {
        let checks = PasswordChecks::new(1);
        let from = |address| checks.admit(Some(address));
        let mut flood = Vec::new();
        while let Ok(place) = from("192.0.2.1") {
            flood.push(place);
        }
        assert_eq!(flood.len(), 9);
        assert!(from("192.0.2.2").is_ok());
        assert!(from("2001:db8::1").is_ok());
        flood.pop();
        assert!(from("192.0.2.1").is_ok());
        drop(flood);
        assert!(held(&checks.addresses).is_empty());
    }
}
