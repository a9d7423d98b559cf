//! The lane of password checks: whoever floods it keeps nobody else out, whichever dialect's passwords they are.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures_util::future::join_all;
use tessera_server::domain::PasswordCost;

use super::lockouts::{Tried, Way, doors};
use crate::harness::{Guess, Tessera};

const ATTACKERS: std::ops::Range<u8> = 10..14;

/// Attempts that each of them has under way at once.
const AT_ONCE: usize = 60;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn four_addresses_that_flood_the_lane_keep_none_of_thirty_one_others_out() {
    let passwords = doors().into_iter().filter(|way| way.door.user.is_some());
    for way in passwords {
        flood(way).await;
    }
}

async fn flood(way: Way) {
    let server = Tessera::start_with(|config| {
        config.policy.rates.enforced = false;
        config.policy.lockout = None;
        // What nobody's name costs: the lane is held for a while.
        config.password_cost = PasswordCost::default();
    })
    .await;
    let (server, stop) = (Arc::new(server), Arc::<AtomicBool>::default());
    let turned_away: Arc<Vec<AtomicUsize>> = Arc::new(ATTACKERS.map(|_| 0.into()).collect());
    let mut floods = Vec::new();
    for (attacker, last) in ATTACKERS.enumerate() {
        for _ in 0..AT_ONCE {
            let (stop, turned_away) = (Arc::clone(&stop), Arc::clone(&turned_away));
            let server = Arc::clone(&server);
            floods.push(tokio::spawn(async move {
                while !stop.load(Ordering::SeqCst) {
                    let source = [127, 0, 0, last];
                    let tried = way.try_from(&server, source, Guess::Nobody).await;
                    if matches!(tried, Tried::Locked(_) | Tried::Busy) {
                        turned_away[attacker].fetch_add(1, Ordering::SeqCst);
                    }
                }
            }));
        }
    }
    // Each of them has more under way than it is given places.
    while turned_away
        .iter()
        .any(|count| count.load(Ordering::SeqCst) == 0)
    {
        let goes_on = floods.iter().all(|flood| !flood.is_finished());
        assert!(goes_on, "{}: a flood has ended", way.name());
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    let guests = (0..31).map(|guest| way.try_from(&server, [127, 0, 1, guest + 1], Guess::Right));
    let tried = join_all(guests).await;
    stop.store(true, Ordering::SeqCst);
    for flood in floods {
        flood.await.expect("each call is answered");
    }
    let accepted = tried.iter().filter(|tried| **tried == Tried::Accepted);
    assert_eq!(accepted.count(), 31, "{}", way.name());
}
