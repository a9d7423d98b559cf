//! Proofs of identity: passwords, client secrets, one-time codes. Assertions are in `assertions.rs`.
//!
//! A check runs to its end and is counted even if the caller hangs up: a guess that could be
//! called off before it is counted would not be limited at all.

use std::future::Future;

use super::changes::{Change, ChangeSet};
use super::claimed::{ClaimantName, Claimed};
use super::provision::is_random;
use super::refusals::Proof;
use super::{AuthorityError, Claimant, ProvenUser, StoreError, TokenAuthority, audit};
use crate::domain::{Actor, Principal, Secret, SecretPurpose, Standing};
use crate::keys::hash::same;
use crate::keys::{password, totp};

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
        password: &Secret,
    ) -> Result<ProvenUser, AuthorityError> {
        let admitted = self.core.password_checks.admit(&actor.place())?;
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
        password: Secret,
    ) -> Result<ProvenUser, AuthorityError> {
        let purpose = SecretPurpose::Password;
        self.refuse_locked(actor, claimant, purpose).await?;
        let claimed = self.claimed(claimant, purpose).await?;
        let newest = claimed.secrets.last().ok_or(AuthorityError::Unavailable)?;
        let phc =
            String::from_utf8(newest.material.clone()).map_err(|_| AuthorityError::Unavailable)?;
        let fits = password::verify(password, phc).await?;
        match self.proved(&claimed, fits).await? {
            Some(user) => {
                let standing = Standing::Secret(newest.id.clone());
                let proof = Change::RequireStanding(standing.clone());
                let claim = (claimant, &claimed, purpose);
                self.accept(actor, Proof::Password, &user, claim, proof)
                    .await?;
                Ok(ProvenUser { user, standing })
            }
            None => Err(self
                .refuse(actor, Proof::Password, claimant, &claimed, Some(purpose))
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
        presented: &Secret,
    ) -> Result<Principal, AuthorityError> {
        if !is_random(purpose) {
            return Err(AuthorityError::Refused("not a machine secret"));
        }
        let claimant = ClaimantName::from(claimant);
        let digest = self.core.sealer.secret_hash(presented.as_bytes());
        let claimed = self.claimed(&claimant, purpose).await?;
        let mut fits = false;
        for secret in &claimed.secrets {
            fits |= same(&secret.material, &digest);
        }
        match self.proved(&claimed, fits).await? {
            Some(principal) => Ok(principal),
            None => Err(self
                .refuse(actor, Proof::Secret, &claimant, &claimed, None)
                .await?),
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
        code: &Secret,
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
        code: &Secret,
    ) -> Result<Principal, AuthorityError> {
        let purpose = SecretPurpose::TotpSeed;
        self.refuse_locked(actor, claimant, purpose).await?;
        let now_secs = self.now_ms().div_euclid(1000);
        let claimed = self.claimed(claimant, purpose).await?;
        let mut accepted = None;
        for secret in &claimed.secrets {
            let step = totp::accepted_step(&self.unseal_secret(secret)?, code, now_secs);
            accepted = accepted.or_else(|| step.map(|step| (secret.id.clone(), step)));
        }
        let proved = self.proved(&claimed, accepted.is_some()).await?;
        match proved.zip(accepted) {
            Some((principal, (seed, step))) => {
                let spent = Change::RaiseStep(seed, step);
                let claim = (claimant, &claimed, purpose);
                self.accept(actor, Proof::Totp, &principal, claim, spent)
                    .await?;
                Ok(principal)
            }
            None => Err(self
                .refuse(actor, Proof::Totp, claimant, &claimed, Some(purpose))
                .await?),
        }
    }

    async fn refuse_locked(
        &self,
        actor: &Actor,
        claimant: &ClaimantName,
        purpose: SecretPurpose,
    ) -> Result<(), AuthorityError> {
        let Some(policy) = self.core.settings.lockout else {
            return Ok(());
        };
        let tries = claimant.tries(purpose, actor, self.now_ms());
        match self.core.store.locked_for_secs(tries, policy).await? {
            0 => Ok(()),
            retry_after_secs => Err(AuthorityError::LockedOut { retry_after_secs }),
        }
    }

    /// Notes a success, unless a lock fell meanwhile, or the proof was used or its secret replaced meanwhile.
    async fn accept(
        &self,
        actor: &Actor,
        proof: Proof,
        principal: &Principal,
        (claimant, claimed, purpose): (&ClaimantName, &Claimed, SecretPurpose),
        held: Change,
    ) -> Result<(), AuthorityError> {
        let at_ms = self.now_ms();
        let mut changes = ChangeSet::new();
        if let Some(policy) = self.core.settings.lockout {
            let tries = claimant.tries(purpose, actor, at_ms);
            changes = changes
                .with(Change::RequireUnlocked(tries, policy))
                .with(Change::NoteSuccess(tries, policy));
        }
        let noted = audit::row(
            at_ms,
            actor,
            proof.as_str(),
            Some(principal.dialect),
            &principal.name,
            "done",
            None,
        );
        match self.core.store.commit(changes.with(held).with(noted)).await {
            Ok(_) => Ok(()),
            Err(StoreError::Overtaken) => Err(AuthorityError::WrongSecret),
            Err(StoreError::Replayed) => Err(self.replayed(actor, proof, claimant, claimed)),
            Err(error) => Err(error.into()),
        }
    }

    /// Notes that a one-time proof was used again; gives the error to answer with.
    ///
    /// It is not counted: who repeats a right code guesses nothing.
    pub(super) fn replayed(
        &self,
        actor: &Actor,
        proof: Proof,
        claimant: &ClaimantName,
        claimed: &Claimed,
    ) -> AuthorityError {
        self.note_refusal(actor, proof, true, claimant, claimed);
        AuthorityError::Replayed
    }

    /// Notes a refusal and counts it; gives the error to answer with.
    pub(super) async fn refuse(
        &self,
        actor: &Actor,
        proof: Proof,
        claimant: &ClaimantName,
        claimed: &Claimed,
        counted_for: Option<SecretPurpose>,
    ) -> Result<AuthorityError, AuthorityError> {
        let at_ms = self.now_ms();
        let tries = counted_for.map(|purpose| claimant.tries(purpose, actor, at_ms));
        let counted = tries.zip(self.core.settings.lockout);
        // Under a lock that fell meanwhile a wrong proof is answered as a right one is: the answer tells nothing.
        let unlocked = counted.map(|(tries, policy)| Change::RequireUnlocked(tries, policy));
        let count = counted.map(|(tries, policy)| Change::CountFailure(tries, policy));
        if counted.is_some() {
            let changes = ChangeSet::new().with_some(unlocked).with_some(count);
            self.core.store.commit(changes).await?;
        }
        self.note_refusal(actor, proof, false, claimant, claimed);
        Ok(AuthorityError::WrongSecret)
    }
}
