//! Secret tokens as the libraries of their holders write them: the JOSE header, and dates with a fraction.

use std::time::Duration;

use serde_json::{Value, json};

use super::{
    HEADER, assert_denied, call, claims, now_secs, renewed_of, secret_token, sign, token_of,
};
use crate::harness::{Answer, Call, Tessera};

/// A call of the demo's secret holder with a token of exactly these texts.
async fn ask(server: &Tessera, header: &str, payload: &str) -> Answer {
    let secret = server.held("/token_generator/secret");
    let token = sign(secret, header, payload);
    call(&token).send(server).await
}

/// The payload that names the demo's secret, with further members as text.
fn payload(server: &Tessera, further: &str) -> String {
    let id = server.held("/token_generator/secret_id");
    format!(r#"{{"iss":"{id}"{further}}}"#)
}

async fn introspect(server: &Tessera, token: &str) -> Value {
    let answer = Call::post("/oauth/introspect")
        .basic(
            server.held("/oauth/client_id"),
            server.held("/oauth/client_secret"),
        )
        .form(&[("token", token)])
        .send(server)
        .await
        .expect(200);
    answer.json()
}

#[tokio::test]
async fn header_members_that_nobody_needs_are_ignored_whatever_their_type() {
    let server = Tessera::start().await;
    let payload = payload(&server, "");
    let long = format!(r#""kid":"{}""#, "k".repeat(300));
    for member in [
        r#""cty":"JWT""#,
        r#""cty":null"#,
        r#""x5t":5"#,
        r#""x5t#S256":["a"]"#,
        r#""jku":"https://evil.example""#,
        r#""jku":7"#,
        r#""jwk":{"kty":"oct","k":"AA"}"#,
        r#""jwk":"text""#,
        r#""x5u":false"#,
        r#""x5c":[]"#,
        r#""x5c":{"a":[1,{"b":null}]}"#,
        r#""kid":"../../dev/null""#,
        r#""kid":"schlüssel""#,
        r#""kid":"""#,
        r#""kid":7"#,
        r#""kid":{}"#,
        r#""kid":null"#,
        &long,
        r#""typ":"JOSE""#,
        r#""typ":"application/jwt""#,
        r#""typ":"""#,
        r#""typ":5"#,
        r#""typ":null"#,
        r#""typ":["JWT"]"#,
        r#""b64":false"#,
        r#""zip":"DEF""#,
        r#""enc":"A256GCM""#,
        r#""https://example.com/private":{"deep":[true,1.5,123456789012345678901234567890,1e400]}"#,
        r#""":0"#,
    ] {
        let header = format!(r#"{{"alg":"HS256",{member}}}"#);
        let answer = ask(&server, &header, &payload).await;
        assert_eq!(answer.status, 200, "{member}");
        // Our own header has none of it.
        assert_eq!(super::part(&token_of(&answer), 0), HEADER);
    }
}

#[tokio::test]
async fn a_header_that_names_a_duty_or_another_class_of_token_is_denied() {
    let server = Tessera::start().await;
    let payload = payload(&server, "");
    for member in [
        r#""crit":["exp"]"#,
        r#""crit":[]"#,
        r#""crit":"b64""#,
        r#""crit":null"#,
        r#""crit":7"#,
        r#""crit":{},"b64":false"#,
        r#""typ":"at+jwt""#,
        r#""typ":"AT+JWT""#,
        r#""typ":"application/at+jwt""#,
        r#""typ":"client-authentication+jwt""#,
        r#""alg":"HS256""#,
        r#""cty":"JWT","cty":"JWT""#,
    ] {
        let header = format!(r#"{{"alg":"HS256",{member}}}"#);
        let answer = ask(&server, &header, &payload).await;
        assert_eq!(answer.status, 401, "{member}");
        assert_denied(&answer);
    }
    for alg in ["none", "hs256", "HS384", "EdDSA", "Ed25519", "RS256", ""] {
        let header = format!(r#"{{"alg":"{alg}","cty":"JWT"}}"#);
        let answer = ask(&server, &header, &payload).await;
        assert_eq!(answer.status, 401, "{alg}");
    }
}

#[tokio::test]
async fn a_revoked_token_with_an_odd_header_stays_revoked() {
    let server = Tessera::start().await;
    let secret = server.held("/token_generator/secret");
    let header = r#"{"alg":"HS256","typ":7,"kid":{},"cty":"JWT"}"#;
    let token = sign(secret, header, &payload(&server, ""));
    assert_eq!(introspect(&server, &token).await["active"], true);
    super::revoke(&server, &token).await;
    assert_denied(&call(&token).send(&server).await);
    assert_eq!(introspect(&server, &token).await["active"], false);
}

#[tokio::test]
async fn a_date_may_have_a_fraction_and_nobody_lives_longer_by_it() {
    let server = Tessera::start().await;
    // The clock stands 678 ms into this second.
    let now = now_secs(&server);
    for (further, accepted) in [
        (format!(r#","exp":{}.0"#, now + 1), true),
        (format!(r#","exp":{}.19"#, now + 1), true),
        (format!(r#","exp":{}.999999"#, now + 1), true),
        (format!(r#","exp":{now}.999999"#), false),
        (format!(r#","exp":{now}.99999999999999"#), false),
        (r#","exp":1.9e9"#.to_owned(), true),
        (r#","exp":19000000000e-1"#.to_owned(), true),
        (format!(r#","iat":{now}.25,"exp":{}.25"#, now + 60), true),
        // Ten seconds are tolerated; the fraction counts as the next second.
        (format!(r#","nbf":{}.5"#, now + 9), true),
        (format!(r#","nbf":{}"#, now + 10), true),
        (format!(r#","nbf":{}.5"#, now + 10), false),
        (format!(r#","nbf":{}.00000000000001"#, now + 10), false),
        (format!(r#","iat":{}.5"#, now + 10), false),
        (r#","exp":9007199254740992"#.to_owned(), true),
        (r#","exp":9007199254740992.5"#.to_owned(), false),
        (r#","exp":9007199254740993"#.to_owned(), false),
        (r#","exp":18446744073709551616"#.to_owned(), false),
        (r#","exp":1e300"#.to_owned(), false),
        (r#","exp":1e400"#.to_owned(), false),
        (r#","exp":-1.5"#.to_owned(), false),
        (r#","exp":-0.0"#.to_owned(), false),
        (r#","nbf":-0.5"#.to_owned(), false),
        (r#","iat":-1"#.to_owned(), false),
        (format!(r#","exp":"{}.5""#, now + 60), false),
        (r#","exp":NaN"#.to_owned(), false),
        (r#","exp":Infinity"#.to_owned(), false),
        (r#","exp":null"#.to_owned(), false),
        (format!(r#","exp":[{}.5]"#, now + 60), false),
    ] {
        let answer = ask(&server, r#"{"alg":"HS256"}"#, &payload(&server, &further)).await;
        let expected = if accepted { 200 } else { 401 };
        assert_eq!(answer.status, expected, "{further}");
    }
}

#[tokio::test]
async fn a_fraction_of_an_end_is_cut_off() {
    let server = Tessera::start().await;
    let now = now_secs(&server);
    let secret = server.held("/token_generator/secret");
    let text = payload(&server, &format!(r#","exp":{}.9,"iat":{now}.1"#, now + 60));
    let token = sign(secret, r#"{"alg":"HS256"}"#, &text);
    let told = introspect(&server, &token).await;
    assert_eq!(
        (&told["exp"], &told["iat"]),
        (&json!(now + 60), &json!(now + 1))
    );
    // 678 ms of the second are over.
    server.clock.advance(Duration::from_millis(59_321));
    token_of(&call(&token).send(&server).await);
    server.clock.advance(Duration::from_millis(1));
    assert_denied(&call(&token).send(&server).await);
}

#[tokio::test]
async fn an_end_of_zero_is_never_and_half_a_second_is_long_over() {
    let server = Tessera::start().await;
    let now = now_secs(&server);
    let never = secret_token(&server, json!({ "exp": 0 }));
    for further in [r#","exp":0"#, r#","exp":0.0"#, r#","exp":0e3"#] {
        let answer = ask(&server, r#"{"alg":"HS256"}"#, &payload(&server, further)).await;
        for token in [token_of(&answer), renewed_of(&answer)] {
            assert_eq!(claims(&token)["exp"], now + 14_400, "{further}");
        }
    }
    assert_eq!(introspect(&server, &never).await.get("exp"), None);
    server.clock.advance(Duration::from_hours(24 * 3660));
    token_of(&call(&never).send(&server).await);
    for further in [
        r#","exp":0.5"#,
        r#","exp":0.0000001"#,
        r#","exp":1"#,
        r#","exp":-0"#,
        r#","exp":"0""#,
        r#","exp":false"#,
    ] {
        let answer = ask(&server, r#"{"alg":"HS256"}"#, &payload(&server, further)).await;
        assert_eq!(answer.status, 401, "{further}");
    }
    // A permission cannot ask for a token without an end.
    let user = server.held("/token_generator/user_token");
    assert_denied(&super::derive(&server, user, json!({ "exp": 0 })).await);
}
