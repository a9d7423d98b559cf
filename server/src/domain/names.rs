//! The vocabularies of the core: dialects, kinds of principals, classes of tokens, and the identifiers.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;
use std::sync::{PoisonError, RwLock};

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

/// The name of one of the token APIs, as rows and logs have it. A token is valid only in the dialect it was issued for.
///
/// Which dialects there are, nobody down here knows: a row may name one that is served no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Dialect(&'static str);

/// The names that only rows have told. They are as few as the dialects that were ever served on the database.
static STORED: RwLock<BTreeSet<&'static str>> = RwLock::new(BTreeSet::new());

impl Dialect {
    /// A dialect known at compile time; each keeps its own as a constant.
    #[must_use]
    pub const fn new(name: &'static str) -> Self {
        Self(name)
    }

    /// A dialect read back from storage, whether or not it is still served.
    #[must_use]
    pub fn stored(name: &str) -> Self {
        let known = STORED.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = known.get(name) {
            return Self(known);
        }
        drop(known);
        let mut known = STORED.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = known.get(name) {
            return Self(known);
        }
        let kept: &'static str = Box::leak(Box::from(name));
        known.insert(kept);
        Self(kept)
    }

    /// The name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.0
    }
}

impl fmt::Display for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
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

/// Public identifier of a stored secret or key (`iss` of a token that its holder signed, `kid` of a signing key).
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stored_dialect_is_the_one_of_that_name_whether_or_not_anybody_declared_it() {
        let declared = Dialect::new("notes");
        assert_eq!(Dialect::stored(&String::from("notes")), declared);
        let gone = Dialect::stored("gone");
        assert_eq!((gone, gone.as_str()), (Dialect::stored("gone"), "gone"));
        assert!(std::ptr::eq(
            gone.as_str(),
            Dialect::stored("gone").as_str()
        ));
        assert_ne!(gone, declared);
    }
}
