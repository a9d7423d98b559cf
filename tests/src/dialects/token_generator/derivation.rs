//! What the tokens say that an accepted call hands out.

use serde_json::json;

use super::{
    HEADER, USER_ID, call, claims, derive, now_secs, part, renewed_of, secret_token, sign,
    token_of, user_call,
};
use crate::harness::{Call, Tessera};

/// The payload of a token without its `jti`, which is checked to be the last member.
fn payload(token: &str) -> String {
    let text = part(token, 1);
    let (start, jti) = text.split_once(r#","jti":""#).expect("a jti");
    assert!(jti.ends_with("\"}") && !jti.contains(','), "{text}");
    format!("{start}}}")
}

#[tokio::test]
async fn without_a_permission_the_callers_claims_come_back_with_fresh_times() {
    let server = Tessera::start().await;
    let now = now_secs(&server);
    let expected = format!(
        r#"{{"exp":{},"iat":{now},"user_id":"{USER_ID}"}}"#,
        now + 14_400
    );
    for call in [
        user_call(&server),
        user_call(&server).form(&[]),
        user_call(&server).form(&[("permission", "")]),
        user_call(&server).form(&[("permission", "{}")]),
        user_call(&server).json(&json!({})),
        user_call(&server).json(&json!({ "permission": "" })),
        user_call(&server).json(&json!({ "permission": {} })),
        user_call(&server).body("application/json", ""),
        user_call(&server).header("Cookie", ""),
    ] {
        let answer = call.send(&server).await;
        for token in [token_of(&answer), renewed_of(&answer)] {
            assert_eq!(part(&token, 0), HEADER);
            assert_eq!(payload(&token), expected, "{call:?}");
        }
        assert_ne!(token_of(&answer), renewed_of(&answer));
    }
}

#[tokio::test]
async fn a_permission_is_appended_in_the_order_sent_however_it_is_sent() {
    let server = Tessera::start().await;
    let text = r#"{"zeta":[1,{"b":null,"a":1.5}],"abilities":{"z":{"Access":{"see":true,"a":false}},"a":{}},"Id":"z","ümlaut":"\"\\ü"}"#;
    let now = now_secs(&server);
    let expected = format!(
        r#"{{"exp":{},"iat":{now},"user_id":"{USER_ID}",{}"#,
        now + 14_400,
        &text[1..]
    );
    let spaced = text.replace(':', " : ").replace("\",\"", "\" ,\n \"");
    for call in [
        user_call(&server).form(&[("permission", text)]),
        user_call(&server).form(&[("permission", &spaced)]),
        user_call(&server).body("application/json", format!(r#"{{"permission":{text}}}"#)),
        user_call(&server).json(&json!({ "permission": text })),
        user_call(&server).body(
            "Application/JSON; charset=utf-8",
            json!({ "permission": text }).to_string(),
        ),
    ] {
        let answer = call.send(&server).await;
        assert_eq!(payload(&token_of(&answer)), expected, "{call:?}");
        let renewed = payload(&renewed_of(&answer));
        assert!(renewed.ends_with(&format!("\"{USER_ID}\"}}")), "{renewed}");
    }
}

#[tokio::test]
async fn the_answer_is_compact_json_with_the_public_host_and_port() {
    let server = Tessera::start().await;
    let answer = user_call(&server)
        .header("Host", "evil.example:1")
        .send(&server)
        .await
        .expect(200);
    let expected = json!({ "token": token_of(&answer), "endpoint": server.address().to_string() });
    assert_eq!(answer.text(), expected.to_string());

    let server = Tessera::start_with(|config| {
        let url = "https://tokens.example.com".parse();
        config.public_url = Some(url.expect("a URL"));
    })
    .await;
    let answer = user_call(&server).send(&server).await.expect(200);
    assert_eq!(answer.string_at("/endpoint"), "tokens.example.com:443");
}

#[tokio::test]
async fn the_authorization_scheme_takes_quotes_and_further_parameters() {
    let server = Tessera::start().await;
    let token = server.held("/token_generator/user_token");
    for value in [
        format!("Token token={token}"),
        format!("token token=\"{token}\""),
        format!("Token token=\"{token}\", nonce=\"a,b;c\", x=y"),
        format!("Token token={token};nonce=1"),
    ] {
        let call = Call::post(super::TOKEN).header("Authorization", &value);
        token_of(&call.send(&server).await);
    }
}

#[tokio::test]
async fn a_secret_token_is_answered_under_its_issuer_and_its_secret() {
    let server = Tessera::start().await;
    let now = now_secs(&server);
    for caller in [
        secret_token(&server, json!({})),
        secret_token(&server, json!({ "exp": now + 60, "iat": now })),
        sign(
            server.held("/token_generator/secret"),
            r#"{"alg":"HS256","typ":"JWT"}"#,
            &json!({ "iss": server.held("/token_generator/secret_id") }).to_string(),
        ),
    ] {
        let answer = derive(&server, &caller, json!({ "abilities": { "a": {} } })).await;
        let dates = format!(
            r#"{{"exp":{},"iat":{now},"iss":"{}""#,
            now + 14_400,
            server.held("/token_generator/secret_id")
        );
        let (token, renewed) = (token_of(&answer), renewed_of(&answer));
        assert_eq!(
            payload(&token),
            format!(r#"{dates},"abilities":{{"a":{{}}}}}}"#)
        );
        assert_eq!(payload(&renewed), format!("{dates}}}"));
        for token in [token, renewed] {
            let again = sign(
                server.held("/token_generator/secret"),
                &part(&token, 0),
                &part(&token, 1),
            );
            assert_eq!(token, again, "signed with the holder's secret");
            assert_eq!(part(&token, 0), HEADER);
            token_of(&call(&token).send(&server).await);
        }
    }
}

#[tokio::test]
async fn a_secret_callers_further_claims_are_kept_before_the_permission() {
    let server = Tessera::start().await;
    let id = server.held("/token_generator/secret_id");
    let caller = secret_token(
        &server,
        json!({ "role": "x", "user_id": "u", "jti": "theirs" }),
    );
    let answer = derive(&server, &caller, json!({ "note": 1, "role": "y" })).await;
    let now = now_secs(&server);
    let dates = format!(r#"{{"exp":{},"iat":{now},"iss":"{id}""#, now + 14_400);
    assert_eq!(
        payload(&token_of(&answer)),
        format!(r#"{dates},"user_id":"u","note":1,"role":"y"}}"#)
    );
    assert_eq!(
        payload(&renewed_of(&answer)),
        format!(r#"{dates},"role":"x","user_id":"u"}}"#)
    );
}

#[tokio::test]
async fn admin_is_handed_on_until_abilities_are_set() {
    let server = Tessera::start().await;
    let caller = secret_token(&server, json!({ "admin": true }));
    let plain = derive(&server, &caller, json!({ "note": 1 })).await;
    assert_eq!(claims(&token_of(&plain))["admin"], true);
    assert_eq!(claims(&renewed_of(&plain))["admin"], true);
    let bound = derive(&server, &caller, json!({ "abilities": {} })).await;
    assert_eq!(claims(&token_of(&bound)).get("admin"), None);
    assert_eq!(claims(&renewed_of(&bound))["admin"], true);

    let both = secret_token(&server, json!({ "admin": true, "abilities": {} }));
    let answer = derive(&server, &both, json!({})).await;
    assert_eq!(claims(&token_of(&answer)).get("admin"), None);
    assert_eq!(claims(&renewed_of(&answer)).get("admin"), None);
}

#[tokio::test]
async fn every_call_makes_tokens_of_their_own() {
    let server = Tessera::start().await;
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..3 {
        let answer = user_call(&server).send(&server).await;
        assert!(seen.insert(token_of(&answer)) && seen.insert(renewed_of(&answer)));
    }
}
