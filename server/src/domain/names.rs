//! The closed vocabularies of the core: dialects, kinds of principals, classes of tokens, and the identifiers.

use std::borrow::Cow;
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// Declares an enum whose variants have one stable text each, as stored and logged.
macro_rules! text_enum {
    ($(#[$meta:meta])* $name:ident { $($(#[$vmeta:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $name { $($(#[$vmeta])* $variant),+ }

        impl $name {
            /// Every variant, in the order of declaration.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The stable text of this variant.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }

            /// The variant of that exact text.
            #[must_use]
            pub fn parse(text: &str) -> Option<Self> {
                match text { $($text => Some(Self::$variant),)+ _ => None }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}
pub(crate) use text_enum;

text_enum! {
    /// One of the token APIs served. A token is valid only in the dialect it was issued for.
    Dialect {
        /// Animeloop: cookie sessions and one HS256 token per user.
        Animeloop = "animeloop",
        /// pnut: opaque bearer tokens of users and apps.
        Pnut = "pnut",
        /// Token generator: HS256 tokens that derive narrower tokens.
        TokenGenerator = "token_generator",
        /// Auth API: long opaque tokens exchanged for short JWTs.
        AuthApi = "auth_api",
        /// Manis: merchant secret for a JWT.
        Manis = "manis",
        /// The standard endpoints (RFC 7662, RFC 7009) and their clients.
        Oauth = "oauth",
    }
}

text_enum! {
    /// What a principal is.
    PrincipalKind {
        /// A human (or a user record standing for one).
        User = "user",
        /// An OAuth client, app or service.
        Client = "client",
        /// A merchant.
        Merchant = "merchant",
        /// The holder of registered HMAC secrets who signs tokens of its own.
        SecretHolder = "secret_holder",
    }
}

text_enum! {
    /// Where a token is in its life. Only [`TokenState::Active`] authenticates; the others are final.
    TokenState {
        /// Usable until it expires.
        Active = "active",
        /// Replaced by a successor in its slot.
        Superseded = "superseded",
        /// Ended by somebody.
        Revoked = "revoked",
    }
}

/// A dialect's own name for one sort of its tokens, such as `long` or `user`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TokenClass(Cow<'static, str>);

impl TokenClass {
    /// A class known at compile time; dialects keep theirs as constants.
    #[must_use]
    pub const fn new(name: &'static str) -> Self {
        Self(Cow::Borrowed(name))
    }

    /// A class read back from storage.
    #[must_use]
    pub fn stored(name: String) -> Self {
        Self(Cow::Owned(name))
    }

    /// The class as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// SHA-256 of a whole token as presented: the key of its row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TokenHash(pub [u8; 32]);

/// No identifier made here starts so: no dialect's prefix does, and 132 random bits will not.
const FOREIGN_PREFIX: &str = "ext_";

/// Public identifier of a token, safe to log and to show: never the token itself.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TokenId(String);

impl TokenId {
    /// Takes any text; an identifier nobody issued is simply unknown.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The identifier of a token that its holder signed, made from the hash of its text: such a token has
    /// no row until it is ended.
    #[must_use]
    pub fn foreign(hash: &TokenHash) -> Self {
        let start = hash.0.get(..16).unwrap_or_default();
        Self(format!("{FOREIGN_PREFIX}{}", URL_SAFE_NO_PAD.encode(start)))
    }

    /// Whether [`TokenId::foreign`] made it.
    #[must_use]
    pub fn is_foreign(&self) -> bool {
        self.0.starts_with(FOREIGN_PREFIX)
    }

    /// The identifier as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TokenId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Internal identifier of a principal: a random positive integer below 2^53.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PrincipalId(pub i64);

impl fmt::Display for PrincipalId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// Public identifier of a stored secret or key (`iss` of a token-generator secret token, `kid` of a signing key).
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyId(String);

impl KeyId {
    /// Takes any text; an identifier nobody registered is simply unknown.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The identifier as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether this is 1 to 64 characters of `[A-Za-z0-9_-]`, the only shape that is ever looked up.
    #[must_use]
    pub fn is_well_formed(&self) -> bool {
        (1..=64).contains(&self.0.len())
            && self
                .0
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
