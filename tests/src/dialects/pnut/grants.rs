//! pnut: how tokens are obtained, and every way in which a grant is refused.

use std::time::Duration;

use serde_json::json;
use tessera_server::authority::NewSecret;
use tessera_server::domain::{Actor, MachineSecret, Principal, PrincipalKind, Secret};

use super::{
    ACCESS_TOKEN, assert_oauth_refused, client_credentials, password_grant, password_grant_as, read,
};
use crate::harness::{Call, Tessera};

#[tokio::test]
async fn scopes_hold_basic_first_and_each_once() {
    let server = Tessera::start().await;
    for (asked, held) in [
        ("", "basic"),
        (",", "basic"),
        ("basic", "basic"),
        ("email", "basic,email"),
        ("write_post, files,basic,files", "basic,write_post,files"),
        ("email files", "basic,email,files"),
        (
            "  email   files,write_post ",
            "basic,email,files,write_post",
        ),
        (" ", "basic"),
        (" , ,", "basic"),
        (
            "basic,email,files,follow,messages,public_messages,polls,presence,stream,update_profile,write_post",
            "basic,email,files,follow,messages,public_messages,polls,presence,stream,update_profile,write_post",
        ),
    ] {
        let answer = password_grant(&server, asked)
            .send(&server)
            .await
            .expect(200);
        let token = answer.string_at("/access_token");
        let expected: Vec<&str> = held.split(',').collect();
        assert_eq!(answer.json()["token"]["scopes"], json!(expected));
        let answer = read(&server, &token).await.expect(200);
        assert_eq!(answer.json()["data"]["scopes"], json!(expected));
        assert_eq!(answer.header("x-oauth-scopes"), Some(held));
    }
    for unknown in [
        "everything",
        "Basic",
        "basic;email",
        "basic everything",
        "basic\temail",
        "*",
    ] {
        let answer = password_grant(&server, unknown).send(&server).await;
        let message = "A requested scope is not available.";
        assert_oauth_refused(&answer, 400, "invalid_scope", message);
    }
}

#[tokio::test]
async fn a_grant_that_lacks_a_field_names_it() {
    let server = Tessera::start().await;
    let app = [
        ("grant_type", "client_credentials"),
        ("client_id", "a"),
        ("client_secret", "b"),
    ];
    let user = [
        ("grant_type", "password"),
        ("client_id", "a"),
        ("password_grant_secret", "b"),
        ("username", "c"),
        ("password", "d"),
    ];
    for form in [app.as_slice(), user.as_slice()] {
        for (missing, _) in form {
            let message = format!("{missing} is required.");
            let absent: Vec<_> = form.iter().copied().filter(|(n, _)| n != missing).collect();
            let empty: Vec<_> = form
                .iter()
                .map(|&(name, value)| (name, if name == *missing { "" } else { value }))
                .collect();
            for form in [absent, empty] {
                let answer = Call::post(ACCESS_TOKEN).form(&form).send(&server).await;
                assert_oauth_refused(&answer, 400, "invalid_request", &message);
            }
            let mut repeated = form.to_vec();
            repeated.push((missing, "again"));
            let answer = Call::post(ACCESS_TOKEN).form(&repeated).send(&server).await;
            let message = format!("{missing} must be sent once.");
            assert_oauth_refused(&answer, 400, "invalid_request", &message);
        }
    }
}

