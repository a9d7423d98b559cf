//! Pages of other origins: an origin that the operator lists may log in and carry the session.

use serde_json::json;

use super::{LOGIN, LOGOUT, NEW, TOKEN, assert_code, cookie_of};
use crate::{
    harness::{Call, Tessera},
    rules::cors::{HOME, OTHERS, assert_readers, listing},
};

#[tokio::test]
async fn a_listed_origin_is_no_foreign_one() {
    let server = Tessera::start_with(|config| {
        config.policy.rates.enforced = false;
        listing(config);
    })
    .await;
    let closed = Tessera::start().await;
    let login = |server: &Tessera| {
        let username = server.held("/animeloop/username");
        let password = server.held("/animeloop/password");
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
