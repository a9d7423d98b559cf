//! Short tokens: the exchange, its two places for the long token, narrowing, the JWT itself.

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use super::{
    ALL_SCOPES, SHORT, assert_refused, exchange, long_token, long_token_with, revoke, short_token,
};
use crate::harness::{Call, Tessera, replay::jwt_parts};

#[tokio::test]
async fn a_short_token_is_a_signed_jwt_that_the_published_key_verifies() {
    let server = Tessera::start().await;
    let long = long_token(&server).await;
    let answer = exchange(&long.token).send(&server).await.expect(201);
    let token = answer.string_at("/access_token");
    let (header, claims) = jwt_parts(&token).expect("a JWT");
    assert_eq!(header["typ"], "at+jwt");
    assert_eq!(header["alg"], "EdDSA");
    let now = server.clock.now_ms().div_euclid(1000);
    let expected = json!({
        "iss": server.base_url(),
        "sub": "cli_nightly",
        "aud": "auth_api",
        "client_id": "cli_nightly",
        "scope": ALL_SCOPES.join(" "),
        "iat": now,
        "exp": now + 900,
        "jti": answer.string_at("/token_id"),
    });
    assert_eq!(claims, expected);
    assert_eq!(answer.json()["expires_in"], 900);

    let keys = Call::get("/.well-known/jwks.json")
        .send(&server)
        .await
        .json();
    let key = keys["keys"]
        .as_array()
        .and_then(|keys| keys.iter().find(|key| key["kid"] == header["kid"]))
        .expect("the key is published");
    let decode = |text: &str| URL_SAFE_NO_PAD.decode(text).expect("base64url");
    let public = decode(key["x"].as_str().expect("x"));
    let (input, signature) = token.rsplit_once('.').expect("three parts");
    aws_lc_rs::signature::UnparsedPublicKey::new(&aws_lc_rs::signature::ED25519, public)
        .verify(input.as_bytes(), &decode(signature))
        .expect("the signature holds");
}

#[tokio::test]
async fn the_whole_body_may_be_left_out() {
    let server = Tessera::start().await;
    let long = long_token(&server).await;
    exchange(&long.token).send(&server).await.expect(201);
    exchange(&long.token)
        .json(&json!({}))
        .send(&server)
        .await
        .expect(201);
    exchange(&long.token)
        .untyped_body("")
        .send(&server)
        .await
        .expect(201);
}

#[tokio::test]
async fn the_long_token_may_be_in_the_body_but_only_one_counts() {
    let server = Tessera::start().await;
    let (long, other) = (long_token(&server).await, long_token(&server).await);
    let in_body = json!({ "long_token": long.token });
    let ask = |call: Call, body: &Value| call.json(body);
    ask(Call::post(SHORT), &in_body)
        .send(&server)
        .await
        .expect(201);
    ask(exchange(&long.token), &in_body)
        .send(&server)
        .await
        .expect(201);
    let differ = ask(exchange(&other.token), &in_body).send(&server).await;
    assert_refused(&differ, 400, "invalid_request");
    let neither = Call::post(SHORT).send(&server).await;
    assert_refused(&neither, 401, "invalid_token");
    let empty = ask(Call::post(SHORT), &json!({ "long_token": "" }))
        .send(&server)
        .await;
    assert_refused(&empty, 401, "invalid_token");
}

#[tokio::test]
async fn only_live_long_tokens_are_exchanged() {
    let server = Tessera::start().await;
    let long = long_token_with(&server, json!({ "ttl_seconds": 3600 })).await;
    let short = short_token(&server, &long).await;
    for wrong in [&short.token, "lt_unknown", "", "x.y.z", &long.token[..45]] {
        let answer = Call::post(SHORT)
            .json(&json!({ "long_token": wrong }))
            .send(&server)
            .await;
        assert_refused(&answer, 401, "invalid_token");
    }
    let extended = exchange(&format!("{}A", long.token)).send(&server).await;
    assert_refused(&extended, 401, "invalid_token");
    let ended = long_token(&server).await;
    revoke(&long, &ended).send(&server).await.expect(204);
    assert_refused(
        &exchange(&ended.token).send(&server).await,
        401,
        "invalid_token",
    );
    server.clock.advance(Duration::from_hours(1));
    assert_refused(
        &exchange(&long.token).send(&server).await,
        401,
        "token_expired",
    );
}

#[tokio::test]
async fn scopes_are_narrowed_never_widened() {
    let server = Tessera::start().await;
    let long = long_token_with(&server, json!({ "scopes": ["jobs:*"] })).await;
    let ask = async |scopes: Value| {
        exchange(&long.token)
            .json(&json!({ "scopes": scopes }))
            .send(&server)
            .await
    };
    let answer = ask(json!(["jobs:submit", "jobs:list"])).await.expect(201);
    assert_eq!(answer.json()["scopes"], json!(["jobs:submit", "jobs:list"]));
    let (_, claims) = jwt_parts(&answer.string_at("/access_token")).expect("a JWT");
    assert_eq!(claims["scope"], "jobs:submit jobs:list");
    for beyond in ["tokens:write", "*", "jobs:a tokens:write"] {
        assert_refused(&ask(json!([beyond])).await, 400, "invalid_scope");
    }
    let large = format!("jobs:{}", "a".repeat(5000));
    assert_refused(&ask(json!([large])).await, 400, "invalid_scope");
}

#[tokio::test]
async fn a_short_token_ends_after_fifteen_minutes() {
    let server = Tessera::start().await;
    let long = long_token(&server).await;
    let short = short_token(&server, &long).await;
    // It is dated in whole seconds, so its end is the 678 ms of the clock earlier.
    server.clock.advance(Duration::from_millis(899_321));
    revoke(&short, &short_token(&server, &long).await)
        .send(&server)
        .await
        .expect(204);
    server.clock.advance(Duration::from_millis(1));
    let answer = revoke(&short, &long).send(&server).await;
    assert_refused(&answer, 401, "token_expired");
}

#[tokio::test]
async fn any_change_to_a_short_token_is_refused() {
    let server = Tessera::start().await;
    let long = long_token(&server).await;
    let short = short_token(&server, &long).await;
    let parts: Vec<&str> = short.token.split('.').collect();
    let none = URL_SAFE_NO_PAD.encode(r#"{"typ":"at+jwt","alg":"none"}"#);
    let hs256 = URL_SAFE_NO_PAD.encode(r#"{"typ":"at+jwt","alg":"HS256"}"#);
    for forged in [
        format!("{none}.{}.", parts[1]),
        format!("{none}.{}.{}", parts[1], parts[2]),
        format!("{hs256}.{}.{}", parts[1], parts[2]),
        format!("{}.{}", parts[0], parts[1]),
        format!("{}.{}.{}.", parts[0], parts[1], parts[2]),
        format!("{}=", short.token),
        format!("{}.{}.{}", parts[0], parts[1], "A".repeat(86)),
        short.token[..short.token.len() - 1].to_owned(),
        short.token.to_lowercase(),
    ] {
        let answer = Call::post(&super::revoke_path(&short.id))
            .bearer(&forged)
            .send(&server)
            .await;
        assert_refused(&answer, 401, "invalid_token");
    }
}
