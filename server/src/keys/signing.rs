//! Keys that sign, parsed once: an HMAC secret, or a pair of one asymmetric algorithm. (Verifying is `jwt.rs`'s job.)

use std::sync::Arc;

use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der};
use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256,
    RsaKeyPair,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use zeroize::Zeroizing;

use super::SealError;
use super::jwt_rules::JwtFault;
use crate::domain::work::{Work, note};
use crate::domain::{KeyAlgorithm, PublicNumbers, Randomness, Secret};

/// First byte of a point that is written with both coordinates (SEC 1 §2.3.3).
pub(super) const UNCOMPRESSED: u8 = 4;
/// Bytes of a coordinate on P-256.
const COORDINATE: usize = 32;

/// A key that signs, pinned to one algorithm and parsed once; cloning it is cheap.
#[derive(Clone)]
pub struct SigningKey(Arc<Parsed>);

/// What a private key was parsed to.
enum Parsed {
    Hs256(Box<hmac::Key>),
    EdDsa(Ed25519KeyPair),
    Es256(EcdsaKeyPair),
    Rs256(RsaKeyPair),
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SigningKey({})", self.algorithm())
    }
}

impl SigningKey {
    /// An HMAC-SHA-256 secret.
    #[must_use]
    pub fn hs256(secret: &[u8]) -> Self {
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
        Self(Arc::new(Parsed::Hs256(Box::new(key))))
    }

    /// A private key of that algorithm: PKCS#8 DER, or the secret itself for HMAC.
    ///
    /// # Errors
    /// [`JwtFault::Key`].
    pub fn stored(algorithm: KeyAlgorithm, private: &[u8]) -> Result<Self, JwtFault> {
        let parsed = match algorithm {
            KeyAlgorithm::Hs256 => return Ok(Self::hs256(private)),
            KeyAlgorithm::EdDsa => Ed25519KeyPair::from_pkcs8(private).map(Parsed::EdDsa),
            KeyAlgorithm::Es256 => {
                EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, private)
                    .map(Parsed::Es256)
            }
            KeyAlgorithm::Rs256 => RsaKeyPair::from_pkcs8(private).map(Parsed::Rs256),
        };
        Ok(Self(Arc::new(parsed.map_err(|_| JwtFault::Key)?)))
    }

    /// An Ed25519 private key in PKCS#8 PEM, as clients hold them.
    ///
    /// # Errors
    /// [`JwtFault::Key`].
    #[cfg(test)]
    pub(crate) fn ed25519_pem(pem: &Secret) -> Result<Self, JwtFault> {
        use base64::engine::general_purpose::STANDARD;
        let lines = pem.expose().lines().filter(|line| !line.starts_with('-'));
        let der = STANDARD.decode(lines.collect::<String>());
        Self::stored(KeyAlgorithm::EdDsa, &der.map_err(|_| JwtFault::Key)?)
    }

    /// Its one algorithm.
    #[must_use]
    pub fn algorithm(&self) -> KeyAlgorithm {
        match *self.0 {
            Parsed::Hs256(_) => KeyAlgorithm::Hs256,
            Parsed::EdDsa(_) => KeyAlgorithm::EdDsa,
            Parsed::Es256(_) => KeyAlgorithm::Es256,
            Parsed::Rs256(_) => KeyAlgorithm::Rs256,
        }
    }

    /// The public half; `None` for a secret that signs and verifies alike.
    #[must_use]
    pub fn public(&self) -> Option<PublicNumbers> {
        match &*self.0 {
            Parsed::Hs256(_) => None,
            Parsed::EdDsa(pair) => Some(PublicNumbers::Ed25519 {
                x: pair.public_key().as_ref().to_vec(),
            }),
            Parsed::Es256(pair) => {
                let point = pair.public_key().as_ref();
                let (x, y) = point.get(1..)?.split_at_checked(COORDINATE)?;
                Some(PublicNumbers::P256 {
                    x: x.to_vec(),
                    y: y.to_vec(),
                })
            }
            Parsed::Rs256(pair) => {
                let public = pair.public_key();
                Some(PublicNumbers::Rsa {
                    n: public.modulus().big_endian_without_leading_zero().to_vec(),
                    e: public.exponent().big_endian_without_leading_zero().to_vec(),
                })
            }
        }
    }

    /// Signs exactly these bytes of header and payload (JSON texts); nothing is added or reordered.
    ///
    /// # Errors
    /// [`JwtFault::Key`] when the library cannot sign.
    pub fn sign(&self, header: &str, claims: &str) -> Result<Secret, JwtFault> {
        let mut token = URL_SAFE_NO_PAD.encode(header);
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(claims, &mut token);
        let signed = token.len();
        note(Work::Signed(self.algorithm()));
        token.push('.');
        let input = token.get(..signed).unwrap_or_default().as_bytes();
        match &*self.0 {
            Parsed::Hs256(key) => {
                let tag = hmac::sign(key, input);
                URL_SAFE_NO_PAD.encode_string(tag.as_ref(), &mut token);
            }
            Parsed::EdDsa(pair) => {
                let signature = pair.sign(input);
                URL_SAFE_NO_PAD.encode_string(signature.as_ref(), &mut token);
            }
            Parsed::Es256(pair) => {
                let signature = pair.sign(&SystemRandom::new(), input);
                let signature = signature.map_err(|_| JwtFault::Key)?;
                URL_SAFE_NO_PAD.encode_string(signature.as_ref(), &mut token);
            }
            Parsed::Rs256(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                let random = SystemRandom::new();
                pair.sign(&RSA_PKCS1_SHA256, &random, input, &mut signature)
                    .map_err(|_| JwtFault::Key)?;
                URL_SAFE_NO_PAD.encode_string(signature, &mut token);
            }
        }
        Ok(Secret::new(token))
    }
}

