//! A row of refusals: what they have in common, and how many there were in one minute.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::domain::address_key;
use crate::domain::text_enum;
use crate::domain::{Dialect, PrincipalId};

/// What one row counts at most, milliseconds.
pub(super) const MINUTE_MS: i64 = 60_000;

text_enum! {
    /// What was tried; the text is the audit's action.
    Proof {
        /// A human's password.
        Password = "password.verify",
        /// A machine's secret.
        Secret = "secret.verify",
        /// A one-time code.
        Totp = "totp.verify",
        /// A private-key JWT.
        Assertion = "assertion.verify",
    }
}

/// To whom something was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RefusedTo {
    /// Whoever claimed to be that principal.
    Principal(PrincipalId),
    /// Whoever claimed a name that nobody has: the first bytes of its hash under the master key. The name is not kept, it may
    /// be a password that was typed into the wrong field.
    Unknown([u8; 8]),
}

/// From where: an IPv4 address, or the first half of an IPv6 one (one client owns a /64).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Source {
    /// IPv4.
    V4([u8; 4]),
    /// IPv6, the /64.
    V6([u8; 8]),
}

impl Source {
    /// Of an address as text; `None` for text that is no address.
    #[must_use]
    pub fn of(address: &str) -> Option<Self> {
        Some(match address.parse::<IpAddr>().ok()?.to_canonical() {
            IpAddr::V4(v4) => Self::V4(v4.octets()),
            IpAddr::V6(v6) => Self::V6(*v6.octets().first_chunk()?),
        })
    }

    /// As the audit names it.
    pub(super) fn text(self) -> String {
        address_key(match self {
            Self::V4(octets) => Ipv4Addr::from_octets(octets).into(),
            Self::V6(half) => {
                let bits = u128::from(u64::from_be_bytes(half)) << 64;
                Ipv6Addr::from_bits(bits).into()
            }
        })
        .to_string()
    }
}

/// What refusals of one minute have to have in common to be one row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RefusalCell {
    /// What was tried.
    pub proof: Proof,
    /// Whether it was right, but used before.
    pub replayed: bool,
    /// In which dialect.
    pub dialect: Dialect,
    /// To whom.
    pub to: RefusedTo,
    /// From where, if it came over the network.
    pub source: Option<Source>,
    /// Who tried, if that was a principal.
    pub actor: Option<PrincipalId>,
}

/// The refusals of one cell and minute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RefusalRow {
    /// The cell; `None` for what fitted in none.
    pub cell: Option<RefusalCell>,
    /// How many there were, at least 1.
    pub count: u32,
    /// When the first one was, milliseconds.
    pub first_ms: i64,
    /// When the last one was, milliseconds.
    pub last_ms: i64,
}

impl RefusalRow {
    /// The minute of the epoch.
    #[must_use]
    pub fn minute(&self) -> i64 {
        self.first_ms.div_euclid(MINUTE_MS)
    }

    /// One refusal.
    pub(super) fn one(cell: Option<RefusalCell>, at_ms: i64) -> Self {
        Self {
            cell,
            count: 1,
            first_ms: at_ms,
            last_ms: at_ms,
        }
    }

    /// Counts more of the same.
    pub(super) fn add(&mut self, more: Self) {
        self.count = self.count.saturating_add(more.count);
        self.first_ms = self.first_ms.min(more.first_ms);
        self.last_ms = self.last_ms.max(more.last_ms);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_is_an_address_or_its_network() {
        let text = |address: &str| Source::of(address).map(Source::text);
        assert_eq!(text("192.0.2.1").as_deref(), Some("192.0.2.1"));
        assert_eq!(text("::ffff:192.0.2.1").as_deref(), Some("192.0.2.1"));
        let network = "2001:db8:1:2::/64";
        assert_eq!(text("2001:db8:1:2:3:4:5:6").as_deref(), Some(network));
        assert_eq!(text("elsewhere"), None);
    }
}
