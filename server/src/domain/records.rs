//! What the core knows: principals, secrets, tokens, sessions, keys, audit rows. Plain values, no behaviour of storage.

use serde_json::{Map, Value};

use super::names::text_enum;
use super::{
    Claims, Dialect, KeyId, PrincipalId, PrincipalKind, ScopeSet, TokenClass, TokenHash, TokenId,
    TokenState, address_key,
};
use std::borrow::Cow;
use std::fmt;
use std::net::IpAddr;

/// Somebody who owns tokens or proves identity, within one dialect.
#[derive(Clone, Debug, PartialEq)]
pub struct Principal {
    /// Internal identifier.
    pub id: PrincipalId,
    /// The dialect it belongs to; names are unique per dialect and kind.
    pub dialect: Dialect,
    /// What it is.
    pub kind: PrincipalKind,
    /// Login name, `client_id`, merchant id or user id.
    pub name: String,
    /// Whether it may prove identity and its tokens are honoured.
    pub enabled: bool,
    /// Dialect-owned public facts (user object, allowed scopes, app name …), never secrets.
    pub profile: Map<String, Value>,
    /// When it was created, milliseconds of the epoch.
    pub created_at_ms: i64,
}

text_enum! {
    /// What a stored secret proves, or is for.
    SecretPurpose {
        /// A human's password (argon2id).
        Password = "password",
        /// An OAuth client's secret (256 bits, keyed hash).
        ClientSecret = "client_secret",
        /// A second secret of a client, for password grants (keyed hash).
        PasswordGrantSecret = "password_grant_secret",
        /// A merchant's secret (keyed hash).
        MerchantSecret = "merchant_secret",
        /// A registered HS256 key whose holder signs tokens with it (sealed, readable).
        HmacKey = "hmac_key",
        /// RFC 6238 seed in base32 (sealed, readable).
        TotpSeed = "totp_seed",
        /// Public key for private-key JWT assertions (RFC 7523).
        AssertionKey = "assertion_key",
    }
}

/// A machine's secret: 256 random bits, of which a keyed hash is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MachineSecret {
    /// [`SecretPurpose::ClientSecret`].
    Client,
    /// [`SecretPurpose::PasswordGrantSecret`].
    PasswordGrant,
    /// [`SecretPurpose::MerchantSecret`].
    Merchant,
}

impl MachineSecret {
    /// What it proves.
    #[must_use]
    pub const fn purpose(self) -> SecretPurpose {
        match self {
            Self::Client => SecretPurpose::ClientSecret,
            Self::PasswordGrant => SecretPurpose::PasswordGrantSecret,
            Self::Merchant => SecretPurpose::MerchantSecret,
        }
    }
}

text_enum! {
    /// Whether a secret still proves anything.
    SecretState {
        /// In use.
        Live = "live",
        /// Replaced: proves nothing any more, but tokens issued under it live on.
        Retired = "retired",
        /// Compromised: tokens signed with it are dead too.
        Revoked = "revoked",
    }
}

text_enum! {
    /// Signature algorithms, pinned by the key record and never read from a token.
    KeyAlgorithm {
        /// HMAC with SHA-256.
        Hs256 = "HS256",
        /// RSA PKCS#1 v1.5 with SHA-256.
        Rs256 = "RS256",
        /// ECDSA on P-256.
        Es256 = "ES256",
        /// Ed25519.
        EdDsa = "EdDSA",
    }
}

impl KeyAlgorithm {
    /// Those with a public half, the one for new keys first.
    pub const PAIRS: [Self; 3] = [Self::EdDsa, Self::Es256, Self::Rs256];
}

text_enum! {
    /// Where a signing key is in its rotation.
    KeyState {
        /// Published, not yet signing.
        Next = "next",
        /// Signs.
        Active = "active",
        /// Verifies only, until the tokens signed with it are over.
        Retiring = "retiring",
        /// Neither signs nor verifies.
        Retired = "retired",
    }
}