/// A fresh private key of an asymmetric algorithm, PKCS#8 DER. RSA keys have 2048 bits (RFC 7518 §3.3); their primes, and the
/// scalars of P-256, are the library's own choice.
pub(super) fn fresh_private(
    algorithm: KeyAlgorithm,
    randomness: &dyn Randomness,
) -> Result<Zeroizing<Vec<u8>>, SealError> {
    match algorithm {
        KeyAlgorithm::Hs256 => Err(SealError),
        KeyAlgorithm::EdDsa => private_der(&ed25519(randomness)?),
        KeyAlgorithm::Es256 => {
            let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING);
            let der = pair.and_then(|pair| pair.to_pkcs8v1());
            Ok(Zeroizing::new(
                der.map_err(|_| SealError)?.as_ref().to_vec(),
            ))
        }
        KeyAlgorithm::Rs256 => {
            let pair = RsaKeyPair::generate(KeySize::Rsa2048).map_err(|_| SealError)?;
            let der: Pkcs8V1Der<'_> = pair.as_der().map_err(|_| SealError)?;
            Ok(Zeroizing::new(der.as_ref().to_vec()))
        }
    }
}

pub(super) fn ed25519(randomness: &dyn Randomness) -> Result<Ed25519KeyPair, SealError> {
    let mut seed = Zeroizing::new([0_u8; 32]);
    randomness.fill(seed.as_mut()).map_err(|_| SealError)?;
    Ed25519KeyPair::from_seed_unchecked(seed.as_ref()).map_err(|_| SealError)
}

pub(super) fn private_der(pair: &Ed25519KeyPair) -> Result<Zeroizing<Vec<u8>>, SealError> {
    // Version 1 (without the public key): OpenSSL and Node read it too.
    let der: Pkcs8V1Der<'_> = pair.as_der().map_err(|_| SealError)?;
    Ok(Zeroizing::new(der.as_ref().to_vec()))
}
