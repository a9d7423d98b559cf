//! Keeps the sessions that answers hand out, and lets go of those that they end.

use cookie::Cookie;
use reqwest::StatusCode;
use reqwest::header::{HeaderMap, SET_COOKIE};

use crate::credentials::Credentials;
use crate::operation::Operation;
use crate::scheme::{Placement, Scheme};

/// Takes over the session that an answer of `origin` to `operation` sets where the document says so (`x-credential`),
/// and lets go of those that it ends.
pub(crate) fn keep(
    held: &Credentials,
    operation: &Operation,
    status: StatusCode,
    headers: &HeaderMap,
    origin: &str,
) {
    for header in headers.get_all(SET_COOKIE) {
        let Some(cookie) = header
            .to_str()
            .ok()
            .and_then(|text| Cookie::parse(text).ok())
        else {
            continue;
        };
        let named = |scheme: &&Scheme| matches!(scheme.placement(), Placement::Cookie(own) if own == cookie.name());
        for scheme in Scheme::ALL.iter().filter(named) {
            if is_ended(&cookie) {
                held.end(*scheme, origin);
            } else if operation.keeps.contains(&(status.as_u16(), *scheme)) {
                held.keep(*scheme, cookie.value().into(), origin);
            }
        }
    }
}

/// Whether a cookie ends what it names: no value, no life left, or an end at the epoch, as servers clear cookies.
fn is_ended(cookie: &Cookie<'_>) -> bool {
    let over = cookie.max_age().is_some_and(|life| !life.is_positive());
    let epoch = |end: cookie::time::OffsetDateTime| end.unix_timestamp() <= 0;
    cookie.value().is_empty() || over || cookie.expires_datetime().is_some_and(epoch)
}
