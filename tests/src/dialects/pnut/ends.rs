//! How tokens of pnut end: deleted, revoked centrally, with their user and their app; and that a restart ends none.

use std::time::Duration;

use tessera_server::domain::{Actor, Principal, PrincipalKind};

use super::{INVALID, TOKEN, app_token, assert_refused, read, user_token};
use crate::harness::{Call, Tessera};

async fn demo_principal(server: &Tessera, kind: PrincipalKind, name: &str) -> Principal {
    let found = server
        .authority()
        .registry()
        .find_principal(super::DIALECT, kind, name)
        .await;
    found.expect("storage works").expect("the demo seeded it")
}

#[tokio::test]
async fn deleting_ends_one_token_and_the_grant_stays_until_the_last() {
    let server = Tessera::start().await;
    let user = demo_principal(&server, PrincipalKind::User, server.held("/pnut/username")).await;
    let app = demo_principal(
        &server,
        PrincipalKind::Client,
        server.held("/pnut/client_id"),
    )
    .await;
    let granted = async || {
        let scopes = server
            .authority()
            .registry()
            .granted_scopes(user.id, app.id)
            .await;
        let scopes = scopes.expect("storage works");
        scopes.map(|scopes| scopes.to_string())
    };
    assert_eq!(granted().await, None);
    let first = user_token(&server, "email").await;
    let second = user_token(&server, "files").await;
    let app_token = app_token(&server).await;
    assert_eq!(granted().await.as_deref(), Some("basic email files"));

    let shown = read(&server, &first).await.expect(200);
    let deleted = Call::delete(TOKEN).bearer(&first).send(&server).await;
    assert_eq!(deleted.expect(200).text(), shown.text());
    assert_refused(&read(&server, &first).await, 401, INVALID);
    let again = Call::delete(TOKEN).bearer(&first).send(&server).await;
    assert_refused(&again, 401, INVALID);
    read(&server, &second).await.expect(200);
    read(&server, &app_token).await.expect(403);
    assert_eq!(granted().await.as_deref(), Some("basic email files"));

    let deleted = Call::delete(&format!("{TOKEN}?access_token={second}"));
    deleted.send(&server).await.expect(200);
    assert_eq!(granted().await, None);
}

#[tokio::test]
async fn of_deletions_at_once_none_fails_and_no_use_comes_after() {
    let server = Tessera::start().await;
    let token = user_token(&server, "").await;
    let call = Call::delete(TOKEN).bearer(&token);
    let mut poised = Vec::new();
    for _ in 0..16 {
        poised.push(call.poise(&server).await);
    }
    // Each of them is under way before any is answered.
    let deletions = poised.into_iter().map(async |deletion| {
        let answer = deletion.release().await;
        (answer.status, read(&server, &token).await.status)
    });
    let answers = futures_util::future::join_all(deletions).await;
    let count = |status| {
        let alike = answers.iter().filter(|(deleted, _)| *deleted == status);
        alike.count()
    };
    assert_eq!((count(200), count(401)), (1, 15), "{answers:?}");
    let used: Vec<u16> = answers.iter().map(|(_, used)| *used).collect();
    assert_eq!(used, [401; 16]);
}

#[tokio::test]
async fn tokens_outlive_a_restart_and_so_does_their_end() {
    let mut server = Tessera::start().await;
    let live = user_token(&server, "").await;
    let dead = user_token(&server, "").await;
    let deleted = Call::delete(TOKEN).bearer(&dead).send(&server).await;
    deleted.expect(200);
    server.restart().await;
    server.clock.advance(Duration::from_hours(400 * 24));
    read(&server, &live).await.expect(200);
    assert_refused(&read(&server, &dead).await, 401, INVALID);
}

#[tokio::test]
async fn a_centrally_revoked_token_is_refused_at_once() {
    let server = Tessera::start().await;
    let token = user_token(&server, "").await;
    let call = Call::post("/oauth/revoke").form(&[("token", &token)]);
    let call = call.basic(
        server.held("/oauth/client_id"),
        server.held("/oauth/client_secret"),
    );
    call.send(&server).await.expect(200);
    assert_refused(&read(&server, &token).await, 401, INVALID);
}

#[tokio::test]
async fn tokens_die_with_their_user_and_their_app() {
    let server = Tessera::start().await;
    let operator = Actor::operator();
    for (kind, name) in [
        (PrincipalKind::User, server.held("/pnut/username")),
        (PrincipalKind::Client, server.held("/pnut/client_id")),
    ] {
        let token = user_token(&server, "").await;
        let principal = demo_principal(&server, kind, name).await;
        let authority = server.authority();
        let disabled = authority
            .registry()
            .set_enabled(&operator, &principal, false)
            .await;
        disabled.expect("it is disabled");
        assert_refused(&read(&server, &token).await, 401, INVALID);
        let enabled = authority
            .registry()
            .set_enabled(&operator, &principal, true)
            .await;
        enabled.expect("it is enabled");
    }
}