#[tokio::test]
async fn a_body_that_is_no_form_is_refused() {
    let server = Tessera::start().await;
    let form = "application/x-www-form-urlencoded";
    let required = "grant_type is required.";
    let malformed = "The request body is not a valid form.";
    let media_type = "The request body must be application/x-www-form-urlencoded.";
    let post = || Call::post(ACCESS_TOKEN);
    let cases = [
        (post(), 400, required),
        (post().body(form, ""), 400, required),
        (post().body(form, "&&&"), 400, required),
        (post().body(form, "grant_type=%FF"), 400, malformed),
        (post().body(form, vec![0xff, 0xfe]), 400, malformed),
        (post().untyped_body("grant_type=password"), 415, media_type),
        (
            post().body("text/plain", "grant_type=password"),
            415,
            media_type,
        ),
        (post().json(&json!({})), 415, media_type),
        (
            post().body(form, "a".repeat(64 * 1024 + 1)),
            413,
            "The request body is too large.",
        ),
    ];
    for (call, status, message) in cases {
        let answer = call.send(&server).await;
        assert_oauth_refused(&answer, status, "invalid_request", message);
    }
    let body = format!(
        "grant_type=client_credentials&client_id={}&client_secret={}&unknown=1",
        server.held("/pnut/client_id"),
        server.held("/pnut/client_secret")
    );
    let typed = post().body(&format!("{form}; charset=UTF-8"), body);
    typed.send(&server).await.expect(200);
}

#[tokio::test]
async fn an_unknown_app_cannot_be_told_from_a_wrong_secret() {
    let server = Tessera::start().await;
    let secret = server.held("/pnut/client_secret");
    let attempts = [
        client_credentials("nobody", secret),
        client_credentials(server.held("/pnut/client_id"), "wrong"),
        // Each grant has a secret of its own.
        client_credentials(
            server.held("/pnut/client_id"),
            server.held("/pnut/password_grant_secret"),
        ),
        client_credentials(&server.held("/pnut/client_id").to_lowercase(), secret),
        Call::post(ACCESS_TOKEN).form(&[
            ("grant_type", "password"),
            ("client_id", server.held("/pnut/client_id")),
            ("password_grant_secret", secret),
            ("username", server.held("/pnut/username")),
            ("password", server.held("/pnut/password")),
        ]),
    ];
    for attempt in attempts {
        let answer = attempt.send(&server).await;
        let message = "The client could not be authenticated.";
        assert_oauth_refused(&answer, 401, "invalid_client", message);
    }
}

#[tokio::test]
async fn an_unknown_user_cannot_be_told_from_a_wrong_password() {
    let server = Tessera::start().await;
    let long = "x".repeat(10_000);
    for (username, password) in [
        ("nobody", server.held("/pnut/password")),
        (server.held("/pnut/username"), "wrong"),
        (server.held("/pnut/username"), &long),
        (
            server.held("/pnut/client_id"),
            server.held("/pnut/client_secret"),
        ),
    ] {
        let call = password_grant_as(&server, username, password, "");
        let answer = call.send(&server).await;
        let message = "Incorrect username or password.";
        assert_oauth_refused(&answer, 400, "invalid_grant", message);
    }
}

/// A further user of pnut, with a password.
async fn user(server: &Tessera, name: &str, email: &str, password: &str) -> Principal {
    let profile = json!({ "email": email });
    let profile = profile.as_object().expect("an object").clone();
    let (authority, operator) = (server.authority(), Actor::operator());
    let user = authority
        .registry()
        .create_principal(
            &operator,
            super::DIALECT,
            PrincipalKind::User,
            name,
            profile,
        )
        .await
        .expect("the name is free");
    let password = NewSecret::password(password);
    let added = authority
        .registry()
        .add_secret(&operator, &user, password)
        .await;
    added.expect("a password is set");
    user
}

const WRONG: &str = "Incorrect username or password.";

#[tokio::test]
async fn an_email_address_is_as_good_as_the_name() {
    let server = Tessera::start().await;
    user(&server, "erin", "Erin.Doe@Example.org", "right").await;
    for name in ["erin", "Erin.Doe@Example.org", "erin.doe@example.org"] {
        let answer = password_grant_as(&server, name, "right", "email");
        let answer = answer.send(&server).await.expect(200);
        assert_eq!(answer.string_at("/username"), "erin");
        let answer = password_grant_as(&server, name, "wrong", "");
        assert_oauth_refused(&answer.send(&server).await, 400, "invalid_grant", WRONG);
    }
}

