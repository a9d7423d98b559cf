//! Where those who watch over the server ask how it is.

/// Whether the process answers.
pub(super) const ALIVE_PATH: &str = "/healthz";

/// Whether it can do its work.
pub(super) const READY_PATH: &str = "/readyz";

/// Both: whoever else asks, these are never counted.
pub(super) const ALL: [&str; 2] = [ALIVE_PATH, READY_PATH];
