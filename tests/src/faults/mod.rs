//! The binary on a disk that fails: what was acknowledged is there for everybody, at once and after every end.
//!
//! Faults strike below the driver (`disk.rs`). Callers write down what is acknowledged (`deeds.rs`, `journal.rs`).

mod deeds;
mod disk;
mod journal;
mod readiness;
mod sequences;
pub mod site;
mod waves;

use std::time::{Duration, Instant};

use self::deeds::{Deed, Doer};

/// How long a server may take to get over a fault; it is far less.
const PATIENCE: Duration = Duration::from_secs(60);

/// Does it until it is acknowledged: a server has to get over a fault by itself.
async fn do_well(doer: &mut Doer, deed: Deed) {
    let give_up = Instant::now() + PATIENCE;
    while !doer.attempt(deed).await {
        assert!(Instant::now() < give_up, "writes do not come back");
    }
}
