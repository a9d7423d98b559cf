//! The only wrapper around jsonwebtoken: makes and verifies JWTs (RFC 7519) under this service's own rules.
//!
//! jsonwebtoken only signs and verifies bytes here. Everything it would leave unchecked is checked by
//! us: the algorithm is the key's and never the token's; unknown header members (`crit`, `jku`, `jwk`,
//! `x5u` …) are refused; dates are integers; `iss` and `aud` are single strings that must be equal.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::{
    AlgorithmParameters, CommonParameters, EllipticCurve, Jwk, OctetKeyPairParameters,
    OctetKeyPairType, ThumbprintHash,
};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, crypto};
use serde_json::Value;

use super::strict_json;
use crate::authority::{Claims, KeyAlgorithm, PlainSecret};

/// Longest token that is looked at, in bytes.
pub const MAX_TOKEN_BYTES: usize = 4096;
/// Deepest nesting of a payload.
const MAX_DEPTH: usize = 32;
/// Largest date: integers beyond 2^53 lose digits in other languages.
const MAX_DATE: i64 = 1 << 53;

/// Why a JWT is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JwtFault {
    /// Not three parts of base64url with two JSON objects in it, or too large.
    #[error("malformed")]
    Malformed,
    /// A header member or value that is not allowed.
    #[error("header not allowed")]
    Header,
    /// Another algorithm than the key's, or a signature that does not fit.
    #[error("wrong signature")]
    Signature,
    /// A claim is missing, of the wrong type or of the wrong value.
    #[error("wrong claim")]
    Claim,
    /// `exp` lies farther ahead than allowed; everything else is right.
    #[error("ends too late")]
    TooLong,
    /// Past `exp`.
    #[error("expired")]
    Expired,
    /// `nbf` or `iat` in the future.
    #[error("not yet valid")]
    NotYetValid,
    /// The key cannot be used.
    #[error("unusable key")]
    Key,
}

/// A key that verifies, pinned to one algorithm.
#[derive(Clone)]
pub struct VerifyingKey {
    algorithm: KeyAlgorithm,
    key: DecodingKey,
}

/// A key that signs, pinned to one algorithm.
#[derive(Clone)]
pub struct SigningKey {
    algorithm: KeyAlgorithm,
    key: EncodingKey,
}

