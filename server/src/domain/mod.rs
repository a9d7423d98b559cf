//! The ground floor: names, secrets, claims, scopes, records, and the ports of time and randomness.
//!
//! Everything else in the package may stand on this folder; it stands on nothing but crates.

mod address;
mod claims;
mod clock;
mod contents;
mod database_url;
pub mod json;
mod names;
mod password_cost;
mod private_file;
mod randomness;
mod records;
mod scopes;
mod secret;
mod switch;
pub mod work;

pub use address::address_key;
pub use claims::Claims;
pub use clock::{Clock, Monotonic, SystemClock, SystemMonotonic};
pub use contents::{Contents, MASTER_KEY_CHECK, SealedRow};
pub use database_url::DatabaseUrl;
pub(crate) use names::text_enum;
pub use names::{
    Dialect, KeyId, PrincipalId, PrincipalKind, TokenClass, TokenHash, TokenId, TokenState,
};
pub use password_cost::PasswordCost;
pub use private_file::{PrivateFileError, read_private_file};
pub use randomness::{NoRandomness, Randomness};
pub use records::{
    Actor, AuditRecord, Claim, KeyAlgorithm, KeyRecord, KeyState, MachineSecret, Principal,
    PublicKey, PublicNumbers, SecretPurpose, SecretRecord, SecretState, SessionRecord, Standing,
    TokenRecord,
};
pub use scopes::ScopeSet;
pub use secret::Secret;
pub use switch::Switch;
