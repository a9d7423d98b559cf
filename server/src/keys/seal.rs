//! Sealing: AES-256-GCM under a key derived from the master key, bound to the row it belongs to.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use zeroize::Zeroizing;

use super::MasterKey;
use super::hash::{MacKey, hmac_sha256, sha256_of_parts};
use crate::domain::work::{Work, note};
use crate::domain::{Contents, Randomness};

/// First byte of everything sealed, so that the format can change one day.
const VERSION: u8 = 1;

/// Seals and unseals, and keys the hashes of machine secrets.
pub struct Sealer {
    key: LessSafeKey,
    pepper: MacKey,
}

/// Something could not be sealed or unsealed: wrong master key, moved or damaged row, no randomness.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("cannot seal or unseal")]
pub struct SealError;

/// Why a master key is not the one of a database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Misfit {
    /// Nothing that is sealed opens.
    #[error("it was sealed under another master key")]
    Other,
    /// Some of it opens.
    #[error("some of its rows were sealed under another master key; restore a backup")]
    Mixed,
    /// There are rows, and nothing among them is sealed.
    #[error("it has rows, but none that could prove a master key; restore a backup")]
    Unproved,
}

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
        let pepper = Zeroizing::new(hmac_sha256(master.bytes(), b"tessera secret hash v1"));
        Ok(Self {
            key: LessSafeKey::new(
                UnboundKey::new(&AES_256_GCM, key.as_ref()).map_err(|_| SealError)?,
            ),
            pepper: MacKey::new(pepper.as_ref()),
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

    /// Proves that the master key is the one of a database with these contents.
    ///
    /// # Errors
    /// [`Misfit`].
    pub fn prove(&self, contents: &Contents) -> Result<(), Misfit> {
        let rows = match contents {
            Contents::Nothing => return Ok(()),
            Contents::Rows(rows) => rows,
        };
        let opens = rows
            .iter()
            .filter(|row| self.unseal(row.table, &row.id, &row.sealed).is_ok());
        match (opens.count(), rows.len()) {
            (_, 0) => Err(Misfit::Unproved),
            (0, _) => Err(Misfit::Other),
            (some, all) if some < all => Err(Misfit::Mixed),
            (_, _) => Ok(()),
        }
    }

    /// Keyed hash under which a machine's secret is stored.
    #[must_use]
    pub fn secret_hash(&self, secret: &[u8]) -> [u8; 32] {
        self.pepper.mac(secret)
    }
}

fn aad(table: &str, id: &str) -> Aad<[u8; 32]> {
    Aad::from(sha256_of_parts(&[table.as_bytes(), id.as_bytes()]))
}

#[cfg(test)]
mod tests {
    use super::{MasterKey, Misfit, SealError, Sealer};
    use crate::domain::{Contents, SealedRow};
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

    #[test]
    fn a_key_is_proved_by_everything_that_is_sealed_and_by_nothing_less() -> Result<(), SealError> {
        let [ours, other] = [7, 8].map(|byte| Sealer::new(&MasterKey::from_bytes([byte; 32])));
        let (ours, other) = (ours?, other?);
        let row = |sealer: &Sealer, id: &str| {
            let sealed = sealer.seal(&SystemRandomness::default(), "settings", id, b"x")?;
            let (table, id) = ("settings", id.to_owned());
            Ok(SealedRow { table, id, sealed })
        };
        let (first, second, foreign) = (row(&ours, "a")?, row(&ours, "b")?, row(&other, "c")?);
        for (rows, told) in [
            (vec![first.clone(), second], Ok(())),
            (vec![foreign.clone()], Err(Misfit::Other)),
            (vec![first, foreign], Err(Misfit::Mixed)),
            (vec![], Err(Misfit::Unproved)),
        ] {
            assert_eq!(ours.prove(&Contents::Rows(rows)), told);
        }
        assert_eq!(ours.prove(&Contents::Nothing), Ok(()));
        Ok(())
    }
}
