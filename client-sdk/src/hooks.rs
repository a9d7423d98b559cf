//! Puts the right credential on each request, and keeps the sessions that answers hand out.
//!
//! A missing credential is not refused here: what it means is the authority's to say, and the dialects differ
//! (a logout without a session even succeeds).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use progenitor_client::{ClientHooks, ClientInfo as _, Error, OperationInfo};
use reqwest::header::{
    AUTHORIZATION, COOKIE, HeaderMap, HeaderName, HeaderValue, InvalidHeaderValue, SET_COOKIE,
};

use crate::generated::Client;
use crate::generated::operations::{self, Scheme};
use crate::{Credentials, Operation, Placement, Secret, Setup, path};

impl ClientHooks<Setup> for Client {
    async fn pre<E>(
        &self,
        request: &mut reqwest::Request,
        info: &OperationInfo,
    ) -> Result<(), Error<E>> {
        let Some(operation) = Operation::named(info.operation_id) else {
            return Ok(());
        };
        let base = reqwest::Url::parse(self.baseurl()).ok();
        let stem = base.as_ref().map_or("", reqwest::Url::path);
        if !path::fits(request.url().path(), stem, operation.path) {
            let reason = "a path parameter is empty, `.` or `..`, which no path can carry";
            return Err(Error::Custom(reason.to_owned()));
        }
        self.look_once();
        let held = &self.credentials().reaching(&origin(request.url()));
        let body = request.body().and_then(reqwest::Body::as_bytes);
        for scheme in chosen(operation, held, body) {
            if let Some(secret) = held.get(scheme) {
                attach(request, scheme, &secret).map_err(|_| {
                    Error::Custom(format!(
                        "the credential for {} holds characters that cannot travel",
                        scheme.name()
                    ))
                })?;
            }
        }
        Ok(())
    }

    async fn post<E>(
        &self,
        result: &reqwest::Result<reqwest::Response>,
        _info: &OperationInfo,
    ) -> Result<(), Error<E>> {
        if let Ok(response) = result {
            let origin = origin(response.url());
            keep_sessions(self.credentials(), response.headers(), &origin);
        }
        Ok(())
    }
}

/// The schemes that `operation` is called with, given what is held.
///
/// The first alternative of the document wins that is held in full.
fn chosen(operation: &Operation, held: &Credentials, body: Option<&[u8]>) -> Vec<Scheme> {
    if operation.id == operations::AUTH_API_ISSUE_LONG_TOKEN.id {
        return long_token_schemes(body);
    }
    operation
        .security
        .iter()
        // The empty alternative says that a call without credentials is possible, not that it is preferred.
        .filter(|alternative| !alternative.is_empty())
        .find(|alternative| alternative.iter().all(|scheme| held.holds(*scheme)))
        .map(|alternative| alternative.to_vec())
        .unwrap_or_default()
}

/// A long token is issued against exactly one proof. A short token is one, so it stays at home when the body
/// brings another; the client's id is a name, not a proof, and always goes along.
fn long_token_schemes(body: Option<&[u8]>) -> Vec<Scheme> {
    const PROOFS: [&str; 3] = ["client_secret", "otp_code", "assertion"];
    let proven = body
        .and_then(|body| serde_json::from_slice::<serde_json::Value>(body).ok())
        .is_some_and(|body| {
            PROOFS
                .iter()
                .any(|proof| body.get(proof).is_some_and(|value| !value.is_null()))
        });
    let mut schemes = vec![Scheme::AuthApiClientKey];
    if !proven {
        schemes.push(Scheme::AuthApiShortToken);
    }
    schemes
}

fn attach(
    request: &mut reqwest::Request,
    scheme: Scheme,
    secret: &Secret,
) -> Result<(), InvalidHeaderValue> {
    let text = secret.expose();
    match scheme.placement() {
        Placement::Bearer => {
            let value = sensitive(&format!("Bearer {text}"))?;
            request.headers_mut().insert(AUTHORIZATION, value);
        }
        Placement::Basic => {
            let value = sensitive(&format!("Basic {}", STANDARD.encode(text)))?;
            request.headers_mut().insert(AUTHORIZATION, value);
        }
        Placement::Header(name) => {
            let value = sensitive(text)?;
            // The generator lets only names through that are header names.
            if let Ok(name) = HeaderName::from_bytes(name.as_bytes()) {
                request.headers_mut().insert(name, value);
            }
        }
        Placement::Cookie(name) => {
            let value = sensitive(&format!("{name}={text}"))?;
            request.headers_mut().insert(COOKIE, value);
        }
        Placement::Query(name) => {
            request.url_mut().query_pairs_mut().append_pair(name, text);
        }
    }
    Ok(())
}

fn sensitive(text: &str) -> Result<HeaderValue, InvalidHeaderValue> {
    let mut value = HeaderValue::from_str(text)?;
    value.set_sensitive(true);
    Ok(value)
}

/// Scheme, host and port.
fn origin(url: &reqwest::Url) -> String {
    url.origin().ascii_serialization()
}

/// Takes over every session cookie that an answer of `origin` sets, and lets go of those it ends.
fn keep_sessions(held: &Credentials, headers: &HeaderMap, origin: &str) {
    for cookie in headers.get_all(SET_COOKIE) {
        let Some((name, rest)) = cookie.to_str().ok().and_then(|text| text.split_once('=')) else {
            continue;
        };
        let mut parts = rest.split(';').map(str::trim);
        let value = parts.next().unwrap_or_default();
        let ended = value.is_empty() || parts.any(ends);
        let named = |scheme: &&Scheme| matches!(scheme.placement(), Placement::Cookie(own) if own == name.trim());
        let schemes = Scheme::ALL.iter().filter(named);
        for scheme in schemes {
            if ended {
                held.end(*scheme, origin);
            } else {
                held.keep(*scheme, value.into(), origin);
            }
        }
    }
}

/// Whether a cookie's attribute ends it: no life left, or an end at the epoch, as servers clear cookies.
fn ends(attribute: &str) -> bool {
    let Some((name, value)) = attribute.split_once('=') else {
        return false;
    };
    match name.trim().to_ascii_lowercase().as_str() {
        "max-age" => value.trim().parse::<i64>().is_ok_and(|secs| secs <= 0),
        "expires" => {
            chrono::DateTime::parse_from_rfc2822(value.trim()).is_ok_and(|end| end.timestamp() <= 0)
        }
        _ => false,
    }
}
