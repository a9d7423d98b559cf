//! Unmodified clients of other people against a server: each prints one line of facts, which a test compares.
//!
//! Their scripts are in `tests/clients/`, their pinned packages are installed once below the target folder.

mod app;
mod assertions;
mod dialects;
mod install;
mod metadata;
mod narrowing;
mod script;
mod unread;

pub use app::App;
