//! Requests that are not as documented: bodies, paths, methods, pages of other origins.

use serde_json::json;

use super::{LOGIN, LOGOUT, NEW, REVOKE, TOKEN, assert_code, login, new_token, post, session};
use crate::harness::{Answer, Call, Tessera};

#[track_caller]
fn assert_bad_request(answer: &Answer) {
    assert_eq!(answer.status_line, "HTTP/1.1 400 Bad Request");
    assert_eq!(
        answer.text(),
        r#"{"status":"error","code":400,"message":"Bad request"}"#
    );
    assert_eq!(
        answer.header("content-type"),
        Some("application/json; charset=utf-8")
    );
}

#[tokio::test]
async fn login_takes_json_and_ignores_further_fields() {
    let server = Tessera::start().await;
    let body = json!({
        "username": server.held("/animeloop/username"),
        "password": server.held("/animeloop/password"),
        "remember": { "me": true },
    });
    for media_type in ["application/json", "Application/JSON; charset=utf-8"] {
        let call = Call::post(LOGIN).body(media_type, body.to_string());
        assert_code(&call.send(&server).await, 1_220_001);
    }
    let form = format!(
        "remember=me&username={}&password={}",
        server.held("/animeloop/username"),
        server.held("/animeloop/password")
    );
    let media_type = "application/x-www-form-urlencoded; charset=UTF-8";
    let call = Call::post(LOGIN).body(media_type, form);
    assert_code(&call.send(&server).await, 1_220_001);
}

#[tokio::test]
async fn absent_and_empty_fields_are_told_apart_from_wrong_ones() {
    let server = Tessera::start().await;
    let cases = [
        ("", 1_940_104),
        ("password=long_enough", 1_940_104),
        ("username=&password=long_enough", 1_940_104),
        ("username=&password=", 1_940_104),
        ("username=demo_user", 1_940_105),
        ("username=demo_user&password=", 1_940_105),
        ("username=demo_user&password", 1_940_105),
        // Nobody has a name or password of such a form.
        ("username=four&password=long_enough", 1_940_106),
        ("username=demo+user&password=long_enough", 1_940_106),
        ("username=demo_user&password=short", 1_940_106),
        ("username=demo_user&password=with-a-dash", 1_940_106),
        (
            "username=demo_user&password=%D0%BF%D0%B0%D1%80%D0%BE%D0%BB%D1%8C_1",
            1_940_106,
        ),
        ("username=nobody_here&password=long_enough", 1_940_106),
        ("username=DEMO_USER&password=long_enough", 1_940_106),
    ];
    for (form, code) in cases {
        let call = Call::post(LOGIN).body("application/x-www-form-urlencoded", form);
        let answer = call.send(&server).await;
        assert_eq!(answer.json()["code"], code, "{form}");
    }
    for (body, code) in [
        (json!({}), 1_940_104),
        (json!({ "username": "demo_user" }), 1_940_105),
        (json!({ "username": "", "password": "x" }), 1_940_104),
    ] {
        assert_code(&Call::post(LOGIN).json(&body).send(&server).await, code);
    }
}

#[tokio::test]
async fn an_unknown_user_reads_like_a_wrong_password() {
    let server = Tessera::start().await;
    let wrong = |name| Call::post(LOGIN).form(&[("username", name), ("password", "long_enough")]);
    let unknown = wrong("nobody_here").send(&server).await;
    let known = wrong("demo_user").send(&server).await;
    assert_eq!(unknown.text(), known.text());
}

