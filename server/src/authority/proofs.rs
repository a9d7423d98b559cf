//! Proofs of identity: passwords, client secrets, one-time codes. Assertions are in `assertions.rs`.
//!
//! A check runs to its end and is counted even if the caller hangs up: a guess that could be
//! called off before it is counted would not be limited at all.

use std::future::Future;

use super::changes::{Change, ChangeSet};
use super::{
    Actor, AuthorityError, Dialect, PlainSecret, Principal, PrincipalId, PrincipalKind,
    SecretPurpose, SecretRecord, StoreError, TokenAuthority, TokenHash, audit,
};
use crate::keys::hash::{same, sha256_of_parts};
use crate::keys::{password, totp};

/// Who somebody claims to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claimant<'a> {
    /// In which dialect.
    pub dialect: Dialect,
    /// As what.
    pub kind: PrincipalKind,
    /// Under which name.
    pub name: &'a str,
}

/// The same, owned, for checks that outlive their caller.
#[derive(Clone)]
pub(super) struct ClaimantName {
    pub(super) dialect: Dialect,
    pub(super) kind: PrincipalKind,
    pub(super) name: String,
}

impl From<Claimant<'_>> for ClaimantName {
    fn from(claimant: Claimant<'_>) -> Self {
        Self {
            dialect: claimant.dialect,
            kind: claimant.kind,
            name: claimant.name.to_owned(),
        }
    }
}

impl ClaimantName {
    /// Key under which failed tries are counted. Unknown names are counted too, so that a lock says nothing.
    fn attempts_key(&self, purpose: SecretPurpose) -> TokenHash {
        let parts = [
            self.dialect.as_str(),
            self.kind.as_str(),
            &self.name,
            purpose.as_str(),
        ];
        TokenHash(sha256_of_parts(&parts.map(str::as_bytes)))
    }
}

/// Lets a check finish whatever happens to its caller.
pub(super) async fn to_the_end<T, E>(
    check: impl Future<Output = Result<T, E>> + Send + 'static,
) -> Result<T, E>
where
    T: Send + 'static,
    E: From<AuthorityError> + Send + 'static,
{
    tokio::spawn(check)
        .await
        .unwrap_or_else(|_| Err(AuthorityError::Unavailable.into()))
}

impl TokenAuthority {
    /// Checks a human's password (argon2id, off the async threads). An unknown name costs the same.
    ///
    /// # Errors
    /// `WrongSecret`, `LockedOut`, `Busy`, `Unavailable`.
    pub async fn verify_password(
        &self,
        actor: &Actor,
        claimant: Claimant<'_>,
        password: &PlainSecret,
    ) -> Result<Principal, AuthorityError> {
        let admitted = self.core.password_checks.admit(actor.address.as_deref())?;
        let (this, actor, claimant, password) = (
            self.clone(),
            actor.clone(),
            ClaimantName::from(claimant),
            password.clone(),
        );
        to_the_end(async move {
            // The lock is looked at inside the permit: guesses sent at once cannot all pass before the first is counted.
            let _running = admitted.turn().await?;
            this.check_password(&actor, &claimant, password).await
        })
        .await
    }

    async fn check_password(
        &self,
        actor: &Actor,
        claimant: &ClaimantName,
        password: PlainSecret,
    ) -> Result<Principal, AuthorityError> {
        let key = claimant.attempts_key(SecretPurpose::Password);
        self.refuse_locked(key).await?;
        let (principal, secrets) = self.claimed(claimant, SecretPurpose::Password).await?;
        let phc = match secrets.last() {
            Some(secret) => String::from_utf8(secret.material.clone())
                .map_err(|_| AuthorityError::Unavailable)?,
            None => self.core.decoys.password.clone(),
        };
        let known = !secrets.is_empty();
        let fits = tokio::task::spawn_blocking(move || password::verify(&password, &phc))
            .await
            .map_err(|_| AuthorityError::Unavailable)?;
        match principal.filter(|_| fits && known) {
            Some(principal) => {
                self.accept(actor, "password.verify", &principal, key, None)
                    .await?;
                Ok(principal)
            }
            None => Err(self
                .refuse(actor, "password.verify", claimant, Some(key))
                .await?),
        }
    }

