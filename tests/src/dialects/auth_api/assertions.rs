//! Private-key assertions (RFC 7523): what is accepted once, and everything that is not accepted.

use std::time::Duration;

use serde_json::{Value, json};

use super::{
    LONG, assert_refused, assertion, assertion_claims, body, long_call, signed, with_assertion,
};
use crate::harness::{Answer, Tessera, at_once};

async fn present(server: &Tessera, assertion: &str) -> Answer {
    long_call(&with_assertion(server, assertion))
        .send(server)
        .await
}

#[tokio::test]
async fn an_assertion_works_once_even_after_a_restart() {
    let mut server = Tessera::start().await;
    let token = assertion(&server, &assertion_claims(&server, "once"));
    present(&server, &token).await.expect(201);
    assert_refused(&present(&server, &token).await, 401, "invalid_client");
    server.restart().await;
    assert_refused(&present(&server, &token).await, 401, "invalid_client");
    let other = assertion(&server, &assertion_claims(&server, "twice"));
    present(&server, &other).await.expect(201);
}

#[tokio::test]
async fn of_many_at_once_exactly_one_is_accepted() {
    let server = Tessera::start().await;
    let token = assertion(&server, &assertion_claims(&server, "race"));
    let calls = vec![long_call(&with_assertion(&server, &token)); 16];
    let answers = at_once(&server, &calls).await;
    let accepted = answers.iter().filter(|answer| answer.status == 201).count();
    let refused = answers.iter().filter(|answer| answer.status == 401).count();
    assert_eq!((accepted, refused), (1, 15));
}

#[tokio::test]
async fn both_names_of_the_assertion_type_are_the_same() {
    let server = Tessera::start().await;
    let ask = async |jti: &str, kind: Value| {
        let token = assertion(&server, &assertion_claims(&server, jti));
        let mut body = with_assertion(&server, &token);
        body["assertion_type"] = kind;
        long_call(&body).send(&server).await
    };
    let of = |name: &str| json!(format!("urn:ietf:params:oauth:{name}"));
    ask("a", of("client-assertion-type:jwt-bearer"))
        .await
        .expect(201);
    ask("b", of("grant-type:jwt-bearer")).await.expect(201);
    for unknown in [
        of("client-assertion-type:saml2-bearer"),
        json!(""),
        json!(null),
    ] {
        let answer = ask("c", unknown).await;
        assert_refused(&answer, 400, "invalid_request");
        assert_eq!(answer.string_at("/details/pointer"), "/assertion_type");
    }
    let token = assertion(&server, &assertion_claims(&server, "d"));
    let untyped = json!({ "grant_type": "assertion", "assertion": token });
    let answer = long_call(&body(&server, untyped)).send(&server).await;
    assert_refused(&answer, 400, "invalid_request");
    assert_eq!(answer.string_at("/details/pointer"), "/assertion_type");
}

#[tokio::test]
async fn each_claim_must_be_right() {
    let server = Tessera::start().await;
    let right = assertion_claims(&server, "right");
    let now = right["iat"].as_i64().expect("a number");
    let audience = right["aud"].as_str().expect("a string").to_owned();
    let wrong = [
        ("iss", json!("somebody")),
        ("sub", json!("somebody")),
        ("iss", json!(null)),
        ("aud", json!([audience])),
        ("aud", json!([audience, "https://elsewhere.example"])),
        ("aud", json!(format!("{audience}/"))),
        ("aud", json!(server.base_url())),
        ("aud", json!(format!("{}{LONG}x", server.base_url()))),
        ("aud", json!(null)),
        ("exp", json!(now)),
        ("exp", json!(now - 60)),
        ("exp", json!(now + 3600)),
        ("exp", json!((now + 120).to_string())),
        ("exp", json!(null)),
        ("exp", json!(-1)),
        ("iat", json!(now + 3600)),
        ("nbf", json!(now + 3600)),
        ("jti", json!("")),
        ("jti", json!(7)),
        ("jti", json!(null)),
    ];
    for (name, value) in wrong {
        let mut claims = right.clone();
        claims[name] = value;
        let answer = present(&server, &assertion(&server, &claims)).await;
        assert_refused(&answer, 401, "invalid_client");
    }
    for name in ["iss", "sub", "aud", "exp", "jti"] {
        let mut claims = right.clone();
        claims.as_object_mut().expect("an object").remove(name);
        let answer = present(&server, &assertion(&server, &claims)).await;
        assert_refused(&answer, 401, "invalid_client");
    }
    // None of these spent the identifier: a replay guard is written after the checks.
    present(&server, &assertion(&server, &right))
        .await
        .expect(201);
}

