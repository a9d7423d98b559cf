//! What surrounds animeloop's operations: foreign pages kept out, and the refusals of unmatched requests.

use poem::{
    Request, Response,
    http::{HeaderMap, Method, header},
};

use super::errors::AnimeloopError;
use crate::{
    edge::{Arrival, DialectEdge, EdgeFailure, Origins, Refusal},
    generated::animeloop::AnimeloopCreateSessionFailure,
    public_url::PublicUrl,
};

/// Animeloop's edge.
pub struct AnimeloopEdge {
    /// An origin that counts as ours whatever `Host` a proxy passes on.
    pub(super) public_url: PublicUrl,
    /// Origins of others that the operator trusts with the cookie.
    pub(super) origins: Origins,
}

impl DialectEdge for AnimeloopEdge {
    type Exchange = Arrival;

    fn open(&self, arrival: Arrival, _request: &Request) -> Arrival {
        arrival
    }

    async fn admit(&self, _arrival: &Arrival, request: &Request) -> Result<(), Refusal> {
        let headers = request.headers();
        let is_trusted = self.origins.admitted(headers).is_some();
        if request.method() == Method::POST && !is_trusted && is_foreign(headers, &self.public_url)
        {
            return Err(Refusal::Answered(Box::new(answer(
                AnimeloopError::BadRequest,
            ))));
        }
        Ok(())
    }

    fn refuse(&self, _arrival: &Arrival, failure: EdgeFailure) -> Response {
        answer(match failure {
            EdgeFailure::NotFound
            | EdgeFailure::MethodNotAllowed { .. }
            | EdgeFailure::HeaderRefused(_) => AnimeloopError::BadRequest,
            EdgeFailure::RateLimited { retry_after_secs } => {
                AnimeloopError::TooManyRequests { retry_after_secs }
            }
            EdgeFailure::Internal => AnimeloopError::Internal,
        })
    }
}

fn answer(error: AnimeloopError) -> Response {
    AnimeloopCreateSessionFailure::from(error).into_response()
}

/// Whether a browser sent this on behalf of a page of another origin, which must not act under our cookie.
///
/// Programs send neither header. `Sec-Fetch-Site` says it outright (Fetch Metadata); older browsers
/// send `Origin` with every POST, which is then compared with the host they addressed.
fn is_foreign(headers: &HeaderMap, public_url: &PublicUrl) -> bool {
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

    fn foreign(lines: &[(&'static str, &'static str)]) -> bool {
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
        is_foreign(&headers, &public_url)
    }

    #[test]
    fn programs_and_our_own_pages_are_not_foreign() {
        let host = ("host", "localhost:8080");
        assert!(!foreign(&[host]));
        assert!(!foreign(&[host, ("origin", "http://localhost:8080")]));
        assert!(!foreign(&[host, ("origin", "https://tokens.example.com")]));
        assert!(!foreign(&[host, ("sec-fetch-site", "same-origin")]));
        assert!(!foreign(&[host, ("sec-fetch-site", "none")]));
        assert!(!foreign(&[
            host,
            ("origin", "https://tokens.example.com"),
            ("sec-fetch-site", "same-site"),
        ]));
    }

    #[test]
    fn pages_of_others_are_foreign() {
        let host = ("host", "localhost:8080");
        for origin in [
            "null",
            "",
            "http://localhost:8081",
            "https://evil.example",
            "https://tokens.example.com.evil.example",
            "localhost:8080",
        ] {
            assert!(foreign(&[host, ("origin", origin)]), "{origin}");
        }
        assert!(foreign(&[host, ("sec-fetch-site", "cross-site")]));
        assert!(foreign(&[host, ("sec-fetch-site", "same-site")]));
        assert!(foreign(&[("origin", "http://localhost:8080")]));
        let ours = ("origin", "https://tokens.example.com");
        assert!(foreign(&[host, ours, ("origin", "https://evil.example")]));
    }
}
