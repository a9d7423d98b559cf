//! Registering secrets, for seeding and for operators.

use super::{
    Actor, AuthorityError, KeyAlgorithm, KeyId, PlainSecret, Principal, SecretPurpose,
    TokenAuthority,
};

/// A secret to register.
#[derive(Debug)]
pub enum NewSecret {
    /// A human's password.
    Password(PlainSecret),
    /// 256 random bits in base64url, of purpose `ClientSecret`, `PasswordGrantSecret` or `MerchantSecret`; given back once.
    Random(SecretPurpose),
    /// A registered HS256 key (random, 43 characters of base64url, unless given); its [`KeyId`] is the `iss` of tokens signed with it.
    HmacKey(Option<PlainSecret>),
    /// A random TOTP seed of 160 bits, given back in base32.
    TotpSeed,
    /// A public key for assertions: SPKI PEM, under `kid`.
    AssertionKey {
        /// `kid` that assertions name.
        kid: String,
        /// RS256, ES256 or `EdDSA`.
        algorithm: KeyAlgorithm,
        /// `-----BEGIN PUBLIC KEY-----` …
        public_pem: String,
    },
}

/// A secret just registered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegisteredSecret {
    /// Its public identifier.
    pub id: KeyId,
    /// What the holder needs: the password, random secret, HMAC key or seed; `None` for a public key.
    pub value: Option<PlainSecret>,
}

impl TokenAuthority {
    /// Registers a further secret beside the live ones.
    ///
    /// # Errors
    /// `Refused` for a purpose or key that cannot be, `Unavailable`.
    pub async fn add_secret(
        &self,
        actor: &Actor,
        principal: &Principal,
        secret: NewSecret,
    ) -> Result<RegisteredSecret, AuthorityError> {
        let _ = (actor, principal, secret);
        Err(AuthorityError::Unavailable)
    }

    /// Registers a secret and retires the live ones of its purpose, in one transaction. Tokens issued under those live on.
    ///
    /// # Errors
    /// As [`TokenAuthority::add_secret`].
    pub async fn replace_secret(
        &self,
        actor: &Actor,
        principal: &Principal,
        secret: NewSecret,
    ) -> Result<RegisteredSecret, AuthorityError> {
        let _ = (actor, principal, secret);
        Err(AuthorityError::Unavailable)
    }

    /// Makes a fresh Ed25519 key pair for a client that wants one (demo): PKCS#8 PEM of the private key, SPKI PEM of the public.
    ///
    /// # Errors
    /// `Unavailable`.
    pub fn generate_assertion_key(&self) -> Result<(PlainSecret, String), AuthorityError> {
        Err(AuthorityError::Unavailable)
    }
}
