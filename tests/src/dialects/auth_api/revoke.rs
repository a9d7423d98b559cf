//! Revocation by id: who may, what dies with what, that nobody can probe for ids, what the audit keeps.

use sea_orm::{ConnectionTrait, DatabaseBackend, Statement};
use serde_json::{Value, json};

use super::{
    ALL_SCOPES, Issued, LONG, assert_refused, body, client, exchange, long_token, long_token_of,
    long_token_with, revoke, revoke_path, short_token, short_token_with,
};
use crate::harness::{Answer, Call, Tessera};

/// Whether a long token can still be exchanged.
async fn lives(server: &Tessera, long: &Issued) -> bool {
    exchange(&long.token).send(server).await.status == 201
}

/// Whether a short token with `tokens:revoke` is still taken.
async fn is_taken(server: &Tessera, short: &Issued) -> bool {
    let nobody = Call::post(&revoke_path("nobody")).bearer(&short.token);
    nobody.send(server).await.status == 404
}

#[tokio::test]
async fn revoking_is_idempotent_and_takes_either_kind_of_bearer() {
    let server = Tessera::start().await;
    let (caller, target) = (long_token(&server).await, long_token(&server).await);
    let by_short = short_token(&server, &caller).await;
    for bearer in [&caller, &by_short, &caller] {
        let answer = revoke(bearer, &target).send(&server).await.expect(204);
        assert!(answer.body.is_empty());
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        assert_eq!(answer.header("content-type"), None);
    }
    assert!(!lives(&server, &target).await && lives(&server, &caller).await);
}

#[tokio::test]
async fn revoking_a_long_token_ends_its_short_tokens_and_no_others() {
    let server = Tessera::start().await;
    let (caller, target) = (long_token(&server).await, long_token(&server).await);
    let (own, other) = (
        short_token(&server, &target).await,
        short_token(&server, &caller).await,
    );
    revoke(&caller, &target).send(&server).await.expect(204);
    assert!(!is_taken(&server, &own).await && is_taken(&server, &other).await);
}

#[tokio::test]
async fn revoking_a_short_token_leaves_its_long_token_alone() {
    let server = Tessera::start().await;
    let long = long_token(&server).await;
    let (one, two) = (
        short_token(&server, &long).await,
        short_token(&server, &long).await,
    );
    revoke(&long, &one).send(&server).await.expect(204);
    assert!(!is_taken(&server, &one).await && is_taken(&server, &two).await);
    assert!(lives(&server, &long).await);
}

#[tokio::test]
async fn a_token_may_end_itself_and_is_then_refused() {
    let server = Tessera::start().await;
    let long = long_token(&server).await;
    revoke(&long, &long).send(&server).await.expect(204);
    let again = revoke(&long, &long).send(&server).await;
    assert_refused(&again, 401, "invalid_token");
}

#[tokio::test]
async fn the_bearer_needs_the_scope_whatever_it_asks_for() {
    let server = Tessera::start().await;
    let (long, target) = (long_token(&server).await, long_token(&server).await);
    let weak = short_token_with(&server, &long, &["jobs:*", "tokens:write"]).await;
    let unknown = Issued {
        id: "nobody".to_owned(),
        ..target.clone()
    };
    for id in [&target, &unknown, &weak] {
        let answer = revoke(&weak, id).send(&server).await;
        assert_refused(&answer, 403, "insufficient_scope");
    }
    assert!(lives(&server, &target).await);
}

#[tokio::test]
async fn a_wildcard_over_tokens_covers_revocation() {
    let server = Tessera::start().await;
    let wide = client(&server, "wide", &["tokens:*"], false).await;
    let long = long_token_of(&server, &wide).await;
    let narrow = short_token_with(&server, &long, &["tokens:revoke"]).await;
    revoke(&narrow, &long).send(&server).await.expect(204);
}

