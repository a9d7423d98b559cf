//! The key ring: every signing key parsed once, by dialect and by `kid`.

use std::collections::HashMap;

use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use super::hash::random_text;
use super::jwt::{SigningKey, VerifyingKey, ed25519_thumbprint};
use super::{SealError, Sealer};
use crate::domain::{
    Dialect, KeyAlgorithm, KeyId, KeyRecord, KeyState, PublicKey, Randomness, Secret,
};

/// Table name that sealed signing keys are bound to.
const TABLE: &str = "signing_keys";

/// A signing key ready for use.
#[derive(Clone, Debug)]
pub struct RingKey {
    /// `kid`.
    pub id: KeyId,
    /// The one dialect whose tokens it signs.
    pub dialect: Dialect,
    /// Its one algorithm.
    pub algorithm: KeyAlgorithm,
    /// Where it is in its rotation.
    pub state: KeyState,
    /// Signs.
    pub signing: SigningKey,
    /// Verifies.
    pub verifying: VerifyingKey,
    public: Vec<u8>,
    created_at_ms: i64,
}

/// All keys of the store, unsealed.
#[derive(Clone, Debug, Default)]
pub struct KeyRing(HashMap<KeyId, RingKey>);

impl KeyRing {
    /// Unseals and parses the stored keys.
    ///
    /// # Errors
    /// [`SealError`] when the master key does not fit them.
    pub fn open(sealer: &Sealer, records: &[KeyRecord]) -> Result<Self, SealError> {
        let mut keys = HashMap::new();
        for record in records {
            let secret = sealer.unseal(TABLE, record.id.as_str(), &record.sealed)?;
            let (signing, verifying) = match record.algorithm {
                KeyAlgorithm::Hs256 => (SigningKey::hs256(&secret), VerifyingKey::hs256(&secret)),
                KeyAlgorithm::EdDsa => (
                    SigningKey::ed25519(&secret).map_err(|_| SealError)?,
                    VerifyingKey::ed25519(&record.public),
                ),
                KeyAlgorithm::Rs256 | KeyAlgorithm::Es256 => return Err(SealError),
            };
            let key = RingKey {
                id: record.id.clone(),
                dialect: record.dialect,
                algorithm: record.algorithm,
                state: record.state,
                signing,
                verifying,
                public: record.public.clone(),
                created_at_ms: record.created_at_ms,
            };
            keys.insert(record.id.clone(), key);
        }
        Ok(Self(keys))
    }

    /// The key that signs for a dialect: the newest active one.
    #[must_use]
    pub fn active(&self, dialect: Dialect) -> Option<&RingKey> {
        let active = self
            .0
            .values()
            .filter(|key| key.dialect == dialect && key.state == KeyState::Active);
        active.max_by(|left, right| {
            (left.created_at_ms, &left.id).cmp(&(right.created_at_ms, &right.id))
        })
    }

    /// A key that may still verify, by its `kid`.
    #[must_use]
    pub fn verifying(&self, id: &KeyId) -> Option<&RingKey> {
        self.0.get(id).filter(|key| key.state != KeyState::Retired)
    }

    /// The public halves of the asymmetric keys that `serves` is true of and that are in use, sorted by `kid`.
    #[must_use]
    pub fn public_keys(&self, serves: impl Fn(Dialect) -> bool) -> Vec<PublicKey> {
        let in_use = self
            .0
            .values()
            .filter(|key| key.algorithm == KeyAlgorithm::EdDsa && key.state != KeyState::Retired)
            .filter(|key| serves(key.dialect));
        let mut keys: Vec<_> = in_use
            .map(|key| PublicKey {
                id: key.id.clone(),
                algorithm: key.algorithm,
                public: key.public.clone(),
            })
            .collect();
        keys.sort_by(|left, right| left.id.cmp(&right.id));
        keys
    }
}

/// Makes a fresh active key for a dialect, sealed for storage.
///
/// # Errors
/// [`SealError`].
pub fn generate(
    sealer: &Sealer,
    randomness: &dyn Randomness,
    dialect: Dialect,
    algorithm: KeyAlgorithm,
    now_ms: i64,
) -> Result<KeyRecord, SealError> {
    let (id, secret, public) = match algorithm {
        KeyAlgorithm::Hs256 => {
            let id = random_text::<16>(randomness).map_err(|_| SealError)?;
            let secret = random_text::<32>(randomness).map_err(|_| SealError)?;
            (
                id.expose().to_owned(),
                Zeroizing::new(secret.as_bytes().to_vec()),
                Vec::new(),
            )
        }
        KeyAlgorithm::EdDsa => {
            let pair = ed25519(randomness)?;
            let public = pair.public_key().as_ref().to_vec();
            (
                ed25519_thumbprint(&public).map_err(|_| SealError)?,
                private_der(&pair)?,
                public,
            )
        }
        KeyAlgorithm::Rs256 | KeyAlgorithm::Es256 => return Err(SealError),
    };
    let at_rest = sealer.seal(randomness, TABLE, &id, &secret)?;
    Ok(KeyRecord {
        id: KeyId::new(id),
        dialect,
        algorithm,
        state: KeyState::Active,
        sealed: at_rest,
        public,
        created_at_ms: now_ms,
        retired_at_ms: None,
    })
}

/// A fresh Ed25519 pair for a client's assertions: private PKCS#8 PEM and public SPKI PEM.
///
/// # Errors
/// [`SealError`] when there is no randomness.
pub fn generate_ed25519_pem(randomness: &dyn Randomness) -> Result<(Secret, String), SealError> {
    let pair = ed25519(randomness)?;
    let private = pem("PRIVATE KEY", &private_der(&pair)?);
    let der: PublicKeyX509Der<'_> = pair.public_key().as_der().map_err(|_| SealError)?;
    Ok((Secret::new(private), pem("PUBLIC KEY", der.as_ref())))
}

fn ed25519(randomness: &dyn Randomness) -> Result<Ed25519KeyPair, SealError> {
    let mut seed = Zeroizing::new([0_u8; 32]);
    randomness.fill(seed.as_mut()).map_err(|_| SealError)?;
    Ed25519KeyPair::from_seed_unchecked(seed.as_ref()).map_err(|_| SealError)
}

fn private_der(pair: &Ed25519KeyPair) -> Result<Zeroizing<Vec<u8>>, SealError> {
    // Version 1 (without the public key): OpenSSL and Node read it too.
    let der: Pkcs8V1Der<'_> = pair.as_der().map_err(|_| SealError)?;
    Ok(Zeroizing::new(der.as_ref().to_vec()))
}

pub(super) fn pem(label: &str, der: &[u8]) -> String {
    let body = STANDARD.encode(der);
    let lines: Vec<&str> = (0..body.len())
        .step_by(64)
        .filter_map(|at| body.get(at..body.len().min(at + 64)))
        .collect();
    format!(
        "-----BEGIN {label}-----\n{}\n-----END {label}-----\n",
        lines.join("\n")
    )
}
