//! Which proxies are believed, and the client's address that they tell.

use std::{fmt, net::IpAddr, str::FromStr};

use clap::Args;
use ipnet::{IpNet, Ipv4Net};
use poem::http::HeaderMap;

use super::ForwardedHeader;

/// The proxies in front of this server.
///
/// By default there are none, and the other end of the socket is the client.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TrustedProxies {
    /// Where they are.
    pub networks: Vec<ProxyNetwork>,
    /// The one header that they write. The other one is the client's own, and is never read.
    pub header: ForwardedHeader,
}

/// A network, written as `ADDRESS/BITS` or as one address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProxyNetwork(IpNet);

/// Why a text is no network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected an address or a network, such as 10.0.0.7, 10.0.0.0/8 or fd00::/8")]
pub struct ProxyNetworkError;

impl FromStr for ProxyNetwork {
    type Err = ProxyNetworkError;

    fn from_str(text: &str) -> Result<Self, ProxyNetworkError> {
        let network = text
            .parse::<IpAddr>()
            .map(IpNet::from)
            .or_else(|_| text.parse::<IpNet>())
            .map_err(|_| ProxyNetworkError)?;
        Ok(Self(canonical(network.trunc())))
    }
}

impl fmt::Display for ProxyNetwork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// An IPv4 network that is written as an IPv6 one is the IPv4 one.
fn canonical(network: IpNet) -> IpNet {
    let IpNet::V6(v6) = network else {
        return network;
    };
    let mapped = v6.network().to_ipv4_mapped();
    let bits = v6.prefix_len().checked_sub(96);
    mapped
        .zip(bits)
        .and_then(|(address, bits)| Ipv4Net::new(address, bits).ok())
        .map_or(network, IpNet::V4)
}

impl TrustedProxies {
    /// Whether that address is a proxy of ours.
    #[must_use]
    pub fn trusts(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.networks
            .iter()
            .any(|ProxyNetwork(network)| network.contains(&address))
    }

    /// The client behind `peer`, the other end of the socket.
    ///
    /// The list that the proxies wrote is read from its right end, where the nearest one wrote, up to
    /// the first address that is no proxy of ours: left of it anybody may have written anything. What
    /// cannot be read ends the walk too, and the proxy that passed it on counts as the client.
    #[must_use]
    pub fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut nearest = peer.to_canonical();
        if !self.trusts(nearest) {
            return nearest;
        }
        // RFC 9110 §5.3: several lines are one list, in their order.
        let lines = headers.get_all(self.header.name()).iter().rev();
        for line in lines {
            for address in self.header.addresses(line.as_bytes()) {
                let Some(address) = address else {
                    return nearest;
                };
                nearest = address.to_canonical();
                if !self.trusts(nearest) {
                    return nearest;
                }
            }
        }
        nearest
    }
}

/// The flags behind [`TrustedProxies`].
#[derive(Debug, Clone, Default, Args)]
pub struct ProxyArgs {
    /// A proxy in front of this server, or a network of them; several by repeating it or with commas between
    #[arg(
        long,
        env = "TESSERA_TRUSTED_PROXY",
        value_name = "CIDR",
        value_delimiter = ',',
        requires = "forwarded_header"
    )]
    pub trusted_proxy: Vec<ProxyNetwork>,

    /// The header in which those proxies tell the client's address; the other one is not read
    #[arg(
        long,
        env = "TESSERA_FORWARDED_HEADER",
        value_name = "HEADER",
        value_enum,
        ignore_case = true,
        requires = "trusted_proxy"
    )]
    pub forwarded_header: Option<ForwardedHeader>,
}