impl std::fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "VerifyingKey({})", self.algorithm)
    }
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SigningKey({})", self.algorithm)
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

    /// A raw Ed25519 public key of 32 bytes.
    #[must_use]
    pub fn ed25519(public: &[u8]) -> Self {
        Self {
            algorithm: KeyAlgorithm::EdDsa,
            key: DecodingKey::from_ed_der(public),
        }
    }

    /// A public key in SPKI PEM; never an HMAC secret.
    ///
    /// # Errors
    /// [`JwtFault::Key`].
    pub fn from_public_pem(algorithm: KeyAlgorithm, pem: &[u8]) -> Result<Self, JwtFault> {
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

impl SigningKey {
    /// An HMAC-SHA-256 secret.
    #[must_use]
    pub fn hs256(secret: &[u8]) -> Self {
        Self {
            algorithm: KeyAlgorithm::Hs256,
            key: EncodingKey::from_secret(secret),
        }
    }

    /// An Ed25519 private key in PKCS#8 DER.
    #[must_use]
    pub fn ed25519(pkcs8: &[u8]) -> Self {
        Self {
            algorithm: KeyAlgorithm::EdDsa,
            key: EncodingKey::from_ed_der(pkcs8),
        }
    }

    /// An Ed25519 private key in PKCS#8 PEM.
    ///
    /// # Errors
    /// [`JwtFault::Key`].
    pub fn ed25519_pem(pem: &PlainSecret) -> Result<Self, JwtFault> {
        let key = EncodingKey::from_ed_pem(pem.as_bytes()).map_err(|_| JwtFault::Key)?;
        Ok(Self {
            algorithm: KeyAlgorithm::EdDsa,
            key,
        })
    }

    /// Its one algorithm.
    #[must_use]
    pub const fn algorithm(&self) -> KeyAlgorithm {
        self.algorithm
    }

    /// Signs exactly these bytes of header and payload (JSON texts); nothing is added or reordered.
    ///
    /// # Errors
    /// [`JwtFault::Key`].
    pub fn sign(&self, header: &str, claims: &str) -> Result<PlainSecret, JwtFault> {
        let mut token = URL_SAFE_NO_PAD.encode(header);
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(claims, &mut token);
        let signature = crypto::sign(token.as_bytes(), &self.key, algorithm(self.algorithm))
            .map_err(|_| JwtFault::Key)?;
        token.push('.');
        token.push_str(&signature);
        Ok(PlainSecret::new(token))
    }
}

/// The JOSE header this service writes: `{"typ":…,"alg":…}` and `kid` for asymmetric keys, in that order.
#[must_use]
pub fn header_text(typ: &str, algorithm: KeyAlgorithm, kid: Option<&str>) -> String {
    let header = Claims::new()
        .with("typ", typ)
        .with("alg", algorithm.as_str());
    kid.map_or(header.clone(), |kid| header.with("kid", kid))
        .to_text()
}

/// RFC 7638 thumbprint (SHA-256) of a raw Ed25519 public key, as RFC 8037 defines its members.
///
/// # Errors
/// [`JwtFault::Key`].
pub fn ed25519_thumbprint(public: &[u8]) -> Result<String, JwtFault> {
    let jwk = Jwk {
        common: CommonParameters::default(),
        algorithm: AlgorithmParameters::OctetKeyPair(OctetKeyPairParameters {
            key_type: OctetKeyPairType::OctetKeyPair,
            curve: EllipticCurve::Ed25519,
            x: URL_SAFE_NO_PAD.encode(public),
        }),
    };
    jwk.thumbprint(ThumbprintHash::SHA256)
        .map_err(|_| JwtFault::Key)
}

/// What a payload must satisfy besides its signature.
#[derive(Clone, Copy, Debug)]
pub struct Rules<'a> {
    /// `typ` values allowed, compared without case; an absent `typ` is allowed if `""` is listed.
    pub typ: &'a [&'a str],
    /// `iss` must be this string.
    pub issuer: Option<&'a str>,
    /// `sub` must be this string.
    pub subject: Option<&'a str>,
    /// `aud` must be this one string.
    pub audience: Option<&'a str>,
    /// Whether `exp` must be there; if it is there it always counts.
    pub require_exp: bool,
    /// Farthest `exp` allowed from now, seconds.
    pub max_life_secs: Option<i64>,
    /// Now, milliseconds.
    pub now_ms: i64,
    /// How far `nbf`, `iat` and the farthest `exp` may lie ahead, seconds. `exp` itself gets no grace.
    pub leeway_secs: i64,
}

/// A JWT taken apart, nothing of it trusted yet.
pub struct UnverifiedJwt<'a> {
    signing_input: &'a str,
    signature: &'a str,
    alg: String,
    typ: String,
    kid: Option<String>,
    claims: Claims,
}

impl std::fmt::Debug for UnverifiedJwt<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("UnverifiedJwt")
    }
}

