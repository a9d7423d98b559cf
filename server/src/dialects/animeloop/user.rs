//! Animeloop's users: what their names and passwords look like, the address shown, the claims in their token.

use chrono::{DateTime, SecondsFormat};

use crate::authority::TokenFacts;
use crate::domain::{Claims, Principal};

/// The payload of a token: `uid`, `username`, `date` with milliseconds, `jti`; it has no `exp`.
pub(super) fn claims(user: &Principal, facts: &TokenFacts) -> Claims {
    let date = DateTime::from_timestamp_millis(facts.issued_at_ms).unwrap_or_default();
    Claims::new()
        .with("uid", user.id.0)
        .with("username", user.name.as_str())
        .with("date", date.to_rfc3339_opts(SecondsFormat::Millis, true))
        .with("jti", facts.id.as_str())
}

/// The user's address; one whose profile has none is shown an address that no mail reaches (RFC 6761 §6.4).
pub(super) fn email(user: &Principal) -> String {
    match user
        .profile
        .get("email")
        .and_then(serde_json::Value::as_str)
    {
        Some(email) => email.to_owned(),
        None => format!("{}@unknown.invalid", user.name),
    }
}

/// `[a-zA-Z0-9_-]{5,15}`
pub(super) fn is_username(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    (5..=15).contains(&text.len()) && text.bytes().all(fits)
}

/// 8 to 32 word characters (`\w` of JavaScript, so ASCII).
pub(super) fn is_password(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    (8..=32).contains(&text.len()) && text.bytes().all(fits)
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, json};

    use super::*;
    use crate::domain::{PrincipalId, PrincipalKind, TokenId};
    use crate::generated::animeloop::DIALECT;

    fn user(profile: serde_json::Value) -> Principal {
        Principal {
            id: PrincipalId(7),
            dialect: DIALECT,
            kind: PrincipalKind::User,
            name: "demo_user".to_owned(),
            enabled: true,
            profile: serde_json::from_value::<Map<_, _>>(profile).expect("an object"),
            created_at_ms: 0,
        }
    }

    #[test]
    fn claims_stand_in_the_order_of_the_original_with_the_identifier_last() {
        let facts = TokenFacts {
            id: TokenId::new("Zk3hTn8wQpLs5vRx"),
            issued_at_ms: 1_772_357_400_000,
            expires_at_ms: None,
        };
        assert_eq!(
            claims(&user(json!({})), &facts).to_text(),
            r#"{"uid":7,"username":"demo_user","date":"2026-03-01T09:30:00.000Z","jti":"Zk3hTn8wQpLs5vRx"}"#
        );
    }

    #[test]
    fn an_address_is_shown_even_where_none_is_known() {
        assert_eq!(email(&user(json!({"email": "a@b.example"}))), "a@b.example");
        assert_eq!(email(&user(json!({}))), "demo_user@unknown.invalid");
    }

    #[test]
    fn names_and_passwords_have_the_patterns_of_the_original() {
        for name in ["abcde", "A-b_9", "fifteen-letters"] {
            assert!(is_username(name), "{name}");
        }
        for name in [
            "",
            "four",
            "sixteen-letters-",
            "spa ce",
            "umläut",
            "dot.dot",
        ] {
            assert!(!is_username(name), "{name}");
        }
        assert!(is_password("pass_w0rd") && is_password(&"x".repeat(32)));
        for password in ["seven_7", "with-dash", "with space", "пароль_пароль"] {
            assert!(!is_password(password), "{password}");
        }
        assert!(!is_password(&"x".repeat(33)));
    }
}
