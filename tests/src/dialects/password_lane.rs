//! The lane of password checks: whoever floods it keeps nobody else out.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures_util::future::join_all;
use tessera_server::domain::PasswordCost;

use crate::harness::{
    Call, Tessera,
    animeloop::{LOGIN, login},
};

const ATTACKERS: std::ops::Range<u8> = 10..14;

/// Logins that each of them has under way at once.
const AT_ONCE: usize = 60;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn four_addresses_that_flood_the_lane_keep_none_of_thirty_one_logins_out() {
    let server = Tessera::start_with(|config| {
        config.policy.rates.enforced = false;
        config.policy.lockout = None;
        // What nobody's name costs: the lane is held for a while.
        config.password_cost = PasswordCost::default();
    })
    .await;
    let (address, stop) = (server.address(), Arc::<AtomicBool>::default());
    let turned_away: Arc<Vec<AtomicUsize>> = Arc::new(ATTACKERS.map(|_| 0.into()).collect());
    let mut floods = Vec::new();
    for (attacker, last) in ATTACKERS.enumerate() {
        for _ in 0..AT_ONCE {
            let (stop, turned_away) = (Arc::clone(&stop), Arc::clone(&turned_away));
            let call = Call::post(LOGIN).form(&[
                ("username", "nobody_here"),
                ("password", "not_the_password"),
            ]);
            floods.push(tokio::spawn(async move {
                while !stop.load(Ordering::SeqCst) {
                    let answer = call.send_from([127, 0, 0, last], address).await;
                    if answer.status == 429 {
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
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    let call = login(&server);
    let logins = (0..31).map(|guest| call.send_from([127, 0, 1, guest + 1], address));
    let answers = join_all(logins).await;
    stop.store(true, Ordering::SeqCst);
    for flood in floods {
        flood.await.expect("each call is answered");
    }
    let accepted = answers
        .iter()
        .filter(|answer| answer.status == 200 && answer.json()["code"] == 1_220_001);
    assert_eq!(accepted.count(), 31);
}
