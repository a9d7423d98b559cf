//! Proofs of identity: passwords, machines' secrets, one-time codes. Assertions are in `assertions.rs`.
//!
//! A check runs to its end and is counted even if the caller hangs up: a guess that could be
//! called off before it is counted would not be limited at all.

use std::future::Future;
use std::sync::Arc;

use super::cache::SecretHash;
use super::changes::{Change, ChangeSet};
use super::claimed::ClaimantName;
use super::refusal_row::Proof;
use super::{
    Claimant, CodeError, Core, PasswordError, Proofs, ProvenUser, SecretError, StoreError,
    Unavailable, audit,
};
use crate::domain::{Actor, MachineSecret, Principal, Secret, SecretPurpose, Standing};
use crate::keys::hash::same;
use crate::keys::{password, totp};

/// Lets a check finish whatever happens to its caller.
pub(super) async fn to_the_end<T, E>(
    check: impl Future<Output = Result<T, E>> + Send + 'static,
) -> Result<T, E>
where
    T: Send + 'static,
    E: From<Unavailable> + Send + 'static,
{
    tokio::spawn(check)
        .await
        .unwrap_or_else(|_| Err(Unavailable.into()))
}

impl Proofs<'_> {
    /// Checks a human's password (argon2id, off the async threads). An unknown name costs the same.
    ///
    /// # Errors
    /// [`PasswordError`].
    pub async fn password(
        self,
        actor: &Actor,
        claimant: Claimant<'_>,
        password: &Secret,
    ) -> Result<ProvenUser, PasswordError> {
        let admitted = self.0.password_checks.admit(&actor.place())?;
        let (shared, actor, claimant, password) = (
            Arc::clone(self.0),
            actor.clone(),
            ClaimantName::from(claimant),
            password.clone(),
        );
        to_the_end(async move {
            // The lock is looked at inside the permit: guesses sent at once cannot all pass before the first is counted.
            let _running = admitted.turn().await?;
            shared.check_password(&actor, &claimant, password).await
        })
        .await
    }

    /// Checks a machine's secret against every live one of that sort, in constant time. An unknown name costs the same: a copy is
    /// made of a right proof only, and found by the secret alone.
    ///
    /// # Errors
    /// [`SecretError`].
    pub async fn secret(
        self,
        actor: &Actor,
        claimant: Claimant<'_>,
        sort: MachineSecret,
        presented: &Secret,
    ) -> Result<Arc<Principal>, SecretError> {
        let digest = self.0.sealer.secret_hash(presented.as_bytes());
        if let Some(id) = self.0.cache.caller(&SecretHash(digest), claimant, sort)
            && let Some(principal) = self.0.principal(id).await?
            && principal.enabled
        {
            return Ok(principal);
        }
        Box::pin(self.checked_secret(actor, claimant, sort, digest)).await
    }

    /// The same where there is no copy.
    async fn checked_secret(
        self,
        actor: &Actor,
        claimant: Claimant<'_>,
        sort: MachineSecret,
        digest: [u8; 32],
    ) -> Result<Arc<Principal>, SecretError> {
        let of = claimant;
        let claimant = ClaimantName::from(claimant);
        let claimed = self.0.claimed(&claimant, sort.purpose()).await?;
        let mut fits = false;
        for secret in &claimed.secrets {
            fits |= same(&secret.material, &digest);
        }
        if let Some(principal) = self.0.proved(&claimed, fits).await? {
            let (hash, (reading, seen)) = (SecretHash(digest), claimed.read);
            self.0
                .cache
                .keep_caller(reading, seen, hash, (of, sort, principal.id));
            return Ok(principal);
        }
        self.0
            .note_refusal(actor, Proof::Secret, false, &claimant, &claimed);
        Err(SecretError::Wrong)
    }

    /// Checks a one-time code (RFC 6238: SHA-1, six digits `[0-9]`, 30 s, one step either way); each code works once.
    ///
    /// # Errors
    /// [`CodeError`].
    pub async fn totp(
        self,
        actor: &Actor,
        claimant: Claimant<'_>,
        code: &Secret,
    ) -> Result<Arc<Principal>, CodeError> {
        let (shared, actor, claimant, code) = (
            Arc::clone(self.0),
            actor.clone(),
            ClaimantName::from(claimant),
            code.clone(),
        );
        to_the_end(async move { shared.check_totp(&actor, &claimant, &code).await }).await
    }
}

