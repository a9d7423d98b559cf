//! Hostile and honest JWTs against the wrapper.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _, RSA_PKCS1_SHA256,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::{
    ACCESS_TOKEN_TYPE, ASSERTION_TYPE, JwtFault, Rules, UnverifiedJwt, VerifyingKey, header_text,
    thumbprint,
};
use crate::domain::{Claims, KeyAlgorithm, PublicNumbers, Secret};
use crate::keys::SystemRandomness;
use crate::keys::ring::generate_ed25519_pem;
use crate::keys::signing::SigningKey;

const SECRET: &[u8] = b"an HMAC secret of some length";

pub(in crate::keys) fn rules() -> Rules<'static> {
    Rules {
        other_types: &[ACCESS_TOKEN_TYPE, ASSERTION_TYPE],
        issuer: None,
        subject: None,
        audience: None,
        require_exp: false,
        zero_exp_is_none: false,
        max_life_secs: None,
        now_ms: Some(1_000_000),
        leeway_secs: 10,
    }
}

pub(in crate::keys) fn check(token: &str, rules: &Rules<'_>) -> Result<Claims, JwtFault> {
    let jwt = UnverifiedJwt::parse(token)?.verify(&VerifyingKey::hs256(SECRET), rules)?;
    Ok(jwt.claims)
}

pub(in crate::keys) fn signed(header: &str, claims: &str) -> Secret {
    let signed = SigningKey::hs256(SECRET).sign(header, claims);
    signed.expect("an HMAC")
}

pub(in crate::keys) const HEADER: &str = r#"{"typ":"JWT","alg":"HS256"}"#;

#[test]
fn the_thumbprint_is_that_of_rfc8037() {
    // RFC 8037 appendix A.3.
    let x = URL_SAFE_NO_PAD
        .decode("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")
        .expect("base64url");
    assert_eq!(
        thumbprint(&PublicNumbers::Ed25519 { x }).as_deref(),
        Ok("kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k")
    );
}

#[test]
fn header_order_is_typ_alg_kid() {
    assert_eq!(header_text("JWT", KeyAlgorithm::Hs256, None), HEADER);
    assert_eq!(
        header_text("at+jwt", KeyAlgorithm::EdDsa, Some("k")),
        r#"{"typ":"at+jwt","alg":"EdDSA","kid":"k"}"#
    );
}

