//! Registering secrets, for seeding and for operators.

use super::changes::{Change, ChangeSet};
use super::proofs::is_random;
use super::{
    Actor, AuthorityError, KeyAlgorithm, KeyId, PlainSecret, Principal, SecretPurpose,
    SecretRecord, SecretState, TokenAuthority, audit,
};
use crate::keys::jwt::VerifyingKey;
use crate::keys::ring::generate_ed25519_pem;
use crate::keys::{password, totp};

/// A secret to register.
#[derive(Debug)]
pub enum NewSecret {
    /// A human's password.
    Password(PlainSecret),
    /// 256 random bits in base64url, of purpose `ClientSecret`, `PasswordGrantSecret` or `MerchantSecret`; given back once.
    Random(SecretPurpose),
    /// A registered HS256 key (random, 43 characters of base64url, unless given); its [`KeyId`] is the `iss` of tokens signed with it.
    HmacKey(Option<PlainSecret>),
    /// A random TOTP seed of 160 bits, given back in base32.
    TotpSeed,
    /// A public key for assertions: SPKI PEM, under `kid`.
    AssertionKey {
        /// `kid` that assertions name.
        kid: String,
        /// RS256, ES256 or `EdDSA`.
        algorithm: KeyAlgorithm,
        /// `-----BEGIN PUBLIC KEY-----` …
        public_pem: String,
    },
}

impl NewSecret {
    const fn purpose(&self) -> SecretPurpose {
        match self {
            Self::Password(_) => SecretPurpose::Password,
            Self::Random(purpose) => *purpose,
            Self::HmacKey(_) => SecretPurpose::HmacKey,
            Self::TotpSeed => SecretPurpose::TotpSeed,
            Self::AssertionKey { .. } => SecretPurpose::AssertionKey,
        }
    }
}

/// A secret just registered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegisteredSecret {
    /// Its public identifier.
    pub id: KeyId,
    /// What the holder needs: the password, random secret, HMAC key or seed; `None` for a public key.
    pub value: Option<PlainSecret>,
}

/// Table name that sealed secrets are bound to.
const TABLE: &str = "secrets";

impl TokenAuthority {
    /// Registers a further secret beside the live ones.
    ///
    /// # Errors
    /// `Refused` for a purpose or key that cannot be, `Unavailable`.
    pub async fn add_secret(
        &self,
        actor: &Actor,
        principal: &Principal,
        secret: NewSecret,
    ) -> Result<RegisteredSecret, AuthorityError> {
        self.register(actor, principal, secret, false).await
    }

    /// Registers a secret and retires the live ones of its purpose, in one transaction. Tokens issued under those live on.
    ///
    /// # Errors
    /// As [`TokenAuthority::add_secret`].
    pub async fn replace_secret(
        &self,
        actor: &Actor,
        principal: &Principal,
        secret: NewSecret,
    ) -> Result<RegisteredSecret, AuthorityError> {
        self.register(actor, principal, secret, true).await
    }

    /// Revokes one secret as compromised: it proves nothing any more, and tokens signed with it are refused.
    ///
    /// # Errors
    /// `Unavailable`, also for an unknown secret.
    pub async fn revoke_secret(
        &self,
        actor: &Actor,
        principal: &Principal,
        id: &KeyId,
    ) -> Result<(), AuthorityError> {
        let changes = ChangeSet::new()
            .with(Change::EndSecret(id.clone(), SecretState::Revoked))
            .with(audit::row(
                self.now_ms(),
                actor,
                "secret.revoke",
                Some(principal.dialect),
                id.as_str(),
                "done",
                None,
            ));
        self.core.store.commit(changes).await?;
        Ok(())
    }

