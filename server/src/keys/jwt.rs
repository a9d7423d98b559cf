//! The only wrapper around jsonwebtoken: makes and verifies JWTs (RFC 7519) under this service's own rules.
//!
//! jsonwebtoken only verifies bytes here: signing with it would parse the private key each time, so that is done with a pair
//! that was parsed once. Everything it would leave unchecked is checked by us: the algorithm is the key's and never the token's;
//! of the header only `alg`, `typ`, `kid` and `crit` are looked at, and `crit` is refused (RFC 7515 §4: the others are ignored,
//! whatever their type); dates are rounded so that nobody lives longer; `iss` and `aud` are single strings that must be equal.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::{
    AlgorithmParameters, CommonParameters, EllipticCurve, EllipticCurveKeyParameters,
    EllipticCurveKeyType, Jwk, OctetKeyPairParameters, OctetKeyPairType, RSAKeyParameters,
    RSAKeyType, ThumbprintHash,
};
use jsonwebtoken::{Algorithm, DecodingKey, crypto};
use serde_json::Value;

use super::jwt_rules::{JwtFault, Rules, VerifiedJwt};
use super::numeric_date;
use super::signing::UNCOMPRESSED;
use crate::domain::work::{Work, note};
use crate::domain::{Claims, KeyAlgorithm, PublicNumbers, Secret, json};

/// Longest token that is looked at, in bytes.
pub const MAX_TOKEN_BYTES: usize = 4096;
/// Deepest nesting of a payload.
const MAX_DEPTH: usize = 32;
/// `typ` of the access tokens made here (RFC 9068 §2.1).
pub const ACCESS_TOKEN_TYPE: &str = "at+jwt";
/// `typ` of assertions by which a client proves itself.
pub const ASSERTION_TYPE: &str = "client-authentication+jwt";

/// A key that verifies, pinned to one algorithm.
#[derive(Clone)]
pub struct VerifyingKey {
    algorithm: KeyAlgorithm,
    key: DecodingKey,
}

impl std::fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "VerifyingKey({})", self.algorithm)
    }
}

const fn algorithm(of: KeyAlgorithm) -> Algorithm {
    match of {
        KeyAlgorithm::Hs256 => Algorithm::HS256,
        KeyAlgorithm::Rs256 => Algorithm::RS256,
        KeyAlgorithm::Es256 => Algorithm::ES256,
        KeyAlgorithm::EdDsa => Algorithm::EdDSA,
    }
}

impl VerifyingKey {
    /// An HMAC-SHA-256 secret.
    #[must_use]
    pub fn hs256(secret: &[u8]) -> Self {
        Self {
            algorithm: KeyAlgorithm::Hs256,
            key: DecodingKey::from_secret(secret),
        }
    }

    /// The public half of a pair that signs here.
    #[must_use]
    pub fn public(numbers: &PublicNumbers) -> Self {
        let key = match numbers {
            PublicNumbers::Ed25519 { x } => DecodingKey::from_ed_der(x),
            PublicNumbers::P256 { x, y } => {
                DecodingKey::from_ec_der(&[&[UNCOMPRESSED], &**x, y].concat())
            }
            PublicNumbers::Rsa { n, e } => DecodingKey::from_rsa_raw_components(n, e),
        };
        Self {
            algorithm: numbers.algorithm(),
            key,
        }
    }

    /// A public key in SPKI PEM; never an HMAC secret.
    ///
    /// # Errors
    /// [`JwtFault::Key`].
    pub fn from_public_pem(algorithm: KeyAlgorithm, pem: &[u8]) -> Result<Self, JwtFault> {
        note(Work::PublicKey(algorithm));
        let key = match algorithm {
            KeyAlgorithm::Hs256 => return Err(JwtFault::Key),
            KeyAlgorithm::Rs256 => DecodingKey::from_rsa_pem(pem),
            KeyAlgorithm::Es256 => DecodingKey::from_ec_pem(pem),
            KeyAlgorithm::EdDsa => DecodingKey::from_ed_pem(pem),
        };
        Ok(Self {
            algorithm,
            key: key.map_err(|_| JwtFault::Key)?,
        })
    }

    /// Its one algorithm.
    #[must_use]
    pub const fn algorithm(&self) -> KeyAlgorithm {
        self.algorithm
    }
}

