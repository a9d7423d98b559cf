//! `PlainSecret`: secret text that no Debug output shows and that is wiped from memory when dropped.

use std::fmt;

use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// A password, token, client secret, one-time code or key in clear.
///
/// It has no `Display` and no `Serialize`; its `Debug` is a fixed text. Equality takes the same
/// time wherever the first difference is (the length is not hidden).
#[derive(Clone)]
pub struct PlainSecret(Zeroizing<String>);

impl PlainSecret {
    /// Takes ownership of the text, which is wiped when the last copy is dropped.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// The secret itself: for the wire and for hashing, never for a log.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The UTF-8 bytes of the text, which is what HMAC keys shown as text mean here.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl From<String> for PlainSecret {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

impl From<&str> for PlainSecret {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl PartialEq for PlainSecret {
    fn eq(&self, other: &Self) -> bool {
        bool::from(self.as_bytes().ct_eq(other.as_bytes()))
    }
}

impl Eq for PlainSecret {}

impl fmt::Debug for PlainSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

#[cfg(test)]
mod tests {
    use super::PlainSecret;

    #[test]
    fn debug_shows_nothing() {
        let secret = PlainSecret::new("hunter2");
        assert_eq!(
            format!("{secret:?} {:?}", Some(&secret)),
            "[redacted] Some([redacted])"
        );
        assert_eq!(secret, PlainSecret::from("hunter2"));
        assert_ne!(secret, PlainSecret::from("hunter3"));
    }
}
