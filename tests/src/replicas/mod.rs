//! Several servers on one database of PostgreSQL: what one of them acknowledges, all of them keep to.

mod administered;
mod cut_off;
mod kills;
mod load;
mod once;
mod revocations;
mod site;

use std::time::Duration;

use postgres_cluster::Cluster;

use crate::harness::not_run;

/// Within this every replica keeps to what another one has acknowledged; `server/README.md` promises it.
const BOUND: Duration = Duration::from_secs(1);

/// How long something may take that has no bound.
const PATIENCE: Duration = Duration::from_secs(60);

/// Between two looks; spinning would take a core from the servers.
const PAUSE: Duration = Duration::from_millis(10);

/// The test process's PostgreSQL, or word that a test did not run.
fn cluster(test: &str) -> Option<&'static Cluster> {
    let cluster = Cluster::shared();
    if let Err(absent) = cluster {
        not_run(test, &absent.to_string());
    }
    cluster.ok()
}

/// How often something is done: less than on demand, where the variable says how often.
fn times(variable: &str, usually: usize) -> usize {
    std::env::var_os(variable).map_or(usually, |said| {
        let number = said.to_str().and_then(|said| said.parse().ok());
        number.unwrap_or_else(|| panic!("{variable} is no number"))
    })
}
