//! OAuth libraries that configure themselves from the authority's metadata, and what others show of these endpoints.

use futures_util::{FutureExt as _, future::BoxFuture};
use serde_json::json;

use crate::{
    clients::{
        Facts, Script, Spoken, facts,
        unread::{FAR_TOO_MUCH, FORM, GZIP, JSON, Plan, SOME},
    },
    harness::{Reach, Tessera},
};

/// What clients that speak several dialects show of this one.
pub struct Clients;

impl Spoken for Clients {
    fn facts(&self, script: &str, _server: &Tessera) -> Facts {
        facts(match script {
            "httpx_session.py" | "urllib3_pool.py" => json!({
                "oauth": [true, 200, false, ["EdDSA", "EdDSA"]],
            }),
            "jdk.java" => json!({
                // It answers the challenge for Basic with what its Authenticator knows.
                "oauth_by_its_authenticator": [200],
                "oauth_wrong_secret": [200],
            }),
            _ => json!({}),
        })
    }

    fn unread<'a>(&'a self, _server: &'a Reach, plan: &'a mut Plan) -> BoxFuture<'a, ()> {
        async move {
            plan.call(415, "POST /oauth/introspect", SOME, &[JSON]);
            plan.call(415, "POST /oauth/revoke", SOME, &[FORM, GZIP]);
            plan.call(413, "POST /oauth/introspect", FAR_TOO_MUCH, &[FORM]);
            plan.call(405, "DELETE /oauth/revoke", SOME, &[]);
            plan.call(404, "POST /oauth/nowhere", SOME, &[FORM]);
            plan.call(200, "GET /.well-known/jwks.json", SOME, &[]);
            plan.call(405, "POST /.well-known/jwks.json", SOME, &[]);
        }
        .boxed()
    }
}

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
