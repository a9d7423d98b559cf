//! What an operator may set about request rates.

use std::{
    num::{NonZeroU32, NonZeroU64},
    str::FromStr,
};

use clap::Args;

use super::{Quota, RateQuotas};
use crate::domain::Switch;

/// Requests per window, written `REQUESTS/SECONDS`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateArg {
    limit: NonZeroU32,
    window_secs: NonZeroU64,
}

/// Why a text is no rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected REQUESTS/SECONDS, such as 600/60; at most 1000000 requests and 3600 seconds")]
pub struct RateArgError;

impl FromStr for RateArg {
    type Err = RateArgError;

    fn from_str(text: &str) -> Result<Self, RateArgError> {
        let (limit, window) = text.split_once('/').ok_or(RateArgError)?;
        let limit: NonZeroU32 = limit.parse().map_err(|_| RateArgError)?;
        let window_secs: NonZeroU64 = window.parse().map_err(|_| RateArgError)?;
        if limit.get() > Quota::MAX_LIMIT || window_secs.get() > Quota::MAX_WINDOW_SECS {
            return Err(RateArgError);
        }
        Ok(Self { limit, window_secs })
    }
}

impl RateArg {
    const fn quota(self, lock_secs: Option<NonZeroU64>) -> Quota {
        Quota {
            limit: self.limit,
            window_secs: self.window_secs,
            lock_secs,
        }
    }
}

/// The flags behind [`RateQuotas`]. Whose operations are counted in a bucket of their own, the document says; so the help of
/// these begins with a small letter, for whoever knows the document to say whom it is about.
#[derive(Debug, Clone, Copy, Args)]
pub struct RateArgs {
    /// Refuse clients that ask too often
    #[arg(long, env = "TESSERA_RATE_LIMITS", value_enum, default_value_t = Switch::On)]
    pub rate_limits: Switch,

    /// reads without a valid token, per address
    #[arg(
        long,
        env = "TESSERA_RATE_ANONYMOUS_READS",
        value_name = "N/SECS",
        default_value = "40/60"
    )]
    pub rate_anonymous_reads: RateArg,

    /// reads, per token
    #[arg(
        long,
        env = "TESSERA_RATE_TOKEN_READS",
        value_name = "N/SECS",
        default_value = "5000/3600"
    )]
    pub rate_token_reads: RateArg,

    /// writes, per token, per client that has proved itself, or else per address
    #[arg(
        long,
        env = "TESSERA_RATE_WRITES",
        value_name = "N/SECS",
        default_value = "20/60"
    )]
    pub rate_writes: RateArg,

    /// how long a client that went over is refused, in seconds; 0 is until its window ends
    #[arg(
        long,
        env = "TESSERA_RATE_LOCK_SECS",
        value_name = "SECS",
        default_value_t = 600
    )]
    pub rate_lock_secs: u64,

    /// Everything else: per caller that has proved itself, or else per address and dialect
    #[arg(
        long,
        env = "TESSERA_RATE_GENERAL",
        value_name = "N/SECS",
        default_value = "600/60"
    )]
    pub rate_general: RateArg,

    /// Unknown paths and wrong methods, per address and dialect
    #[arg(
        long,
        env = "TESSERA_RATE_UNMATCHED",
        value_name = "N/SECS",
        default_value = "600/60"
    )]
    pub rate_unmatched: RateArg,
}

impl Default for RateArgs {
    /// What clap gives without flags and environment; a test compares the two.
    fn default() -> Self {
        const fn rate(limit: u32, window_secs: u64) -> RateArg {
            RateArg {
                limit: NonZeroU32::MIN.saturating_add(limit - 1),
                window_secs: NonZeroU64::MIN.saturating_add(window_secs - 1),
            }
        }
        Self {
            rate_limits: Switch::On,
            rate_anonymous_reads: rate(40, 60),
            rate_token_reads: rate(5000, 3600),
            rate_writes: rate(20, 60),
            rate_lock_secs: 600,
            rate_general: rate(600, 60),
            rate_unmatched: rate(600, 60),
        }
    }
}

impl From<RateArgs> for RateQuotas {
    fn from(args: RateArgs) -> Self {
        let lock_secs = NonZeroU64::new(args.rate_lock_secs);
        Self {
            enforced: args.rate_limits.into(),
            anonymous_reads: args.rate_anonymous_reads.quota(lock_secs),
            token_reads: args.rate_token_reads.quota(lock_secs),
            writes: args.rate_writes.quota(lock_secs),
            general: args.rate_general.quota(None),
            unmatched: args.rate_unmatched.quota(None),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_outside_the_bounds_is_refused() {
        for text in [
            "600",
            "0/60",
            "600/0",
            "1000001/60",
            "600/3601",
            "-1/60",
            "a/b",
        ] {
            assert_eq!(text.parse::<RateArg>(), Err(RateArgError), "{text}");
        }
    }
}
