//! Whose token a request carries. Found out once, before routing, because the rates depend on it.

use poem::Request;

use super::errors::PnutError;
use crate::{
    authority::{LiveToken, TokenAuthority},
    domain::{Dialect, Secret},
    generated::wire,
};

/// Who sent a request, as far as its token tells.
#[derive(Debug)]
pub(super) enum Caller {
    /// Nobody: no token came along, or none is looked at here.
    Anonymous,
    /// The holder of a live token.
    Holder(Box<LiveToken>),
    /// Somebody whose token does not count, and why.
    Refused(PnutError),
}

/// The caller of a request that is authenticated by a token.
pub(super) async fn identify(authority: &TokenAuthority, request: &Request) -> Caller {
    let found = match presented(request) {
        Ok(None) => return Caller::Anonymous,
        Ok(Some(token)) => authority
            .tokens()
            .authenticate(Dialect::Pnut, token.expose())
            .await
            .map_err(PnutError::from),
        Err(refusal) => Err(refusal),
    };
    match found {
        Ok(token) => Caller::Holder(Box::new(token)),
        Err(refusal) => Caller::Refused(refusal),
    }
}

/// The one token of a request, from the header or the query.
fn presented(request: &Request) -> Result<Option<Secret>, PnutError> {
    let read = |found: Result<Option<Secret>, wire::Rejection>| {
        found.map_err(|rejection| PnutError::of_credential(&rejection))
    };
    let header = read(wire::bearer_credential(request))?;
    let query = read(wire::query_credential(request, "access_token"))?;
    match (header, query) {
        // RFC 6750 §2: one way only. The same token twice is harmless and was always accepted.
        (Some(header), Some(query)) if header != query => Err(PnutError::TokenConflict),
        (None, Some(query)) if query.expose().is_empty() => Err(PnutError::TokenOfOtherScheme),
        (Some(token), _) | (None, Some(token)) => Ok(Some(token)),
        (None, None) => Ok(None),
    }
}