/// The JOSE header this service writes: `{"typ":…,"alg":…}` and `kid` for asymmetric keys, in that order.
#[must_use]
pub fn header_text(typ: &str, algorithm: KeyAlgorithm, kid: Option<&str>) -> String {
    let header = Claims::new()
        .with("typ", typ)
        .with("alg", algorithm.as_str());
    match kid {
        Some(kid) => header.with("kid", kid).to_text(),
        None => header.to_text(),
    }
}

/// RFC 7638 thumbprint (SHA-256) of a public key.
///
/// # Errors
/// [`JwtFault::Key`].
pub fn thumbprint(numbers: &PublicNumbers) -> Result<String, JwtFault> {
    let text = |number: &[u8]| URL_SAFE_NO_PAD.encode(number);
    let algorithm = match numbers {
        PublicNumbers::Ed25519 { x } => AlgorithmParameters::OctetKeyPair(OctetKeyPairParameters {
            key_type: OctetKeyPairType::OctetKeyPair,
            curve: EllipticCurve::Ed25519,
            x: text(x),
        }),
        PublicNumbers::P256 { x, y } => {
            AlgorithmParameters::EllipticCurve(EllipticCurveKeyParameters {
                key_type: EllipticCurveKeyType::EC,
                curve: EllipticCurve::P256,
                x: text(x),
                y: text(y),
            })
        }
        PublicNumbers::Rsa { n, e } => AlgorithmParameters::RSA(RSAKeyParameters {
            key_type: RSAKeyType::RSA,
            n: text(n),
            e: text(e),
        }),
    };
    let jwk = Jwk {
        common: CommonParameters::default(),
        algorithm,
    };
    jwk.thumbprint(ThumbprintHash::SHA256)
        .map_err(|_| JwtFault::Key)
}

/// A JWT taken apart, nothing of it trusted yet.
pub struct UnverifiedJwt<'a> {
    signing_input: &'a str,
    signature: &'a str,
    alg: String,
    typ: String,
    /// As sent; what is no text, or not as keys are named here, is the name of none.
    kid: Option<Value>,
    payload: String,
    claims: Claims,
}

impl std::fmt::Debug for UnverifiedJwt<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("UnverifiedJwt")
    }
}

/// Whether [`UnverifiedJwt::parse`] takes a token that was made of these claims and signed just now.
#[must_use]
pub fn can_be_read(token: &Secret, claims: &Claims) -> bool {
    token.expose().len() <= MAX_TOKEN_BYTES && json::nests_at_most(claims.as_map(), MAX_DEPTH)
}

impl<'a> UnverifiedJwt<'a> {
    /// Takes a token apart; size and characters are checked before anything is split.
    ///
    /// # Errors
    /// [`JwtFault::Malformed`], [`JwtFault::Header`].
    pub fn parse(token: &'a str) -> Result<Self, JwtFault> {
        note(Work::Parse);
        let known = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
        if token.len() > MAX_TOKEN_BYTES || !token.bytes().all(known) {
            return Err(JwtFault::Malformed);
        }
        let (signing_input, signature) = token.rsplit_once('.').ok_or(JwtFault::Malformed)?;
        let (header, payload) = signing_input.split_once('.').ok_or(JwtFault::Malformed)?;
        if payload.contains('.') || URL_SAFE_NO_PAD.decode(signature).is_err() {
            return Err(JwtFault::Malformed);
        }
        let mut header =
            json::object_of_texts(&decoded(header)?, MAX_DEPTH).ok_or(JwtFault::Malformed)?;
        if header.contains_key("crit") {
            return Err(JwtFault::Header);
        }
        let text = |value| match value {
            Some(Value::String(text)) => Some(text),
            Some(
                Value::Null
                | Value::Bool(_)
                | Value::Number(_)
                | Value::Array(_)
                | Value::Object(_),
            )
            | None => None,
        };
        let alg = text(header.remove("alg")).ok_or(JwtFault::Header)?;
        let typ = text(header.remove("typ")).unwrap_or_default();
        let payload = decoded(payload)?;
        let claims = json::object(&payload, MAX_DEPTH).ok_or(JwtFault::Malformed)?;
        Ok(Self {
            signing_input,
            signature,
            alg,
            typ,
            kid: header.remove("kid"),
            payload: String::from_utf8(payload).map_err(|_| JwtFault::Malformed)?,
            claims: Claims::from(claims),
        })
    }

