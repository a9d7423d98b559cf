//! Decoys: secrets of nobody. A proof is checked against one where there is no secret to check it against, by the same
//! code and at the same cost.
//!
//! Invariant: a decoy proves nothing, whatever is presented. `claimed.rs` and the callers of [`Decoys::of`] see to it
//! that nobody is its holder.

use super::mint::Mint;
use super::{NewSecret, RegistryError, Unavailable};
use crate::domain::{
    KeyAlgorithm, MachineSecret, PrincipalId, Randomness, SecretPurpose, SecretRecord,
};
use crate::keys::hash::random_text;
use crate::keys::stand_in;

/// The owner of what belongs to nobody: principals have positive identifiers.
const NOBODY: PrincipalId = PrincipalId(0);

/// `kid` of the decoys among the assertion keys. It is never looked at: a decoy serves whatever `kid` is named.
const KID: &str = "decoy";

/// One secret of every purpose, or one of every algorithm, made like real ones and stored nowhere.
pub(super) struct Decoys(pub(super) Vec<SecretRecord>);

impl Decoys {
    pub(super) async fn make(mint: &Mint<'_>) -> Result<Self, RegistryError> {
        let mut records = Vec::new();
        for purpose in SecretPurpose::ALL {
            for secret in of_nobody(*purpose, mint.randomness)? {
                let (record, _) = mint.make(NOBODY, secret).await?;
                records.push(record);
            }
        }
        Ok(Self(records))
    }

    /// The one, or the first, of a purpose.
    pub(super) fn one(&self, purpose: SecretPurpose) -> Result<&SecretRecord, Unavailable> {
        self.of(purpose).next().ok_or(Unavailable)
    }

    /// Those of a purpose: one, but for assertion keys one of each algorithm.
    pub(super) fn of(&self, purpose: SecretPurpose) -> impl Iterator<Item = &SecretRecord> {
        self.0.iter().filter(move |decoy| decoy.purpose == purpose)
    }
}

fn of_nobody(
    purpose: SecretPurpose,
    randomness: &dyn Randomness,
) -> Result<Vec<NewSecret>, Unavailable> {
    Ok(match purpose {
        SecretPurpose::Password => {
            vec![NewSecret::password(random_text::<32>(randomness)?)]
        }
        SecretPurpose::ClientSecret => vec![NewSecret::Random(MachineSecret::Client)],
        SecretPurpose::PasswordGrantSecret => {
            vec![NewSecret::Random(MachineSecret::PasswordGrant)]
        }
        SecretPurpose::MerchantSecret => vec![NewSecret::Random(MachineSecret::Merchant)],
        SecretPurpose::HmacKey => vec![NewSecret::HmacKey(None)],
        SecretPurpose::TotpSeed => vec![NewSecret::TotpSeed(None)],
        SecretPurpose::AssertionKey => {
            let mut keys = Vec::new();
            for algorithm in KeyAlgorithm::ALL.iter().copied() {
                let public_pem = stand_in::public_pem(algorithm, randomness)?;
                keys.extend(public_pem.map(|public_pem| NewSecret::AssertionKey {
                    kid: KID.to_owned(),
                    algorithm,
                    public_pem,
                }));
            }
            keys
        }
    })
}
