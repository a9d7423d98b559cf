//! Unmodified clients of other people against a server: each prints one line of facts, which a test compares.
//!
//! Their scripts are in `tests/clients/`, their pinned packages are installed once below the target folder. What is about
//! one dialect is in `clients.rs` of its folder: its own clients, and what those of several dialects show of it.

mod app;
mod install;
mod script;
mod several;
pub mod unread;

use futures_util::{FutureExt as _, future::BoxFuture};
use serde_json::{Map, Value};

pub use self::{app::App, script::Script, several::agrees};
use crate::harness::{Reach, Tessera};
use unread::Plan;

/// Facts by name, as a script prints them.
pub type Facts = Map<String, Value>;

/// What clients that speak several dialects show of one.
pub trait Spoken: Sync {
    /// What a script says of it.
    fn facts(&self, script: &str, server: &Tessera) -> Facts;

    /// Adds calls whose bodies the server does not read.
    fn unread<'a>(&'a self, _server: &'a Reach, _plan: &'a mut Plan) -> BoxFuture<'a, ()> {
        async {}.boxed()
    }
}

/// The members of a JSON object that is written down.
pub fn facts(value: Value) -> Facts {
    let facts = serde_json::from_value(value);
    facts.expect("facts have names")
}
