//! The public origin of this server, from configuration or the bound address, never from a request.

use std::{fmt, net::SocketAddr, str::FromStr};

use poem::http::Uri;

/// `http://host[:port]` or `https://host[:port]`, without a path or a trailing slash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicUrl {
    origin: String,
    https: bool,
    host_and_port: String,
}

/// Why a text is no public URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected http://host[:port] or https://host[:port] and nothing after it")]
pub struct PublicUrlError;

impl PublicUrl {
    /// The URL of a listener nobody gave a public URL for. A wildcard address is reached on the
    /// machine itself by loopback.
    #[must_use]
    pub fn of_listener(bound: SocketAddr) -> Self {
        let mut address = bound;
        if bound.ip().is_unspecified() {
            address.set_ip(match bound {
                SocketAddr::V4(_) => std::net::Ipv4Addr::LOCALHOST.into(),
                SocketAddr::V6(_) => std::net::Ipv6Addr::LOCALHOST.into(),
            });
        }
        Self {
            origin: format!("http://{address}"),
            https: false,
            host_and_port: address.to_string(),
        }
    }

    /// The origin, such as `https://tokens.example.com`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.origin
    }

    /// Whether callers reach it by TLS.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.https
    }

    /// `host:port`, the port spelt out even where it is the scheme's default.
    #[must_use]
    pub fn host_and_port(&self) -> &str {
        &self.host_and_port
    }
}

impl fmt::Display for PublicUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.origin)
    }
}

impl FromStr for PublicUrl {
    type Err = PublicUrlError;

    fn from_str(text: &str) -> Result<Self, PublicUrlError> {
        let uri: Uri = text.parse().map_err(|_| PublicUrlError)?;
        let (https, default_port) = match uri.scheme_str() {
            Some("http") => (false, 80),
            Some("https") => (true, 443),
            _ => return Err(PublicUrlError),
        };
        let authority = uri.authority().ok_or(PublicUrlError)?;
        let bare = matches!(uri.path(), "" | "/") && uri.query().is_none() && !text.contains('#');
        if !bare || authority.as_str().contains('@') || authority.host().is_empty() {
            return Err(PublicUrlError);
        }
        let port = authority.port_u16().unwrap_or(default_port);
        Ok(Self {
            origin: text.trim_end_matches('/').to_owned(),
            https,
            host_and_port: format!("{}:{port}", authority.host()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_kept_and_its_port_spelt_out() {
        let url: PublicUrl = "https://tokens.example.com/".parse().expect("an origin");
        assert_eq!(url.as_str(), "https://tokens.example.com");
        assert_eq!(url.host_and_port(), "tokens.example.com:443");
        let url: PublicUrl = "http://[::1]:8080".parse().expect("an origin");
        assert_eq!(url.host_and_port(), "[::1]:8080");
        assert!(!url.is_https());
        let url: PublicUrl = "HTTPS://tokens.example.com".parse().expect("an origin");
        assert!(url.is_https());
    }

    #[test]
    fn anything_beyond_an_origin_is_refused() {
        for text in [
            "tokens.example.com",
            "ftp://x",
            "http://x/y",
            "http://x?y",
            "http://a@x",
            "http://x#y",
            "",
        ] {
            assert_eq!(text.parse::<PublicUrl>(), Err(PublicUrlError), "{text}");
        }
    }

    #[test]
    fn a_wildcard_listener_is_reached_by_loopback() {
        let bound = "0.0.0.0:8080".parse().expect("an address");
        assert_eq!(
            PublicUrl::of_listener(bound).as_str(),
            "http://127.0.0.1:8080"
        );
    }
}