#[tokio::test]
async fn unknown_ids_and_ids_of_others_look_the_same() {
    let server = Tessera::start().await;
    let caller = long_token(&server).await;
    let other = client(&server, "other", &ALL_SCOPES, false).await;
    let foreign = long_token_of(&server, &other).await;
    let foreign_short = short_token(&server, &foreign).await;
    let unknown = Call::post(&revoke_path("tok_lt_nobody"))
        .bearer(&caller.token)
        .send(&server)
        .await;
    assert_refused(&unknown, 404, "not_found");
    let long_id = "x".repeat(4000);
    for id in [
        &foreign.id,
        &foreign_short.id,
        "%00",
        "%2e%2e",
        "a%2Fb",
        "%FF",
        "'%20OR%201=1--",
        &long_id,
        &caller.token,
    ] {
        let answer = Call::post(&revoke_path(id))
            .bearer(&caller.token)
            .send(&server)
            .await;
        assert_eq!(
            (answer.status, answer.text()),
            (404, unknown.text()),
            "{id}"
        );
    }
    // A dead token of another client is no more visible than a live one.
    revoke(&foreign, &foreign).send(&server).await.expect(204);
    let answer = revoke(&caller, &foreign).send(&server).await;
    assert_eq!((answer.status, answer.text()), (404, unknown.text()));
}

/// A family of the demo's client: the first long token, and one issued by a short token of it.
async fn family(server: &Tessera) -> (Issued, Issued) {
    let first = long_token(server).await;
    let short = short_token(server, &first).await;
    let call = Call::post(LONG)
        .bearer(&short.token)
        .json(&body(server, json!({})));
    let second = Issued::from(call.send(server).await);
    (first, second)
}

async fn revoke_with(server: &Tessera, bearer: &Issued, target: &Issued, body: Value) -> Answer {
    revoke(bearer, target).json(&body).send(server).await
}

#[tokio::test]
async fn a_family_can_be_ended_by_any_member() {
    let server = Tessera::start().await;
    let (first, second) = family(&server).await;
    let short = short_token(&server, &second).await;
    let (stranger, other) = family(&server).await;
    let all = json!({ "revoke_all_related": true, "reason": "leaked in a build log" });
    revoke_with(&server, &stranger, &short, all.clone())
        .await
        .expect(204);
    for ended in [&first, &second] {
        assert!(!lives(&server, ended).await);
    }
    assert!(lives(&server, &stranger).await && lives(&server, &other).await);
    // Asked again of a dead member it is still done.
    revoke_with(&server, &stranger, &first, all)
        .await
        .expect(204);
}

#[tokio::test]
async fn without_being_asked_a_member_ends_alone() {
    let server = Tessera::start().await;
    let (first, second) = family(&server).await;
    let no = json!({ "revoke_all_related": false });
    revoke_with(&server, &first, &second, no).await.expect(204);
    assert!(lives(&server, &first).await && !lives(&server, &second).await);
    // The family ends no later than its first token.
    let (first, second) = family(&server).await;
    revoke(&first, &first).send(&server).await.expect(204);
    assert!(!lives(&server, &second).await);
}

#[tokio::test]
async fn the_reason_is_in_the_audit_and_the_body_is_closed() {
    let server = Tessera::start().await;
    let (caller, target) = (long_token(&server).await, long_token(&server).await);
    for wrong in [
        json!({ "reasons": "x" }),
        json!({ "reason": 7 }),
        json!({ "reason": null }),
        json!({ "revoke_all_related": "true" }),
        json!([]),
        json!("x"),
    ] {
        let answer = revoke_with(&server, &caller, &target, wrong).await;
        assert_refused(&answer, 400, "invalid_request");
    }
    assert!(lives(&server, &target).await);
    let reason = json!({ "reason": "laptop returned" });
    revoke_with(&server, &caller, &target, reason)
        .await
        .expect(204);
    let rows = server
        .database()
        .await
        .query_all_raw(Statement::from_string(
            DatabaseBackend::Sqlite,
            "SELECT * FROM audit WHERE action = 'token.revoke'",
        ))
        .await
        .expect("the audit can be read");
    let row = rows.first().expect("one row");
    let text = |column: &str| {
        row.try_get::<Option<String>>("", column)
            .expect("a text column")
    };
    assert_eq!(text("reason").as_deref(), Some("laptop returned"));
    assert_eq!(text("target").as_deref(), Some(target.id.as_str()));
    assert_eq!(rows.len(), 1);
}

#[tokio::test]
async fn an_expired_token_can_still_be_revoked() {
    let server = Tessera::start().await;
    let caller = long_token(&server).await;
    let target = long_token_with(&server, json!({ "ttl_seconds": 3600 })).await;
    server.clock.advance(std::time::Duration::from_hours(2));
    revoke(&caller, &target).send(&server).await.expect(204);
}
