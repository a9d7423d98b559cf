//! The standard endpoints: introspection (RFC 7662), revocation (RFC 7009) and the public keys (RFC 7517).

mod profile;

pub use profile::OauthClientProfile;
