//! Keys: sealing at rest, the key ring, hashing of secrets, and the only use of jsonwebtoken.
//!
//! Invariant: `jsonwebtoken` is named in `jwt.rs` and nowhere else in the package.

pub mod hash;
pub mod jwt;
pub mod jwt_rules;
mod master;
mod numeric_date;
pub mod password;
mod randomness;
pub mod ring;
mod seal;
pub mod signing;
pub mod stand_in;
pub mod totp;

pub use master::{MasterKey, MasterKeyError};
pub use randomness::SystemRandomness;
pub use seal::{Misfit, SealError, Sealer};
