//! What clients of other people show of manis.

use futures_util::{FutureExt as _, future::BoxFuture};
use serde_json::json;

use crate::{
    clients::{
        Facts, Spoken, facts,
        unread::{FAR_TOO_MUCH, GZIP, JSON, Plan, SOME, TOO_MUCH},
    },
    harness::{Reach, Tessera},
};

/// What clients that speak several dialects show of this one.
pub struct Clients;

impl Spoken for Clients {
    fn facts(&self, script: &str, _server: &Tessera) -> Facts {
        facts(match script {
            "httpx_session.py" | "urllib3_pool.py" => json!({ "manis": [200, "Bearer"] }),
            "jose.mjs" => json!({ "manis": ["EdDSA", "manis"] }),
            "axios.mjs" => json!({ "manis": 200 }),
            "jdk.java" => json!({ "manis": [200] }),
            _ => json!({}),
        })
    }

    fn unread<'a>(&'a self, server: &'a Reach, plan: &'a mut Plan) -> BoxFuture<'a, ()> {
        async move {
            let merchant = format!("x-merchant-id: {}", server.held("/manis/merchant_id"));
            let secret = format!("x-secret: {}", server.held("/manis/secret"));
            let token = "POST /api/v1/auth/token";
            plan.call(200, token, SOME, &[&merchant, &secret]);
            plan.call(200, token, TOO_MUCH, &[&merchant, &secret, GZIP]);
            plan.call(400, token, SOME, &[JSON]);
            plan.call(401, token, FAR_TOO_MUCH, &[&merchant, "x-secret: x"]);
            plan.call(405, "GET /api/v1/auth/token", SOME, &[&merchant, &secret]);
            plan.call(404, "POST /api/v1/auth/nowhere", SOME, &[]);
        }
        .boxed()
    }
}
