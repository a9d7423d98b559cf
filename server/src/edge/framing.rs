//! What is wrong with a request's header before anybody looks for its operation: sizes, `Host`, transfer coding.

use std::net::Ipv6Addr;

use poem::{
    Addr, Request,
    http::{HeaderMap, Version, header, uri::Authority},
};

use super::{MAX_HEADER_BYTES, MAX_HEADERS_BYTES};

/// Why a request's header is refused with the dialect's malformed 400.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HeaderFault {
    /// A line or the request target exceeds [`MAX_HEADER_BYTES`], or all lines exceed [`MAX_HEADERS_BYTES`].
    #[error("A request header is too large.")]
    TooLarge,
    /// No `Host`, two of them, or one that names no host (RFC 9112 §3.2).
    #[error("The request needs exactly one valid Host header.")]
    Host,
    /// A `Transfer-Encoding` other than `chunked`: where the body ends is a matter of opinion then.
    #[error("The only transfer coding is chunked.")]
    TransferCoding,
}

/// The first fault of the request's header.
pub(super) fn fault(request: &Request) -> Option<HeaderFault> {
    if is_too_large(request) {
        return Some(HeaderFault::TooLarge);
    }
    // Requests of our own process are framed by nobody.
    if !matches!(request.remote_addr().0, Addr::SocketAddr(_)) {
        return None;
    }
    if !names_one_host(request) {
        return Some(HeaderFault::Host);
    }
    (!is_plain_or_chunked(request.headers())).then_some(HeaderFault::TransferCoding)
}

fn is_too_large(request: &Request) -> bool {
    let target = request
        .uri()
        .path_and_query()
        .map_or(0, |target| target.as_str().len());
    // Name and value are joined by a colon and a space.
    let lines = request
        .headers()
        .iter()
        .map(|(name, value)| name.as_str().len() + 2 + value.len());
    let (longest, all) = lines.fold((target, 0), |(longest, all), line| {
        (longest.max(line), all + line)
    });
    longest > MAX_HEADER_BYTES || all > MAX_HEADERS_BYTES
}

fn names_one_host(request: &Request) -> bool {
    let target = request.original_uri().authority();
    if target.is_some_and(|authority| !is_host(authority.as_str())) {
        return false;
    }
    let mut hosts = request.headers().get_all(header::HOST).iter();
    match (hosts.next(), hosts.next()) {
        (Some(host), None) => host.to_str().is_ok_and(is_host),
        (Some(_), Some(_)) => false,
        (None, _) => match request.version() {
            // Its `:authority` is part of the target.
            Version::HTTP_2 | Version::HTTP_3 => target.is_some(),
            version => version < Version::HTTP_11,
        },
    }
}

/// `uri-host [ ":" port ]` (RFC 9110 §7.2), without a user. A comma, which no name has, joins two hosts.
fn is_host(text: &str) -> bool {
    is_plain_host(text) || is_any_host(text)
}

/// Whether it is a host as nearly all are written: letters, digits, dots and hyphens, and perhaps a port.
fn is_plain_host(text: &str) -> bool {
    let bytes = text.as_bytes();
    let of_name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-');
    let end = bytes.iter().position(|byte| !of_name(byte));
    match end.map_or((bytes, None), |end| (&bytes[..end], bytes.get(end..))) {
        ([], _) => false,
        (_, None | Some([b':'])) => true,
        (_, Some([b':', port @ ..])) => {
            let digits = port.iter().all(u8::is_ascii_digit);
            // Of two texts of as many digits the greater number is the greater text.
            digits && (port.len() < 5 || (port.len() == 5 && port <= b"65535".as_slice()))
        }
        (_, Some(_)) => false,
    }
}

fn is_any_host(text: &str) -> bool {
    let Ok(authority) = text.parse::<Authority>() else {
        return false;
    };
    let host = authority.host();
    let port = text.strip_prefix(host).unwrap_or("@");
    let port = port.strip_prefix(':').unwrap_or(port);
    let address = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'));
    let is_name = !host.is_empty() && !host.contains(['[', ']', ',']);
    address.map_or(is_name, |address| address.parse::<Ipv6Addr>().is_ok())
        && port.bytes().all(|byte| byte.is_ascii_digit())
        && (port.is_empty() || port.parse::<u16>().is_ok())
}

fn is_plain_or_chunked(headers: &HeaderMap) -> bool {
    let mut codings = headers.get_all(header::TRANSFER_ENCODING).iter();
    let first = codings.next();
    codings.next().is_none()
        && first.is_none_or(|coding| coding.as_bytes().eq_ignore_ascii_case(b"chunked"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_host_is_a_name_or_an_address_and_perhaps_a_port() {
        for host in [
            "a",
            "tokens.example.com",
            "tokens.example.com:8443",
            "127.0.0.1:1",
            "127.0.0.1:65535",
            "[::1]",
            "[2001:db8::1]:65535",
            "a_b",
            "a:",
        ] {
            assert!(is_host(host), "{host}");
        }
        for host in [
            "",
            ":80",
            "a b",
            "a,b",
            "a/b",
            "http://a",
            "user@a",
            "@a",
            "a:b",
            "a:-1",
            "a:65536",
            "a:80:80",
            "a?b",
            "a#b",
            "::1",
            "[::1",
            "a\\b",
            "[]",
            "[zzz]",
            "[1]",
            "a[b]",
            "[::1]a",
            "[::1%25lo]",
        ] {
            assert!(!is_host(host), "{host}");
        }
    }

    proptest! {
        #[test]
        fn what_is_plainly_a_host_is_one(text in "[a-z0-9.:_-]{0,12}(:[0-9]{0,6})?") {
            prop_assert!(!is_plain_host(&text) || is_any_host(&text), "{}", text);
        }
    }
}
