//! What clients of other people show of pnut, its own library among them.

use futures_util::{FutureExt as _, future::BoxFuture};
use serde_json::json;

use super::user_token;
use crate::{
    clients::{
        Facts, Script, Spoken, facts,
        unread::{FAR_TOO_MUCH, FORM, GZIP, Plan, SOME, TEXT, TOO_MUCH},
    },
    harness::{Reach, Tessera},
};

/// What clients that speak several dialects show of this one.
pub struct Clients;

impl Spoken for Clients {
    fn facts(&self, script: &str, _server: &Tessera) -> Facts {
        facts(match script {
            "httpx_session.py" | "urllib3_pool.py" => json!({ "pnut": [200, 200, 401] }),
            "superagent.mjs" => json!({ "pnut": 200 }),
            "jdk.java" => json!({
                "pnut_without_token": [401, "Bearer"],
                "pnut_wrong_token": [401, "Bearer"],
                "pnut_delete": [401, "Bearer"],
            }),
            _ => json!({}),
        })
    }

    fn unread<'a>(&'a self, server: &'a Reach, plan: &'a mut Plan) -> BoxFuture<'a, ()> {
        async move {
            let token = user_token(server, "basic").await;
            let bearer = format!("Authorization: Bearer {token}");
            let grant = "POST /v1/oauth/access_token";
            plan.call(200, "GET /v1/token", SOME, &[&bearer]);
            plan.call(401, "GET /v1/token", SOME, &[]);
            plan.call(401, "DELETE /v1/token", TOO_MUCH, &[]);
            plan.call(401, "DELETE /v1/token", SOME, &["Authorization: Bearer x"]);
            plan.call(415, grant, SOME, &[TEXT]);
            plan.call(415, grant, SOME, &[FORM, GZIP]);
            plan.call(413, grant, TOO_MUCH, &[FORM]);
            plan.call(413, grant, FAR_TOO_MUCH, &[FORM]);
            plan.call(405, "PUT /v1/token", SOME, &[]);
            plan.call(404, "POST /v1/nowhere", SOME, &[]);
        }
        .boxed()
    }
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