    /// Checks a machine's secret against every live one of that purpose, in constant time. An unknown name costs the same.
    ///
    /// `purpose` is `ClientSecret`, `PasswordGrantSecret` or `MerchantSecret`.
    ///
    /// # Errors
    /// `WrongSecret`, `Unavailable`.
    pub async fn verify_secret(
        &self,
        actor: &Actor,
        claimant: Claimant<'_>,
        purpose: SecretPurpose,
        presented: &PlainSecret,
    ) -> Result<Principal, AuthorityError> {
        if !is_random(purpose) {
            return Err(AuthorityError::Refused("not a machine secret"));
        }
        let claimant = ClaimantName::from(claimant);
        let digest = self.core.sealer.secret_hash(presented.as_bytes());
        let (principal, secrets) = self.claimed(&claimant, purpose).await?;
        let mut fits = false;
        for secret in &secrets {
            fits |= same(&secret.material, &digest);
        }
        if secrets.is_empty() {
            let _ = same(&[0; 32], &digest);
        }
        match principal.filter(|_| fits) {
            Some(principal) => Ok(principal),
            None => Err(self.refuse(actor, "secret.verify", &claimant, None).await?),
        }
    }

    /// Checks a one-time code (RFC 6238: SHA-1, six digits `[0-9]`, 30 s, one step either way); each code works once.
    ///
    /// # Errors
    /// `WrongSecret`, `Replayed`, `LockedOut`, `Unavailable`.
    pub async fn verify_totp(
        &self,
        actor: &Actor,
        claimant: Claimant<'_>,
        code: &PlainSecret,
    ) -> Result<Principal, AuthorityError> {
        let (this, actor, claimant, code) = (
            self.clone(),
            actor.clone(),
            ClaimantName::from(claimant),
            code.clone(),
        );
        to_the_end(async move { this.check_totp(&actor, &claimant, &code).await }).await
    }

    async fn check_totp(
        &self,
        actor: &Actor,
        claimant: &ClaimantName,
        code: &PlainSecret,
    ) -> Result<Principal, AuthorityError> {
        let key = claimant.attempts_key(SecretPurpose::TotpSeed);
        self.refuse_locked(key).await?;
        let now_secs = self.now_ms().div_euclid(1000);
        let (principal, secrets) = self.claimed(claimant, SecretPurpose::TotpSeed).await?;
        let mut accepted = None;
        for secret in &secrets {
            let step = totp::accepted_step(&self.unseal_secret(secret)?, code, now_secs);
            accepted = accepted.or_else(|| step.map(|step| (secret.id.clone(), step)));
        }
        if secrets.is_empty() {
            let _ = totp::accepted_step(&self.core.decoys.totp_seed, code, now_secs);
        }
        match principal.zip(accepted) {
            Some((principal, (seed, step))) => {
                self.accept(
                    actor,
                    "totp.verify",
                    &principal,
                    key,
                    Some(Change::RaiseStep(seed, step)),
                )
                .await?;
                Ok(principal)
            }
            None => Err(self
                .refuse(actor, "totp.verify", claimant, Some(key))
                .await?),
        }
    }

    /// The enabled principal of that name and its live secrets of that purpose; the same two look-ups for an unknown name.
    pub(super) async fn claimed(
        &self,
        claimant: &ClaimantName,
        purpose: SecretPurpose,
    ) -> Result<(Option<Principal>, Vec<SecretRecord>), AuthorityError> {
        let store = &self.core.store;
        let principal = store
            .principal_by_name(claimant.dialect, claimant.kind, claimant.name.clone())
            .await?;
        let principal = principal.filter(|principal| principal.enabled);
        let id = principal
            .as_ref()
            .map_or(PrincipalId(0), |principal| principal.id);
        Ok((principal, store.live_secrets(id, purpose).await?))
    }