#[tokio::test]
async fn an_assertion_that_lives_too_long_is_told_the_cap_once_it_is_signed() {
    let server = Tessera::start().await;
    let mut claims = assertion_claims(&server, "long");
    let now = claims["iat"].as_i64().expect("a number");
    claims["exp"] = json!(now + 3600);
    let token = assertion(&server, &claims);
    let answer = present(&server, &token).await;
    assert_refused(&answer, 401, "invalid_client");
    let message = answer.string_at("/message");
    assert_eq!(
        message,
        "The assertion ends too late: exp may lie at most 300 seconds ahead."
    );
    // Whoever does not hold the key is told nothing.
    let (input, _) = token.rsplit_once('.').expect("three parts");
    let forged = format!("{input}.{}", "A".repeat(86));
    let answer = present(&server, &forged).await;
    assert_refused(&answer, 401, "invalid_client");
    assert_eq!(
        answer.string_at("/message"),
        "The client could not be authenticated."
    );
    // It was refused, so its identifier is not spent.
    claims["exp"] = json!(now + 300);
    present(&server, &assertion(&server, &claims))
        .await
        .expect(201);
}

#[tokio::test]
async fn an_operator_lets_assertions_live_longer_and_each_works_once_all_that_time() {
    let mut server = Tessera::start_with(|config| {
        config.policy.rates.enforced = false;
        config.policy.dialects.auth_api.assertion_secs = 3600;
    })
    .await;
    let mut claims = assertion_claims(&server, "hour");
    let now = claims["iat"].as_i64().expect("a number");
    claims["exp"] = json!(now + 3600);
    let token = assertion(&server, &claims);
    present(&server, &token).await.expect(201);
    server.clock.advance(Duration::from_secs(3599));
    // A start sweeps what is over, and this is not.
    server.restart().await;
    assert_refused(&present(&server, &token).await, 401, "invalid_client");
    let mut later = assertion_claims(&server, "too long");
    later["exp"] = json!(now + 3599 + 3700);
    let answer = present(&server, &assertion(&server, &later)).await;
    assert_refused(&answer, 401, "invalid_client");
    let message = answer.string_at("/message");
    assert!(message.contains("3600 seconds"), "{message}");
}

#[tokio::test]
async fn the_signature_and_the_header_must_be_right() {
    let server = Tessera::start().await;
    let claims = assertion_claims(&server, "header");
    let kid = server.held("/auth_api/assertion_kid");
    for header in [
        json!({ "alg": "none", "kid": kid }),
        json!({ "alg": "HS256", "kid": kid }),
        json!({ "alg": "ES256", "kid": kid }),
        json!({ "alg": "eddsa", "kid": kid }),
        json!({ "alg": null, "kid": kid }),
        json!({ "kid": kid }),
        json!({ "alg": "EdDSA", "kid": "../../etc/passwd" }),
        json!({ "alg": "EdDSA", "kid": "unknown" }),
        json!({ "alg": "EdDSA", "kid": kid, "crit": ["exp"] }),
    ] {
        let token = signed(&server, &header, &claims);
        assert_refused(&present(&server, &token).await, 401, "invalid_client");
    }
    let token = assertion(&server, &claims);
    let (input, _) = token.rsplit_once('.').expect("three parts");
    for broken in [
        String::new(),
        "x".to_owned(),
        format!("{input}."),
        format!("{input}.{}", "A".repeat(86)),
        format!("{token}."),
        "a".repeat(5000),
    ] {
        assert_refused(&present(&server, &broken).await, 401, "invalid_client");
    }
    present(&server, &token).await.expect(201);
}

#[tokio::test]
async fn an_assertion_ends() {
    let server = Tessera::start().await;
    let token = assertion(&server, &assertion_claims(&server, "late"));
    server.clock.advance(Duration::from_mins(2));
    assert_refused(&present(&server, &token).await, 401, "invalid_client");
}