    /// The live secrets of a principal for one purpose, without their material.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn secret_ids(
        &self,
        principal: &Principal,
        purpose: SecretPurpose,
    ) -> Result<Vec<KeyId>, AuthorityError> {
        let secrets = self.core.store.live_secrets(principal.id, purpose).await?;
        Ok(secrets.into_iter().map(|secret| secret.id).collect())
    }

    /// Makes a fresh Ed25519 key pair for a client that wants one (demo): PKCS#8 PEM of the private key, SPKI PEM of the public.
    ///
    /// # Errors
    /// `Unavailable`.
    pub fn generate_assertion_key(&self) -> Result<(PlainSecret, String), AuthorityError> {
        Ok(generate_ed25519_pem(self.core.randomness.as_ref())?)
    }

    async fn register(
        &self,
        actor: &Actor,
        principal: &Principal,
        secret: NewSecret,
        replacing: bool,
    ) -> Result<RegisteredSecret, AuthorityError> {
        let id = KeyId::new(self.random_text::<16>()?.expose());
        let purpose = secret.purpose();
        let (mut algorithm, mut name) = (None, None);
        let (material, value) = match secret {
            NewSecret::Password(clear) => (self.hash_password(clear.clone()).await?, Some(clear)),
            NewSecret::Random(purpose) if is_random(purpose) => {
                let clear = self.random_text::<32>()?;
                (
                    self.core.sealer.secret_hash(clear.as_bytes()).to_vec(),
                    Some(clear),
                )
            }
            NewSecret::Random(_) => return Err(AuthorityError::Refused("not a machine secret")),
            NewSecret::HmacKey(given) => {
                let clear = given.map_or_else(|| self.random_text::<32>(), Ok)?;
                (self.seal_secret(&id, &clear)?, Some(clear))
            }
            NewSecret::TotpSeed => {
                let mut bytes = zeroize::Zeroizing::new([0_u8; 20]);
                self.random_bytes(bytes.as_mut())?;
                let seed = totp::base32(bytes.as_ref());
                (self.seal_secret(&id, &seed)?, Some(seed))
            }
            NewSecret::AssertionKey {
                kid,
                algorithm: of,
                public_pem,
            } => {
                if !KeyId::new(kid.as_str()).is_well_formed()
                    || VerifyingKey::from_public_pem(of, public_pem.as_bytes()).is_err()
                {
                    return Err(AuthorityError::Refused("not a usable public key"));
                }
                algorithm = Some(of);
                name = Some(kid);
                (public_pem.into_bytes(), None)
            }
        };
        let at_ms = self.now_ms();
        let record = SecretRecord {
            id: id.clone(),
            principal: principal.id,
            purpose,
            state: SecretState::Live,
            algorithm,
            kid: name,
            material,
            last_step: None,
            created_at_ms: at_ms,
        };
        let retired = replacing.then_some(Change::EndSecrets(
            principal.id,
            purpose,
            SecretState::Retired,
        ));
        let action = if replacing {
            "secret.replace"
        } else {
            "secret.add"
        };
        let changes = ChangeSet::new()
            .with_some(retired)
            .with(Change::InsertSecret(record))
            .with(audit::row(
                at_ms,
                actor,
                action,
                Some(principal.dialect),
                &principal.name,
                "done",
                Some(purpose.as_str()),
            ));
        self.core.store.commit(changes).await?;
        Ok(RegisteredSecret { id, value })
    }

    async fn hash_password(&self, clear: PlainSecret) -> Result<Vec<u8>, AuthorityError> {
        let mut salt = [0_u8; 16];
        self.random_bytes(&mut salt)?;
        let cost = self.core.settings.password_cost;
        let phc = tokio::task::spawn_blocking(move || password::hash(&clear, salt, cost)).await;
        Ok(phc
            .map_err(|_| AuthorityError::Unavailable)?
            .map_err(|_| AuthorityError::Unavailable)?
            .into_bytes())
    }

    fn seal_secret(&self, id: &KeyId, clear: &PlainSecret) -> Result<Vec<u8>, AuthorityError> {
        Ok(self.core.sealer.seal(
            self.core.randomness.as_ref(),
            TABLE,
            id.as_str(),
            clear.as_bytes(),
        )?)
    }

    /// The clear text of a sealed secret.
    pub(super) fn unseal_secret(
        &self,
        secret: &SecretRecord,
    ) -> Result<PlainSecret, AuthorityError> {
        let clear = self
            .core
            .sealer
            .unseal(TABLE, secret.id.as_str(), &secret.material)
            .map_err(|error| {
                tracing::error!(secret_id = %secret.id, "secret does not unseal");
                AuthorityError::from(error)
            })?;
        std::str::from_utf8(&clear)
            .map(PlainSecret::new)
            .map_err(|_| AuthorityError::Unavailable)
    }
}
