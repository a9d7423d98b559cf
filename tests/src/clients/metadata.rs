//! OAuth libraries that configure themselves from the authority's metadata, then introspect and revoke.

use serde_json::json;

use super::script::Script;
use crate::harness::Tessera;

#[tokio::test]
async fn openid_client_discovers_introspects_and_revokes() {
    let test = "openid_client_discovers_introspects_and_revokes";
    let Some(client) = Script::ready(test, "openid-client.mjs") else {
        return;
    };
    let server = Tessera::start_today().await;
    let facts = client.facts(server.all_held()).await;
    let methods = ["client_secret_basic", "client_secret_post"];
    assert_eq!(
        facts,
        json!({
            "issuer": true,
            "introspection": methods,
            "revocation": methods,
            "before": [true, true],
            "after": false,
            "refused": "basic",
        })
    );
}

#[tokio::test]
async fn oauth4webapi_introspects_and_revokes_with_either_way_to_send_the_secret() {
    let test = "oauth4webapi_introspects_and_revokes_with_either_way_to_send_the_secret";
    let Some(client) = Script::ready(test, "oauth4webapi.mjs") else {
        return;
    };
    let server = Tessera::start_today().await;
    let facts = client.facts(server.all_held()).await;
    assert_eq!(
        facts,
        json!({
            "issuer": true,
            "post": [true, false],
            "basic": [true, false],
            "wrong_post": [401, "basic"],
            "wrong_basic": [401, "basic"],
        })
    );
}