impl From<ProxyArgs> for TrustedProxies {
    fn from(args: ProxyArgs) -> Self {
        Self {
            networks: args.trusted_proxy,
            header: args.forwarded_header.unwrap_or_default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use poem::http::HeaderValue;
    use proptest::prelude::*;

    use super::*;

    fn proxies(header: ForwardedHeader) -> TrustedProxies {
        let network = |text: &str| text.parse().expect("a network");
        TrustedProxies {
            networks: ["127.0.0.0/8", "10.0.0.7", "fd00::/8"].map(network).into(),
            header,
        }
    }

    fn ip(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    /// The client that a proxy at 127.0.0.1 tells in those lines.
    fn told(header: ForwardedHeader, lines: &[&str]) -> IpAddr {
        client(header, "127.0.0.1", lines)
    }

    fn client(header: ForwardedHeader, peer: &str, lines: &[&str]) -> IpAddr {
        let mut headers = HeaderMap::new();
        for line in lines {
            let value = HeaderValue::from_bytes(line.as_bytes()).expect("a header value");
            headers.append(header.name(), value);
        }
        proxies(header).client(ip(peer), &headers)
    }

    const PLAIN: ForwardedHeader = ForwardedHeader::XForwardedFor;
    const RFC: ForwardedHeader = ForwardedHeader::Forwarded;

    #[test]
    fn the_rightmost_address_that_is_not_trusted_is_the_client() {
        for (lines, expected) in [
            (&["192.0.2.1"][..], "192.0.2.1"),
            (&["1.1.1.1, 192.0.2.1"], "192.0.2.1"),
            (&["1.1.1.1, 192.0.2.1, 10.0.0.7,fd00::2"], "192.0.2.1"),
            (
                &["1.1.1.1", "192.0.2.1 ,10.0.0.7", "127.0.0.2"],
                "192.0.2.1",
            ),
            (&["192.0.2.1:4711, [fd00::2]:1"], "192.0.2.1"),
            (&["2001:db8::9"], "2001:db8::9"),
            (&["[2001:db8::9]:80"], "2001:db8::9"),
            (&["[2001:db8::9]"], "2001:db8::9"),
            (&["::ffff:192.0.2.1, ::ffff:10.0.0.7"], "192.0.2.1"),
            // Nobody but proxies: the first of them asked for itself.
            (&["127.0.0.9, 10.0.0.7"], "127.0.0.9"),
            (&[], "127.0.0.1"),
        ] {
            assert_eq!(told(PLAIN, lines), ip(expected), "{lines:?}");
        }
        for (lines, expected) in [
            (&["for=192.0.2.1"][..], "192.0.2.1"),
            (
                &["For=\"192.0.2.1:4711\";proto=http;by=203.0.113.43"],
                "192.0.2.1",
            ),
            (
                &["proto=https ; FOR=\"[2001:db8::9]:_a.b-c\""],
                "2001:db8::9",
            ),
            (&["for=\"[2001:db8::9]\", for=10.0.0.7"], "2001:db8::9"),
            (
                &["for=1.1.1.1", "for=192.0.2.1;host=\"a, for=2.2.2.2; b\""],
                "192.0.2.1",
            ),
            (
                &["for=192.0.2.1;ext=\"\\\", for=2.2.2.2\", for=127.0.0.3"],
                "192.0.2.1",
            ),
            (&["for=\"\\192.0.2.1\""], "192.0.2.1"),
            (&["for=192.0.2.1:80"], "192.0.2.1"),
            (&[";for=192.0.2.1; ;"], "192.0.2.1"),
            // Not as RFC 7239 has it, but clear.
            (&["for=2001:db8::9"], "2001:db8::9"),
        ] {
            assert_eq!(told(RFC, lines), ip(expected), "{lines:?}");
        }
    }

    #[test]
    fn what_cannot_be_read_ends_the_walk_at_the_hop_that_passed_it_on() {
        for bad in [
            "unknown",
            "_hidden",
            "",
            " ",
            "192.0.2",
            "192.0.2.1:",
            "192.0.2.1:x",
            "192.0.2.1:99999",
            "2001:db8::9:80:",
            "[192.0.2.1]",
            "[2001:db8::9",
            "[2001:db8::9]80",
            "fe80::1%eth0",
            "a\u{e9}",
            "\"192.0.2.1\"",
        ] {
            assert_eq!(
                told(PLAIN, &[&format!("1.1.1.1, {bad}")]),
                ip("127.0.0.1"),
                "{bad}"
            );
            let line = format!("1.1.1.1, {bad}, 10.0.0.7");
            assert_eq!(told(PLAIN, &[&line]), ip("10.0.0.7"), "{bad}");
        }
        for bad in [
            "for=unknown",
            "for=_hidden",
            "for=",
            "for",
            "proto=https",
            "192.0.2.1",
            "for=\"192.0.2.1",
            "for=192.0.2.1\"",
            "for=192.0.2.1;for=192.0.2.1",
            ";",
            "",
            "for=\"192.0.2.1\"x",
            "for=\"192.0.2\\.1\\\"",
        ] {
            let line = format!("for=1.1.1.1, {bad}, for=10.0.0.7");
            // Where a quote is open on the left, the comma before it is a part of it or is not.
            assert_eq!(told(RFC, &[&line]), ip("10.0.0.7"), "{bad}");
        }
    }

    #[test]
    fn a_quote_that_a_client_leaves_open_does_not_swallow_what_the_proxy_wrote() {
        for sent in [
            "for=\"",
            "\"",
            "for=\"a\\",
            "a\"b\"c\"",
            "for=\"1.1.1.1, for=2.2.2.2",
        ] {
            for written in ["for=192.0.2.1", "for=\"192.0.2.1:80\";by=\"[::1]\""] {
                assert_eq!(
                    told(RFC, &[&format!("{sent}, {written}")]),
                    ip("192.0.2.1"),
                    "{sent}"
                );
                assert_eq!(told(RFC, &[sent, written]), ip("192.0.2.1"), "{sent}");
            }
        }
    }

    #[test]
    fn only_a_trusted_peer_is_believed_and_only_in_its_own_header() {
        assert_eq!(
            client(PLAIN, "198.51.100.1", &["192.0.2.1"]),
            ip("198.51.100.1")
        );
        assert_eq!(
            client(PLAIN, "::ffff:127.0.0.1", &["192.0.2.1"]),
            ip("192.0.2.1")
        );
        assert_eq!(
            client(PLAIN, "::ffff:1.2.3.4", &["192.0.2.1"]),
            ip("1.2.3.4")
        );
        let mut headers = HeaderMap::new();
        headers.insert("forwarded", HeaderValue::from_static("for=192.0.2.1"));
        assert_eq!(
            proxies(PLAIN).client(ip("127.0.0.1"), &headers),
            ip("127.0.0.1")
        );
        assert_eq!(
            TrustedProxies::default().client(ip("127.0.0.1"), &headers),
            ip("127.0.0.1")
        );
    }

    #[test]
    fn a_network_is_an_address_or_a_range_in_either_family() {
        let network = |text: &str| {
            text.parse::<ProxyNetwork>()
                .map(|network| network.to_string())
        };
        assert_eq!(network("10.0.0.7").as_deref(), Ok("10.0.0.7/32"));
        assert_eq!(network("fd00::1").as_deref(), Ok("fd00::1/128"));
        assert_eq!(network("10.1.2.3/8").as_deref(), Ok("10.0.0.0/8"));
        assert_eq!(network("::ffff:10.0.0.0/104").as_deref(), Ok("10.0.0.0/8"));
        assert_eq!(network("::ffff:10.0.0.7").as_deref(), Ok("10.0.0.7/32"));
        assert_eq!(network("::/0").as_deref(), Ok("::/0"));
        for text in ["", "10.0.0.0/33", "localhost", "10.0.0.0/", "*"] {
            assert_eq!(network(text), Err(ProxyNetworkError), "{text}");
        }
    }

    #[derive(Debug, Parser)]
    struct Flags {
        #[command(flatten)]
        proxies: ProxyArgs,
    }

    #[test]
    fn proxies_and_their_header_are_named_together_or_not_at_all() {
        let parsed = |arguments: &[&str]| {
            let all = ["tessera"].iter().chain(arguments);
            Flags::try_parse_from(all).map(|flags| TrustedProxies::from(flags.proxies))
        };
        let both = [
            "--trusted-proxy",
            "127.0.0.0/8,10.0.0.7",
            "--trusted-proxy",
            "fd00::/8",
        ];
        let both = [&both[..], &["--forwarded-header", "x-forwarded-for"]].concat();
        assert_eq!(parsed(&both).ok(), Some(proxies(PLAIN)));
        assert_eq!(parsed(&[]).ok(), Some(TrustedProxies::default()));
        for (alone, lacking) in [
            (["--trusted-proxy", "10.0.0.7"], "--forwarded-header"),
            (["--forwarded-header", "Forwarded"], "--trusted-proxy"),
        ] {
            let error = parsed(&alone).expect_err("half a setting").to_string();
            assert!(error.contains(lacking), "{error}");
        }
    }

    proptest! {
        #[test]
        fn whatever_stands_on_the_left_the_client_is_whom_the_proxy_wrote(
            left in "[ -~\t]{0,40}",
            a in any::<[u8; 4]>(),
            port in proptest::option::of(any::<u16>()),
            one_line in any::<bool>(),
        ) {
            let address = IpAddr::from(a);
            prop_assume!(!proxies(RFC).trusts(address));
            let node = port.map_or_else(|| address.to_string(), |port| format!("{address}:{port}"));
            for (header, written) in [(PLAIN, node.clone()), (RFC, format!("for=\"{node}\";proto=http"))] {
                let joined = format!("{left}, {written}");
                let lines = if one_line { vec![joined.as_str()] } else { vec![left.as_str(), written.as_str()] };
                prop_assert_eq!(told(header, &lines), address);
            }
        }

        #[test]
        fn no_text_is_more_than_the_reader_can_bear(text in "[ -~\t]{0,80}") {
            let all = [told(PLAIN, &[&text]), told(RFC, &[&text])];
            prop_assert!(all.iter().all(|address| *address == address.to_canonical()));
        }
    }
}
