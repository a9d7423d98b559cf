//! Bytes that never change, as a cache wants them: packed once, named by what they are, shared by all connections.

use std::{io::Write as _, sync::OnceLock};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use bytes::Bytes;
use flate2::{Compression, write::GzEncoder};
use poem::{
    Request, Response,
    http::{HeaderValue, StatusCode, header},
    web::headers::{ETag, HeaderMapExt, IfNoneMatch},
};

use super::{coding::wants_gzip, policy::stamped};
use crate::keys::hash::sha256;

/// How long a cache may do without asking again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Freshness {
    /// It asks every time, and is told in a few bytes that nothing has changed.
    Ask,
    /// An hour.
    Hour,
}

impl Freshness {
    const fn cache_control(self) -> &'static str {
        match self {
            Self::Ask => "no-cache",
            Self::Hour => "public, max-age=3600",
        }
    }
}

/// One of its forms on the wire.
struct Representation {
    bytes: Bytes,
    /// `None` only if base64 were no header value.
    tag: Option<ETag>,
}

impl Representation {
    fn new(bytes: Bytes) -> Self {
        let digest = URL_SAFE_NO_PAD.encode(sha256(&bytes));
        Self {
            tag: format!("\"{digest}\"").parse().ok(),
            bytes,
        }
    }
}

/// Something to serve.
pub(super) struct Asset {
    media_type: &'static str,
    freshness: Freshness,
    plain: Representation,
    /// Made when the first client wants it; `None` in it where packing does not pay.
    packed: OnceLock<Option<Representation>>,
}

impl Asset {
    pub(super) fn new(media_type: &'static str, freshness: Freshness, bytes: Bytes) -> Self {
        Self {
            media_type,
            freshness,
            plain: Representation::new(bytes),
            packed: OnceLock::new(),
        }
    }

    fn packed(&self) -> Option<&Representation> {
        let pack = || {
            let packed = gzip(&self.plain.bytes)?;
            (packed.len() < self.plain.bytes.len()).then(|| Representation::new(packed.into()))
        };
        self.packed.get_or_init(pack).as_ref()
    }

    /// The answer to a GET of it.
    pub(super) fn answer(&self, request: &Request) -> Response {
        let packed = self.packed();
        let chosen = packed.filter(|_| wants_gzip(request.headers()));
        let sent = chosen.unwrap_or(&self.plain);
        let mut response = if is_known(request, sent) {
            Response::builder()
                .status(StatusCode::NOT_MODIFIED)
                .finish()
        } else {
            let mut response = Response::builder()
                .content_type(self.media_type)
                .body(sent.bytes.clone());
            if chosen.is_some() {
                let gzip = HeaderValue::from_static("gzip");
                response
                    .headers_mut()
                    .insert(header::CONTENT_ENCODING, gzip);
            }
            response
        };
        let headers = response.headers_mut();
        if let Some(tag) = &sent.tag {
            headers.typed_insert(tag.clone());
        }
        if packed.is_some() {
            let vary = HeaderValue::from_static("Accept-Encoding");
            headers.insert(header::VARY, vary);
        }
        let freshness = HeaderValue::from_static(self.freshness.cache_control());
        headers.insert(header::CACHE_CONTROL, freshness);
        stamped(response)
    }
}

/// Whether the client has exactly that already (RFC 9110 §13.1.2).
fn is_known(request: &Request, sent: &Representation) -> bool {
    let held: Option<IfNoneMatch> = request.headers().typed_get();
    held.zip(sent.tag.as_ref())
        .is_some_and(|(held, tag)| !held.precondition_passes(tag))
}

fn gzip(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).ok()?;
    encoder.finish().ok()
}