    async fn refuse_locked(&self, key: TokenHash) -> Result<(), AuthorityError> {
        if self.core.settings.lockout.is_none() {
            return Ok(());
        }
        match self.core.store.locked_for_secs(key, self.now_ms()).await? {
            0 => Ok(()),
            retry_in_secs => Err(AuthorityError::LockedOut { retry_in_secs }),
        }
    }

    /// Notes a success, unless a lock fell meanwhile or the proof was used meanwhile.
    async fn accept(
        &self,
        actor: &Actor,
        action: &'static str,
        principal: &Principal,
        key: TokenHash,
        proof: Option<Change>,
    ) -> Result<(), AuthorityError> {
        let at_ms = self.now_ms();
        let mut changes = ChangeSet::new();
        if self.core.settings.lockout.is_some() {
            changes = changes
                .with(Change::RequireUnlocked { key, at_ms })
                .with(Change::ClearFailures(key));
        }
        let noted = audit::row(
            at_ms,
            actor,
            action,
            Some(principal.dialect),
            &principal.name,
            "done",
            None,
        );
        match self
            .core
            .store
            .commit(changes.with_some(proof).with(noted))
            .await
        {
            Ok(_) => Ok(()),
            Err(StoreError::Replayed) => Err(self.replayed(actor, action, principal).await?),
            Err(error) => Err(error.into()),
        }
    }

    /// Notes that a one-time proof was used again; gives the error to answer with.
    ///
    /// It is not counted: who repeats a right code guesses nothing.
    pub(super) async fn replayed(
        &self,
        actor: &Actor,
        action: &'static str,
        principal: &Principal,
    ) -> Result<AuthorityError, AuthorityError> {
        let noted = audit::row(
            self.now_ms(),
            actor,
            action,
            Some(principal.dialect),
            &principal.name,
            "refused",
            Some("used before"),
        );
        self.core.store.commit(ChangeSet::new().with(noted)).await?;
        Ok(AuthorityError::Replayed)
    }

    /// Notes a refusal and counts it; gives the error to answer with.
    pub(super) async fn refuse(
        &self,
        actor: &Actor,
        action: &'static str,
        claimant: &ClaimantName,
        key: Option<TokenHash>,
    ) -> Result<AuthorityError, AuthorityError> {
        let at_ms = self.now_ms();
        let counted = self.core.settings.lockout.zip(key);
        // Under a lock that fell meanwhile a wrong proof is answered as a right one is: the answer tells nothing.
        let unlocked = counted.map(|(_, key)| Change::RequireUnlocked { key, at_ms });
        let count = counted.map(|(policy, key)| Change::CountFailure {
            key,
            at_ms,
            max_failures: policy.max_failures,
            lock_ms: i64::from(policy.lock_secs).saturating_mul(1000),
        });
        // A name nobody has may be a password typed into the wrong field: it is not written down.
        let known = self
            .core
            .store
            .principal_by_name(claimant.dialect, claimant.kind, claimant.name.clone())
            .await?;
        let target = known.map_or_else(|| "unknown".to_owned(), |principal| principal.name);
        // A flood of failures must not fill the disk.
        let noted = (!actor.quiet).then(|| {
            audit::row(
                at_ms,
                actor,
                action,
                Some(claimant.dialect),
                &target,
                "refused",
                None,
            )
        });
        if counted.is_some() || noted.is_some() {
            self.core
                .store
                .commit(
                    ChangeSet::new()
                        .with_some(unlocked)
                        .with_some(count)
                        .with_some(noted),
                )
                .await?;
        }
        Ok(AuthorityError::WrongSecret)
    }
}

/// Whether secrets of that purpose are random ones of 256 bits, stored as keyed hashes.
pub(super) const fn is_random(purpose: SecretPurpose) -> bool {
    matches!(
        purpose,
        SecretPurpose::ClientSecret
            | SecretPurpose::PasswordGrantSecret
            | SecretPurpose::MerchantSecret
    )
}
