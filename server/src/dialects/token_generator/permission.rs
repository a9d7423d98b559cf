//! Reads `permission`: absent, an object, or the text of one.

use serde_json::{Map, Value};

use super::refusals;
use crate::generated::{
    token_generator::{TokenGeneratorBadRequest, TokenGeneratorPermission, TokenGeneratorRequest},
    wire,
};

/// The claims asked for, in the order sent; none when there is no body, no field or an empty text.
pub(super) fn read(
    body: Option<TokenGeneratorRequest>,
) -> Result<Map<String, Value>, TokenGeneratorBadRequest> {
    match body.and_then(|body| body.permission) {
        None => Ok(Map::new()),
        Some(TokenGeneratorPermission::TokenGeneratorClaims(wire::FreeObject(claims))) => {
            Ok(claims)
        }
        Some(TokenGeneratorPermission::String(text)) => read_text(&text),
    }
}

fn read_text(text: &str) -> Result<Map<String, Value>, TokenGeneratorBadRequest> {
    if text.is_empty() {
        return Ok(Map::new());
    }
    match wire::read_json_text(text.as_bytes()) {
        Some(claims) if !wire::inexact_numbers(text.as_bytes(), &claims).is_empty() => {
            Err(refusals::number_too_long())
        }
        Some(Value::Object(claims)) => Ok(claims),
        Some(_) => Err(refusals::permission_not_an_object()),
        None => Err(refusals::permission_not_json()),
    }
}

#[cfg(test)]
mod tests {
    use super::read_text;

    fn refused(text: &str) -> Option<String> {
        read_text(text).err().map(|refusal| refusal.body.error)
    }

    #[test]
    fn text_keeps_its_order_and_an_empty_one_asks_for_nothing() {
        let claims = read_text(r#"{"b":{"z":1,"a":2},"a":true}"#).expect("an object");
        let text = serde_json::Value::Object(claims).to_string();
        assert_eq!(text, r#"{"b":{"z":1,"a":2},"a":true}"#);
        assert!(read_text("").expect("nothing").is_empty());
        assert!(read_text("{}").expect("nothing").is_empty());
    }

    #[test]
    fn what_is_no_object_is_refused_and_depth_is_bounded() {
        for text in [
            " ",
            "{",
            "album_id",
            "{} {}",
            r#"{"a":1e400}"#,
            "nan",
            r#"{"a":{"b":1,"b":1}}"#,
            r#"{"admin":1,"\u0061dmin":2}"#,
        ] {
            let expected = "permission is not valid JSON";
            assert_eq!(refused(text).as_deref(), Some(expected), "{text}");
        }
        for text in ["null", "1", "\"a\"", "[]", "true"] {
            let expected = "permission must be a JSON object";
            assert_eq!(refused(text).as_deref(), Some(expected), "{text}");
        }
        let nested = |depth: usize| {
            format!("{}{}", r#"{"a":"#.repeat(depth - 1), "{}") + &"}".repeat(depth - 1)
        };
        assert!(read_text(&nested(32)).is_ok());
        assert!(read_text(&nested(33)).is_err());
        assert!(read_text(&"[".repeat(60_000)).is_err());
    }
}
