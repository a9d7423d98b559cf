//! Long tokens: the proofs, exactly one of them; scopes, life, families, step-up.

use std::time::Duration;

use serde_json::{Value, json};

use super::{
    ALL_SCOPES, Issued, LONG, assert_refused, assertion, assertion_claims, body, client, exchange,
    long_call, long_token, long_token_with, one_time_code, revoke, short_token, short_token_with,
    with_assertion, with_secret,
};
use crate::harness::{Call, Tessera};

/// The call for a long token with a short one as bearer.
fn by_short_token(server: &Tessera, bearer: &Issued, more: Value) -> Call {
    Call::post(LONG)
        .bearer(&bearer.token)
        .json(&body(server, more))
}

#[tokio::test]
async fn each_issue_is_a_further_token() {
    let server = Tessera::start().await;
    let first = long_token(&server).await;
    let second = long_token(&server).await;
    assert_ne!(first.token, second.token);
    assert!(first.token.starts_with("lt_") && first.id.starts_with("tok_lt_"));
    exchange(&first.token).send(&server).await.expect(201);
    exchange(&second.token).send(&server).await.expect(201);
}

#[tokio::test]
async fn a_long_token_survives_a_restart() {
    let mut server = Tessera::start().await;
    let long = long_token(&server).await;
    server.restart().await;
    exchange(&long.token).send(&server).await.expect(201);
}

#[tokio::test]
async fn a_token_lives_exactly_as_long_as_was_asked() {
    let server = Tessera::start().await;
    let answer = long_call(&with_secret(&server, json!({ "ttl_seconds": 3600 })))
        .send(&server)
        .await
        .expect(201);
    assert_eq!(answer.json()["expires_in"], 3600);
    assert_eq!(answer.json()["expires_at"], "2026-01-02T04:04:05.678Z");
    let long = Issued::from(answer);
    server.clock.advance(Duration::from_secs(3599));
    let short = exchange(&long.token).send(&server).await.expect(201);
    // A short token never outlives its long one, and is dated in whole seconds.
    assert_eq!(short.json()["expires_at"], "2026-01-02T04:04:05.000Z");
    assert_eq!(short.json()["expires_in"], 1);
    server.clock.advance(Duration::from_millis(999));
    assert_refused(
        &exchange(&long.token).send(&server).await,
        401,
        "token_expired",
    );
    server.clock.advance(Duration::from_millis(1));
    assert_refused(
        &exchange(&long.token).send(&server).await,
        401,
        "token_expired",
    );
}

#[tokio::test]
async fn the_default_life_is_thirty_days_and_the_bounds_hold() {
    let server = Tessera::start().await;
    let ask = async |more: Value| long_call(&with_secret(&server, more)).send(&server).await;
    let answer = ask(json!({})).await.expect(201);
    assert_eq!(answer.json()["expires_in"], 2_592_000);
    for ttl in [3600, 7_776_000] {
        let answer = ask(json!({ "ttl_seconds": ttl })).await.expect(201);
        assert_eq!(answer.json()["expires_in"], ttl);
    }
    // To JSON Schema a number with a fraction of zero is an integer.
    let answer = ask(json!({ "ttl_seconds": 3600.0 })).await.expect(201);
    assert_eq!(answer.json()["expires_in"], 3600);
    for ttl in [
        json!(3599),
        json!(7_776_001),
        json!(0),
        json!(-3600),
        json!(3600.5),
        json!("3600"),
        json!(null),
        json!(9_223_372_036_854_775_808_u64),
    ] {
        let answer = ask(json!({ "ttl_seconds": ttl })).await;
        assert_refused(&answer, 400, "invalid_request");
        assert_eq!(answer.string_at("/details/pointer"), "/ttl_seconds");
    }
}

