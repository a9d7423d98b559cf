//! The flags behind the core's settings.

use std::num::NonZeroU32;

use clap::Args;

use super::{AuditKept, CacheSize, LockoutPolicy};
use crate::domain::PasswordCost;
use crate::domain::Switch;

/// The flags behind [`PasswordCost`]; hashes keep the cost they were made with.
#[derive(Debug, Clone, Args)]
pub struct PasswordArgs {
    /// Memory of one new argon2id password hash, in KiB
    #[arg(
        long,
        env = "TESSERA_PASSWORD_MEMORY_KIB",
        value_name = "KIB",
        value_parser = clap::value_parser!(u32).range(7_168..=1_048_576),
        default_value_t = PasswordCost::default().memory_kib
    )]
    pub password_memory_kib: u32,

    /// Passes of one new argon2id password hash over its memory
    #[arg(
        long,
        env = "TESSERA_PASSWORD_PASSES",
        value_name = "N",
        value_parser = clap::value_parser!(u32).range(1..=32),
        default_value_t = PasswordCost::default().passes
    )]
    pub password_passes: u32,
}

impl From<PasswordArgs> for PasswordCost {
    fn from(args: PasswordArgs) -> Self {
        Self {
            memory_kib: args.password_memory_kib,
            passes: args.password_passes,
        }
    }
}

/// The flags behind [`LockoutPolicy`].
#[derive(Debug, Clone, Copy, Args)]
pub struct LockoutArgs {
    /// Lock out after failed passwords or one-time codes
    #[arg(long, env = "TESSERA_LOCKOUT", value_enum, default_value_t = Switch::On)]
    pub lockout: Switch,

    /// Failures from one address that lock a name there; 0 is never
    #[arg(
        long,
        env = "TESSERA_LOCKOUT_PER_ADDRESS",
        value_name = "N",
        value_parser = clap::value_parser!(u32).range(..=1000),
        default_value_t = number(LockoutPolicy::default().per_address)
    )]
    pub lockout_per_address: u32,

    /// Failures from anywhere that lock a name wherever it has not succeeded lately; 0 is never
    #[arg(
        long,
        env = "TESSERA_LOCKOUT_PER_NAME",
        value_name = "N",
        value_parser = clap::value_parser!(u32).range(..=1000),
        default_value_t = number(LockoutPolicy::default().per_name)
    )]
    pub lockout_per_name: u32,

    /// The time in which failures add up, and how long a lock lasts, in seconds
    #[arg(
        long,
        env = "TESSERA_LOCKOUT_SECS",
        value_name = "SECS",
        value_parser = clap::value_parser!(u32).range(1..=86_400),
        default_value_t = LockoutPolicy::default().window_secs
    )]
    pub lockout_secs: u32,

    /// How long an address that has succeeded for a name is exempt from what others fail at elsewhere, in days
    #[arg(
        long,
        env = "TESSERA_LOCKOUT_REMEMBER_DAYS",
        value_name = "DAYS",
        value_parser = clap::value_parser!(u32).range(..=3650),
        default_value_t = LockoutPolicy::default().remember_days
    )]
    pub lockout_remember_days: u32,
}

/// As it is written on the command line.
fn number(limit: Option<NonZeroU32>) -> u32 {
    limit.map_or(0, NonZeroU32::get)
}

impl Default for LockoutArgs {
    /// What clap gives without flags and environment; a test compares the two.
    fn default() -> Self {
        let policy = LockoutPolicy::default();
        Self {
            lockout: Switch::On,
            lockout_per_address: number(policy.per_address),
            lockout_per_name: number(policy.per_name),
            lockout_secs: policy.window_secs,
            lockout_remember_days: policy.remember_days,
        }
    }
}

impl From<LockoutArgs> for Option<LockoutPolicy> {
    fn from(args: LockoutArgs) -> Self {
        bool::from(args.lockout).then_some(LockoutPolicy {
            per_address: NonZeroU32::new(args.lockout_per_address),
            per_name: NonZeroU32::new(args.lockout_per_name),
            window_secs: args.lockout_secs,
            remember_days: args.lockout_remember_days,
        })
    }
}

/// The flags behind [`AuditKept`].
#[derive(Debug, Clone, Copy, Args)]
pub struct AuditArgs {
    /// How long refusals are kept in the audit, in days
    #[arg(
        long,
        env = "TESSERA_AUDIT_REFUSALS_DAYS",
        value_name = "DAYS",
        value_parser = clap::value_parser!(u32).range(1..=36_500),
        default_value_t = AuditKept::default().refusals_days
    )]
    pub audit_refusals_days: u32,

    /// How long changes are kept in the audit, in days
    #[arg(
        long,
        env = "TESSERA_AUDIT_CHANGES_DAYS",
        value_name = "DAYS",
        value_parser = clap::value_parser!(u32).range(1..=36_500),
        default_value_t = AuditKept::default().changes_days
    )]
    pub audit_changes_days: u32,
}

impl Default for AuditArgs {
    /// What clap gives without flags and environment; a test compares the two.
    fn default() -> Self {
        let kept = AuditKept::default();
        Self {
            audit_refusals_days: kept.refusals_days,
            audit_changes_days: kept.changes_days,
        }
    }
}

impl From<AuditArgs> for AuditKept {
    fn from(args: AuditArgs) -> Self {
        Self {
            refusals_days: args.audit_refusals_days,
            changes_days: args.audit_changes_days,
        }
    }
}

/// The flags behind [`CacheSize`].
#[derive(Debug, Clone, Copy, Args)]
pub struct CacheArgs {
    /// Memory for copies of tokens, principals and callers, in MiB; 0 asks the database each time
    #[arg(
        long,
        env = "TESSERA_CACHE_MIB",
        value_name = "MIB",
        value_parser = clap::value_parser!(u16).range(..=16_384),
        default_value_t = CacheSize::default().mib
    )]
    pub cache_mib: u16,
}

impl Default for CacheArgs {
    /// What clap gives without flags and environment; a test compares the two.
    fn default() -> Self {
        let CacheSize { mib } = CacheSize::default();
        Self { cache_mib: mib }
    }
}

impl From<CacheArgs> for CacheSize {
    fn from(args: CacheArgs) -> Self {
        Self {
            mib: args.cache_mib,
        }
    }
}
