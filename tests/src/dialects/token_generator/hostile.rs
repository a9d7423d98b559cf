//! Requests that try to get more than their caller has, or to break the reader.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use super::{
    HEADER, TOKEN, USER_ID, assert_denied, assert_refused, call, derive, now_secs, part,
    secret_token, sign, token_of, user_call,
};
use crate::harness::{Call, Tessera, call::send_bytes};

fn token(server: &Tessera) -> String {
    let token = server.held("/token_generator/user_token");
    token.to_owned()
}

async fn denied(server: &Tessera, token: &str) {
    let answer = call(token).send(server).await;
    assert_eq!(answer.status, 401, "{token}");
    assert_denied(&answer);
}

#[tokio::test]
async fn a_call_without_a_usable_credential_is_denied() {
    let server = Tessera::start().await;
    let token = token(&server);
    assert_denied(&Call::post(TOKEN).send(&server).await);
    for value in [
        String::new(),
        "Token".to_owned(),
        "Token token=".to_owned(),
        format!("Bearer {token}"),
        format!("Token {token}"),
        format!("Token token=\"{token}"),
        format!("Token token={token}, token={token}"),
        format!("Token token=\"{token}\" trailing"),
        format!("Token token=\"{token} \""),
        format!("Basic {}", URL_SAFE_NO_PAD.encode("a:b")),
    ] {
        let answer = Call::post(TOKEN)
            .header("Authorization", &value)
            .send(&server)
            .await;
        assert_eq!(answer.status, 401, "{value}");
        assert_denied(&answer);
    }
    let twice = call(&token).header("Authorization", format!("Token token={token}"));
    assert_denied(&twice.send(&server).await);
    let in_query = Call::post(&format!("{TOKEN}?token={token}"));
    assert_denied(&in_query.send(&server).await);
}

#[tokio::test]
async fn a_credential_of_stray_bytes_is_denied() {
    let server = Tessera::start().await;
    let mut bytes =
        format!("POST {TOKEN} HTTP/1.1\r\nHost: x\r\nAuthorization: Token token=").into_bytes();
    bytes.extend([0xff, 0xfe, 0x80]);
    bytes.extend(b"\r\nConnection: close\r\n\r\n");
    assert_denied(&send_bytes(server.address(), &bytes).await);
}

#[tokio::test]
async fn every_change_to_a_token_is_noticed() {
    let server = Tessera::start().await;
    let token = token(&server);
    let (input, mac) = token.rsplit_once('.').expect("a JWT");
    let payload = part(&token, 1);
    let other = payload.replace(USER_ID, "0b0e3d5c-3f0a-4a52-9c0a-6f1d2f6f7a11");
    let forged = |header: &str| {
        let payload = URL_SAFE_NO_PAD.encode(&other);
        format!("{}.{payload}.{mac}", URL_SAFE_NO_PAD.encode(header))
    };
    let mut changed = vec![
        forged(HEADER),
        input.to_owned(),
        format!("{input}."),
        format!("{token}."),
        format!("{token}A"),
        format!("{token}="),
        format!(".{token}"),
        format!("{input}..{mac}"),
        mac.to_owned(),
        "..".to_owned(),
        "a.b.c".to_owned(),
        ".".repeat(4096),
        sign("", HEADER, &payload),
        sign("another secret", HEADER, &payload),
    ];
    changed.extend(
        (1..token.len())
            .step_by(7)
            .map(|length| token[..length].to_owned()),
    );
    changed.extend(
        (1..token.len())
            .step_by(7)
            .map(|start| token[start..].to_owned()),
    );
    for header in [
        r#"{"typ":"JWT","alg":"none"}"#,
        r#"{"typ":"JWT","alg":"None"}"#,
        r#"{"typ":"JWT"}"#,
        r#"{"typ":"JWT","alg":null}"#,
        r#"{"typ":"JWT","alg":["HS256"]}"#,
        r#"{"typ":"JWT","alg":"HS512"}"#,
        r#"{"typ":"JWT","alg":"RS256"}"#,
    ] {
        changed.push(forged(header));
        let unsigned = forged(header);
        let (unsigned, _) = unsigned.rsplit_once('.').expect("a JWT");
        changed.push(format!("{unsigned}."));
    }
    for token in changed {
        denied(&server, &token).await;
    }
}

