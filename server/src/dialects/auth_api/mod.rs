//! The Auth API dialect: long opaque tokens for automation, short JWTs exchanged for them, revocation by id.

mod profile;

pub use profile::AuthApiClientProfile;