#[tokio::test]
async fn an_email_address_that_is_not_one_users_is_a_wrong_name() {
    let server = Tessera::start().await;
    for name in ["carol", "dave"] {
        user(&server, name, "shared@example.org", "right").await;
    }
    user(&server, "nameless", "", "right").await;
    let gone = user(&server, "gone", "gone@example.org", "right").await;
    let (authority, operator) = (server.authority(), Actor::operator());
    let disabled = authority
        .registry()
        .set_enabled(&operator, &gone, false)
        .await;
    disabled.expect("a user can be disabled");
    for name in [
        "shared@example.org",
        "nobody@example.org",
        "gone@example.org",
        "@",
        "%@example.org",
        "_hared@example.org",
        // Another dialect's user has this one.
        "demo_user@example.com",
    ] {
        let answer = password_grant_as(&server, name, "right", "")
            .send(&server)
            .await;
        assert_oauth_refused(&answer, 400, "invalid_grant", WRONG);
    }
    // Each of those who share it still has a name.
    password_grant_as(&server, "carol", "right", "")
        .send(&server)
        .await
        .expect(200);
}

#[tokio::test]
async fn another_spelling_of_the_user_buys_no_further_tries() {
    let server = Tessera::start().await;
    user(&server, "erin", "erin@example.org", "right").await;
    let spellings = [
        "erin",
        "erin@example.org",
        "Erin@example.org",
        "ERIN@EXAMPLE.ORG",
    ];
    for name in spellings.iter().cycle().take(5) {
        let call = password_grant_as(&server, name, "wrong", "");
        call.send(&server).await.expect(400);
    }
    for name in spellings {
        let call = password_grant_as(&server, name, "right", "");
        call.send(&server).await.expect(429);
    }
    // An address that nobody has is counted too, whatever its letters.
    for name in [
        "x@example.org",
        "X@example.org",
        "x@EXAMPLE.org",
        "X@Example.Org",
        "x@example.ORG",
    ] {
        let call = password_grant_as(&server, name, "wrong", "");
        call.send(&server).await.expect(400);
    }
    let call = password_grant_as(&server, "x@example.org", "wrong", "");
    call.send(&server).await.expect(429);
}

#[tokio::test]
async fn five_wrong_passwords_lock_the_user_out_for_a_while() {
    let server = Tessera::start().await;
    for _ in 0..5 {
        let call = password_grant_as(&server, server.held("/pnut/username"), "wrong", "");
        call.send(&server).await.expect(400);
    }
    let answer = password_grant(&server, "").send(&server).await;
    let message = "Too many requests. Please wait before trying again.";
    assert_oauth_refused(&answer, 429, "rate_limited", message);
    let wait = answer.header("retry-after").expect("Retry-After");
    let wait = wait.parse().expect("whole seconds");
    server.clock.advance(Duration::from_secs(wait));
    password_grant(&server, "").send(&server).await.expect(200);
}

#[tokio::test]
async fn an_app_gets_no_scope_that_its_profile_does_not_open() {
    let server = Tessera::start().await;
    let authority = server.authority();
    let operator = Actor::operator();
    let profile = json!({ "name": "Reader", "url": "https://example.com", "scopes": ["email"] });
    let profile = profile.as_object().expect("an object").clone();
    let kind = PrincipalKind::Client;
    let app = authority
        .registry()
        .ensure_principal(&operator, super::DIALECT, kind, "reader", profile)
        .await
        .expect("an app is made");
    let secret = NewSecret::Random(MachineSecret::PasswordGrant);
    let secret = authority
        .registry()
        .add_secret(&operator, &app, secret)
        .await;
    let secret: Secret = secret
        .expect("a secret is made")
        .value
        .expect("it is shown");
    let ask = |scope| {
        Call::post(ACCESS_TOKEN).form(&[
            ("grant_type", "password"),
            ("client_id", "reader"),
            ("password_grant_secret", secret.expose()),
            ("username", server.held("/pnut/username")),
            ("password", server.held("/pnut/password")),
            ("scope", scope),
        ])
    };
    ask("basic,email").send(&server).await.expect(200);
    let answer = ask("email,files").send(&server).await;
    let message = "A requested scope is not available.";
    assert_oauth_refused(&answer, 400, "invalid_scope", message);
}