#[tokio::test]
async fn bodies_that_are_neither_form_nor_json_are_refused() {
    let server = Tessera::start().await;
    let json = "application/json";
    let form = "application/x-www-form-urlencoded";
    let nested = format!("{}1{}", "[".repeat(40), "]".repeat(40));
    let good = "username=demo_user&password=long_enough";
    let cases: Vec<(&str, Vec<u8>)> = vec![
        ("text/plain", good.into()),
        ("multipart/form-data; boundary=x", "--x--".into()),
        ("application/jsonp", "{}".into()),
        ("", good.into()),
        (json, "".into()),
        (json, "{".into()),
        (json, "null".into()),
        (json, "[]".into()),
        (json, r#""username""#.into()),
        (json, r#"{"username":1,"password":"long_enough"}"#.into()),
        (json, r#"{"username":null,"password":"long_enough"}"#.into()),
        (
            json,
            r#"{"username":"demo_user","password":["long_enough"]}"#.into(),
        ),
        (
            json,
            format!(r#"{{"username":"demo_user","password":"long_enough","x":{nested}}}"#).into(),
        ),
        (
            json,
            b"{\"username\":\"demo_user\xff\",\"password\":\"long_enough\"}".to_vec(),
        ),
        (
            json,
            r#"{"username":"demo_user","username":"demo_user","password":"long_enough"}"#.into(),
        ),
        (
            json,
            r#"{"username":"demo_user","password":"long_enough","x":[{"a":1,"\u0061":1}]}"#.into(),
        ),
        (json, good.into()),
        (
            form,
            "username=demo_user&username=demo_user&password=long_enough".into(),
        ),
        (form, "username=%FF&password=long_enough".into()),
    ];
    for (media_type, body) in cases {
        let answer = Call::post(LOGIN)
            .body(media_type, body.clone())
            .send(&server)
            .await;
        assert_eq!(
            answer.text(),
            r#"{"status":"error","code":400,"message":"Bad request"}"#,
            "{media_type}: {}",
            String::from_utf8_lossy(&body)
        );
        assert_bad_request(&answer);
    }
    for coding in ["gzip", "identity, gzip"] {
        let packed = login(&server).header("Content-Encoding", coding);
        assert_bad_request(&packed.send(&server).await);
    }
    assert_bad_request(&Call::post(LOGIN).untyped_body(good).send(&server).await);
    assert_bad_request(&Call::post(LOGIN).send(&server).await);
}

#[tokio::test]
async fn operations_without_a_body_ignore_one() {
    let server = Tessera::start().await;
    let cookie = session(&server).await;
    for (path, code) in [
        (NEW, 1_320_002),
        (TOKEN, 1_320_001),
        (REVOKE, 1_320_003),
        (LOGOUT, 1_220_002),
    ] {
        let call = post(path, &cookie).body("text/plain", "whatever {");
        assert_code(&call.send(&server).await, code);
    }
}

#[tokio::test]
async fn unmatched_paths_are_bad_requests() {
    let server = Tessera::start().await;
    for path in [
        "/api/v2",
        "/api/v2/",
        "/api/v2/auth",
        "/api/v2/auth/",
        "/api/v2/auth/token/",
        "/api/v2/auth/token/other",
        "/api/v2/auth/register",
        "/api/v2/../v2/auth/token",
        "/api/v2/%00",
        "/api/v2/AUTH/TOKEN",
    ] {
        for method in ["GET", "POST", "DELETE", "OPTIONS", "BREW"] {
            let answer = Call::new(method, path).send(&server).await;
            assert_bad_request(&answer);
            assert_eq!(answer.header("allow"), None, "{method} {path}");
        }
    }
}

#[tokio::test]
async fn a_wrong_method_is_a_bad_request_that_names_the_right_ones() {
    let server = Tessera::start().await;
    let cookie = session(&server).await;
    let token = new_token(&server, &cookie).await;
    for (path, allow) in [
        (LOGIN, "POST"),
        (LOGOUT, "POST"),
        (NEW, "POST"),
        (REVOKE, "POST"),
        (TOKEN, "GET, HEAD, POST"),
    ] {
        for method in ["GET", "PUT", "PATCH", "DELETE", "OPTIONS", "BREW"] {
            if method == "GET" && path == TOKEN {
                continue;
            }
            let pair = format!("{}={cookie}", super::COOKIE);
            let answer = Call::new(method, path)
                .header("Cookie", pair)
                .send(&server)
                .await;
            assert_bad_request(&answer);
            assert_eq!(answer.header("allow"), Some(allow), "{method} {path}");
        }
    }
    let answer = post(TOKEN, &cookie).send(&server).await;
    assert_eq!(answer.string_at("/data/token"), token);
}

#[tokio::test]
async fn head_is_get_without_a_body() {
    let server = Tessera::start().await;
    let get = Call::get(TOKEN).send(&server).await;
    let head = Call::new("HEAD", TOKEN).send(&server).await;
    assert_eq!(head.status_line, "HTTP/1.1 200 OK");
    assert!(head.body.is_empty());
    for name in ["content-type", "content-length", "cache-control"] {
        assert_eq!(head.header(name), get.header(name), "{name}");
    }
}

#[tokio::test]
async fn pages_of_other_origins_change_nothing() {
    let server = Tessera::start().await;
    let cookie = session(&server).await;
    let token = new_token(&server, &cookie).await;
    for (name, value) in [
        ("Origin", "https://evil.example"),
        ("Origin", "null"),
        ("Sec-Fetch-Site", "cross-site"),
        ("Sec-Fetch-Site", "same-site"),
    ] {
        for path in [NEW, REVOKE, LOGOUT] {
            let call = post(path, &cookie).header(name, value);
            assert_bad_request(&call.send(&server).await);
        }
        let answer = login(&server).header(name, value).send(&server).await;
        assert_bad_request(&answer);
        assert_eq!(answer.header("set-cookie"), None);
    }
    let ours = post(TOKEN, &cookie)
        .header("Origin", server.base_url())
        .header("Sec-Fetch-Site", "same-origin");
    let answer = ours.send(&server).await;
    assert_eq!(answer.string_at("/data/token"), token);
}

#[tokio::test]
async fn with_the_captcha_on_nobody_logs_in_and_sessions_live_on() {
    let server =
        Tessera::start_with(|config| config.policy.dialects.animeloop.captcha = true).await;
    let answered = Call::post(LOGIN).form(&[
        ("username", server.held("/animeloop/username")),
        ("password", server.held("/animeloop/password")),
        ("g-recaptcha-response", "03AGdBq25"),
    ]);
    for call in [
        login(&server),
        answered,
        Call::post(LOGIN).form(&[("username", ""), ("password", "")]),
    ] {
        let answer = call.send(&server).await;
        assert_code(&answer, 1_940_101);
        assert_eq!(answer.header("set-cookie"), None);
    }
    assert_code(&Call::post(LOGOUT).send(&server).await, 1_220_002);
}
