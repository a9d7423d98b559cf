//! What clients of other people show of the auth API: assertions as JWT libraries make them, and our tokens as they verify
//! them.

use aws_lc_rs::{
    encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der},
    rsa::{KeyPair as RsaKeyPair, KeySize},
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair},
};
use futures_util::{FutureExt as _, future::BoxFuture};
use serde_json::{Value, json};
use tessera_server::domain::KeyAlgorithm;

use super::keys::{pem, pem_of, register};
use crate::{
    clients::{
        Facts, Script, Spoken, agrees, facts,
        unread::{FAR_TOO_MUCH, GZIP, JSON, Plan, SOME, TEXT, TOO_MUCH},
    },
    harness::{Reach, Tessera},
};

/// What clients that speak several dialects show of this one.
pub struct Clients;

impl Spoken for Clients {
    fn facts(&self, script: &str, _server: &Tessera) -> Facts {
        facts(match script {
            "httpx_session.py" | "urllib3_pool.py" => json!({ "auth_api": [201, 201, 204] }),
            "jdk.java" => json!({
                "auth_api_long": [401, "Bearer"],
                "auth_api_short": [401, "Bearer"],
                "auth_api_short_wrong_token": [401, "Bearer"],
                "auth_api_revoke": [401, "Bearer"],
            }),
            "jose.mjs" => json!({
                "assertions": { "EdDSA": 201, "ES256": 201, "RS256": 201 },
                "by_its_own_name": 201,
                "without_kid": 201,
                "with_other_members": 201,
                "short": ["EdDSA", "auth_api"],
            }),
            "pyjwt.py" => json!({ "assertion": [201, 201, 401], "short": true }),
            _ => json!({}),
        })
    }

    fn unread<'a>(&'a self, _server: &'a Reach, plan: &'a mut Plan) -> BoxFuture<'a, ()> {
        async move {
            let long = "POST /v1/auth/tokens/long";
            let revoke = "POST /v1/auth/tokens/x/revoke";
            plan.call(401, long, SOME, &[JSON]);
            plan.call(415, long, SOME, &[TEXT, "X-Client-Id: x"]);
            plan.call(415, long, SOME, &[JSON, GZIP, "X-Client-Id: x"]);
            plan.call(413, long, FAR_TOO_MUCH, &[JSON, "X-Client-Id: x"]);
            plan.call(415, "POST /v1/auth/tokens/short", SOME, &[TEXT]);
            plan.call(401, revoke, SOME, &[JSON]);
            // This one is read, and is no JSON.
            plan.call(400, revoke, SOME, &[JSON, "Authorization: Bearer lt_x"]);
            plan.call(405, "GET /v1/auth/tokens/short", SOME, &[JSON]);
            plan.call(404, "POST /v1/auth/nowhere", TOO_MUCH, &[JSON]);
        }
        .boxed()
    }
}

/// Registers a key of each further algorithm; answers them with their private halves.
async fn further_keys(server: &Tessera) -> Value {
    let ec = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("an EC key");
    let public: PublicKeyX509Der<'_> = ec.public_key().as_der().expect("SPKI");
    register(server, "ec", KeyAlgorithm::Es256, &pem(public.as_ref())).await;
    let ec = ec.to_pkcs8v1().expect("PKCS#8");
    let rsa = RsaKeyPair::generate(KeySize::Rsa2048).expect("an RSA key");
    let public: PublicKeyX509Der<'_> = rsa.public_key().as_der().expect("SPKI");
    register(server, "rsa", KeyAlgorithm::Rs256, &pem(public.as_ref())).await;
    let rsa: Pkcs8V1Der<'_> = rsa.as_der().expect("PKCS#8");
    json!([
        { "alg": "ES256", "kid": "ec", "pem": pem_of("PRIVATE KEY", ec.as_ref()) },
        { "alg": "RS256", "kid": "rsa", "pem": pem_of("PRIVATE KEY", rsa.as_ref()) },
    ])
}

#[tokio::test]
async fn jose_makes_assertions_and_verifies_our_tokens() {
    let test = "jose_makes_assertions_and_verifies_our_tokens";
    let server = Tessera::start_today().await;
    let mut settings = server.all_held().clone();
    settings["keys"] = further_keys(&server).await;
    agrees(test, "jose.mjs", &server, &settings, Facts::new()).await;
}

#[tokio::test]
async fn authlib_is_told_the_longest_life_of_an_assertion() {
    let test = "authlib_is_told_the_longest_life_of_an_assertion";
    let Some(client) = Script::ready(test, "authlib_assertion.py") else {
        return;
    };
    let server = Tessera::start_today().await;
    let facts = client.facts(server.all_held()).await;
    assert_eq!(facts["for_a_minute"], 201, "{facts}");
    assert_eq!(facts["for_a_minute_and_a_fraction"], 201, "{facts}");
    for stock in [
        "stock",
        "stock_by_its_own_name",
        "with_a_kid",
        "for_two_hours",
    ] {
        assert_eq!(facts[stock][0], 401, "{facts}");
        let message = facts[stock][1].as_str().unwrap_or_default();
        assert!(message.contains("300 seconds"), "{stock}: {message}");
    }
}

#[tokio::test]
async fn authlibs_hour_is_accepted_where_the_operator_allows_it() {
    let test = "authlibs_hour_is_accepted_where_the_operator_allows_it";
    let Some(client) = Script::ready(test, "authlib_assertion.py") else {
        return;
    };
    let server = Tessera::start_today_with(|config| {
        config.policy.rates.enforced = false;
        config.policy.dialects.auth_api.assertion_secs = 3600;
    })
    .await;
    let facts = client.facts(server.all_held()).await;
    for stock in ["stock", "stock_by_its_own_name", "with_a_kid"] {
        assert_eq!(facts[stock][0], 201, "{stock}: {facts}");
    }
    assert_eq!(facts["for_two_hours"][0], 401, "{facts}");
    let message = facts["for_two_hours"][1].as_str().unwrap_or_default();
    assert!(message.contains("3600 seconds"), "{message}");
}