#[tokio::test]
async fn scopes_default_to_all_and_are_bounded_by_the_client() {
    let server = Tessera::start().await;
    let ask = async |scopes: Value| {
        long_call(&with_secret(&server, json!({ "scopes": scopes })))
            .send(&server)
            .await
    };
    let answer = long_call(&with_secret(&server, json!({})))
        .send(&server)
        .await
        .expect(201);
    assert_eq!(answer.json()["scopes"], json!(ALL_SCOPES));
    for within in [
        json!(["jobs:submit"]),
        json!(["jobs:*", "jobs:a:b"]),
        json!([]),
    ] {
        let answer = ask(within.clone()).await.expect(201);
        assert_eq!(answer.json()["scopes"], within);
    }
    for beyond in [
        "billing:read",
        "*",
        "jobs:",
        "jobs",
        "tokens:*",
        "jobs:a billing:read",
        "",
    ] {
        let answer = ask(json!(["jobs:submit", beyond])).await;
        assert_refused(&answer, 400, "invalid_scope");
    }
    for unfit in [json!("jobs:submit"), json!([1]), json!({}), json!(null)] {
        assert_refused(&ask(unfit).await, 400, "invalid_request");
    }
}

#[tokio::test]
async fn none_of_the_proofs_is_refused_and_so_are_two() {
    let server = Tessera::start().await;
    let nothing = long_call(&body(&server, json!({}))).send(&server).await;
    assert_refused(&nothing, 401, "invalid_client");
    let long = long_token(&server).await;
    let short = short_token(&server, &long).await;
    let secret = server.credentials.auth_api.client_secret.expose();
    let assertion = assertion(&server, &assertion_claims(&server, "two"));
    for two in [
        json!({ "client_secret": secret, "otp_code": one_time_code(&server, 0) }),
        json!({ "client_secret": secret, "assertion": assertion }),
        json!({ "otp_code": "000000", "assertion": assertion }),
        json!({ "client_secret": "", "otp_code": "" }),
    ] {
        let answer = long_call(&body(&server, two)).send(&server).await;
        assert_refused(&answer, 400, "invalid_grant");
    }
    let beside = long_call(&with_secret(&server, json!({}))).bearer(&short.token);
    assert_refused(&beside.send(&server).await, 400, "invalid_grant");
}

#[tokio::test]
async fn grant_type_is_required_known_and_fits_the_proof() {
    let server = Tessera::start().await;
    for grant_type in [
        json!("password"),
        json!(""),
        json!("Client_Credentials"),
        json!(null),
        json!(7),
    ] {
        let call = long_call(&with_secret(&server, json!({ "grant_type": grant_type })));
        let answer = call.send(&server).await;
        assert_refused(&answer, 400, "invalid_grant");
        assert_eq!(answer.string_at("/details/pointer"), "/grant_type");
    }
    let mut missing = with_secret(&server, json!({}));
    missing
        .as_object_mut()
        .expect("an object")
        .remove("grant_type");
    let answer = long_call(&missing).send(&server).await;
    assert_refused(&answer, 400, "invalid_grant");
    let unfit = with_secret(&server, json!({ "grant_type": "assertion" }));
    assert_refused(&long_call(&unfit).send(&server).await, 400, "invalid_grant");
    let mut unfit = with_assertion(
        &server,
        &assertion(&server, &assertion_claims(&server, "x")),
    );
    unfit["grant_type"] = "client_credentials".into();
    assert_refused(&long_call(&unfit).send(&server).await, 400, "invalid_grant");
}

#[tokio::test]
async fn a_wrong_secret_and_an_unknown_client_are_told_apart_by_nothing() {
    let server = Tessera::start().await;
    let ask = async |client_id: &str, secret: &str| {
        let more = json!({ "client_id": client_id, "client_secret": secret });
        long_call(&body(&server, more)).send(&server).await
    };
    let wrong = ask(&server.credentials.auth_api.client_id, "wrong").await;
    assert_refused(&wrong, 401, "invalid_client");
    for (client_id, secret) in [
        ("nobody", "wrong"),
        ("nobody", ""),
        (
            &server.credentials.oauth.client_id,
            server.credentials.oauth.client_secret.expose(),
        ),
    ] {
        let answer = ask(client_id, secret).await;
        assert_eq!((answer.status, answer.text()), (wrong.status, wrong.text()));
        assert_eq!(answer.headers.len(), wrong.headers.len());
    }
}