/// A stored secret. Its material is a hash, sealed, or a public key; never clear.
#[derive(Clone, PartialEq)]
pub struct SecretRecord {
    /// Public identifier (`iss` for HMAC keys, `kid` for assertion keys).
    pub id: KeyId,
    /// Whose it is.
    pub principal: PrincipalId,
    /// What it is for.
    pub purpose: SecretPurpose,
    /// Whether it still counts.
    pub state: SecretState,
    /// The algorithm of an assertion key.
    pub algorithm: Option<KeyAlgorithm>,
    /// `kid` of an assertion key, unique among its principal's live ones.
    pub kid: Option<String>,
    /// PHC text, keyed hash, sealed bytes or public PEM, by purpose.
    pub material: Vec<u8>,
    /// Last accepted TOTP step.
    pub last_step: Option<i64>,
    /// When it was registered, milliseconds.
    pub created_at_ms: i64,
}

impl fmt::Debug for SecretRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "SecretRecord({} {} {})",
            self.id, self.purpose, self.state
        )
    }
}

/// What a proof of a claimed name is checked against.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Claim {
    /// Who has that name, enabled or not.
    pub principal: Option<PrincipalId>,
    /// Whether the secrets are that principal's.
    pub own: bool,
    /// Its live secrets for the purpose, oldest first; the decoy if there is none, or it is disabled.
    pub secrets: Vec<SecretRecord>,
}

/// One row of the token table. It never holds the token.
#[derive(Clone, Debug, PartialEq)]
pub struct TokenRecord {
    /// Key of the row.
    pub hash: TokenHash,
    /// Public identifier.
    pub id: TokenId,
    /// The one dialect that accepts it.
    pub dialect: Dialect,
    /// The dialect's sort of token.
    pub class: TokenClass,
    /// Owner: the client, merchant, secret holder, or the user where there is no client.
    pub principal: PrincipalId,
    /// The user it speaks for, if that is not the owner.
    pub subject: Option<PrincipalId>,
    /// What it may do.
    pub scopes: ScopeSet,
    /// `aud`, where the format has one.
    pub audience: Option<String>,
    /// Claims as signed (JWT) or as noted (opaque).
    pub claims: Claims,
    /// JOSE header as signed; `None` for opaque tokens.
    pub header: Option<String>,
    /// Signing key or registered secret; `None` for opaque tokens.
    pub key_id: Option<KeyId>,
    /// Identifier of the family's first token (its own for a first one).
    pub family: TokenId,
    /// The token it dies with.
    pub parent: Option<TokenId>,
    /// Where it is in its life.
    pub state: TokenState,
    /// Milliseconds of the epoch.
    pub issued_at_ms: i64,
    /// Not honoured before, milliseconds.
    pub not_before_ms: Option<i64>,
    /// First millisecond at which it is over; `None` = no end of its own.
    pub expires_at_ms: Option<i64>,
    /// When it was first ended, milliseconds.
    pub revoked_at_ms: Option<i64>,
}

/// What a caller was let in by. What is done in its name can be made to require that it is still good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// A secret that was proved.
    Secret(KeyId),
    /// A session, by the hash of its identifier.
    Session(TokenHash),
}

/// A session row.
#[derive(Clone, Debug, PartialEq)]
pub struct SessionRecord {
    /// SHA-256 of the session identifier.
    pub hash: TokenHash,
    /// The dialect it belongs to.
    pub dialect: Dialect,
    /// Who logged in.
    pub principal: PrincipalId,
    /// Milliseconds of the epoch.
    pub created_at_ms: i64,
    /// First millisecond at which it is over.
    pub expires_at_ms: i64,
}

/// A signing key row; the private part is sealed.
#[derive(Clone, PartialEq)]
pub struct KeyRecord {
    /// `kid`.
    pub id: KeyId,
    /// The one dialect whose tokens it signs.
    pub dialect: Dialect,
    /// Its one algorithm.
    pub algorithm: KeyAlgorithm,
    /// Where it is in its rotation.
    pub state: KeyState,
    /// Sealed secret (HMAC) or PKCS#8 (asymmetric).
    pub sealed: Vec<u8>,
    /// Raw public key, to look at: what verifies is derived from the sealed part. Empty for HMAC.
    pub public: Vec<u8>,
    /// Milliseconds of the epoch.
    pub created_at_ms: i64,
    /// When it stopped signing, milliseconds.
    pub retired_at_ms: Option<i64>,
}

