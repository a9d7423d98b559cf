//! `Forwarded` (RFC 7239) and `X-Forwarded-For`: which addresses a line names, read from its right end.

use std::net::IpAddr;

use clap::ValueEnum;

/// The header in which proxies tell whom they stand for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum ForwardedHeader {
    /// `Forwarded` (RFC 7239).
    #[default]
    #[value(name = "Forwarded", alias = "forwarded")]
    Forwarded,
    /// `X-Forwarded-For`.
    #[value(name = "X-Forwarded-For", alias = "x-forwarded-for")]
    XForwardedFor,
}

impl ForwardedHeader {
    /// Its name, in lower case.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Forwarded => "forwarded",
            Self::XForwardedFor => "x-forwarded-for",
        }
    }

    /// The addresses that one line names, the last one first; `None` for an element that names none.
    pub(super) fn addresses(self, line: &[u8]) -> impl Iterator<Item = Option<IpAddr>> {
        FromTheRight::of(line).map(move |element| self.address(element?))
    }

    /// The address that one element names.
    fn address(self, element: &[u8]) -> Option<IpAddr> {
        let element = std::str::from_utf8(element).ok()?;
        match self {
            Self::Forwarded => forwarded_for(element),
            Self::XForwardedFor => address(element.trim_matches(BLANKS)),
        }
    }
}

const BLANKS: [char; 2] = [' ', '\t'];

/// The elements of a list, the last one first; `None` for what no end can be found of.
///
/// It is read from the right because its right end is the proxy's. Read from the left, a quote that a
/// client opens and does not close would swallow what the proxy appended.
struct FromTheRight<'a> {
    rest: Option<&'a [u8]>,
}

impl<'a> FromTheRight<'a> {
    fn of(list: &'a [u8]) -> Self {
        Self { rest: Some(list) }
    }
}

impl<'a> Iterator for FromTheRight<'a> {
    type Item = Option<&'a [u8]>;

    fn next(&mut self) -> Option<Self::Item> {
        let list = self.rest.take()?;
        match last_separator(list, b',') {
            Ok(Some(at)) => {
                let (rest, element) = list.split_at(at);
                self.rest = Some(rest);
                Some(Some(&element[1..]))
            }
            Ok(None) => Some(Some(list)),
            Err(UnclosedQuote) => Some(None),
        }
    }
}

struct UnclosedQuote;

/// Where the last `separator` outside of quotes is.
fn last_separator(text: &[u8], separator: u8) -> Result<Option<usize>, UnclosedQuote> {
    let mut quoted = false;
    for (at, &byte) in text.iter().enumerate().rev() {
        if byte == b'"' {
            let backslashes = text[..at].iter().rev().take_while(|&&byte| byte == b'\\');
            // Inside a quoted string an odd number of them makes the quote a part of it.
            if !quoted || backslashes.count() % 2 == 0 {
                quoted = !quoted;
            }
        } else if byte == separator && !quoted {
            return Ok(Some(at));
        }
    }
    if quoted { Err(UnclosedQuote) } else { Ok(None) }
}

/// The address of the one `for` parameter (RFC 7239 §4); without one nobody is named.
fn forwarded_for(element: &str) -> Option<IpAddr> {
    let mut rest = Some(element);
    let mut found = None;
    while let Some(pairs) = rest.take() {
        let pair = match last_separator(pairs.as_bytes(), b';').ok()? {
            Some(at) => {
                rest = pairs.get(..at);
                pairs.get(at + 1..)?
            }
            None => pairs,
        };
        if pair.trim_matches(BLANKS).is_empty() {
            continue;
        }
        let (name, value) = pair.split_once('=')?;
        if name.trim_matches(BLANKS).eq_ignore_ascii_case("for") && found.replace(value).is_some() {
            return None;
        }
    }
    let value = found?.trim_matches(BLANKS);
    match value.strip_prefix('"') {
        // In no address is anything to escape, but everything may be.
        Some(quoted) => address(&unescaped(quoted.strip_suffix('"')?)?),
        None => address(value),
    }
}

/// The text of a quoted string (RFC 9110 §5.6.4).
fn unescaped(quoted: &str) -> Option<String> {
    let mut text = String::with_capacity(quoted.len());
    let mut chars = quoted.chars();
    while let Some(char) = chars.next() {
        match char {
            '\\' => text.push(chars.next()?),
            '"' => return None,
            char => text.push(char),
        }
    }
    Some(text)
}

/// An address, in brackets or not, with a port or without.
fn address(node: &str) -> Option<IpAddr> {
    if let Some(bracketed) = node.strip_prefix('[') {
        let (address, port) = bracketed.split_once(']')?;
        is_port_or_none(port).then_some(())?;
        return address.parse().ok().map(IpAddr::V6);
    }
    if let Ok(address) = node.parse() {
        return Some(address);
    }
    let at = node.find(':')?;
    let (address, port) = node.split_at(at);
    is_port_or_none(port).then_some(())?;
    address.parse().ok().map(IpAddr::V4)
}

/// `:port`, which may be an obfuscated one (RFC 7239 §6), or nothing.
fn is_port_or_none(text: &str) -> bool {
    let Some(port) = text.strip_prefix(':') else {
        return text.is_empty();
    };
    let hidden = port.strip_prefix('_');
    let all = |text: &str, fits: fn(char) -> bool| !text.is_empty() && text.chars().all(fits);
    hidden.map_or_else(
        || all(port, |char| char.is_ascii_digit()) && port.parse::<u16>().is_ok(),
        |hidden| {
            all(hidden, |char| {
                char.is_ascii_alphanumeric() || "._-".contains(char)
            })
        },
    )
}