impl<'a> UnverifiedJwt<'a> {
    /// Takes a token apart; size and characters are checked before anything is split.
    ///
    /// # Errors
    /// [`JwtFault::Malformed`], [`JwtFault::Header`].
    pub fn parse(token: &'a str) -> Result<Self, JwtFault> {
        let known = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
        if token.len() > MAX_TOKEN_BYTES || !token.bytes().all(known) {
            return Err(JwtFault::Malformed);
        }
        let (signing_input, signature) = token.rsplit_once('.').ok_or(JwtFault::Malformed)?;
        let (header, payload) = signing_input.split_once('.').ok_or(JwtFault::Malformed)?;
        if payload.contains('.') || URL_SAFE_NO_PAD.decode(signature).is_err() {
            return Err(JwtFault::Malformed);
        }
        let (mut alg, mut typ, mut kid) = (None, String::new(), None);
        for (name, value) in object(header)?.into_map() {
            let Value::String(text) = value else {
                return Err(JwtFault::Header);
            };
            match name.as_str() {
                "alg" => alg = Some(text),
                "typ" => typ = text,
                "kid" if text.len() <= 64 && is_kid(&text) => kid = Some(text),
                _ => return Err(JwtFault::Header),
            }
        }
        let alg = alg.ok_or(JwtFault::Header)?;
        Ok(Self {
            signing_input,
            signature,
            alg,
            typ,
            kid,
            claims: object(payload)?,
        })
    }

    /// `kid`, to choose a key by.
    #[must_use]
    pub fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
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
    pub fn verify(self, key: &VerifyingKey, rules: &Rules<'_>) -> Result<Claims, JwtFault> {
        if self.alg != key.algorithm.as_str() {
            return Err(JwtFault::Signature);
        }
        match crypto::verify(
            self.signature,
            self.signing_input.as_bytes(),
            &key.key,
            algorithm(key.algorithm),
        ) {
            Ok(true) => {}
            Ok(false) | Err(_) => return Err(JwtFault::Signature),
        }
        if !rules
            .typ
            .iter()
            .any(|allowed| allowed.eq_ignore_ascii_case(&self.typ))
        {
            return Err(JwtFault::Header);
        }
        rules.check(&self.claims)?;
        Ok(self.claims)
    }
}

impl Rules<'_> {
    fn check(&self, claims: &Claims) -> Result<(), JwtFault> {
        for (name, wanted) in [
            ("iss", self.issuer),
            ("sub", self.subject),
            ("aud", self.audience),
        ] {
            if wanted.is_some_and(|wanted| claims.get_str(name) != Some(wanted)) {
                return Err(JwtFault::Claim);
            }
        }
        let (exp, nbf, iat) = (
            date(claims, "exp")?,
            date(claims, "nbf")?,
            date(claims, "iat")?,
        );
        let latest = self
            .now_ms
            .saturating_add(self.leeway_secs.saturating_mul(1000));
        match exp {
            None if self.require_exp => return Err(JwtFault::Claim),
            Some(exp) if self.now_ms >= exp.saturating_mul(1000) => return Err(JwtFault::Expired),
            None | Some(_) => {}
        }
        if [nbf, iat]
            .into_iter()
            .flatten()
            .any(|from| from.saturating_mul(1000) > latest)
        {
            return Err(JwtFault::NotYetValid);
        }
        // Last: who is told how long it may be has everything else right.
        let too_long = |(exp, most): (i64, i64)| (exp - most).saturating_mul(1000) > latest;
        if exp.zip(self.max_life_secs).is_some_and(too_long) {
            return Err(JwtFault::TooLong);
        }
        Ok(())
    }
}

/// A date claim: absent, or a non-negative integer up to 2^53.
fn date(claims: &Claims, name: &str) -> Result<Option<i64>, JwtFault> {
    match claims.get(name) {
        None => Ok(None),
        Some(value) => match value.as_i64() {
            Some(secs) if (0..=MAX_DATE).contains(&secs) => Ok(Some(secs)),
            Some(_) | None => Err(JwtFault::Claim),
        },
    }
}

fn object(part: &str) -> Result<Claims, JwtFault> {
    let bytes = URL_SAFE_NO_PAD
        .decode(part)
        .map_err(|_| JwtFault::Malformed)?;
    strict_json::object(&bytes, MAX_DEPTH)
        .map(Claims::from)
        .ok_or(JwtFault::Malformed)
}

fn is_kid(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
}

#[cfg(test)]
#[path = "jwt_tests.rs"]
mod tests;
