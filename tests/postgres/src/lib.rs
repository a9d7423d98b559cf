//! A throwaway PostgreSQL for tests, and a fresh database in it for each of them.
//!
//! [`Cluster::shared`] is the one of the test process: made from the installed binaries, on a socket in a temporary folder, by an
//! unprivileged user when root asks. It ends with the process, however that ends, and leaves nothing behind.
//! With `TESSERA_TEST_POSTGRES_URL` it is the server of that URL, in which databases are made and removed again.
//! Where neither can be had it says why, so that a test can say that it did not run.

mod absent;
mod binaries;
mod cluster;
mod database;
mod proxy;
mod server;

pub use absent::Absent;
pub use cluster::{Cluster, Durability};
pub use database::Database;
pub use proxy::{Behaviour, Proxy};
pub use server::Stop;
