//! What a caller may hand on; the tree rules themselves have unit and property tests beside the guard.

use serde_json::{Value, json};

use super::{assert_denied, claims, derive, now_secs, secret_token, token_of, user_call};
use crate::harness::Tessera;

fn abilities() -> Value {
    json!({
        "a": { "Access": { "see": true, "image_list": true, "image_delete": false }, "size": 3 },
        "b": { "Access": { "see": true } },
        "tags": { "auto_tag": "test" },
    })
}

/// A user's token bound to [`abilities`].
async fn bound(server: &Tessera) -> String {
    let token = server.held("/token_generator/user_token");
    token_of(&derive(server, token, json!({ "abilities": abilities() })).await)
}

#[tokio::test]
async fn nobody_sets_identity_or_admin() {
    let server = Tessera::start().await;
    let user = server.held("/token_generator/user_token");
    let holder = secret_token(&server, json!({}));
    for name in ["user_id", "iss", "iat", "jti", "aud", "admin"] {
        for caller in [user, &holder] {
            for value in [json!(true), json!(null), claims(caller)[name].clone()] {
                let answer = derive(&server, caller, json!({ "note": 1, name: value })).await;
                assert_denied(&answer);
            }
        }
    }
    let text = r#"{"\u0061dmin":true}"#;
    let answer = user_call(&server)
        .form(&[("permission", text)])
        .send(&server)
        .await;
    assert_denied(&answer);
}

#[tokio::test]
async fn an_end_can_only_come_earlier() {
    let server = Tessera::start().await;
    let user = server.held("/token_generator/user_token");
    let now = now_secs(&server);
    for exp in [now + 1, now + 60, now + 14_400] {
        let answer = derive(&server, user, json!({ "exp": exp, "note": 1 })).await;
        let payload = claims(&token_of(&answer));
        assert_eq!(payload["exp"], exp);
        let names: Vec<&String> = payload.as_object().expect("an object").keys().collect();
        assert_eq!(names, ["exp", "iat", "user_id", "note", "jti"]);
        assert_eq!(claims(&super::renewed_of(&answer))["exp"], now + 14_400);
    }
    for exp in [
        json!(now + 14_401),
        json!(i64::MAX),
        json!(u64::MAX),
        json!(now),
        json!(0),
        json!(-1),
        json!(1e12),
        json!("1"),
        json!(null),
        json!(true),
        json!([now]),
    ] {
        assert_denied(&derive(&server, user, json!({ "exp": exp })).await);
    }
}

#[tokio::test]
async fn a_bound_caller_hands_on_what_it_has_or_less() {
    let server = Tessera::start().await;
    let caller = bound(&server).await;
    let kept = derive(&server, &caller, json!({})).await;
    assert_eq!(claims(&token_of(&kept))["abilities"], abilities());
    for permission in [
        json!({ "abilities": abilities() }),
        json!({ "abilities": {} }),
        json!({ "abilities": { "a": { "Access": { "see": true } } } }),
        json!({ "abilities": { "a": { "Access": { "see": false } }, "b": false } }),
        json!({ "abilities": { "tags": { "auto_tag": "test" } }, "Id": "a" }),
        json!({ "Id": "b" }),
    ] {
        let answer = derive(&server, &caller, permission.clone()).await;
        let payload = claims(&token_of(&answer));
        for (name, value) in permission.as_object().expect("an object") {
            assert_eq!(&payload[name], value);
        }
        let renewed = claims(&super::renewed_of(&answer));
        assert_eq!(renewed["abilities"], abilities());
    }
}

#[tokio::test]
async fn a_bound_caller_gains_nothing() {
    let server = Tessera::start().await;
    let caller = bound(&server).await;
    for permission in [
        json!({ "abilities": { "a": { "Access": { "image_delete": true } } } }),
        json!({ "abilities": { "a": { "Access": { "image_upload": true } } } }),
        json!({ "abilities": { "a": true } }),
        json!({ "abilities": { "c": { "Access": { "see": true } } } }),
        json!({ "abilities": { "c": {} } }),
        json!({ "abilities": { "b": { "Access": { "image_list": true } } } }),
        json!({ "abilities": { "a": { "size": 4 } } }),
        json!({ "abilities": { "tags": { "auto_tag": "other" } } }),
        json!({ "abilities": null }),
        json!({ "abilities": false }),
        json!({ "abilities": [] }),
        json!({ "abilities": "" }),
        json!({ "Id": "c" }),
        json!({ "Id": null }),
        json!({ "Id": ["a"] }),
        json!({ "note": 1 }),
        json!({ "Abilities": {} }),
    ] {
        assert_denied(&derive(&server, &caller, permission).await);
    }
}

#[tokio::test]
async fn narrowing_holds_over_generations() {
    let server = Tessera::start().await;
    let first = bound(&server).await;
    let permission = json!({ "abilities": { "a": { "Access": { "see": true } } }, "Id": "a" });
    let second = token_of(&derive(&server, &first, permission).await);
    assert_denied(&derive(&server, &second, json!({ "abilities": abilities() })).await);
    assert_denied(&derive(&server, &second, json!({ "Id": "b" })).await);
    let none = json!({ "abilities": { "a": false } });
    let third = token_of(&derive(&server, &second, none).await);
    let back = json!({ "abilities": { "a": { "Access": { "see": true } } } });
    assert_denied(&derive(&server, &third, back).await);
    // The renewed token of a bound caller is as bound as itself.
    let renewed = super::renewed_of(&derive(&server, &second, json!({})).await);
    assert_denied(&derive(&server, &renewed, json!({ "abilities": abilities() })).await);
}

#[tokio::test]
async fn a_secret_holders_own_abilities_bind_it_too() {
    let server = Tessera::start().await;
    let caller = secret_token(&server, json!({ "abilities": { "a": { "see": true } } }));
    token_of(&derive(&server, &caller, json!({ "Id": "a" })).await);
    let wider = json!({ "abilities": { "a": { "see": true, "delete": true } } });
    assert_denied(&derive(&server, &caller, wider).await);
    for shape in [json!(null), json!(true), json!("all"), json!([])] {
        let caller = secret_token(&server, json!({ "abilities": shape }));
        token_of(&derive(&server, &caller, json!({})).await);
        assert_denied(&derive(&server, &caller, json!({ "abilities": {} })).await);
        assert_denied(&derive(&server, &caller, json!({ "Id": "a" })).await);
    }
}
