//! `tessera admin …`: an operator's commands on a database, also while a server runs on it.

pub(super) mod access;
pub(super) mod audit;
mod chosen;
mod confirm;
pub(super) mod doctor;
mod error;
mod finding;
mod given;
mod handed;
pub(super) mod key;
pub(super) mod lock;
mod output;
mod part;
pub(super) mod principal;
mod profile;
mod revoke;
pub(super) mod secret;
mod selected;
mod times;
pub(super) mod token;

pub use error::AdminError;
