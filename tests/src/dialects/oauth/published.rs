//! What everybody may read: the metadata and the keys.

use serde_json::json;

use super::{KEYS, METADATA, assert_refused};
use crate::{
    dialects::auth_api::{long_token, short_token},
    harness::{Call, Tessera, replay::jwt_parts},
};

#[tokio::test]
async fn the_metadata_names_what_there_is_and_nothing_else() {
    let public = "https://tokens.example.org";
    for url in [None, Some(public)] {
        let server = Tessera::start_with(|config| {
            config.policy.rates.enforced = false;
            config.public_url = url.map(|url| url.parse().expect("an origin"));
        })
        .await;
        let base = url.map_or_else(|| server.base_url(), str::to_owned);
        let answer = Call::get(METADATA).send(&server).await.expect(200);
        assert_eq!(answer.header("content-type"), Some("application/json"));
        assert_eq!(answer.header("cache-control"), Some("public, max-age=300"));
        let methods = json!(["client_secret_basic", "client_secret_post"]);
        assert_eq!(
            answer.json(),
            json!({
                "issuer": base,
                "introspection_endpoint": format!("{base}/oauth/introspect"),
                "introspection_endpoint_auth_methods_supported": methods,
                "revocation_endpoint": format!("{base}/oauth/revoke"),
                "revocation_endpoint_auth_methods_supported": methods,
                "jwks_uri": format!("{base}/.well-known/jwks.json"),
                "response_types_supported": ["none"],
                "grant_types_supported": ["client_credentials"],
                "service_documentation": format!("{base}/docs/"),
                "tessera_audiences": { "auth_api": "auth_api", "manis": "manis" },
            })
        );
        let docs = Call::get("/docs/").send(&server).await;
        docs.expect(200);
        let head = Call::new("HEAD", METADATA).send(&server).await.expect(200);
        assert!(head.body.is_empty());
    }
    let server = Tessera::start().await;
    let answer = Call::post(METADATA).send(&server).await;
    assert_refused(&answer, 405, "invalid_request");
    assert_eq!(answer.header("allow"), Some("GET, HEAD"));
    // `Host` is the caller's; the addresses are not.
    let call = Call::get(METADATA).header("Host", "elsewhere.example");
    let answer = call.send(&server).await.expect(200);
    assert_eq!(answer.string_at("/issuer"), server.base_url());
}

#[tokio::test]
async fn the_audiences_in_the_metadata_are_those_of_the_tokens() {
    let server = Tessera::start().await;
    let metadata = Call::get(METADATA).send(&server).await.expect(200);
    let long = long_token(&server).await;
    let short = short_token(&server, &long).await.token;
    let manis = crate::dialects::manis::ask(&server).send(&server).await;
    let manis = manis.expect(200).string_at("/token");
    for (dialect, token) in [("auth_api", short), ("manis", manis)] {
        let (_, claims) = jwt_parts(&token).expect("a JWT");
        let told = &metadata.json()["tessera_audiences"][dialect];
        assert_eq!(&claims["aud"], told, "{dialect}");
        assert_eq!(claims["iss"], metadata.json()["issuer"], "{dialect}");
    }
}

#[tokio::test]
async fn the_keys_are_public_cacheable_and_without_private_members() {
    let server = Tessera::start().await;
    let answer = Call::get(KEYS).send(&server).await.expect(200);
    assert_eq!(answer.header("cache-control"), Some("public, max-age=300"));
    let body = answer.json();
    let keys = body["keys"].as_array().expect("an array");
    assert!(!keys.is_empty());
    for key in keys {
        let members = key.as_object().expect("a key is an object");
        let members: Vec<&str> = members.keys().map(String::as_str).collect();
        let known = ["kty", "use", "alg", "kid", "crv", "x", "y", "n", "e"];
        assert!(
            members.iter().all(|name| known.contains(name)),
            "{members:?}"
        );
        assert!(members.contains(&"kid"), "{members:?}");
        assert_eq!(key["kty"], "OKP");
    }
    let head = Call::new("HEAD", KEYS).send(&server).await.expect(200);
    assert!(head.body.is_empty());
    assert_eq!(
        head.header("content-length"),
        answer.header("content-length")
    );
}