#[tokio::test]
async fn the_client_key_must_name_the_client_of_the_body() {
    let server = Tessera::start().await;
    let body = with_secret(&server, json!({}));
    for key in ["somebody_else", "CLI_NIGHTLY", ""] {
        let call = Call::post(LONG).header("X-Client-Id", key).json(&body);
        assert_refused(&call.send(&server).await, 401, "invalid_client");
    }
    let neither = Call::post(LONG).json(&body).send(&server).await;
    assert_refused(&neither, 401, "invalid_client");
    // Percent signs and blanks mean nothing here: the two texts are compared as they are.
    let padded = Call::post(LONG)
        .header("X-Client-Id", " cli_nightly ")
        .json(&body);
    padded.send(&server).await.expect(201);
}

#[tokio::test]
async fn an_invalid_bearer_is_refused_even_beside_a_valid_secret() {
    let server = Tessera::start().await;
    let long = long_token(&server).await;
    let dead = short_token(&server, &long).await;
    revoke(&long, &dead).send(&server).await.expect(204);
    for bearer in ["nonsense", "a.b.c", &long.token, &dead.token] {
        let call = long_call(&with_secret(&server, json!({}))).bearer(bearer);
        assert_refused(&call.send(&server).await, 401, "invalid_token");
    }
    let over = short_token(&server, &long).await;
    server.clock.advance(Duration::from_mins(15));
    let call = long_call(&with_secret(&server, json!({}))).bearer(&over.token);
    assert_refused(&call.send(&server).await, 401, "token_expired");
    let basic = long_call(&with_secret(&server, json!({}))).basic("cli_nightly", "x");
    assert_refused(&basic.send(&server).await, 401, "invalid_token");
}

#[tokio::test]
async fn a_one_time_code_works_once_and_within_one_step() {
    let server = Tessera::start().await;
    let ask = async |code: &str| {
        long_call(&body(&server, json!({ "otp_code": code })))
            .send(&server)
            .await
    };
    for step in [-2, 2] {
        assert_refused(
            &ask(&one_time_code(&server, step)).await,
            401,
            "invalid_client",
        );
    }
    let early = one_time_code(&server, -1);
    ask(&early).await.expect(201);
    let now = one_time_code(&server, 0);
    ask(&now).await.expect(201);
    assert_refused(&ask(&now).await, 401, "invalid_client");
    assert_refused(&ask(&early).await, 401, "invalid_client");
}

#[tokio::test]
async fn of_many_uses_of_a_code_at_once_exactly_one_is_accepted() {
    let server = Tessera::start_with(|config| {
        config.policy.rates.enforced = false;
        config.policy.lockout = None;
    })
    .await;
    let call = long_call(&body(
        &server,
        json!({ "otp_code": one_time_code(&server, 0) }),
    ));
    let answers = futures_util::future::join_all((0..16).map(|_| call.send(&server))).await;
    let count = |status| {
        answers
            .iter()
            .filter(|answer| answer.status == status)
            .count()
    };
    assert_eq!((count(201), count(401)), (1, 15));
}

#[tokio::test]
async fn only_six_plain_digits_are_a_code() {
    let server = Tessera::start_with(|config| {
        config.policy.rates.enforced = false;
        config.policy.lockout = None;
    })
    .await;
    let code = one_time_code(&server, 0);
    let full_width: String = code
        .bytes()
        .filter_map(|digit| char::from_u32(0xff10 + u32::from(digit - b'0')))
        .collect();
    for spelling in [
        format!(" {code}"),
        format!("{code}\n"),
        full_width,
        format!("0{code}"),
    ] {
        let call = long_call(&body(&server, json!({ "otp_code": spelling })));
        assert_refused(&call.send(&server).await, 401, "invalid_client");
    }
    let call = long_call(&body(&server, json!({ "otp_code": code })));
    call.send(&server).await.expect(201);
}

