//! What a browser may do with a page of ours.

use poem::{
    Response,
    http::{HeaderName, HeaderValue, header},
};

/// Only what lies on this origin, no code or style in the page itself, in nobody's frame.
///
/// The pictures of Swagger UI's style sheet are `data:` URLs.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
     connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const STAMPS: [(HeaderName, &str); 4] = [
    (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "no-referrer"),
];

/// Puts the headers on that every page of ours carries.
pub(super) fn stamped(mut response: Response) -> Response {
    for (name, value) in STAMPS {
        let value = HeaderValue::from_static(value);
        response.headers_mut().insert(name, value);
    }
    response
}