/// The public half of a signing key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey {
    /// `kid`.
    pub id: KeyId,
    /// What it verifies with.
    pub numbers: PublicNumbers,
}

/// What a public key is made of, big-endian.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PublicNumbers {
    /// Ed25519 (RFC 8037).
    Ed25519 {
        /// The public key, 32 bytes.
        x: Vec<u8>,
    },
    /// A point on P-256 (RFC 7518 §6.2).
    P256 {
        /// First coordinate, 32 bytes.
        x: Vec<u8>,
        /// Second coordinate, 32 bytes.
        y: Vec<u8>,
    },
    /// RSA (RFC 7518 §6.3), without leading zeros.
    Rsa {
        /// The modulus.
        n: Vec<u8>,
        /// The exponent.
        e: Vec<u8>,
    },
}

impl PublicNumbers {
    /// The one algorithm that it verifies.
    #[must_use]
    pub const fn algorithm(&self) -> KeyAlgorithm {
        match self {
            Self::Ed25519 { .. } => KeyAlgorithm::EdDsa,
            Self::P256 { .. } => KeyAlgorithm::Es256,
            Self::Rsa { .. } => KeyAlgorithm::Rs256,
        }
    }

    /// As a row keeps it: the numbers one after the other.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        match self {
            Self::Ed25519 { x } => x.clone(),
            Self::P256 { x, y } => [&**x, y].concat(),
            Self::Rsa { n, e } => [&**n, e].concat(),
        }
    }
}

impl fmt::Debug for KeyRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "KeyRecord({} {} {} {})",
            self.id, self.dialect, self.algorithm, self.state
        )
    }
}

/// Who does something, and from where; goes to the audit row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// Principal, if known: its dialect-visible name. `operator` or `anonymous` otherwise.
    pub name: String,
    /// Internal identifier, if the actor is a principal.
    pub principal: Option<PrincipalId>,
    /// Peer address as text, if it came over the network.
    pub address: Option<String>,
}

impl Actor {
    /// Nobody known yet, at that address.
    #[must_use]
    pub fn anonymous(address: Option<String>) -> Self {
        Self {
            name: "anonymous".to_owned(),
            principal: None,
            address,
        }
    }

    /// Where it is counted: its address (IPv6: the /64), empty for whoever did not come over the network.
    #[must_use]
    pub fn place(&self) -> String {
        let address = self.address.as_deref().unwrap_or_default();
        address.parse::<IpAddr>().map_or_else(
            |_| address.to_owned(),
            |address| address_key(address).to_string(),
        )
    }

    /// The operator at the command line, or the server itself.
    #[must_use]
    pub fn operator() -> Self {
        Self {
            name: "operator".to_owned(),
            principal: None,
            address: None,
        }
    }

    /// A principal, at that address.
    #[must_use]
    pub fn principal(principal: &Principal, address: Option<String>) -> Self {
        Self {
            name: principal.name.clone(),
            principal: Some(principal.id),
            address,
        }
    }
}

/// One audit row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditRecord {
    /// When, milliseconds of the epoch; of several refusals the last.
    pub at_ms: i64,
    /// The first of several refusals; else the same.
    pub first_at_ms: i64,
    /// How many refusals of one minute this is; 1 for a change.
    pub count: u32,
    /// Who.
    pub actor: Actor,
    /// What: a verb with its object, such as `token.issue`.
    pub action: Cow<'static, str>,
    /// In which dialect.
    pub dialect: Option<Dialect>,
    /// On what: a token id, principal name or key id, or `unknown:` and the start of a keyed hash; never a secret.
    pub target: String,
    /// How it ended: `done` or a refusal's name.
    pub outcome: Cow<'static, str>,
    /// A reason given by the caller, shortened.
    pub reason: Option<String>,
}