#[tokio::test]
async fn wrong_codes_lock_the_client_and_the_right_one_waits() {
    let server = Tessera::start().await;
    let ask = async |code: &str| {
        long_call(&body(&server, json!({ "otp_code": code })))
            .send(&server)
            .await
    };
    let wrong = if one_time_code(&server, 0) == "000000" {
        "000001"
    } else {
        "000000"
    };
    for _ in 0..5 {
        assert_refused(&ask(wrong).await, 401, "invalid_client");
    }
    let locked = ask(&one_time_code(&server, 0)).await;
    assert_refused(&locked, 429, "rate_limited");
    assert!(locked.string_at("/message").contains("retry"));
    let wait: u64 = locked
        .header("retry-after")
        .and_then(|secs| secs.parse().ok())
        .expect("Retry-After is a number");
    assert!((1..=900).contains(&wait), "{wait}");
    // The secret is another proof; it is not locked.
    long_token(&server).await;
    server.clock.advance(Duration::from_secs(wait));
    ask(&one_time_code(&server, 0)).await.expect(201);
}

#[tokio::test]
async fn a_step_up_client_needs_a_stronger_proof() {
    let server = Tessera::start().await;
    let strict = client(&server, "strict", &ALL_SCOPES, true).await;
    let ask = async |secret: &str| {
        let more = json!({ "client_id": strict.id, "client_secret": secret });
        long_call(&body(&server, more)).send(&server).await
    };
    assert_refused(&ask(&strict.secret).await, 403, "insufficient_scope");
    // The requirement is told only to who knows the secret.
    assert_refused(&ask("wrong").await, 401, "invalid_client");
}

#[tokio::test]
async fn a_short_token_with_the_right_issues_within_its_family() {
    let server = Tessera::start().await;
    let first = long_token_with(&server, json!({ "ttl_seconds": 7200 })).await;
    server.clock.advance(Duration::from_mins(10));
    let short = short_token_with(&server, &first, &["jobs:*", "tokens:write"]).await;
    let answer = by_short_token(&server, &short, json!({ "ttl_seconds": 7_776_000 }))
        .send(&server)
        .await
        .expect(201);
    assert_eq!(answer.json()["expires_in"], 6600);
    assert_eq!(answer.json()["expires_at"], "2026-01-02T05:04:05.678Z");
    assert_eq!(answer.json()["scopes"], json!(["jobs:*", "tokens:write"]));
    let shorter = by_short_token(&server, &short, json!({ "ttl_seconds": 3600 }));
    assert_eq!(shorter.send(&server).await.json()["expires_in"], 3600);
    let beyond = by_short_token(&server, &short, json!({ "scopes": ["tokens:revoke"] }));
    assert_refused(&beyond.send(&server).await, 400, "invalid_scope");
    // Grandchildren end with the first long token too.
    let second = Issued::from(answer);
    server.clock.advance(Duration::from_mins(1));
    let again = short_token(&server, &second).await;
    let third = by_short_token(&server, &again, json!({}))
        .send(&server)
        .await;
    assert_eq!(third.json()["expires_at"], "2026-01-02T05:04:05.678Z");
}

#[tokio::test]
async fn a_short_token_without_the_right_or_of_another_client_does_not_issue() {
    let server = Tessera::start().await;
    let long = long_token(&server).await;
    let weak = short_token_with(&server, &long, &["jobs:*"]).await;
    let answer = by_short_token(&server, &weak, json!({}))
        .send(&server)
        .await;
    assert_refused(&answer, 403, "insufficient_scope");
    client(&server, "other", &ALL_SCOPES, false).await;
    let short = short_token(&server, &long).await;
    let stolen = by_short_token(&server, &short, json!({ "client_id": "other" }));
    assert_refused(&stolen.send(&server).await, 401, "invalid_client");
    // Both ways of saying who asks may be sent together.
    let both = by_short_token(&server, &short, json!({})).header("X-Client-Id", "cli_nightly");
    both.send(&server).await.expect(201);
}
