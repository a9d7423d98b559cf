//! Happy paths on kept-alive connections, and refusals as clients make sense of them.

use serde_json::{Value, json};

use super::script::Script;
use crate::harness::Tessera;

/// What a session through every dialect tells.
fn happy_paths() -> Value {
    json!({
        "animeloop": [1_220_001, 1_320_002, 1_320_001, 1_320_003, 1_220_002],
        "pnut": [200, 200, 401],
        "token_generator": [200, ["endpoint", "token"]],
        "auth_api": [201, 201, 204],
        "manis": [200, "Bearer"],
        "oauth": [true, 200, false, ["EdDSA", "EdDSA"]],
        "connections": 1,
    })
}

#[tokio::test]
async fn httpx_keeps_one_connection_through_every_dialect() {
    let test = "httpx_keeps_one_connection_through_every_dialect";
    let Some(client) = Script::ready(test, "httpx_session.py") else {
        return;
    };
    let server = Tessera::start_today().await;
    let facts = client.facts(server.all_held()).await;
    assert_eq!(facts, happy_paths());
}

#[tokio::test]
async fn urllib3_keeps_one_connection_through_every_dialect() {
    let test = "urllib3_keeps_one_connection_through_every_dialect";
    let Some(client) = Script::ready(test, "urllib3_pool.py") else {
        return;
    };
    let server = Tessera::start_today().await;
    let facts = client.facts(server.all_held()).await;
    assert_eq!(facts, happy_paths());
}

#[tokio::test]
async fn pnutpy_reads_the_token_and_raises_each_refusal() {
    let test = "pnutpy_reads_the_token_and_raises_each_refusal";
    let Some(client) = Script::ready(test, "pnutpy_api.py") else {
        return;
    };
    let server = Tessera::start_today().await;
    let facts = client.facts(server.all_held()).await;
    assert_eq!(
        facts,
        json!({
            "token": [200, ["app", "email", "scopes", "storage", "user"]],
            "user": ["User", server.held("/pnut/username"), true],
            "scopes": ["basic", "email"],
            "scopes_between_blanks": ["basic", "email"],
            "app_token": ["PnutPermissionDenied", 403],
            "wrong_token": ["PnutAuthAPIException", 401],
            "without_token": ["PnutAuthAPIException", 401],
            "not_served": ["PnutMissing", 404],
            "deleted": 200,
            "after": ["PnutAuthAPIException", 401],
        })
    );
}

#[tokio::test]
async fn the_jdk_with_an_authenticator_reads_every_refusal() {
    let test = "the_jdk_with_an_authenticator_reads_every_refusal";
    let Some(client) = Script::ready(test, "jdk.java") else {
        return;
    };
    let server = Tessera::start_today().await;
    let facts = client
        .facts(&json!({
            "base_url": server.base_url(),
            "merchant_id": server.held("/manis/merchant_id"),
            "merchant_secret": server.held("/manis/secret"),
            "client_id": server.held("/oauth/client_id"),
            "client_secret": server.held("/oauth/client_secret"),
        }))
        .await;
    assert_eq!(
        facts,
        json!({
            "pnut_without_token": [401, "Bearer"],
            "pnut_wrong_token": [401, "Bearer"],
            "pnut_delete": [401, "Bearer"],
            "auth_api_long": [401, "Bearer"],
            "auth_api_short": [401, "Bearer"],
            "auth_api_short_wrong_token": [401, "Bearer"],
            "auth_api_revoke": [401, "Bearer"],
            "manis": [200],
            // It answers the challenge for Basic with what its Authenticator knows.
            "oauth_by_its_authenticator": [200],
            "oauth_wrong_secret": [200],
        })
    );
}
