//! Makes secrets as they are stored: hashed, sealed, or a public key.

use super::new_secret::NewSecret;
use super::{RegistryError, Unavailable};
use crate::domain::{
    KeyId, PasswordCost, PrincipalId, Randomness, Secret, SecretRecord, SecretState,
};
use crate::keys::hash::random_text;
use crate::keys::jwt::VerifyingKey;
use crate::keys::password::HashError;
use crate::keys::{Sealer, password, totp};

/// Table name that sealed secrets are bound to.
pub(super) const TABLE: &str = "secrets";

/// What making a secret takes.
pub(super) struct Mint<'a> {
    pub(super) sealer: &'a Sealer,
    pub(super) randomness: &'a dyn Randomness,
    pub(super) password_cost: PasswordCost,
    /// Now, milliseconds.
    pub(super) at_ms: i64,
}

impl Mint<'_> {
    /// A live secret of `owner`, and what its holder needs to know; `None` for a public key.
    ///
    /// # Errors
    /// `Exists` never; `Invalid` for a cost or key that cannot be, `Unavailable`.
    pub(super) async fn make(
        &self,
        owner: PrincipalId,
        secret: NewSecret,
    ) -> Result<(SecretRecord, Option<Secret>), RegistryError> {
        let id = KeyId::new(self.random_text::<16>()?.expose());
        let purpose = secret.purpose();
        let (mut algorithm, mut name) = (None, None);
        let (material, value) = match secret {
            NewSecret::Password { password, .. } => {
                (self.hashed(password.clone()).await?, Some(password))
            }
            NewSecret::RandomPassword { .. } => {
                let mut bytes = zeroize::Zeroizing::new([0_u8; 16]);
                let filled = self.randomness.fill(bytes.as_mut());
                filled.map_err(Unavailable::from)?;
                let password = Secret::new(format!("{:032x}", u128::from_be_bytes(*bytes)));
                (self.hashed(password.clone()).await?, Some(password))
            }
            NewSecret::Random(_) => {
                let clear = self.random_text::<32>()?;
                let hash = self.sealer.secret_hash(clear.as_bytes());
                (hash.to_vec(), Some(clear))
            }
            NewSecret::Given(_, clear) => {
                let hash = self.sealer.secret_hash(clear.as_bytes());
                (hash.to_vec(), Some(clear))
            }
            NewSecret::HmacKey(given) => {
                let clear = given.map_or_else(|| self.random_text::<32>(), Ok)?;
                (self.sealed(&id, &clear)?, Some(clear))
            }
            NewSecret::TotpSeed(given) => {
                let seed = given.map_or_else(|| self.random_seed(), Ok)?;
                if !totp::is_seed(&seed) {
                    return Err(RegistryError::Invalid("not a usable seed in base32"));
                }
                (self.sealed(&id, &seed)?, Some(seed))
            }
            NewSecret::AssertionKey {
                kid,
                algorithm: of,
                public_pem,
            } => {
                if !KeyId::new(kid.as_str()).is_well_formed()
                    || VerifyingKey::from_public_pem(of, public_pem.as_bytes()).is_err()
                {
                    return Err(RegistryError::Invalid("not a usable public key"));
                }
                algorithm = Some(of);
                name = Some(kid);
                (public_pem.into_bytes(), None)
            }
        };
        let record = SecretRecord {
            id,
            principal: owner,
            purpose,
            state: SecretState::Live,
            algorithm,
            kid: name,
            material,
            last_step: None,
            created_at_ms: self.at_ms,
        };
        Ok((record, value))
    }

    async fn hashed(&self, clear: Secret) -> Result<Vec<u8>, RegistryError> {
        let mut salt = [0_u8; 16];
        self.randomness.fill(&mut salt).map_err(Unavailable::from)?;
        let hashed = password::hash(clear, salt, self.password_cost).await;
        let phc = hashed.map_err(|error| match error {
            HashError::Cost => RegistryError::Invalid("password cost out of range"),
            HashError::Interrupted => RegistryError::Unavailable,
        })?;
        Ok(phc.into_bytes())
    }

    fn sealed(&self, id: &KeyId, clear: &Secret) -> Result<Vec<u8>, Unavailable> {
        let (id, clear) = (id.as_str(), clear.as_bytes());
        Ok(self.sealer.seal(self.randomness, TABLE, id, clear)?)
    }

    fn random_seed(&self) -> Result<Secret, Unavailable> {
        let mut bytes = zeroize::Zeroizing::new([0_u8; 20]);
        self.randomness.fill(bytes.as_mut())?;
        Ok(totp::base32(bytes.as_ref()))
    }

    fn random_text<const N: usize>(&self) -> Result<Secret, Unavailable> {
        Ok(random_text::<N>(self.randomness)?)
    }
}