#[tokio::test]
async fn an_assertion_speaks_for_its_own_client_only() {
    let server = Tessera::start().await;
    super::client(&server, "other", &super::ALL_SCOPES, false).await;
    let token = assertion(&server, &assertion_claims(&server, "stolen"));
    let mut body = with_assertion(&server, &token);
    body["client_id"] = "other".into();
    assert_refused(&long_call(&body).send(&server).await, 401, "invalid_client");
}

#[tokio::test]
async fn header_members_that_nobody_needs_are_ignored() {
    let server = Tessera::start().await;
    let kid = server.held("/auth_api/assertion_kid");
    for (index, further) in [
        json!({ "alg": "EdDSA", "kid": kid, "cty": "JWT" }),
        json!({ "alg": "EdDSA", "kid": kid, "typ": "JOSE", "x5t": 5, "x5t#S256": null }),
        json!({ "alg": "EdDSA", "kid": kid, "typ": 7 }),
        json!({ "alg": "EdDSA", "kid": kid, "jku": "https://elsewhere.example", "x5u": 1 }),
        json!({ "alg": "EdDSA", "kid": kid, "jwk": { "kty": "OKP" }, "x5c": {} }),
        json!({ "alg": "EdDSA", "private": { "a": [1.5, null] } }),
        json!({ "alg": "Ed25519", "kid": kid }),
        json!({ "alg": "Ed25519" }),
        json!({ "alg": "EdDSA", "typ": "client-authentication+jwt" }),
    ]
    .into_iter()
    .enumerate()
    {
        let claims = assertion_claims(&server, &format!("header {index}"));
        let answer = present(&server, &signed(&server, &further, &claims)).await;
        assert_eq!(answer.status, 201, "{further}");
    }
    let claims = assertion_claims(&server, "refused");
    for header in [
        json!({ "alg": "EdDSA", "kid": "unknown" }),
        json!({ "alg": "EdDSA", "kid": "../../etc/passwd" }),
        json!({ "alg": "EdDSA", "kid": "k".repeat(300) }),
        json!({ "alg": "EdDSA", "kid": { "a": 1 } }),
        json!({ "alg": "EdDSA", "kid": 7 }),
        json!({ "alg": "EdDSA", "kid": kid, "crit": null }),
        json!({ "alg": "EdDSA", "kid": kid, "crit": 1 }),
        json!({ "alg": "EdDSA", "kid": kid, "typ": "at+jwt" }),
        json!({ "alg": "EdDSA", "kid": kid, "typ": "application/AT+JWT" }),
        json!({ "alg": "ed25519", "kid": kid }),
        json!({ "alg": "Ed448", "kid": kid }),
    ] {
        let answer = present(&server, &signed(&server, &header, &claims)).await;
        assert_eq!(answer.status, 401, "{header}");
        assert_refused(&answer, 401, "invalid_client");
    }
}

#[tokio::test]
async fn dates_may_have_a_fraction() {
    let server = Tessera::start().await;
    let now = server.clock.now_ms().div_euclid(1000);
    let number = |text: String| -> Value { serde_json::from_str(&text).expect("a number") };
    for (index, (name, value, accepted)) in [
        ("exp", number(format!("{}.19", now + 120)), true),
        ("exp", number(format!("{}.0", now + 120)), true),
        ("iat", number(format!("{now}.678")), true),
        ("nbf", number(format!("{now}.1")), true),
        ("exp", number(format!("{now}.99")), false),
        ("exp", number("1e300".to_owned()), false),
        ("exp", json!(-1.5), false),
        ("nbf", number(format!("{}.5", now + 10)), false),
        ("exp", json!(0), false),
        ("exp", json!(0.0), false),
    ]
    .into_iter()
    .enumerate()
    {
        let mut claims = assertion_claims(&server, &format!("date {index}"));
        claims[name] = value.clone();
        let token = assertion(&server, &claims);
        let answer = present(&server, &token).await;
        assert_eq!(
            answer.status,
            if accepted { 201 } else { 401 },
            "{name} {value}"
        );
        if accepted {
            assert_refused(&present(&server, &token).await, 401, "invalid_client");
        }
    }
}
