//! Reading declared response headers; the accessors by name are generated.

use progenitor_client::ResponseValue;
use reqwest::header::HeaderMap;

use crate::secret::Secret;

/// An outcome that may have response headers.
pub trait HasHeaders {
    /// The headers of the answer, if there was one.
    fn header_map(&self) -> Option<&HeaderMap>;
}

impl<T> HasHeaders for ResponseValue<T> {
    fn header_map(&self) -> Option<&HeaderMap> {
        Some(self.headers())
    }
}

pub(crate) fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

pub(crate) fn integer(headers: &HeaderMap, name: &str) -> Option<i64> {
    text(headers, name)?.trim().parse().ok()
}

pub(crate) fn secret(headers: &HeaderMap, name: &str) -> Option<Secret> {
    text(headers, name).map(Secret::from)
}
