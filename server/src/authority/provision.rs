//! Registering secrets, for seeding and for operators.

use std::sync::Arc;

use super::changes::{Change, ChangeSet, TokenSelection};
use super::mint::{Mint, TABLE};
use super::new_secret::{NewSecret, RegisteredSecret};
use super::{Core, Registry, RegistryError, Unavailable, audit};
use crate::domain::{
    Actor, KeyId, Principal, PrincipalId, Secret, SecretPurpose, SecretRecord, SecretState,
    TokenState,
};
use crate::keys::ring::generate_ed25519_pem;

/// A secret as an operator sees it, without its material.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretView {
    /// Its identifier.
    pub id: KeyId,
    /// What it is for.
    pub purpose: SecretPurpose,
    /// Whether it still counts.
    pub state: SecretState,
    /// The `kid` of an assertion key.
    pub kid: Option<String>,
    /// When it was registered, milliseconds.
    pub created_at_ms: i64,
}

impl From<SecretRecord> for SecretView {
    fn from(record: SecretRecord) -> Self {
        Self {
            id: record.id,
            purpose: record.purpose,
            state: record.state,
            kid: record.kid,
            created_at_ms: record.created_at_ms,
        }
    }
}

impl Registry<'_> {
    /// Registers a further secret beside the live ones; of passwords the newest counts.
    ///
    /// # Errors
    /// `Invalid` for a key that cannot be, `Exists`, `Unavailable`.
    pub async fn add_secret(
        self,
        actor: &Actor,
        principal: &Principal,
        secret: NewSecret,
    ) -> Result<RegisteredSecret, RegistryError> {
        self.0.register(actor, principal, secret, false).await
    }

    /// Registers a secret and retires the live ones of its purpose, in one transaction. Tokens issued under those live on,
    /// unless it is a password that says otherwise.
    ///
    /// # Errors
    /// As [`Registry::add_secret`].
    pub async fn replace_secret(
        self,
        actor: &Actor,
        principal: &Principal,
        secret: NewSecret,
    ) -> Result<RegisteredSecret, RegistryError> {
        self.0.register(actor, principal, secret, true).await
    }

    /// Revokes one secret as compromised: it proves nothing any more, and tokens signed with it are refused. With a password
    /// the sessions of its holder end, and the tokens that are its holder's or speak for it.
    ///
    /// # Errors
    /// `Unavailable`, also for an unknown secret.
    pub async fn revoke_secret(
        self,
        actor: &Actor,
        principal: &Principal,
        id: &KeyId,
    ) -> Result<(), Unavailable> {
        let at_ms = self.0.now_ms();
        let mut changes =
            ChangeSet::new().with(Change::EndSecret(id.clone(), SecretState::Revoked));
        let secret = self.0.store.secret(id.clone()).await?.found;
        if let Some(secret) = secret.filter(|secret| secret.purpose == SecretPurpose::Password) {
            changes = ending_all_of(secret.principal, at_ms, changes);
        }
        let changes = changes
            .with(audit::done(at_ms, actor, "secret.revoke").on(principal.dialect, id.as_str()));
        self.0.store.commit(changes).await?;
        Ok(())
    }

    /// The live secrets of a principal for one purpose, without their material.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn secret_ids(
        self,
        principal: &Principal,
        purpose: SecretPurpose,
    ) -> Result<Vec<KeyId>, Unavailable> {
        let secrets = self.0.store.live_secrets(principal.id, purpose).await?;
        Ok(secrets.into_iter().map(|secret| secret.id).collect())
    }

    /// The live secrets of a principal, oldest first within a purpose.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn secrets(self, principal: &Principal) -> Result<Vec<SecretView>, Unavailable> {
        let mut all = Vec::new();
        for purpose in SecretPurpose::ALL {
            let live = self.0.store.live_secrets(principal.id, *purpose).await?;
            all.extend(live.into_iter().map(SecretView::from));
        }
        Ok(all)
    }

    /// The secret of that identifier, live or not, and whose it is.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn secret(
        self,
        id: &KeyId,
    ) -> Result<Option<(Arc<Principal>, SecretView)>, Unavailable> {
        let Some(secret) = self.0.store.secret(id.clone()).await?.found else {
            return Ok(None);
        };
        let holder = self.0.principal(secret.principal).await?;
        Ok(holder.map(|holder| (holder, secret.into())))
    }

    /// Makes a fresh Ed25519 key pair for a client that wants one (demo): PKCS#8 PEM of the private key, SPKI PEM of the public.
    ///
    /// # Errors
    /// `Unavailable`.
    pub fn generate_assertion_key(self) -> Result<(Secret, String), Unavailable> {
        Ok(generate_ed25519_pem(self.0.randomness.as_ref())?)
    }
}

impl Core {
    async fn register(
        &self,
        actor: &Actor,
        principal: &Principal,
        secret: NewSecret,
        replacing: bool,
    ) -> Result<RegisteredSecret, RegistryError> {
        let at_ms = self.now_ms();
        let mint = Mint {
            sealer: &self.sealer,
            randomness: self.randomness.as_ref(),
            password_cost: self.settings.password_cost,
            at_ms,
        };
        let ends_tokens = secret.ends_tokens();
        let (record, value) = mint.make(principal.id, secret).await?;
        let (id, purpose) = (record.id.clone(), record.purpose);
        // Of passwords only the newest counts, so that an older one is good for nothing from this moment on.
        let alone = replacing || purpose == SecretPurpose::Password;
        let retired = alone.then_some(Change::EndSecrets(
            principal.id,
            purpose,
            SecretState::Retired,
        ));
        let action = if replacing {
            "secret.replace"
        } else {
            "secret.add"
        };
        let mut changes = ChangeSet::new()
            .with_some(retired)
            .with(Change::InsertSecret(record));
        if ends_tokens {
            changes = ending_all_of(principal.id, at_ms, changes);
        }
        let changes = changes.with(
            audit::done(at_ms, actor, action)
                .on(principal.dialect, &principal.name)
                .because(Some(purpose.as_str())),
        );
        self.store.commit(changes).await?;
        Ok(RegisteredSecret { id, value })
    }

    /// The clear text of a sealed secret.
    pub(super) fn unseal_secret(&self, secret: &SecretRecord) -> Result<Secret, Unavailable> {
        let clear = self
            .sealer
            .unseal(TABLE, secret.id.as_str(), &secret.material)
            .map_err(|error| {
                tracing::error!(secret_id = %secret.id, "secret does not unseal");
                Unavailable::from(error)
            })?;
        std::str::from_utf8(&clear)
            .map(Secret::new)
            .map_err(|_| Unavailable)
    }
}

/// Ends the sessions of a principal, the tokens that are its own or speak for it, and what it has granted.
fn ending_all_of(person: PrincipalId, at_ms: i64, changes: ChangeSet) -> ChangeSet {
    changes
        .with(Change::DeleteSessions(person))
        .with(Change::EndTokens {
            selection: TokenSelection::Person(person),
            state: TokenState::Revoked,
            at_ms,
        })
        .with(Change::DropGrants(person))
}