    /// Whether the key called `kid` may have signed it: it names that one, or none.
    #[must_use]
    pub fn may_be_by(&self, kid: Option<&str>) -> bool {
        self.kid
            .as_ref()
            .is_none_or(|named| kid.is_some() && named.as_str() == kid)
    }

    /// Whether its header names that algorithm.
    #[must_use]
    pub fn is_by(&self, algorithm: KeyAlgorithm) -> bool {
        names(&self.alg, algorithm)
    }

    /// The header's JSON text as presented.
    #[must_use]
    pub fn header_text(&self) -> String {
        let header = self.signing_input.split('.').next().unwrap_or_default();
        let bytes = URL_SAFE_NO_PAD.decode(header).unwrap_or_default();
        String::from_utf8(bytes).unwrap_or_default()
    }

    /// `iss` as claimed, to choose a key by and for nothing else.
    #[must_use]
    pub fn unverified_issuer(&self) -> Option<&str> {
        self.claims.get_str("iss")
    }

    /// Verifies the signature first and then every rule, and only then hands out the claims.
    ///
    /// # Errors
    /// [`JwtFault`].
    pub fn verify(self, key: &VerifyingKey, rules: &Rules<'_>) -> Result<VerifiedJwt, JwtFault> {
        if !names(&self.alg, key.algorithm) {
            return Err(JwtFault::Signature);
        }
        note(Work::Signature(key.algorithm));
        match crypto::verify(
            self.signature,
            self.signing_input.as_bytes(),
            &key.key,
            algorithm(key.algorithm),
        ) {
            Ok(true) => {}
            Ok(false) | Err(_) => return Err(JwtFault::Signature),
        }
        rules.check_type(&self.typ)?;
        let zero_is_none =
            |number: &&str| !(rules.zero_exp_is_none && numeric_date::is_zero(number));
        let verified = VerifiedJwt {
            exp: self.date("exp", numeric_date::end, zero_is_none)?,
            nbf: self.date("nbf", numeric_date::beginning, |_| true)?,
            iat: self.date("iat", numeric_date::beginning, |_| true)?,
            claims: self.claims,
            text: self.payload,
        };
        rules.check(&verified)?;
        Ok(verified)
    }

    /// A date claim: absent, or a number that is none of a negative one and one beyond 2^53.
    fn date(
        &self,
        name: &str,
        read: fn(&str) -> Option<i64>,
        counts: impl Fn(&&str) -> bool,
    ) -> Result<Option<i64>, JwtFault> {
        match self.claims.get(name) {
            None => Ok(None),
            Some(Value::Number(number)) => {
                // An integer is its digits; any other number has lost them, and the payload is read once more.
                let digits = match number.as_i64() {
                    Some(integer) => integer.to_string(),
                    None => self.digits(name).ok_or(JwtFault::Claim)?,
                };
                let secs = read(&digits).ok_or(JwtFault::Claim)?;
                Ok(Some(digits.as_str()).filter(counts).map(|_| secs))
            }
            Some(
                Value::Null
                | Value::Bool(_)
                | Value::String(_)
                | Value::Array(_)
                | Value::Object(_),
            ) => Err(JwtFault::Claim),
        }
    }

    /// A number of the payload as it was written.
    fn digits(&self, name: &str) -> Option<String> {
        let texts = json::object_of_texts(self.payload.as_bytes(), MAX_DEPTH)?;
        texts.get(name)?.as_str().map(str::to_owned)
    }
}

/// Whether `alg` is a name of the algorithm; `Ed25519` is RFC 9864's for what RFC 8037 calls `EdDSA`.
fn names(alg: &str, algorithm: KeyAlgorithm) -> bool {
    alg == algorithm.as_str() || (algorithm == KeyAlgorithm::EdDsa && alg == "Ed25519")
}

fn decoded(part: &str) -> Result<Vec<u8>, JwtFault> {
    URL_SAFE_NO_PAD
        .decode(part)
        .map_err(|_| JwtFault::Malformed)
}

#[cfg(test)]
#[path = "jwt_tests.rs"]
pub(super) mod tests;
