//! What a presented text may be, by its look alone. What is no token needs no look-up.
//!
//! An opaque token is a prefix, 256 random bits in base64url (43 characters), and a checksum of both: CRC-32 in base64url (6
//! characters). The checksum guards nothing. It tells garbage and slips of the hand from tokens at the cost of a few nanoseconds,
//! where a cryptographic one would cost as much as the look-up in memory that it saves.
//!
//! Tokens that were issued before there was a checksum have none, and are good until their end. They are told apart by their
//! length: they were 43 characters behind a prefix of at most three. So a text without a dot that is 49 characters or longer was
//! made here with a checksum, or by nobody. Whoever writes rows for tokens that were made elsewhere has to keep off that shape.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::TokenError;
use crate::domain::Secret;
use crate::keys::jwt::MAX_TOKEN_BYTES;

/// The random part of an opaque token.
const RANDOM_CHARS: usize = 43;

/// The checksum at its end.
const CHECKSUM_CHARS: usize = 6;

/// An opaque token without its prefix.
const WHOLE_CHARS: usize = RANDOM_CHARS + CHECKSUM_CHARS;

/// What a byte is in a token.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Letter {
    /// One of base64url.
    Plain,
    /// Between the parts of a JWT.
    Dot,
    /// One that no token has.
    Other,
}

/// What each byte is: a look-up costs less than to compare.
const LETTERS: [Letter; 256] = {
    let mut letters = [Letter::Other; 256];
    let mut byte = 0_u8;
    while byte < 0x80 {
        letters[byte as usize] = match byte {
            b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'-' | b'_' => Letter::Plain,
            b'.' => Letter::Dot,
            _ => Letter::Other,
        };
        byte += 1;
    }
    letters
};

/// What a text may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// A token that is found by its hash, or not at all.
    Opaque,
    /// A JWT, with or without a row.
    Jwt,
}

/// What a presented text may be.
///
/// # Errors
/// `Malformed` for one that is too long or no JWT though it has dots, `Unknown` for one that was never made here.
pub(super) fn shape_of(presented: &str) -> Result<Shape, TokenError> {
    if presented.is_empty() || presented.len() > MAX_TOKEN_BYTES {
        return Err(TokenError::Malformed);
    }
    let (mut dots, mut plain) = (0_usize, true);
    for byte in presented.bytes() {
        let letter = LETTERS[usize::from(byte)];
        dots += usize::from(letter == Letter::Dot);
        plain &= letter != Letter::Other;
    }
    match dots {
        2 if plain => Ok(Shape::Jwt),
        0 if plain && may_be_opaque(presented) => Ok(Shape::Opaque),
        0 => Err(TokenError::Unknown),
        // A dialect's prefix may have a dot, or more than two.
        _ if plain && presented.len() >= WHOLE_CHARS && may_be_opaque(presented) => {
            Ok(Shape::Opaque)
        }
        _ => Err(TokenError::Malformed),
    }
}

/// An opaque token of that prefix and random text.
pub(super) fn opaque(prefix: &str, random: &Secret) -> Secret {
    let mut text = format!("{prefix}{}", random.expose());
    URL_SAFE_NO_PAD.encode_string(checksum(&text), &mut text);
    Secret::new(text)
}

fn may_be_opaque(text: &str) -> bool {
    let has_checksum = text.len() >= WHOLE_CHARS;
    if !has_checksum {
        return text.len() >= RANDOM_CHARS;
    }
    let split = text.split_at_checked(text.len() - CHECKSUM_CHARS);
    split.is_some_and(|(summed, sum)| {
        let mut expected = [0; CHECKSUM_CHARS];
        let written = URL_SAFE_NO_PAD.encode_slice(checksum(summed), &mut expected);
        written == Ok(CHECKSUM_CHARS) && expected == sum.as_bytes()
    })
}

fn checksum(of: &str) -> [u8; 4] {
    crc32fast::hash(of.as_bytes()).to_be_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn random() -> Secret {
        Secret::new("cEILaglUY6DbnSyJSUzcliCxs625ySrQw8hRkgsJe4A")
    }

    #[test]
    fn a_token_has_the_shape_of_one_and_a_slip_of_the_hand_has_not() {
        for prefix in ["", "lt_", "a_longer_prefix_", "one.", "o.n.e."] {
            let token = opaque(prefix, &random());
            assert_eq!(token.expose().len(), prefix.len() + 49);
            assert_eq!(shape_of(token.expose()), Ok(Shape::Opaque));
            for at in 0..token.expose().len() {
                let mut slipped = token.expose().as_bytes().to_vec();
                slipped[at] = if slipped[at] == b'A' { b'B' } else { b'A' };
                let slipped = String::from_utf8(slipped).expect("ASCII");
                assert!(shape_of(&slipped) != Ok(Shape::Opaque), "{slipped}");
            }
        }
    }

    #[test]
    fn a_token_from_before_the_checksum_is_looked_up() {
        for prefix in ["", "lt_"] {
            let older = format!("{prefix}{}", random().expose());
            assert_eq!(shape_of(&older), Ok(Shape::Opaque));
        }
    }

    #[test]
    fn what_is_no_token_is_told_by_its_look() {
        let older = random();
        let bent = older.expose().replace('_', "+").replace('6', "/");
        for garbage in ["x", "garbage", &older.expose()[1..], &bent, "ü"] {
            assert_eq!(shape_of(garbage), Err(TokenError::Unknown), "{garbage}");
        }
        let long = "a".repeat(MAX_TOKEN_BYTES + 1);
        for garbage in ["", "a.b", "a.b.c.d", "a.b+.c", &long] {
            assert_eq!(shape_of(garbage), Err(TokenError::Malformed), "{garbage}");
        }
        assert_eq!(shape_of("a.b.c"), Ok(Shape::Jwt));
    }
}
