//! Sealing: AES-256-GCM under a key derived from the master key, bound to the row it belongs to.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use zeroize::Zeroizing;

use super::MasterKey;
use super::hash::{hmac_sha256, sha256_of_parts};
use crate::authority::Randomness;
use crate::work::{Work, note};

/// First byte of everything sealed, so that the format can change one day.
const VERSION: u8 = 1;

/// Seals and unseals, and keys the hashes of machine secrets.
pub struct Sealer {
    key: LessSafeKey,
    pepper: Zeroizing<[u8; 32]>,
}

/// Something could not be sealed or unsealed: wrong master key, moved or damaged row, no randomness.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("cannot seal or unseal")]
pub struct SealError;

impl std::fmt::Debug for Sealer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sealer")
    }
}

impl Sealer {
    /// Derives the working keys from the master key.
    ///
    /// # Errors
    /// [`SealError`] if the cipher cannot take the key, which does not happen.
    pub fn new(master: &MasterKey) -> Result<Self, SealError> {
        let key = Zeroizing::new(hmac_sha256(master.bytes(), b"tessera seal v1"));
        Ok(Self {
            key: LessSafeKey::new(
                UnboundKey::new(&AES_256_GCM, key.as_ref()).map_err(|_| SealError)?,
            ),
            pepper: Zeroizing::new(hmac_sha256(master.bytes(), b"tessera secret hash v1")),
        })
    }

    /// Seals bytes for the row `id` of `table`; they unseal nowhere else.
    ///
    /// # Errors
    /// [`SealError`].
    pub fn seal(
        &self,
        randomness: &dyn Randomness,
        table: &str,
        id: &str,
        clear: &[u8],
    ) -> Result<Vec<u8>, SealError> {
        let mut nonce = [0_u8; NONCE_LEN];
        randomness.fill(&mut nonce).map_err(|_| SealError)?;
        let mut body = clear.to_vec();
        self.key
            .seal_in_place_append_tag(
                Nonce::assume_unique_for_key(nonce),
                aad(table, id),
                &mut body,
            )
            .map_err(|_| SealError)?;
        let mut sealed = vec![VERSION];
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(&body);
        Ok(sealed)
    }

    /// Unseals what [`Sealer::seal`] made for that row.
    ///
    /// # Errors
    /// [`SealError`].
    pub fn unseal(
        &self,
        table: &str,
        id: &str,
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, SealError> {
        note(Work::Unseal);
        let (version, rest) = sealed.split_first().ok_or(SealError)?;
        let (nonce, body) = rest.split_at_checked(NONCE_LEN).ok_or(SealError)?;
        if *version != VERSION {
            return Err(SealError);
        }
        let mut body = Zeroizing::new(body.to_vec());
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| SealError)?;
        let length = self
            .key
            .open_in_place(nonce, aad(table, id), &mut body)
            .map_err(|_| SealError)?
            .len();
        body.truncate(length);
        Ok(body)
    }

    /// Keyed hash under which a machine's secret is stored.
    #[must_use]
    pub fn secret_hash(&self, secret: &[u8]) -> [u8; 32] {
        hmac_sha256(self.pepper.as_ref(), secret)
    }
}

fn aad(table: &str, id: &str) -> Aad<[u8; 32]> {
    Aad::from(sha256_of_parts(&[table.as_bytes(), id.as_bytes()]))
}

#[cfg(test)]
mod tests {
    use super::{MasterKey, SealError, Sealer};
    use crate::keys::SystemRandomness;

    #[test]
    fn sealed_bytes_open_in_their_row_only() -> Result<(), SealError> {
        let sealer = Sealer::new(&MasterKey::from_bytes([7; 32]))?;
        let random = SystemRandomness::default();
        let at_rest = sealer.seal(&random, "secrets", "a", b"seed")?;
        assert_eq!(sealer.unseal("secrets", "a", &at_rest)?.as_slice(), b"seed");
        assert_eq!(sealer.unseal("secrets", "b", &at_rest), Err(SealError));
        assert_eq!(sealer.unseal("keys", "a", &at_rest), Err(SealError));
        assert_eq!(
            Sealer::new(&MasterKey::from_bytes([8; 32]))?.unseal("secrets", "a", &at_rest),
            Err(SealError)
        );
        let mut bent = at_rest.clone();
        bent[20] ^= 1;
        assert_eq!(sealer.unseal("secrets", "a", &bent), Err(SealError));
        assert_eq!(sealer.unseal("secrets", "a", &at_rest[..9]), Err(SealError));
        Ok(())
    }
}
