//! The signed session cookie, in the format of `express-session` and `cookie-signature`.
//!
//! Its value is `s:`, the session identifier, a dot and the MAC of the identifier in base64 without
//! padding, percent-encoded like JavaScript's `encodeURIComponent`. The MAC itself is the
//! authority's business; a cookie made by Express under the same secret reads and verifies here, and
//! the other way round.

use base64::{Engine as _, engine::general_purpose::STANDARD_NO_PAD};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use super::{SameSite, Settings};
use crate::{
    authority::{OpenSession, SignedSid},
    domain::Secret,
    public_url::PublicUrl,
};

/// The cookie's name.
pub(super) const NAME: &str = "animeloop.auth.sid";

/// What tells a signed value from any other.
const SIGNED: &str = "s:";

/// What `encodeURIComponent` escapes: all but `A-Z a-z 0-9 - _ . ! ~ * ' ( )` (ECMA-262 §19.2.6.4).
const COMPONENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'!')
    .remove(b'~')
    .remove(b'*')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')');

/// Reads the value of a cookie, percent-encoded or raw; `None` unless it has the signed form. Nothing is verified yet.
pub(super) fn read(value: &Secret) -> Option<SignedSid> {
    let value = unquoted(value.expose());
    // A raw value holds no percent sign, so decoding leaves it as it is.
    let decoded = Secret::new(percent_decode_str(value).decode_utf8().ok()?);
    let (sid, mac) = decoded.expose().strip_prefix(SIGNED)?.rsplit_once('.')?;
    Some(SignedSid {
        sid: Secret::new(sid),
        mac: STANDARD_NO_PAD.decode(mac).ok()?,
    })
}

/// RFC 6265 §4.1.1 lets a value stand in quotes, which do not belong to it.
fn unquoted(value: &str) -> &str {
    value
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
        .unwrap_or(value)
}

/// The value of the cookie for a session identifier with its MAC.
fn value(SignedSid { sid, mac }: &SignedSid) -> String {
    let signed = format!("{SIGNED}{}.{}", sid.expose(), STANDARD_NO_PAD.encode(mac));
    utf8_percent_encode(&signed, COMPONENT).to_string()
}

/// What every cookie that is set has in common.
#[derive(Debug, Clone, Copy)]
pub(super) struct Attributes {
    secure: bool,
    same_site: Option<SameSite>,
}

impl Attributes {
    pub(super) fn of(settings: Settings, public_url: &PublicUrl) -> Self {
        Self {
            secure: settings.is_cookie_secure(public_url),
            same_site: settings.cookie_same_site,
        }
    }
}

/// The `Set-Cookie` header that hands out a session.
pub(super) fn set_cookie(session: &OpenSession, attributes: Attributes) -> Secret {
    let value = value(&session.signed);
    let expires = imf_fixdate(session.expires_at_ms);
    let mut header = format!("{NAME}={value}; Path=/; Expires={expires}; HttpOnly");
    if attributes.secure {
        header.push_str("; Secure");
    }
    header.push_str(match attributes.same_site {
        None => "",
        Some(SameSite::Strict) => "; SameSite=Strict",
        Some(SameSite::Lax) => "; SameSite=Lax",
        Some(SameSite::None) => "; SameSite=None",
    });
    Secret::from(header)
}

/// RFC 9110 §5.6.7; a moment outside of what the format can hold becomes the epoch, which ends a cookie at once.
fn imf_fixdate(at_ms: i64) -> String {
    let secs = u64::try_from(at_ms.div_euclid(1000)).unwrap_or(0);
    let year_10000 = 253_402_300_800;
    let since = std::time::Duration::from_secs(if secs < year_10000 { secs } else { 0 });
    httpdate::fmt_http_date(std::time::UNIX_EPOCH + since)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SID: &str = "4VtJUXAabKIew3Wib8scACX1lDZK6Z3d";

    fn signed(sid: &str, mac: Vec<u8>) -> SignedSid {
        SignedSid {
            sid: Secret::new(sid),
            mac,
        }
    }

    fn read(text: &str) -> Option<(String, Vec<u8>)> {
        super::read(&Secret::from(text)).map(|cookie| (cookie.sid.expose().to_owned(), cookie.mac))
    }

    #[test]
    fn the_printed_cookie_of_the_original_is_taken_apart() {
        let (sid, mac) = read(
            "s%3A4VtJUXAabKIew3Wib8scACX1lDZK6Z3d.7Hqy%2F8Nk8d0rFr4ygSCoEnwg5GD%2BVMfghQieThqQ2dU",
        )
        .expect("the signed form");
        assert_eq!(sid, SID);
        assert_eq!(mac.len(), 32);
        assert_eq!(
            value(&signed(&sid, mac)),
            "s%3A4VtJUXAabKIew3Wib8scACX1lDZK6Z3d.7Hqy%2F8Nk8d0rFr4ygSCoEnwg5GD%2BVMfghQieThqQ2dU"
        );
    }

    #[test]
    fn raw_quoted_and_encoded_spellings_read_alike() {
        let mac = STANDARD_NO_PAD.encode([0xfb; 32]);
        assert!(mac.contains('+') && mac.contains('/'));
        let raw = format!("s:{SID}.{mac}");
        let expected = Some((SID.to_owned(), vec![0xfb; 32]));
        assert_eq!(read(&raw), expected);
        assert_eq!(read(&format!("\"{raw}\"")), expected);
        assert_eq!(read(&value(&signed(SID, vec![0xfb; 32]))), expected);
        assert_eq!(read(&raw.replace(':', "%3a").replace('/', "%2f")), expected);
    }

    #[test]
    fn everything_else_is_no_cookie_of_ours() {
        let mac = STANDARD_NO_PAD.encode([7; 32]);
        for text in [
            String::new(),
            "s:".to_owned(),
            format!("s:{SID}"),
            format!("{SID}.{mac}"),
            format!("j:{SID}.{mac}"),
            format!("S:{SID}.{mac}"),
            format!("s:{SID}.{mac}="),
            format!("s:{SID}.{mac} "),
            format!("s:{SID}.%FF%FE"),
            format!("s%253A{SID}.{mac}"),
        ] {
            assert_eq!(read(&text), None, "{text}");
        }
    }

    #[test]
    fn the_header_has_the_attributes_in_the_order_of_express() {
        let session = OpenSession {
            signed: signed(SID, vec![1; 32]),
            expires_at_ms: 1_772_465_400_999,
        };
        let bare = format!(
            "{NAME}={}; Path=/; Expires=Mon, 02 Mar 2026 15:30:00 GMT; HttpOnly",
            value(&session.signed)
        );
        let header = |secure, same_site| {
            let attributes = Attributes { secure, same_site };
            let header = set_cookie(&session, attributes);
            header.expose().to_owned()
        };
        assert_eq!(header(false, None), bare);
        assert_eq!(
            header(true, Some(SameSite::None)),
            format!("{bare}; Secure; SameSite=None")
        );
    }

    #[test]
    fn a_moment_no_date_can_hold_is_the_epoch() {
        let epoch = "Thu, 01 Jan 1970 00:00:00 GMT";
        assert_eq!(imf_fixdate(-1), epoch);
        assert_eq!(imf_fixdate(i64::MAX), epoch);
    }
}
