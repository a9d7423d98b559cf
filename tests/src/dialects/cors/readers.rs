//! Answers: whose pages may read them, refusals and failures included.

use std::collections::BTreeMap;

use serde_json::json;

use super::{HOME, OTHERS, assert_readers, listing, one_request, places::everywhere};
use crate::{
    dialects::{auth_api, pnut},
    harness::{
        Call, Tessera,
        animeloop::{LOGIN, LOGOUT, NEW, TOKEN, assert_code, cookie_of},
    },
};

/// Requests for each status that the edge, a dialect or storage refuses with: what they are called, and the request.
fn refused(path: &str) -> Vec<(&'static str, Call)> {
    let form = "application/x-www-form-urlencoded";
    vec![
        ("get", Call::get(path)),
        ("head", Call::new("HEAD", path)),
        ("post", Call::post(path)),
        ("unknown method", Call::new("BREW", path)),
        ("malformed", Call::post(path).body("application/json", "{")),
        (
            "a long body",
            Call::post(path).body(form, vec![b'a'; 66_000]),
        ),
        ("another type", Call::post(path).body("text/plain", "a")),
        (
            "a long header",
            Call::get(path).header("X-Long", vec![b'a'; 9000]),
        ),
        ("a wrong token", Call::get(path).bearer("unknown")),
    ]
}

#[tokio::test]
async fn every_answer_says_whose_pages_may_read_it() {
    let server = Tessera::start().await;
    let listed = Tessera::start_with(|config| {
        config.policy.rates.enforced = false;
        listing(config);
    })
    .await;
    let limited = Tessera::start_with(one_request).await;
    let mut statuses: BTreeMap<u16, usize> = BTreeMap::new();
    for (path, is_open) in everywhere() {
        let anybody = is_open.then_some("*");
        for (label, call) in refused(&path) {
            let what = format!("{label} at {path}");
            for server in [&server, &limited] {
                let answer = call.clone().header("Origin", HOME).send(server).await;
                assert_readers(&answer, anybody, &what);
                assert!(!answer.header_all("vary").contains(&"Origin"), "{what}");
                *statuses.entry(answer.status).or_default() += 1;
            }
            // What a cache holds of a request without an origin may be shown to one with.
            assert_readers(&call.send(&server).await, anybody, &what);
            let answer = call.clone().header("Origin", HOME).send(&listed).await;
            assert_readers(&answer, Some(HOME), &what);
            assert!(answer.header_all("vary").contains(&"Origin"), "{what}");
            for stranger in [OTHERS, "null", "https://app.example.com/", ""] {
                let answer = call.clone().header("Origin", stranger).send(&listed).await;
                assert_readers(&answer, anybody, &what);
                assert!(answer.header_all("vary").contains(&"Origin"), "{what}");
            }
            let twice = call.header("Origin", HOME).header("Origin", OTHERS);
            assert_readers(&twice.send(&listed).await, anybody, &what);
        }
    }
    for status in [200, 308, 400, 401, 404, 405, 413, 415, 429] {
        assert!(statuses.contains_key(&status), "{status} in {statuses:?}");
    }
}

#[tokio::test]
async fn a_failure_of_storage_may_be_read_by_the_same_pages() {
    let listed = Tessera::start_with(|config| {
        config.policy.rates.enforced = false;
        listing(config);
    })
    .await;
    listed.break_storage().await;
    for (call, origin, readers) in [
        (Call::get(pnut::TOKEN).bearer("unknown"), HOME, Some(HOME)),
        (Call::get(pnut::TOKEN).bearer("unknown"), OTHERS, Some("*")),
        (Call::get("/readyz"), HOME, Some(HOME)),
        (Call::get("/readyz"), OTHERS, None),
        (
            Call::post(auth_api::SHORT).bearer("lt_unknown"),
            HOME,
            Some(HOME),
        ),
        (
            Call::post(auth_api::SHORT).bearer("lt_unknown"),
            OTHERS,
            None,
        ),
    ] {
        let answer = call
            .header("Origin", origin)
            .send(&listed)
            .await
            .expect(503);
        assert_readers(&answer, readers, origin);
        assert!(answer.header("retry-after").is_some());
    }
}

#[tokio::test]
async fn a_strict_server_says_the_same() {
    let server = Tessera::start_with(|config| {
        config.policy.strict = true;
        listing(config);
    })
    .await;
    let token = pnut::user_token(&server, "").await;
    for (origin, readers) in [(HOME, Some(HOME)), (OTHERS, Some("*"))] {
        let call = Call::get(pnut::TOKEN)
            .bearer(&token)
            .header("Origin", origin);
        assert_readers(&call.send(&server).await.expect(200), readers, origin);
    }
    let seeded = &server.credentials.token_generator;
    let call = Call::post("/api/v1/token").header(
        "Authorization",
        format!("Token token=\"{}\"", seeded.user_token.expose()),
    );
    let answer = call.header("Origin", HOME).send(&server).await.expect(200);
    assert_readers(&answer, Some(HOME), "the token generator");
    assert_eq!(answer.header_all("vary"), ["Accept-Encoding", "Origin"]);
}

#[tokio::test]
async fn a_listed_origin_is_no_foreign_one_to_animeloop() {
    let server = Tessera::start_with(|config| {
        config.policy.rates.enforced = false;
        listing(config);
    })
    .await;
    let closed = Tessera::start().await;
    let login = |server: &Tessera| {
        let user = &server.credentials.animeloop;
        let (username, password) = (&user.username, user.password.expose());
        Call::post(LOGIN).json(&json!({ "username": username, "password": password }))
    };
    let from = |call: Call, origin: &str| {
        call.header("Origin", origin)
            .header("Sec-Fetch-Site", "cross-site")
    };
    let refused = from(login(&closed), HOME).send(&closed).await.expect(400);
    assert_readers(&refused, None, "not listed");
    for stranger in [OTHERS, "null", "https://app.example.com.evil.example"] {
        let refused = from(login(&server), stranger).send(&server).await;
        assert_eq!(refused.status, 400, "{stranger}");
        assert_readers(&refused, None, stranger);
    }
    let twice = from(login(&server), HOME).header("Origin", OTHERS);
    twice.send(&server).await.expect(400);

    let answer = from(login(&server), HOME).send(&server).await;
    assert_code(&answer, 1_220_001);
    assert_readers(&answer, Some(HOME), LOGIN);
    let cookie = format!("animeloop.auth.sid={}", cookie_of(&answer));
    for (call, code) in [
        (Call::post(NEW), 1_320_002),
        (Call::post(TOKEN), 1_320_001),
        (Call::get(TOKEN), 1_320_001),
        (Call::post(LOGOUT), 1_220_002),
        (Call::post(TOKEN), 1_940_103),
    ] {
        let call = from(call.header("Cookie", &cookie), HOME);
        let answer = call.send(&server).await;
        assert_code(&answer, code);
        assert_readers(&answer, Some(HOME), &code.to_string());
    }
}
