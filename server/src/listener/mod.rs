//! The listener: who may connect, how long a connection may take for what, and how it ends.

mod settings;

pub use settings::{Cap, CapError, ConnectionArgs, ConnectionSettings};
