//! What clients of other people show of animeloop: sessions beside other cookies, and its codes in one line.

use futures_util::{FutureExt as _, future::BoxFuture};
use serde_json::json;

use crate::{
    clients::{
        Facts, Spoken, facts,
        unread::{FAR_TOO_MUCH, FORM, GZIP, Plan, SOME, TEXT, TOO_MUCH},
    },
    harness::{Reach, Tessera},
};

/// What clients that speak several dialects show of this one.
pub struct Clients;

impl Spoken for Clients {
    fn facts(&self, script: &str, _server: &Tessera) -> Facts {
        facts(match script {
            "httpx_session.py" | "urllib3_pool.py" => json!({
                "animeloop": [1_220_001, 1_320_002, 1_320_001, 1_320_003, 1_220_002],
            }),
            "axios.mjs" => json!({
                "login": 1_220_001,
                // A session without a token.
                "session_beside_another_cookie": 1_340_401,
                "logout_beside_another_cookie": 1_220_002,
                "session_after_logout": 1_940_103,
            }),
            "superagent.mjs" => json!({
                "login": 1_220_001,
                "new_token": 1_320_002,
                "logout": 1_220_002,
                "after_logout": 1_940_103,
            }),
            _ => json!({}),
        })
    }

    fn unread<'a>(&'a self, _server: &'a Reach, plan: &'a mut Plan) -> BoxFuture<'a, ()> {
        async move {
            // Refusals travel as 200.
            plan.call(200, "POST /api/v2/auth/logout", SOME, &[]);
            plan.call(200, "POST /api/v2/auth/token", SOME, &[TEXT]);
            plan.call(200, "POST /api/v2/auth/token/new", TOO_MUCH, &[]);
            plan.call(200, "POST /api/v2/auth/token/revoke", FAR_TOO_MUCH, &[]);
            plan.call(200, "GET /api/v2/auth/token", SOME, &[]);
            plan.call(400, "POST /api/v2/auth/login", SOME, &[TEXT]);
            plan.call(400, "POST /api/v2/auth/login", SOME, &[FORM, GZIP]);
            plan.call(413, "POST /api/v2/auth/login", TOO_MUCH, &[FORM]);
            plan.call(400, "DELETE /api/v2/auth/login", SOME, &[]);
            plan.call(400, "POST /api/v2/nowhere", SOME, &[]);
        }
        .boxed()
    }
}
