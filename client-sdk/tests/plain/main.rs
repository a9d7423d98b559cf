//! The client of another document: what is generated from a plain one compiles beside what is written by hand, and works.

#![allow(
    dead_code,
    unused_imports,
    reason = "the crate is whole here, and a test calls little of it"
)]

// Generated types name the crate from outside, as a dependent crate would.
extern crate self as tessera_client;

#[path = "../../src/client.rs"]
mod client;
#[path = "../../src/conversion.rs"]
mod conversion;
#[path = "../../src/credentials.rs"]
mod credentials;
#[path = "../../src/error.rs"]
mod error;
#[path = "../../src/headers.rs"]
mod headers;
#[path = "../../src/hooks.rs"]
mod hooks;
#[path = "../../src/lift.rs"]
mod lift;
#[path = "../../src/look.rs"]
mod look;
#[path = "../../src/operation.rs"]
mod operation;
#[path = "../../src/path.rs"]
mod path;
#[path = "../../src/retry_after.rs"]
mod retry_after;
#[path = "../../src/scheme.rs"]
mod scheme;
#[path = "../../src/secret.rs"]
mod secret;
#[path = "../../src/sessions.rs"]
mod sessions;
#[path = "../../src/setup.rs"]
mod setup;

mod responder;

#[rustfmt::skip]
#[path = "../../../xtask/tests/client/plain/mod.rs"]
mod generated;

mod calls;

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
