//! A permission takes rights away, so a request that carries one in a spelling that is not read is refused.

use serde_json::json;

use super::{TOKEN, assert_refused, claims, secret_token, token_of, user_call};
use crate::harness::{Call, Tessera};

const FORM: &str = "application/x-www-form-urlencoded";
const UNKNOWN: &str = "the request has a parameter that is not known";

/// A call of the demo user to the path with that query.
fn queried(server: &Tessera, query: &str) -> Call {
    let token = server.held("/token_generator/user_token");
    Call::post(&format!("{TOKEN}?{query}"))
        .header("Authorization", format!("Token token=\"{token}\""))
}

#[tokio::test]
async fn a_permission_in_another_spelling_is_refused_in_a_form() {
    let server = Tessera::start().await;
    for form in [
        "permission[abilities][a][Access][see]=true",
        "permission%5Babilities%5D%5Ba%5D%5BAccess%5D%5Bsee%5D=true",
        "permission[]=%7B%7D",
        "permission.abilities.a.Access.see=true",
        "Permission=%7B%22abilities%22%3A%7B%7D%7D",
        "PERMISSION=%7B%22abilities%22%3A%7B%7D%7D",
        "permissions=%7B%22abilities%22%3A%7B%7D%7D",
        "+permission=%7B%22abilities%22%3A%7B%7D%7D",
        "permission+=%7B%22abilities%22%3A%7B%7D%7D",
        "%EF%BB%BFpermission%5B%5D=%7B%7D",
        "abilities[a][Access][see]=true",
        "abilities=%7B%7D",
        "token[permission]=%7B%7D",
        "other=x",
        "=x",
        "permission=&permission[abilities]=x",
        "permission=%7B%22abilities%22%3A%7B%7D%7D&x=1",
    ] {
        let answer = user_call(&server).body(FORM, form).send(&server).await;
        assert_eq!(answer.status, 400, "{form}: {}", answer.text());
        assert_refused(&answer, 400, UNKNOWN);
    }
}

#[tokio::test]
async fn a_permission_in_another_spelling_is_refused_in_json() {
    let server = Tessera::start().await;
    let wanted = json!({ "abilities": { "a": { "Access": { "see": true } } } });
    for body in [
        wanted.clone(),
        json!({ "Permission": wanted }),
        json!({ "permissions": wanted }),
        json!({ "permission[abilities]": {} }),
        json!({ "permission.abilities": {} }),
        json!({ "body": { "permission": wanted } }),
        json!({ "": wanted }),
        json!({ "permission": wanted, "x": 1 }),
    ] {
        let answer = user_call(&server).json(&body).send(&server).await;
        assert_eq!(answer.status, 400, "{body}: {}", answer.text());
        assert_refused(&answer, 400, UNKNOWN);
    }
}

#[tokio::test]
async fn a_permission_in_the_query_is_refused() {
    let server = Tessera::start().await;
    for query in [
        "permission=%7B%22abilities%22%3A%7B%7D%7D",
        "permission=",
        "permission",
        "permission[abilities][a][Access][see]=true",
        "Permission=x",
        "perm%69ssion=x",
        "other=1",
        "%FF=1",
        "=",
    ] {
        for call in [
            queried(&server, query),
            queried(&server, query).form(&[("permission", "{}")]),
            queried(&server, query).json(&json!({})),
        ] {
            let answer = call.send(&server).await;
            assert_eq!(answer.status, 400, "{query}: {}", answer.text());
            assert_refused(&answer, 400, UNKNOWN);
        }
    }
    for nothing in ["", "&", "&&"] {
        token_of(&queried(&server, nothing).send(&server).await);
    }
}

#[tokio::test]
async fn only_a_permission_of_nothing_at_all_is_as_if_it_were_absent() {
    let server = Tessera::start().await;
    let caller = secret_token(&server, json!({ "admin": true }));
    let call = || super::call(&caller);
    for accepted in [
        call(),
        call().body(FORM, ""),
        call().body(FORM, "permission="),
        call().body(FORM, "permission=&"),
        call().json(&json!({})),
        call().json(&json!({ "permission": "" })),
    ] {
        let answer = accepted.send(&server).await;
        assert_eq!(claims(&token_of(&answer))["admin"], true);
    }
    let not_json = "permission is not valid JSON";
    let not_an_object = "permission must be a JSON object";
    let malformed = "the request body is malformed";
    for (form, error) in [
        ("permission", not_an_object),
        ("permission&", not_an_object),
        ("permission=+", not_json),
        ("permission=%20", not_json),
        ("permission=%09", not_json),
        ("permission=%00", not_json),
        ("permission=%0A", not_json),
        ("permission=null", not_an_object),
        ("permission=false", not_an_object),
        ("permission=0", not_an_object),
        ("permission=%22%22", not_an_object),
        ("permission=[]", not_an_object),
        ("permission=%5B%7B%7D%5D", not_an_object),
        ("permission=undefined", not_json),
        ("permission=[object+Object]", not_json),
        ("permission=&permission=", malformed),
        ("permission=%7B%7D&permission=", malformed),
        ("permission==", not_json),
    ] {
        let answer = call().body(FORM, form).send(&server).await;
        assert_eq!(answer.status, 400, "{form}");
        assert_refused(&answer, 400, error);
    }
    for value in [
        json!(null),
        json!(false),
        json!(0),
        json!([]),
        json!([{}]),
        json!("null"),
        json!("\"\""),
    ] {
        let call = call().json(&json!({ "permission": value }));
        assert_refused(&call.send(&server).await, 400, not_an_object);
    }
    for refused in [
        call().body("multipart/form-data; boundary=x", "--x--"),
        call().body("text/plain", "permission={}"),
        call().untyped_body("permission=%7B%7D"),
    ] {
        assert_eq!(refused.send(&server).await.status, 415);
    }
}
