//! How an address is counted, wherever requests, tries or connections are counted by address.

use std::fmt;
use std::net::IpAddr;

/// The key under which a client is counted that is known only by its address. An IPv6 client owns a /64, so that is
/// what counts. It is written when somebody reads it.
#[must_use]
pub fn address_key(address: IpAddr) -> AddressKey {
    AddressKey(address)
}

/// See [`address_key`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AddressKey(IpAddr);

impl fmt::Display for AddressKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            IpAddr::V4(v4) => write!(f, "{v4}"),
            IpAddr::V6(v6) => {
                let [first, second, third, fourth, ..] = v6.segments();
                write!(f, "{first:x}:{second:x}:{third:x}:{fourth:x}::/64")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::address_key;

    #[test]
    fn ipv6_clients_share_the_key_of_their_network() {
        let key = |text: &str| address_key(text.parse().expect("an address")).to_string();
        assert_eq!(key("2001:db8::1"), key("2001:db8::ffff:2"));
        assert_ne!(key("2001:db8::1"), key("2001:db8:0:1::1"));
    }
}
