//! The proofs: that what is in the tree is what the document says.

pub mod accepted;
pub mod emitted;
pub mod layers;
pub mod lift;
mod paths;
pub mod sdk;
pub mod started;

use std::ffi::OsString;

/// The cargo that runs us, or the one on the path.
#[must_use]
pub fn cargo() -> OsString {
    std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}
