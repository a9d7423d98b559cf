//! `X-Pretty-Json`: the same JSON, indented.

use futures_util::FutureExt;
use poem::{Request, Response, http::HeaderName};
use serde::Serialize;
use serde_json::{Serializer, Value, ser::PrettyFormatter};

/// The header that asks for it.
const PRETTY: HeaderName = HeaderName::from_static("x-pretty-json");

/// Whether the caller wants indented JSON: the header's presence decides, whatever its value.
pub(super) fn wants_indent(request: &Request) -> bool {
    request.headers().contains_key(PRETTY)
}

/// Indents the body of an answer by four spaces a level, as pnut does.
pub(super) fn indent(response: &mut Response) {
    // Answers of this dialect are rendered whole, so the body is there at the first poll.
    let Some(Ok(body)) = response.take_body().into_bytes().now_or_never() else {
        return;
    };
    match indented(&body) {
        Some(text) => response.set_body(text),
        None => response.set_body(body),
    }
}

fn indented(json: &[u8]) -> Option<Vec<u8>> {
    let value: Value = serde_json::from_slice(json).ok()?;
    let mut text = Vec::with_capacity(json.len() * 2);
    let formatter = PrettyFormatter::with_indent(b"    ");
    value
        .serialize(&mut Serializer::with_formatter(&mut text, formatter))
        .ok()?;
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indenting_keeps_order_and_numbers() {
        let text = indented(br#"{"b":{"total":10737418240,"a":[]},"a":[1]}"#).expect("JSON");
        let expected = "{\n    \"b\": {\n        \"total\": 10737418240,\n        \"a\": []\n    },\n    \"a\": [\n        1\n    ]\n}";
        assert_eq!(String::from_utf8(text).expect("UTF-8"), expected);
    }
}
