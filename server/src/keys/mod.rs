//! Keys: sealing at rest, the key ring, hashing of secrets, and the only use of jsonwebtoken.

mod master;
mod randomness;

pub use master::{MasterKey, MasterKeyError};
pub use randomness::SystemRandomness;
