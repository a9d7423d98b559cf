//! Numbers of a permission and of a caller's claims: kept to the last digit, or refused.

use serde_json::json;

use super::{assert_denied, assert_refused, call, part, sign, token_of, user_call};
use crate::harness::Tessera;

const LOST: &str = "a number has more digits than can be kept";

#[tokio::test]
async fn a_permission_with_a_number_that_would_lose_digits_is_refused() {
    let server = Tessera::start().await;
    for number in [
        "123456789012345678901234567890",
        "-123456789012345678901234567890",
        "18446744073709551616",
        "-9223372036854775809",
        "9007199254740993.0",
        "0.1234567890123456789",
        "1.00000000000000000001",
        "1e-400",
        "12345678901234567890e1",
    ] {
        for permission in [
            format!(r#"{{"n":{number}}}"#),
            format!(r#"{{"abilities":{{"a":{{"Access":{{"see":true,"max":[1,{number}]}}}}}}}}"#),
            format!(r#"{{"text":"\"{number}","n":[[{number}]]}}"#),
        ] {
            for call in [
                user_call(&server).form(&[("permission", &permission)]),
                user_call(&server).json(&json!({ "permission": permission })),
                user_call(&server).body(
                    "application/json",
                    format!(r#"{{"permission":{permission}}}"#),
                ),
            ] {
                let answer = call.send(&server).await;
                assert_eq!(answer.status, 400, "{permission}: {}", answer.text());
                assert_refused(&answer, 400, LOST);
            }
        }
    }
}

#[tokio::test]
async fn numbers_that_can_be_kept_are() {
    let server = Tessera::start().await;
    for (sent, signed) in [
        ("18446744073709551615", "18446744073709551615"),
        ("-9223372036854775808", "-9223372036854775808"),
        ("0.1", "0.1"),
        ("0.10", "0.1"),
        ("-1.5e-7", "-1.5e-7"),
        ("1e2", "100.0"),
        ("1E+2", "100.0"),
        ("0.0", "0.0"),
        ("-0", "-0.0"),
        ("1e23", "1e+23"),
        ("3.141592653589793", "3.141592653589793"),
        (
            r#""123456789012345678901234567890""#,
            r#""123456789012345678901234567890""#,
        ),
    ] {
        let permission = format!(r#"{{"n":{sent}}}"#);
        for call in [
            user_call(&server).form(&[("permission", &permission)]),
            user_call(&server).body(
                "application/json",
                format!(r#"{{"permission":{permission}}}"#),
            ),
        ] {
            let token = token_of(&call.send(&server).await);
            let payload = part(&token, 1);
            assert!(payload.contains(&format!(r#""n":{signed},"#)), "{payload}");
            token_of(&super::call(&token).send(&server).await);
        }
    }
}

#[tokio::test]
async fn a_secret_token_whose_numbers_cannot_be_signed_again_is_refused() {
    let server = Tessera::start().await;
    let ask = async |further: &str| {
        let payload = format!(
            r#"{{"iss":"{}",{further}}}"#,
            server.held("/token_generator/secret_id")
        );
        let token = sign(
            server.held("/token_generator/secret"),
            r#"{"alg":"HS256"}"#,
            &payload,
        );
        call(&token).send(&server).await
    };
    for further in [
        r#""n":123456789012345678901234567890"#,
        r#""abilities":{"a":{"limit":0.1234567890123456789}}"#,
    ] {
        assert_refused(&ask(further).await, 400, LOST);
    }
    // It is written anew in every token, so its digits are not passed on.
    let now = super::now_secs(&server);
    let further = format!(r#""exp":{}.1234567890123456789,"n":0.5"#, now + 60);
    assert!(part(&token_of(&ask(&further).await), 1).contains(r#""n":0.5"#));
    assert_denied(&ask(r#""n":1e400"#).await);
}
