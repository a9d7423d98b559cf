//! The listener: who may connect, how long a connection may take for what, and how it ends.
//!
//! [`accept`] takes connections, [`capacity`] counts them, [`connection`] serves one. [`progress`] knows by when a client
//! must have done what; [`socket`], [`body`] and [`answer`] report to it.

mod accept;
mod answer;
mod body;
mod capacity;
mod connection;
mod moment;
mod progress;
mod settings;
mod socket;

pub use accept::{Listener, bind};
pub use settings::{Cap, CapError, ConnectionArgs, ConnectionSettings};
