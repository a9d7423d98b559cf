//! Upkeep: whether storage works, and removing what is long over.

use super::changes::{Change, ChangeSet, Sweep};
use super::{NotReady, Unavailable, Upkeep, loaded};

/// How long a token's row is kept after the token's own end.
const KEEP_ENDED_MS: i64 = 30 * DAY_MS;

const DAY_MS: i64 = 24 * 3_600_000;

impl Upkeep<'_> {
    /// Whether storage can be written to and read, for readiness probes; it is tried at most once a second.
    ///
    /// # Errors
    /// [`NotReady`] says why not.
    pub async fn ready(self) -> Result<(), NotReady> {
        self.0.store.probe().await
    }

    /// Whether storage answered a read within the last second, or answers one now.
    ///
    /// # Errors
    /// `Unavailable` when it does not.
    pub async fn reachable(self) -> Result<(), Unavailable> {
        if self.0.cache.is_trusted() {
            return Ok(());
        }
        self.0.store.setting(loaded::SESSION_SECRET).await?;
        Ok(())
    }

    /// Removes everything that is over, a slice at a time, so that other writers get in between; call it now and then.
    /// What is over is refused without it too.
    ///
    /// Audit rows go by their age alone. Token rows stay for 30 days after the token's own end, revoked ones without an end for ever.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn sweep(self) -> Result<(), Unavailable> {
        let at_ms = self.0.now_ms();
        let days_ago = |days: u32| at_ms.saturating_sub(i64::from(days).saturating_mul(DAY_MS));
        let kept = self.0.settings.audit;
        let sweep = Sweep {
            at_ms,
            tokens_ended_before_ms: at_ms.saturating_sub(KEEP_ENDED_MS),
            refusals_before_ms: days_ago(kept.refusals_days),
            changes_before_ms: days_ago(kept.changes_days),
        };
        while self.0.store.left_to_sweep(sweep).await? {
            let slice = ChangeSet::new().with(Change::Sweep(sweep));
            // Writers are served in the order in which they come: whoever waits is served before the next slice.
            self.0.store.commit(slice).await?;
        }
        Ok(())
    }
}
