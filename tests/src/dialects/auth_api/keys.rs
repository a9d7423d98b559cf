//! Assertions by keys of each algorithm, and keys used as what they are not; step-up by both stronger proofs.

use aws_lc_rs::{
    encoding::{AsDer, PublicKeyX509Der},
    hmac, rand,
    rsa::{KeyPair as RsaKeyPair, KeySize},
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair, RSA_PKCS1_SHA256},
};
use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use serde_json::{Value, json};
use tessera_server::authority::NewSecret;
use tessera_server::domain::{Actor, KeyAlgorithm, Principal, PrincipalKind};

use super::{
    ALL_SCOPES, LONG, assert_refused, assertion_claims, client, code_at, long_call, with_assertion,
};
use crate::harness::{Answer, Tessera};

/// A public key as text.
pub fn pem(der: &[u8]) -> String {
    pem_of("PUBLIC KEY", der)
}

/// Any DER as text.
pub fn pem_of(label: &str, der: &[u8]) -> String {
    let base64 = STANDARD.encode(der);
    let lines: Vec<&str> = base64
        .as_bytes()
        .chunks(64)
        .filter_map(|line| std::str::from_utf8(line).ok())
        .collect();
    format!(
        "-----BEGIN {label}-----\n{}\n-----END {label}-----\n",
        lines.join("\n")
    )
}

async fn demo_principal(server: &Tessera) -> Principal {
    principal(server, server.held("/auth_api/client_id")).await
}

async fn principal(server: &Tessera, name: &str) -> Principal {
    server
        .authority()
        .registry()
        .find_principal(super::DIALECT, PrincipalKind::Client, name)
        .await
        .expect("storage answers")
        .expect("the client exists")
}

/// Registers a public key for the demo's client.
pub async fn register(server: &Tessera, kid: &str, algorithm: KeyAlgorithm, public_pem: &str) {
    let key = NewSecret::AssertionKey {
        kid: kid.to_owned(),
        algorithm,
        public_pem: public_pem.to_owned(),
    };
    let client = demo_principal(server).await;
    server
        .authority()
        .registry()
        .add_secret(&Actor::operator(), &client, key)
        .await
        .expect("a public key can be registered");
}

/// Puts a JWT together with any way of signing.
fn jwt(alg: &str, kid: &str, claims: &Value, sign: impl Fn(&[u8]) -> Vec<u8>) -> String {
    let header = json!({ "alg": alg, "kid": kid, "typ": "JWT" });
    let encode = |text: String| URL_SAFE_NO_PAD.encode(text);
    let input = format!(
        "{}.{}",
        encode(header.to_string()),
        encode(claims.to_string())
    );
    let signature = URL_SAFE_NO_PAD.encode(sign(input.as_bytes()));
    format!("{input}.{signature}")
}

async fn present(server: &Tessera, assertion: &str) -> Answer {
    let call = long_call(&with_assertion(server, assertion));
    call.send(server).await
}

#[tokio::test]
async fn es256_and_rs256_keys_sign_assertions_each_under_its_own_algorithm() {
    let server = Tessera::start().await;
    let ec = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("an EC key");
    let ec_der: PublicKeyX509Der<'_> = ec.public_key().as_der().expect("SPKI");
    register(&server, "ec", KeyAlgorithm::Es256, &pem(ec_der.as_ref())).await;
    let rsa = RsaKeyPair::generate(KeySize::Rsa2048).expect("an RSA key");
    let rsa_der: PublicKeyX509Der<'_> = rsa.public_key().as_der().expect("SPKI");
    register(&server, "rsa", KeyAlgorithm::Rs256, &pem(rsa_der.as_ref())).await;

    let by_ec = |input: &[u8]| {
        let signature = ec.sign(&rand::SystemRandom::new(), input);
        signature.expect("a signature").as_ref().to_vec()
    };
    let by_rsa = |input: &[u8]| {
        let mut signature = vec![0; rsa.public_modulus_len()];
        rsa.sign(
            &RSA_PKCS1_SHA256,
            &rand::SystemRandom::new(),
            input,
            &mut signature,
        )
        .expect("a signature");
        signature
    };
    let claims = assertion_claims(&server, "algorithms");
    // A right signature under a header that claims another algorithm or key.
    for token in [
        jwt("EdDSA", "ec", &claims, by_ec),
        jwt("RS256", "ec", &claims, by_ec),
        jwt("ES256", "rsa", &claims, by_ec),
        jwt("PS256", "rsa", &claims, by_rsa),
        jwt("RS512", "rsa", &claims, by_rsa),
        jwt(
            "ES256",
            server.held("/auth_api/assertion_kid"),
            &claims,
            by_ec,
        ),
    ] {
        assert_refused(&present(&server, &token).await, 401, "invalid_client");
    }
    let token = jwt("ES256", "ec", &claims, by_ec);
    present(&server, &token).await.expect(201);
    let claims = assertion_claims(&server, "rsa");
    let token = jwt("RS256", "rsa", &claims, by_rsa);
    present(&server, &token).await.expect(201);
}

