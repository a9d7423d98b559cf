//! The spellings in which HTTP clients send a permission: each narrows or is refused, none is passed over.

use serde_json::{Value, json};

use super::script::Script;
use crate::harness::Tessera;

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

#[tokio::test]
async fn axios_narrows_in_documented_spellings_and_is_refused_in_others() {
    let test = "axios_narrows_in_documented_spellings_and_is_refused_in_others";
    let Some(client) = Script::ready(test, "axios.mjs") else {
        return;
    };
    let server = Tessera::start_today().await;
    let facts = client.facts(server.all_held()).await;
    let narrowed = json!([200, { "a": { "Access": { "see": true } } }]);
    assert_eq!(
        facts,
        json!({
            "json": narrowed,
            "json_text": narrowed,
            "form_text": narrowed,
            "search_params": narrowed,
            "nested_form": [400],
            // A multipart form: no documented media type.
            "nested_form_helper": 415,
            "dotted_form": [400],
            "nested_query": [400],
            "unwrapped": [400],
            "login": 1_220_001,
            // A session without a token.
            "session_beside_another_cookie": 1_340_401,
            "logout_beside_another_cookie": 1_220_002,
            "session_after_logout": 1_940_103,
            "manis": 200,
        })
    );
}

#[tokio::test]
async fn superagent_narrows_in_documented_spellings_and_is_refused_in_others() {
    let test = "superagent_narrows_in_documented_spellings_and_is_refused_in_others";
    let Some(client) = Script::ready(test, "superagent.mjs") else {
        return;
    };
    let server = Tessera::start_today().await;
    let facts = client.facts(server.all_held()).await;
    let narrowed = json!([200, { "a": { "Access": { "see": true } } }]);
    assert_eq!(
        facts,
        json!({
            "json": narrowed,
            "form_text": narrowed,
            "nested_form": [400],
            "nested_query": [400],
            "unwrapped": [400],
            "login": 1_220_001,
            "new_token": 1_320_002,
            "logout": 1_220_002,
            "after_logout": 1_940_103,
            "pnut": 200,
        })
    );
}
