//! The cookie against the real thing: Express with `express-session`, and `cookie-signature`, under the same secret.

use serde_json::{Value, json};

use crate::{
    clients::App,
    dialects::animeloop::{COOKIE, LOGOUT, TOKEN, assert_code, cookie_of, session},
    harness::{Answer, Call, Tessera},
};

const NO_SESSION: i64 = 1_940_103;
const LOGGED_OUT: i64 = 1_220_002;
/// The session is good; its user just has no token.
const NO_TOKEN: i64 = 1_340_401;

/// The session identifier inside a cookie, signature and encoding taken off by hand.
fn sid_of(cookie: &str) -> &str {
    let signed = cookie
        .strip_prefix("s%3A")
        .expect("an encoded signed cookie");
    signed.split('.').next().expect("an identifier")
}

/// The application, sharing the session behind a cookie and, if told, the secret.
fn express(test: &str, server: &Tessera, cookie: &str, secret: Option<&str>) -> Option<App> {
    let ours = server.held("/animeloop/session_secret");
    let settings = json!({
        "secret": secret.unwrap_or(ours),
        "name": COOKIE,
        "sid": sid_of(cookie),
        "user": "demo_user",
    });
    App::start(test, "express.cjs", &settings)
}

async fn ask(app: &App, path: &str, cookie: &str) -> (Answer, Value) {
    let call = Call::get(path).header("Cookie", format!("{COOKIE}={cookie}"));
    let answer = call.send_to(app.address).await.expect(200);
    let body = answer.json();
    (answer, body)
}

async fn code_under(server: &Tessera, cookie: &str) -> i64 {
    let call = Call::post(TOKEN).header("Cookie", format!("{COOKIE}={cookie}"));
    let answer = call.send(server).await.expect(200);
    answer.json()["code"].as_i64().expect("a code")
}

#[tokio::test]
async fn express_accepts_our_cookie() {
    let server = Tessera::start().await;
    // Signatures differ in whether `+` and `/` occur in them, which is what the encoding is about.
    for _ in 0..4 {
        let cookie = session(&server).await;
        let Some(app) = express("express_accepts_our_cookie", &server, &cookie, None) else {
            return;
        };
        let (answer, body) = ask(&app, "/whoami", &cookie).await;
        assert_eq!(body, json!({ "sid": sid_of(&cookie), "user": "demo_user" }));
        assert_eq!(answer.header("set-cookie"), None);
        let (_, body) = ask(&app, "/unsign", &cookie).await;
        assert_eq!(body, json!({ "sid": sid_of(&cookie) }));
    }
}

#[tokio::test]
async fn we_accept_the_cookie_express_makes() {
    let server = Tessera::start().await;
    for _ in 0..4 {
        let ours = session(&server).await;
        let Some(app) = express("we_accept_the_cookie_express_makes", &server, &ours, None) else {
            return;
        };
        // A session made by the middleware, under an identifier both sides know.
        let answer = Call::get("/login").send_to(app.address).await.expect(200);
        let theirs = cookie_of(&answer);
        assert_eq!(theirs, ours);
        assert_eq!(code_under(&server, &theirs).await, NO_TOKEN);
        let header = answer.header("set-cookie").expect("a cookie is set");
        let attributes: Vec<&str> = header
            .split("; ")
            .skip(1)
            .map(|attribute| attribute.split('=').next().unwrap_or_default())
            .collect();
        assert_eq!(attributes, ["Path", "Expires", "HttpOnly"]);

        let (_, body) = ask(&app, "/sign", "").await;
        assert_eq!(body, json!({ "cookie": format!("{COOKIE}={ours}") }));
    }
}

#[tokio::test]
async fn another_secret_is_refused_on_both_sides() {
    let server = Tessera::start().await;
    let ours = session(&server).await;
    let test = "another_secret_is_refused_on_both_sides";
    let Some(app) = express(test, &server, &ours, Some("another secret")) else {
        return;
    };
    let (_, body) = ask(&app, "/whoami", &ours).await;
    assert_eq!(body["user"], Value::Null);
    let (_, body) = ask(&app, "/unsign", &ours).await;
    assert_eq!(body, json!({ "sid": null }));

    let answer = Call::get("/login").send_to(app.address).await.expect(200);
    let theirs = cookie_of(&answer);
    assert_eq!(sid_of(&theirs), sid_of(&ours));
    assert_ne!(theirs, ours);
    assert_eq!(code_under(&server, &theirs).await, NO_SESSION);
}

#[tokio::test]
async fn a_tampered_cookie_is_refused_on_both_sides() {
    let server = Tessera::start().await;
    let cookie = session(&server).await;
    let test = "a_tampered_cookie_is_refused_on_both_sides";
    let Some(app) = express(test, &server, &cookie, None) else {
        return;
    };
    for at in ["s%3A".len(), cookie.len() - 1] {
        let mut bytes = cookie.clone().into_bytes();
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        let tampered = String::from_utf8(bytes).expect("ASCII");
        let (_, body) = ask(&app, "/unsign", &tampered).await;
        assert_eq!(body, json!({ "sid": null }), "{tampered}");
        assert_eq!(
            code_under(&server, &tampered).await,
            NO_SESSION,
            "{tampered}"
        );
    }
    let answer = Call::post(TOKEN)
        .header("Cookie", format!("{COOKIE}={cookie}"))
        .send(&server)
        .await;
    assert_code(&answer, NO_TOKEN);
}

#[tokio::test]
async fn a_cookie_of_others_beside_ours_changes_nothing_on_either_side() {
    let server = Tessera::start().await;
    let test = "a_cookie_of_others_beside_ours_changes_nothing_on_either_side";
    for neighbour in ["stad=Malmö".as_bytes(), b"stad=Malm\xf6", b"=", b"flag"] {
        let cookie = session(&server).await;
        let Some(app) = express(test, &server, &cookie, None) else {
            return;
        };
        let ours = format!("; {COOKIE}={cookie}; last=1");
        let header = [neighbour, ours.as_bytes()].concat();
        let call = Call::get("/whoami").header("Cookie", &header);
        let body = call.send_to(app.address).await.expect(200).json();
        assert_eq!(body, json!({ "sid": sid_of(&cookie), "user": "demo_user" }));

        let ask = async |path: &str| {
            let call = Call::post(path).header("Cookie", &header);
            call.send(&server).await
        };
        assert_code(&ask(TOKEN).await, NO_TOKEN);
        assert_code(&ask(LOGOUT).await, LOGGED_OUT);
        assert_eq!(code_under(&server, &cookie).await, NO_SESSION);
    }
}
