//! Puts the right credential on each request, and has the sessions kept that answers hand out.
//!
//! A missing credential is not refused here: what it means is the authority's to say, and the dialects differ
//! (a logout without a session even succeeds).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use progenitor_client::{ClientHooks, ClientInfo as _, Error, OperationInfo};
use reqwest::header::{AUTHORIZATION, COOKIE, HeaderName, HeaderValue, InvalidHeaderValue};

use crate::generated::Client;
use crate::operation::OneProof;
use crate::{Credentials, Operation, Placement, Scheme, Secret, Setup, path, sessions};

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
        info: &OperationInfo,
    ) -> Result<(), Error<E>> {
        if let (Ok(response), Some(operation)) = (result, Operation::named(info.operation_id)) {
            sessions::keep(
                self.credentials(),
                operation,
                response.status(),
                response.headers(),
                &origin(response.url()),
            );
        }
        Ok(())
    }
}

/// The schemes that `operation` is called with, given what is held.
///
/// The first alternative of the document wins that is held in full.
fn chosen(operation: &Operation, held: &Credentials, body: Option<&[u8]>) -> Vec<Scheme> {
    if let Some(one_proof) = &operation.one_proof {
        return with_one_proof(operation, one_proof, body);
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

/// Every scheme that says who asks, and then those that are proofs, unless the body brings a proof: more than one is refused.
fn with_one_proof(operation: &Operation, one_proof: &OneProof, body: Option<&[u8]>) -> Vec<Scheme> {
    let body = body.and_then(|body| serde_json::from_slice::<serde_json::Value>(body).ok());
    let brings = |member: &&str| {
        let value = body.as_ref().and_then(|body| body.get(*member));
        value.is_some_and(|value| !value.is_null())
    };
    let proven = one_proof.members.iter().any(brings);
    let all = operation.security.iter().copied().flatten().copied();
    let (proofs, mut schemes): (Vec<Scheme>, Vec<Scheme>) =
        all.partition(|scheme| one_proof.schemes.contains(scheme));
    if !proven {
        schemes.extend(proofs);
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
        Placement::Basic(_) => {
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