#[tokio::test]
async fn a_public_key_is_never_a_shared_secret() {
    let server = Tessera::start().await;
    let ec = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("an EC key");
    let der: PublicKeyX509Der<'_> = ec.public_key().as_der().expect("SPKI");
    let text = pem(der.as_ref());
    register(&server, "ec", KeyAlgorithm::Es256, &text).await;
    let claims = assertion_claims(&server, "confused");
    for key in [
        text.as_bytes(),
        text.trim_end().as_bytes(),
        der.as_ref(),
        ec.public_key().as_ref(),
    ] {
        for alg in ["HS256", "ES256", "none"] {
            let token = jwt(alg, "ec", &claims, |input| {
                let key = hmac::Key::new(hmac::HMAC_SHA256, key);
                hmac::sign(&key, input).as_ref().to_vec()
            });
            assert_refused(&present(&server, &token).await, 401, "invalid_client");
        }
    }
}

#[tokio::test]
async fn a_step_up_client_issues_by_one_time_code_and_by_assertion_only() {
    let server = Tessera::start().await;
    let strict = client(&server, "strict", &ALL_SCOPES, true).await;
    let principal = principal(&server, &strict.id).await;
    let authority = server.authority();
    let seed = authority
        .registry()
        .add_secret(&Actor::operator(), &principal, NewSecret::TotpSeed(None))
        .await
        .expect("a seed can be added")
        .value
        .expect("seeds are shown");
    let ec = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("an EC key");
    let der: PublicKeyX509Der<'_> = ec.public_key().as_der().expect("SPKI");
    let key = NewSecret::AssertionKey {
        kid: "strict".to_owned(),
        algorithm: KeyAlgorithm::Es256,
        public_pem: pem(der.as_ref()),
    };
    authority
        .registry()
        .add_secret(&Actor::operator(), &principal, key)
        .await
        .expect("a public key can be registered");

    let code = code_at(seed.expose(), server.clock.now_ms(), 0);
    let by_code = json!({
        "grant_type": "client_credentials",
        "client_id": strict.id,
        "otp_code": code,
    });
    let long = super::Issued::from(long_call(&by_code).send(&server).await);
    let mut claims = assertion_claims(&server, "strict");
    claims["iss"] = strict.id.clone().into();
    claims["sub"] = strict.id.clone().into();
    let token = jwt("ES256", "strict", &claims, |input| {
        let signature = ec.sign(&rand::SystemRandom::new(), input);
        signature.expect("a signature").as_ref().to_vec()
    });
    let mut by_assertion = with_assertion(&server, &token);
    by_assertion["client_id"] = strict.id.clone().into();
    long_call(&by_assertion).send(&server).await.expect(201);

    // Its short token holds tokens:write, but is no stronger proof.
    let short = super::short_token(&server, &long).await;
    let by_short = json!({ "grant_type": "client_credentials", "client_id": strict.id });
    let call = crate::harness::Call::post(LONG).bearer(&short.token);
    let answer = call.json(&by_short).send(&server).await;
    assert_refused(&answer, 403, "insufficient_scope");
}
