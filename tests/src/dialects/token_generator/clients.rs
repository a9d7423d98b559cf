//! What clients of other people show of the token generator: the spellings of a permission, each narrows or is refused.

use futures_util::{FutureExt as _, future::BoxFuture};
use serde_json::{Value, json};

use crate::{
    clients::{
        Facts, Script, Spoken, facts,
        unread::{FAR_TOO_MUCH, FORM, GZIP, JSON, Plan, SOME, TEXT, TOO_MUCH},
    },
    harness::{Reach, Tessera},
};

/// What clients that speak several dialects show of this one.
pub struct Clients;

impl Spoken for Clients {
    fn facts(&self, script: &str, _server: &Tessera) -> Facts {
        facts(match script {
            "httpx_session.py" | "urllib3_pool.py" => json!({
                "token_generator": [200, ["endpoint", "token"]],
            }),
            "jose.mjs" => json!({ "secret_token": 200 }),
            "pyjwt.py" => json!({
                "secret_token": [200, 200, 401],
                // The vendor's "never" is zero; anything later is long over.
                "secret_token_that_never_ends": [200, 200, 401],
            }),
            "axios.mjs" => json!({
                "json": narrowed(),
                "json_text": narrowed(),
                "form_text": narrowed(),
                "search_params": narrowed(),
                "nested_form": [400],
                // A multipart form: no documented media type.
                "nested_form_helper": 415,
                "dotted_form": [400],
                "nested_query": [400],
                "unwrapped": [400],
            }),
            "superagent.mjs" => json!({
                "json": narrowed(),
                "form_text": narrowed(),
                "nested_form": [400],
                "nested_query": [400],
                "unwrapped": [400],
            }),
            _ => json!({}),
        })
    }

    fn unread<'a>(&'a self, _server: &'a Reach, plan: &'a mut Plan) -> BoxFuture<'a, ()> {
        async move {
            let token = "POST /api/v1/token";
            let caller = "Authorization: Token token=x";
            plan.call(401, token, SOME, &[FORM]);
            plan.call(401, token, FAR_TOO_MUCH, &[FORM]);
            plan.call(415, token, SOME, &[TEXT, caller]);
            plan.call(415, token, SOME, &[FORM, GZIP, caller]);
            plan.call(413, token, TOO_MUCH, &[JSON, caller]);
            plan.call(413, token, FAR_TOO_MUCH, &[FORM, caller]);
            plan.call(405, "DELETE /api/v1/token", SOME, &[]);
            plan.call(404, "POST /api/v1/nowhere", SOME, &[FORM]);
        }
        .boxed()
    }
}

/// A token that may do what was asked for alone.
fn narrowed() -> Value {
    json!([200, { "a": { "Access": { "see": true } } }])
}

#[tokio::test]
async fn sharinpix_gets_tokens_and_never_wider_ones() {
    let test = "sharinpix_gets_tokens_and_never_wider_ones";
    let Some(client) = Script::ready(test, "sharinpix.cjs") else {
        return;
    };
    let server = Tessera::start_today().await;
    let facts = client.facts(server.all_held()).await;
    let secret_id = server.held("/token_generator/secret_id");
    let abilities = json!({ "album": { "Access": { "see": true } } });
    let issued = |name: &str, value: &Value| {
        let claims = json!({ "iss": secret_id, name: value });
        json!({ "endpoint": server.address().to_string(), "claims": claims })
    };
    let narrowed = issued("abilities", &abilities);
    assert_eq!(facts["object"], narrowed, "{facts}");
    assert_eq!(facts["text"], narrowed);
    assert_eq!(facts["by_its_own_abilities"], narrowed);
    assert_eq!(facts["as_admin"], issued("admin", &json!(true)));
    let denied = json!({ "status": 401, "body": "" });
    assert_eq!(facts["beyond_its_own_abilities"], denied);
    assert_eq!(facts["unwrapped"]["status"], 400);
    // Its other calls go to what the token generator's vendor serves elsewhere.
    let elsewhere =
        json!({ "status": 404, "body": r#"{"error":"nothing is served at this path"}"# });
    assert_eq!(facts["import"], elsewhere);
}
