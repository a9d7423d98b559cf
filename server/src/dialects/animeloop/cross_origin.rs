//! Whether a page of another origin sent a request, which must not act under a user's cookie.

use poem::http::{HeaderMap, header};

use crate::public_url::PublicUrl;

/// Whether a browser sent this on behalf of a page of another origin, which must not act under our cookie.
///
/// Programs send neither header. `Sec-Fetch-Site` says it outright (Fetch Metadata); older browsers
/// send `Origin` with every POST, which is then compared with the host they addressed.
pub(super) fn is_cross_origin(headers: &HeaderMap, public_url: &PublicUrl) -> bool {
    let text = |name| headers.get(name).map(|value| value.to_str().unwrap_or(""));
    // No browser names two, so two name nobody.
    let origin = match headers.get_all(header::ORIGIN).iter().count() {
        0 | 1 => text(header::ORIGIN.as_str()),
        _ => Some(""),
    };
    if origin.is_some_and(|origin| origin.eq_ignore_ascii_case(public_url.as_str())) {
        return false;
    }
    if let Some(site) = text("sec-fetch-site") {
        return !matches!(site, "same-origin" | "none");
    }
    origin.is_some_and(|origin| {
        let host = origin.split_once("://").map(|(_, host)| host);
        !host.is_some_and(|host| {
            text(header::HOST.as_str()).is_some_and(|ours| ours.eq_ignore_ascii_case(host))
        })
    })
}

#[cfg(test)]
mod tests {
    use poem::http::{HeaderName, HeaderValue};

    use super::*;

    fn cross_origin(lines: &[(&'static str, &'static str)]) -> bool {
        let headers: HeaderMap = lines
            .iter()
            .map(|&(name, value)| {
                (
                    HeaderName::from_static(name),
                    HeaderValue::from_static(value),
                )
            })
            .collect();
        let public_url = "https://tokens.example.com".parse().expect("an origin");
        is_cross_origin(&headers, &public_url)
    }

    #[test]
    fn programs_and_our_own_pages_are_of_this_origin() {
        let host = ("host", "localhost:8080");
        assert!(!cross_origin(&[host]));
        assert!(!cross_origin(&[host, ("origin", "http://localhost:8080")]));
        assert!(!cross_origin(&[
            host,
            ("origin", "https://tokens.example.com")
        ]));
        assert!(!cross_origin(&[host, ("sec-fetch-site", "same-origin")]));
        assert!(!cross_origin(&[host, ("sec-fetch-site", "none")]));
        assert!(!cross_origin(&[
            host,
            ("origin", "https://tokens.example.com"),
            ("sec-fetch-site", "same-site"),
        ]));
    }

    #[test]
    fn pages_of_others_are_of_another_origin() {
        let host = ("host", "localhost:8080");
        for origin in [
            "null",
            "",
            "http://localhost:8081",
            "https://evil.example",
            "https://tokens.example.com.evil.example",
            "localhost:8080",
        ] {
            assert!(cross_origin(&[host, ("origin", origin)]), "{origin}");
        }
        assert!(cross_origin(&[host, ("sec-fetch-site", "cross-site")]));
        assert!(cross_origin(&[host, ("sec-fetch-site", "same-site")]));
        assert!(cross_origin(&[("origin", "http://localhost:8080")]));
        let ours = ("origin", "https://tokens.example.com");
        assert!(cross_origin(&[
            host,
            ours,
            ("origin", "https://evil.example")
        ]));
    }
}