#[test]
fn known_vector_is_made_and_accepted() -> Result<(), JwtFault> {
    // The first two parts of a header that the document has as an example.
    let token = signed(HEADER, r#"{"exp":1554759531,"iat":1554745131}"#);
    assert!(token.expose().starts_with(
        "eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9.eyJleHAiOjE1NTQ3NTk1MzEsImlhdCI6MTU1NDc0NTEzMX0."
    ));
    let rules = Rules {
        now_ms: Some(1_554_745_131_000),
        ..rules()
    };
    assert_eq!(
        check(token.expose(), &rules)?.to_text(),
        r#"{"exp":1554759531,"iat":1554745131}"#
    );
    Ok(())
}

#[test]
fn any_other_alg_is_refused() -> Result<(), JwtFault> {
    for alg in [
        r#""none""#,
        r#""None""#,
        r#""nOnE""#,
        r#""""#,
        r#""hs256""#,
        r#""HS512""#,
        r#""RS256""#,
        r#""EdDSA""#,
        "null",
        "[\"HS256\"]",
        "1",
    ] {
        let header = format!(r#"{{"typ":"JWT","alg":{alg}}}"#);
        let token = signed(&header, "{}");
        assert!(check(token.expose(), &rules()).is_err(), "{alg}");
        let (input, _) = token.expose().rsplit_once('.').ok_or(JwtFault::Malformed)?;
        assert!(
            check(&format!("{input}."), &rules()).is_err(),
            "{alg} unsigned"
        );
        assert!(check(input, &rules()).is_err(), "{alg} two parts");
    }
    assert_eq!(
        check(signed(r#"{"typ":"JWT"}"#, "{}").expose(), &rules()).err(),
        Some(JwtFault::Header)
    );
    Ok(())
}

#[test]
fn only_crit_duplicates_and_the_type_of_other_tokens_of_ours_are_refused() {
    for member in [
        r#""crit":["exp"]"#,
        r#""crit":null"#,
        r#""crit":5"#,
        r#""alg":"HS256""#,
        r#""x":{"a":1,"a":1}"#,
        r#""typ":"at+jwt""#,
        r#""typ":"Application/AT+jwt""#,
        r#""typ":"client-authentication+jwt""#,
    ] {
        let token = signed(&format!(r#"{{"alg":"HS256",{member}}}"#), "{}");
        assert!(check(token.expose(), &rules()).is_err(), "{member}");
    }
    for member in [
        r#""jku":"https://evil""#,
        r#""jwk":{}"#,
        r#""x5u":7"#,
        r#""x5c":[]"#,
        r#""b64":false"#,
        r#""zip":"DEF""#,
        r#""cty":"JWT""#,
        r#""x5t":1e400"#,
        r#""kid":"../../key""#,
        r#""kid":"' OR 1=1""#,
        r#""kid":"""#,
        r#""kid":7"#,
        r#""typ":"JWE""#,
        r#""typ":{}"#,
    ] {
        let token = signed(&format!(r#"{{"alg":"HS256",{member}}}"#), "{}");
        assert!(check(token.expose(), &rules()).is_ok(), "{member}");
    }
}

#[test]
fn a_kid_chooses_the_key_of_that_name_and_without_one_any_may_fit() -> Result<(), JwtFault> {
    for (header, ours, unnamed) in [
        (r#"{"alg":"EdDSA"}"#, true, true),
        (r#"{"alg":"EdDSA","kid":"ours"}"#, true, false),
        (r#"{"alg":"EdDSA","kid":"other"}"#, false, false),
        (r#"{"alg":"EdDSA","kid":null}"#, false, false),
        (r#"{"alg":"EdDSA","kid":{"kid":"ours"}}"#, false, false),
        (r#"{"alg":"EdDSA","kid":["ours"]}"#, false, false),
    ] {
        let token = signed(header, "{}");
        let jwt = UnverifiedJwt::parse(token.expose())?;
        assert_eq!(
            (jwt.may_be_by(Some("ours")), jwt.may_be_by(None)),
            (ours, unnamed),
            "{header}"
        );
    }
    Ok(())
}

#[test]
fn ed25519_is_another_name_of_eddsa_and_of_nothing_else() -> Result<(), JwtFault> {
    let random = SystemRandomness::default();
    let (private_pem, public_pem) = generate_ed25519_pem(&random).map_err(|_| JwtFault::Key)?;
    let signing = SigningKey::ed25519_pem(&private_pem)?;
    let key = VerifyingKey::from_public_pem(KeyAlgorithm::EdDsa, public_pem.as_bytes())?;
    for (alg, fits) in [
        ("EdDSA", true),
        ("Ed25519", true),
        ("ed25519", false),
        ("Ed448", false),
    ] {
        let token = signing.sign(&format!(r#"{{"alg":"{alg}"}}"#), "{}")?;
        let verified = UnverifiedJwt::parse(token.expose())?.verify(&key, &rules());
        assert_eq!(verified.is_ok(), fits, "{alg}");
    }
    let token = signed(r#"{"alg":"Ed25519"}"#, "{}");
    assert_eq!(
        check(token.expose(), &rules()).err(),
        Some(JwtFault::Signature)
    );
    Ok(())
}

#[test]
fn public_keys_are_not_hmac_secrets() -> Result<(), JwtFault> {
    let random = SystemRandomness::default();
    let (_, public_pem) = generate_ed25519_pem(&random).map_err(|_| JwtFault::Key)?;
    let der: String = public_pem
        .lines()
        .filter(|line| !line.starts_with('-'))
        .collect();
    let der = base64::engine::general_purpose::STANDARD
        .decode(der)
        .map_err(|_| JwtFault::Malformed)?;
    let key = VerifyingKey::from_public_pem(KeyAlgorithm::EdDsa, public_pem.as_bytes())?;
    for secret in [
        public_pem.as_bytes(),
        public_pem.trim().as_bytes(),
        &der,
        der.get(12..).unwrap_or_default(),
    ] {
        for header in [HEADER, r#"{"typ":"JWT","alg":"EdDSA"}"#] {
            let token = SigningKey::hs256(secret).sign(header, "{}")?;
            assert_eq!(
                UnverifiedJwt::parse(token.expose())?
                    .verify(&key, &rules())
                    .err(),
                Some(JwtFault::Signature)
            );
        }
    }
    assert!(VerifyingKey::from_public_pem(KeyAlgorithm::Hs256, public_pem.as_bytes()).is_err());
    assert!(VerifyingKey::from_public_pem(KeyAlgorithm::Rs256, public_pem.as_bytes()).is_err());
    Ok(())
}

#[test]
fn cut_extended_and_bent_tokens_are_refused() {
    let token = signed(HEADER, r#"{"exp":2000}"#);
    let text = token.expose();
    for end in 0..text.len() {
        assert!(check(&text[..end], &rules()).is_err());
        assert!(check(&text[end + 1..], &rules()).is_err());
    }
    for tail in [".", "A", "=", " ", "\n", ".A", "\0"] {
        assert!(
            check(&format!("{text}{tail}"), &rules()).is_err(),
            "{tail:?}"
        );
    }
    for at in 0..text.len() {
        for other in ["A", "B", "_", "."] {
            let mut bent = text.to_owned();
            bent.replace_range(at..=at, other);
            assert!(bent == text || check(&bent, &rules()).is_err());
        }
    }
    assert_eq!(
        check(&".".repeat(4096), &rules()).err(),
        Some(JwtFault::Malformed)
    );
    assert_eq!(
        check(&"a".repeat(4097), &rules()).err(),
        Some(JwtFault::Malformed)
    );
}

#[test]
fn rs256_and_es256_assertions_verify_by_pem() -> Result<(), Box<dyn std::error::Error>> {
    let random = SystemRandom::new();
    let pem = |der: &[u8]| {
        format!(
            "-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n",
            base64::engine::general_purpose::STANDARD.encode(der)
        )
    };
    let input = |alg: &str| {
        format!(
            "{}.{}",
            URL_SAFE_NO_PAD.encode(format!(r#"{{"alg":"{alg}"}}"#)),
            URL_SAFE_NO_PAD.encode(r#"{"exp":2000}"#)
        )
    };

    let ec = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING)?;
    let spki: aws_lc_rs::encoding::PublicKeyX509Der<'_> =
        aws_lc_rs::encoding::AsDer::as_der(ec.public_key())?;
    let key = VerifyingKey::from_public_pem(KeyAlgorithm::Es256, pem(spki.as_ref()).as_bytes())?;
    let token = format!(
        "{}.{}",
        input("ES256"),
        URL_SAFE_NO_PAD.encode(ec.sign(&random, input("ES256").as_bytes())?.as_ref())
    );
    UnverifiedJwt::parse(&token)?.verify(&key, &rules())?;

    let rsa = RsaKeyPair::generate(KeySize::Rsa2048)?;
    let spki: aws_lc_rs::encoding::PublicKeyX509Der<'_> =
        aws_lc_rs::encoding::AsDer::as_der(rsa.public_key())?;
    let key = VerifyingKey::from_public_pem(KeyAlgorithm::Rs256, pem(spki.as_ref()).as_bytes())?;
    let mut signature = vec![0; rsa.public_modulus_len()];
    rsa.sign(
        &RSA_PKCS1_SHA256,
        &random,
        input("RS256").as_bytes(),
        &mut signature,
    )?;
    let token = format!("{}.{}", input("RS256"), URL_SAFE_NO_PAD.encode(signature));
    UnverifiedJwt::parse(&token)?.verify(&key, &rules())?;
    Ok(())
}
