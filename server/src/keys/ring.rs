//! The key ring: every signing key parsed once, by dialect and by `kid`.

use std::collections::HashMap;

use aws_lc_rs::encoding::{AsDer as _, PublicKeyX509Der};
use aws_lc_rs::signature::KeyPair as _;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use super::hash::random_text;
use super::jwt::{VerifyingKey, thumbprint};
use super::signing::{SigningKey, ed25519, fresh_private, private_der};
use super::{SealError, Sealer};
use crate::domain::{
    Dialect, KeyAlgorithm, KeyId, KeyRecord, KeyState, PublicKey, PublicNumbers, Randomness, Secret,
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
    /// `None` for HMAC.
    public: Option<PublicNumbers>,
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
            let signing = SigningKey::stored(record.algorithm, &secret).map_err(|_| SealError)?;
            let public = signing.public();
            let verifying = match &public {
                Some(numbers) => VerifyingKey::public(numbers),
                None => VerifyingKey::hs256(&secret),
            };
            let key = RingKey {
                id: record.id.clone(),
                dialect: record.dialect,
                algorithm: record.algorithm,
                state: record.state,
                signing,
                verifying,
                public,
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
            .filter(|key| key.state != KeyState::Retired && serves(key.dialect));
        let mut keys: Vec<_> = in_use
            .filter_map(|key| {
                let numbers = key.public.clone()?;
                let id = key.id.clone();
                Some(PublicKey { id, numbers })
            })
            .collect();
        keys.sort_by(|left, right| left.id.cmp(&right.id));
        keys
    }
}

/// Makes a fresh key for a dialect, sealed for storage.
///
/// # Errors
/// [`SealError`].
pub fn generate(
    sealer: &Sealer,
    randomness: &dyn Randomness,
    (dialect, algorithm, state): (Dialect, KeyAlgorithm, KeyState),
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
        KeyAlgorithm::EdDsa | KeyAlgorithm::Es256 | KeyAlgorithm::Rs256 => {
            let private = fresh_private(algorithm, randomness)?;
            let pair = SigningKey::stored(algorithm, &private).map_err(|_| SealError)?;
            let numbers = pair.public().ok_or(SealError)?;
            let id = thumbprint(&numbers).map_err(|_| SealError)?;
            (id, private, numbers.to_bytes())
        }
    };
    let at_rest = sealer.seal(randomness, TABLE, &id, &secret)?;
    Ok(KeyRecord {
        id: KeyId::new(id),
        dialect,
        algorithm,
        state,
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
