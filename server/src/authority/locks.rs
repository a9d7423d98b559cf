//! Lock-outs, for the operator: which hold, and lifting them.

use super::changes::{Change, ChangeSet};
use super::claimed::ClaimantName;
use super::{Claimant, Core, Lock, StoreError, Unavailable, Upkeep, audit};
use crate::domain::{Actor, SecretPurpose, TokenHash};

impl Upkeep<'_> {
    /// The lock-outs that hold now, in the order of their keys, after one of them. A key is a hash of what was claimed: whom it
    /// locks out, nobody can read from it.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn locks(
        self,
        after: Option<TokenHash>,
        limit: u64,
    ) -> Result<Vec<Lock>, Unavailable> {
        Ok(self.0.store.locks(self.0.now_ms(), after, limit).await?)
    }

    /// Lifts the lock of that key, and forgets the failed tries that are counted under it; `false` if there are none.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn lift_lock(self, actor: &Actor, key: TokenHash) -> Result<bool, Unavailable> {
        let noted = audit::done(self.0.now_ms(), actor, "lock.lift").on_all(&short(key));
        let changes = ChangeSet::new().with(Change::LiftLock(key)).with(noted);
        self.0.lifted(changes).await
    }

    /// Lifts the locks of a name, whoever has it, and with an address also those of the name there; says how many counts were
    /// forgotten.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn lift_locks_of(
        self,
        actor: &Actor,
        claimant: Claimant<'_>,
        address: Option<&str>,
    ) -> Result<u64, Unavailable> {
        let at_ms = self.0.now_ms();
        let name = ClaimantName::from(claimant);
        let place = Actor::anonymous(address.map(str::to_owned));
        let mut lifted = 0;
        for purpose in SecretPurpose::ALL {
            let tries = name.tries(*purpose, &place, at_ms);
            let here = address.map(|_| tries.here);
            for key in [Some(tries.anywhere), here].into_iter().flatten() {
                let noted = audit::done(at_ms, actor, "lock.lift");
                let noted = noted.on(claimant.dialect, claimant.name);
                let changes = ChangeSet::new().with(Change::LiftLock(key)).with(noted);
                lifted += u64::from(self.0.lifted(changes).await?);
            }
        }
        Ok(lifted)
    }
}

impl Core {
    async fn lifted(&self, changes: ChangeSet) -> Result<bool, Unavailable> {
        match self.store.commit(changes).await {
            Ok(_) => Ok(true),
            Err(StoreError::Conflict) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }
}

/// Enough of a key to tell it from others.
fn short(key: TokenHash) -> String {
    let start = key.0.first_chunk().copied().unwrap_or_default();
    format!("lock:{:016x}", u64::from_be_bytes(start))
}
