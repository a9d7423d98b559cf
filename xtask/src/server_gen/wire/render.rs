//! Renders typed answers.

use poem::{
    Body, Response,
    http::{HeaderName, HeaderValue, StatusCode, header},
};
use poem_openapi::types::ToJSON;

use super::WriteJson;

/// Room for the text of most answers.
const USUAL_LENGTH: usize = 512;

/// Room for the headers of most answers.
const USUAL_HEADERS: usize = 12;

/// An answer with a JSON body, compact, keys in the order of the schema.
pub fn json_response(status: StatusCode, media_type: &'static str, body: &impl WriteJson) -> Response {
    let mut text = Vec::with_capacity(USUAL_LENGTH);
    body.write_json(&mut text);
    debug_assert!(text == body.to_json_string().as_bytes(), "an answer is not written as its type says");
    answer(status, Some(media_type), text)
}

/// An answer without a body; `media_type` is stated where the document declares one.
pub fn empty_response(status: StatusCode, media_type: Option<&'static str>) -> Response {
    answer(status, media_type, ())
}

fn answer(status: StatusCode, media_type: Option<&'static str>, body: impl Into<Body>) -> Response {
    let mut response = Response::builder().status(status).body(body);
    let headers = response.headers_mut();
    headers.reserve(USUAL_HEADERS);
    if let Some(media_type) = media_type {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    }
    response
}

/// Sets a response header by its lower-case name. A value that no header can carry is left out.
pub fn set_header(response: &mut Response, name: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(HeaderName::from_static(name), value);
    }
}

/// The text of a header's value: strings as they are, numbers in decimal.
pub fn header_text(value: &impl ToJSON) -> String {
    match value.to_json() {
        Some(serde_json::Value::String(text)) => text,
        Some(other) => other.to_string(),
        None => String::new(),
    }
}
