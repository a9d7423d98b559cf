//! SHA-256, HMAC-SHA-256 and the text forms of random bytes.

use aws_lc_rs::{digest, hmac};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use subtle::ConstantTimeEq as _;

use crate::domain::work::{Work, note};
use crate::domain::{NoRandomness, Randomness, Secret};

/// SHA-256.
#[must_use]
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    note(Work::Sha256);
    fixed(digest::digest(&digest::SHA256, bytes).as_ref())
}

/// SHA-256 of the parts, each preceded by its length, so that no two lists of parts share a digest.
#[must_use]
pub fn sha256_of_parts(parts: &[&[u8]]) -> [u8; 32] {
    note(Work::Sha256);
    let mut context = digest::Context::new(&digest::SHA256);
    for part in parts {
        context.update(&(part.len() as u64).to_be_bytes());
        context.update(part);
    }
    fixed(context.finish().as_ref())
}

/// A key of HMAC-SHA-256, ready for use.
pub struct MacKey(hmac::Key);

impl MacKey {
    /// Takes the key's bytes.
    #[must_use]
    pub fn new(key: &[u8]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, key))
    }

    /// HMAC-SHA-256 under it.
    #[must_use]
    pub fn mac(&self, message: &[u8]) -> [u8; 32] {
        note(Work::Mac);
        fixed(hmac::sign(&self.0, message).as_ref())
    }
}

/// HMAC-SHA-256.
#[must_use]
pub fn hmac_sha256(key: &[u8], message: &[u8]) -> [u8; 32] {
    MacKey::new(key).mac(message)
}

/// Whether both are the same bytes, in time that depends on their lengths only.
#[must_use]
pub fn same(left: &[u8], right: &[u8]) -> bool {
    bool::from(left.ct_eq(right))
}

/// `N` random bytes in base64url without padding.
///
/// # Errors
/// [`NoRandomness`].
pub fn random_text<const N: usize>(randomness: &dyn Randomness) -> Result<Secret, NoRandomness> {
    let mut bytes = zeroize::Zeroizing::new([0_u8; N]);
    randomness.fill(bytes.as_mut())?;
    Ok(Secret::new(URL_SAFE_NO_PAD.encode(bytes.as_ref())))
}

/// Sixteen bytes, as text: a moment, and ten random ones. Identifiers that are made so one after the other stand side by side in an
/// index, where random ones would each change a page of their own. For identifiers, never for secrets.
///
/// # Errors
/// [`NoRandomness`].
pub fn dated_text(randomness: &dyn Randomness, at_ms: i64) -> Result<String, NoRandomness> {
    let [_, _, date @ ..] = at_ms.to_be_bytes();
    let mut random = [0_u8; 10];
    randomness.fill(&mut random)?;
    Ok(URL_SAFE_NO_PAD.encode([&date[..], &random].concat()))
}

/// SHA-256 output is 32 bytes by definition; anything shorter would be padded with zeros.
fn fixed(bytes: &[u8]) -> [u8; 32] {
    let mut out = [0_u8; 32];
    for (to, from) in out.iter_mut().zip(bytes) {
        *to = *from;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{dated_text, sha256, sha256_of_parts};
    use crate::domain::{NoRandomness, Randomness};

    struct Sevens;

    impl Randomness for Sevens {
        fn fill(&self, bytes: &mut [u8]) -> Result<(), NoRandomness> {
            bytes.fill(7);
            Ok(())
        }
    }

    #[test]
    fn a_dated_text_says_when_and_ten_bytes_more() -> Result<(), NoRandomness> {
        use base64::Engine as _;
        let text = dated_text(&Sevens, 0x0192_0304_0506)?;
        let bytes = super::URL_SAFE_NO_PAD.decode(text).unwrap_or_default();
        assert_eq!(bytes[..6], [1, 0x92, 3, 4, 5, 6]);
        assert_eq!(bytes[6..], [7; 10]);
        Ok(())
    }

    #[test]
    fn parts_do_not_run_together() {
        assert_ne!(
            sha256_of_parts(&[b"ab", b"c"]),
            sha256_of_parts(&[b"a", b"bc"])
        );
        assert_ne!(sha256_of_parts(&[b"abc"]), sha256(b"abc"));
        assert_eq!(sha256(b"abc")[..4], [0xba, 0x78, 0x16, 0xbf]);
    }
}
