//! A secret to register, and what its holder is told of it.

use crate::domain::{KeyAlgorithm, KeyId, MachineSecret, Secret, SecretPurpose};

/// A secret to register.
#[derive(Debug)]
pub enum NewSecret {
    /// A human's password. The older ones count no more, and in the same transaction the sessions of its holder end, and the tokens
    /// that are its holder's or speak for it.
    Password {
        /// The password.
        password: Secret,
        /// Lets sessions and tokens live on.
        keep_tokens: bool,
    },
    /// A password of 128 random bits in hexadecimal, given back once.
    RandomPassword {
        /// Lets sessions and tokens live on.
        keep_tokens: bool,
    },
    /// 256 random bits in base64url; given back once.
    Random(MachineSecret),
    /// A machine's secret that its holder has already. Whoever registers it sees to it that nobody can guess it.
    Given(MachineSecret, Secret),
    /// A registered HS256 key (random, 43 characters of base64url, unless given); its [`KeyId`] is the `iss` of tokens signed with it.
    HmacKey(Option<Secret>),
    /// A TOTP seed in base32 (of 160 random bits, unless given).
    TotpSeed(Option<Secret>),
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

impl NewSecret {
    /// A password that ends its holder's sessions and tokens.
    #[must_use]
    pub fn password(password: impl Into<Secret>) -> Self {
        Self::Password {
            password: password.into(),
            keep_tokens: false,
        }
    }

    /// Whether the sessions and tokens of its holder end with the older ones.
    pub(super) const fn ends_tokens(&self) -> bool {
        match self {
            Self::Password { keep_tokens, .. } | Self::RandomPassword { keep_tokens } => {
                !*keep_tokens
            }
            Self::Random(_)
            | Self::Given(..)
            | Self::HmacKey(_)
            | Self::TotpSeed(_)
            | Self::AssertionKey { .. } => false,
        }
    }

    /// What it is for.
    pub(super) const fn purpose(&self) -> SecretPurpose {
        match self {
            Self::Password { .. } | Self::RandomPassword { .. } => SecretPurpose::Password,
            Self::Random(sort) | Self::Given(sort, _) => sort.purpose(),
            Self::HmacKey(_) => SecretPurpose::HmacKey,
            Self::TotpSeed(_) => SecretPurpose::TotpSeed,
            Self::AssertionKey { .. } => SecretPurpose::AssertionKey,
        }
    }
}

/// A secret just registered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegisteredSecret {
    /// Its public identifier.
    pub id: KeyId,
    /// What the holder needs: the password, random secret, HMAC key or seed; `None` for a public key.
    pub value: Option<Secret>,
}
