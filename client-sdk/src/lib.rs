//! The typed client of a Tessera token authority: every operation of its document, one error type, one set of
//! credentials from which each operation picks its own.
#![doc = include_str!("../README.md")]

// Generated types name the crate from outside, as a dependent crate would.
extern crate self as tessera_client;

mod client;
mod conversion;
mod credentials;
mod error;
mod headers;
mod hooks;
mod lift;
mod look;
mod operation;
mod path;
mod retry_after;
mod scheme;
mod secret;
mod sessions;
mod setup;

#[rustfmt::skip]
mod generated;

pub use client::OriginError;
pub use credentials::{Credential, Credentials};
pub use error::{CallError, Either, Payload, Refusal};
pub use generated::operations;
pub use generated::{Client, DeclaredHeaders, ResponseValue, builder, types};
pub use headers::HasHeaders;
pub use lift::Call;
pub use operation::{OneProof, Operation, RefusalPlaces, Spot};
pub use scheme::{Pairing, Placement, Scheme};
pub use secret::Secret;
pub use setup::Setup;