impl Core {
    async fn check_password(
        &self,
        actor: &Actor,
        claimant: &ClaimantName,
        password: Secret,
    ) -> Result<ProvenUser, PasswordError> {
        let purpose = SecretPurpose::Password;
        self.require_unlocked(actor, claimant, purpose).await?;
        let claimed = self.claimed(claimant, purpose).await?;
        let newest = claimed.secrets.last().ok_or(Unavailable)?;
        let phc = String::from_utf8(newest.material.clone()).map_err(|_| Unavailable)?;
        let checked = password::verify(password, phc).await;
        let fits = checked.map_err(|_| Unavailable)?;
        let Some(user) = self.proved(&claimed, fits).await? else {
            self.count_failure(actor, claimant, purpose).await?;
            self.note_refusal(actor, Proof::Password, false, claimant, &claimed);
            return Err(PasswordError::Wrong);
        };
        let standing = Standing::Secret(newest.id.clone());
        let held = Change::RequireStanding(standing.clone());
        self.accept(actor, Proof::Password, &user, (claimant, purpose), held)
            .await?;
        Ok(ProvenUser { user, standing })
    }

    async fn check_totp(
        &self,
        actor: &Actor,
        claimant: &ClaimantName,
        code: &Secret,
    ) -> Result<Arc<Principal>, CodeError> {
        let purpose = SecretPurpose::TotpSeed;
        self.require_unlocked(actor, claimant, purpose).await?;
        let now_secs = self.now_ms().div_euclid(1000);
        let claimed = self.claimed(claimant, purpose).await?;
        let mut accepted = None;
        for secret in &claimed.secrets {
            let step = totp::accepted_step(&self.unseal_secret(secret)?, code, now_secs);
            accepted = accepted.or_else(|| step.map(|step| (secret.id.clone(), step)));
        }
        let proved = self.proved(&claimed, accepted.is_some()).await?;
        let Some((principal, (seed, step))) = proved.zip(accepted) else {
            self.count_failure(actor, claimant, purpose).await?;
            self.note_refusal(actor, Proof::Totp, false, claimant, &claimed);
            return Err(CodeError::Wrong);
        };
        let spent = Change::RaiseStep(seed, step);
        let accepted = self
            .accept(actor, Proof::Totp, &principal, (claimant, purpose), spent)
            .await;
        if accepted == Err(StoreError::Replayed) {
            // It is not counted: who repeats a right code guesses nothing.
            self.note_refusal(actor, Proof::Totp, true, claimant, &claimed);
        }
        accepted?;
        Ok(principal)
    }

    /// Fails with `LockedUntil` while such tries are locked.
    async fn require_unlocked(
        &self,
        actor: &Actor,
        claimant: &ClaimantName,
        purpose: SecretPurpose,
    ) -> Result<(), StoreError> {
        let Some(policy) = self.settings.lockout else {
            return Ok(());
        };
        let tries = claimant.tries(purpose, actor, self.now_ms());
        match self.store.locked_for_secs(tries, policy).await? {
            0 => Ok(()),
            retry_after_secs => Err(StoreError::LockedUntil { retry_after_secs }),
        }
    }

    /// Notes a success, unless a lock fell meanwhile, or the proof was used or its secret replaced meanwhile.
    async fn accept(
        &self,
        actor: &Actor,
        proof: Proof,
        principal: &Principal,
        (claimant, purpose): (&ClaimantName, SecretPurpose),
        held: Change,
    ) -> Result<(), StoreError> {
        let at_ms = self.now_ms();
        let mut changes = ChangeSet::new();
        if let Some(policy) = self.settings.lockout {
            let tries = claimant.tries(purpose, actor, at_ms);
            changes = changes
                .with(Change::RequireUnlocked(tries, policy))
                .with(Change::NoteSuccess(tries, policy));
        }
        let noted =
            audit::done(at_ms, actor, proof.as_str()).on(principal.dialect, &principal.name);
        self.store.commit(changes.with(held).with(noted)).await?;
        Ok(())
    }

    /// Counts a wrong proof. Under a lock that fell meanwhile it is answered as a right one is: the answer tells nothing.
    async fn count_failure(
        &self,
        actor: &Actor,
        claimant: &ClaimantName,
        purpose: SecretPurpose,
    ) -> Result<(), StoreError> {
        let Some(policy) = self.settings.lockout else {
            return Ok(());
        };
        let tries = claimant.tries(purpose, actor, self.now_ms());
        let changes = ChangeSet::new()
            .with(Change::RequireUnlocked(tries, policy))
            .with(Change::CountFailure(tries, policy));
        self.store.commit(changes).await?;
        Ok(())
    }
}