#[tokio::test]
async fn a_secret_token_is_taken_only_as_hs256_under_its_own_issuer() {
    let server = Tessera::start().await;
    let (id, secret) = (
        server.held("/token_generator/secret_id"),
        server.held("/token_generator/secret"),
    );
    let payload = json!({ "iss": id }).to_string();
    for header in [
        r#"{"alg":"none"}"#,
        r#"{"alg":"HS384"}"#,
        r#"{"alg":"hs256"}"#,
        r#"{"typ":"at+jwt","alg":"HS256"}"#,
        r#"{"alg":"HS256","crit":["exp"]}"#,
        r#"{"alg":"HS256","alg":"HS256"}"#,
        "[]",
        "",
    ] {
        denied(&server, &sign(secret, header, &payload)).await;
    }
    for payload in [
        json!({}),
        json!({ "iss": null }),
        json!({ "iss": [id] }),
        json!({ "iss": { "id": id } }),
        json!({ "iss": format!("{id} ") }),
        json!({ "iss": id.to_uppercase() }),
        json!({ "iss": "unknown" }),
        json!({ "iss": "" }),
        json!({ "iss": "' OR 1=1 --" }),
        json!({ "user_id": USER_ID, "exp": now_secs(&server) + 60, "iat": now_secs(&server) }),
        json!([id]),
    ] {
        denied(
            &server,
            &sign(secret, r#"{"alg":"HS256"}"#, &payload.to_string()),
        )
        .await;
    }
    let twice = format!(r#"{{"iss":"{id}","iss":"{id}"}}"#);
    denied(&server, &sign(secret, r#"{"alg":"HS256"}"#, &twice)).await;
    denied(&server, &sign("guess", r#"{"alg":"HS256"}"#, &payload)).await;
    denied(
        &server,
        &secret_token(&server, json!({ "x": "a".repeat(4096) })),
    )
    .await;
}

#[tokio::test]
async fn tokens_of_other_dialects_are_not_taken() {
    let server = Tessera::start().await;
    let answer = Call::post("/api/v1/auth/token")
        .header("x-merchant-id", server.held("/manis/merchant_id"))
        .header("x-secret", server.held("/manis/secret"))
        .send(&server)
        .await
        .expect(200);
    denied(&server, &answer.string_at("/token")).await;
    let answer = Call::post("/v1/oauth/access_token")
        .form(&[
            ("grant_type", "client_credentials"),
            ("client_id", server.held("/pnut/client_id")),
            ("client_secret", server.held("/pnut/client_secret")),
        ])
        .send(&server)
        .await
        .expect(200);
    denied(&server, &answer.string_at("/access_token")).await;
}

#[tokio::test]
async fn a_permission_that_is_no_json_object_is_refused() {
    let server = Tessera::start().await;
    for text in [
        "{",
        " ",
        "album_id",
        "{'a':1}",
        "{} x",
        r#"{"a":1e400}"#,
        r#"{"a":1,"a":1}"#,
        r#"{"abilities":{"a":{"x":false,"x":true}}}"#,
        "\u{0}",
    ] {
        for call in [
            user_call(&server).form(&[("permission", text)]),
            user_call(&server).json(&json!({ "permission": text })),
        ] {
            let answer = call.send(&server).await;
            assert_refused(&answer, 400, "permission is not valid JSON");
        }
    }
    for value in [
        json!([]),
        json!(1),
        json!(true),
        json!(null),
        json!("x"),
        json!([{}]),
    ] {
        let text = value.to_string();
        let answer = user_call(&server)
            .form(&[("permission", &text)])
            .send(&server)
            .await;
        assert_refused(&answer, 400, "permission must be a JSON object");
        if !value.is_string() {
            let answer = derive(&server, &token(&server), value).await;
            assert_refused(&answer, 400, "permission must be a JSON object");
        }
    }
}

#[tokio::test]
async fn a_body_that_cannot_be_read_is_refused() {
    let server = Tessera::start().await;
    for call in [
        user_call(&server).body("application/json", "{"),
        user_call(&server).body("application/json", "[]"),
        user_call(&server).body("application/json", "\"x\""),
        user_call(&server).body("application/json", [0x7b, 0xff, 0x7d]),
        user_call(&server).body(
            "application/json",
            r#"{"permission":"{}","permission":{"a":1}}"#,
        ),
        user_call(&server).body("application/x-www-form-urlencoded", "permission=%FF"),
        user_call(&server).body(
            "application/x-www-form-urlencoded",
            "permission=%7B%7D&permission=%7B%7D",
        ),
    ] {
        let answer = call.send(&server).await;
        assert_refused(&answer, 400, "the request body is malformed");
    }
    for call in [
        user_call(&server).body("text/plain", "permission="),
        user_call(&server).body("multipart/form-data; boundary=x", "--x--"),
        user_call(&server).body("application/jsonp", "{}"),
        user_call(&server).untyped_body("permission="),
    ] {
        let answer = call.send(&server).await;
        assert_refused(&answer, 415, "the media type is not supported");
    }
}

#[tokio::test]
async fn size_and_depth_are_bounded() {
    let server = Tessera::start().await;
    let nested = |depth: usize| {
        let open = r#"{"a":"#.repeat(depth - 1);
        format!("{open}{{}}{}", "}".repeat(depth - 1))
    };
    let answer = user_call(&server)
        .form(&[("permission", &nested(32))])
        .send(&server)
        .await;
    token_of(&call(&token_of(&answer)).send(&server).await);
    for depth in [33, 1_000] {
        let answer = user_call(&server)
            .form(&[("permission", &nested(depth))])
            .send(&server)
            .await;
        assert_refused(&answer, 400, "permission is not valid JSON");
        let body = format!(r#"{{"permission":{}}}"#, nested(depth));
        let answer = user_call(&server)
            .body("application/json", body)
            .send(&server)
            .await;
        assert_refused(&answer, 400, "the request body is malformed");
    }

    let caller = token(&server);
    let mut length = 3_000;
    let largest = loop {
        let answer = derive(&server, &caller, json!({ "x": "a".repeat(length) })).await;
        if answer.status == 200 {
            break token_of(&answer);
        }
        length -= 4;
    };
    assert!(
        (4_000..=4_096).contains(&largest.len()),
        "{}",
        largest.len()
    );
    token_of(&call(&largest).send(&server).await);
    let answer = derive(&server, &token(&server), json!({ "x": "a".repeat(3_000) })).await;
    assert_refused(&answer, 400, "permission does not fit into a token");
    let many: serde_json::Map<String, Value> = (0..5_000)
        .map(|n| (n.to_string(), Value::from(n)))
        .collect();
    let answer = derive(&server, &token(&server), Value::Object(many)).await;
    assert_refused(&answer, 400, "permission does not fit into a token");

    let padded = |length: usize| format!("permission={}", "+".repeat(length - 11));
    let answer = user_call(&server)
        .body("application/x-www-form-urlencoded", padded(65_536))
        .send(&server)
        .await;
    assert_refused(&answer, 400, "permission is not valid JSON");
    let answer = user_call(&server)
        .body("application/x-www-form-urlencoded", padded(65_537))
        .send(&server)
        .await;
    assert_refused(&answer, 413, "the request body is too large");
}
