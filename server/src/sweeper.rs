//! Removes once a minute what is long over, and writes the refusals of ended minutes; answers do not depend on it.

use std::{convert::Infallible, sync::Arc, time::Duration};

use tokio::time::{Instant, MissedTickBehavior, interval_at};

use crate::{authority::TokenAuthority, domain::Monotonic};

/// Between two sweeps.
const PERIOD: Duration = Duration::from_mins(1);

/// Between two looks for refusals of ended minutes.
const WRITING_PERIOD: Duration = Duration::from_secs(1);

/// Writes refusals for ever; drop the future to stop.
pub async fn write_refusals(authority: TokenAuthority) -> Infallible {
    let mut ticks = interval_at(Instant::now() + WRITING_PERIOD, WRITING_PERIOD);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        // The store has told the log why it failed, once; the rows wait.
        let _ = authority.upkeep().write_ended_refusals().await;
    }
}

/// Sweeps for ever; drop the future to stop.
pub async fn sweep(authority: TokenAuthority, monotonic: Arc<dyn Monotonic>) -> Infallible {
    let mut ticks = interval_at(Instant::now() + PERIOD, PERIOD);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let swept = authority.upkeep().sweep_unless_leapt(monotonic.elapsed());
        if let Err(error) = swept.await {
            tracing::warn!(%error, "nothing was swept");
        }
    }
}
