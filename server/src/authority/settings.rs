//! What an operator may set about the core.

use std::collections::BTreeMap;
use std::num::NonZeroU32;

use crate::domain::{Dialect, KeyAlgorithm, PasswordCost};

/// Locks after failed passwords or one-time codes, each counted under the name that was claimed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LockoutPolicy {
    /// Failures from one address that lock the name there; `None` = never.
    pub per_address: Option<NonZeroU32>,
    /// Failures from anywhere that lock the name wherever it has not succeeded lately; `None` = never.
    pub per_name: Option<NonZeroU32>,
    /// The time in which failures add up, and how long a lock lasts, seconds.
    pub window_secs: u32,
    /// How long an address that has succeeded for a name is exempt from the second lock, days.
    pub remember_days: u32,
}

impl Default for LockoutPolicy {
    fn default() -> Self {
        Self {
            per_address: NonZeroU32::new(5),
            per_name: NonZeroU32::new(50),
            window_secs: 900,
            remember_days: 30,
        }
    }
}

/// How long audit rows are kept, by their age alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AuditKept {
    /// Refusals, days.
    pub refusals_days: u32,
    /// Changes, days.
    pub changes_days: u32,
}

impl Default for AuditKept {
    fn default() -> Self {
        Self {
            refusals_days: 7,
            changes_days: 365,
        }
    }
}

/// What the core has to know of a dialect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DialectRules {
    /// The algorithms that a signing key of the dialect may have, the first of them that of the key which is made when there is
    /// none; empty where all its tokens are opaque. `ES256` signs the same bytes differently each time, so a dialect that hands its
    /// tokens out again names it not.
    pub signing: &'static [KeyAlgorithm],
    /// Whether holders of registered HMAC keys sign tokens of their own, which it takes without a row.
    pub self_signed: bool,
    /// Life of a session after its login, however much it is used, seconds; `None` where there are no sessions.
    pub session_max_secs: Option<u32>,
}

impl DialectRules {
    /// Tokens are opaque, nobody but the authority makes them, and there are no sessions.
    pub const OPAQUE: Self = Self {
        signing: &[],
        self_signed: false,
        session_max_secs: None,
    };

    /// The same with JWTs that a key of the dialect's own signs, which has one of these algorithms.
    #[must_use]
    pub const fn signed(algorithms: &'static [KeyAlgorithm]) -> Self {
        Self {
            signing: algorithms,
            ..Self::OPAQUE
        }
    }
}

/// How much memory the copies of what the hot paths read may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CacheSize {
    /// MiB; 0 makes no copies.
    pub mib: u16,
}

impl Default for CacheSize {
    fn default() -> Self {
        Self { mib: 32 }
    }
}

impl CacheSize {
    /// The same in bytes.
    #[must_use]
    pub fn bytes(self) -> usize {
        usize::from(self.mib) << 20
    }
}

/// Settings of the core.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthoritySettings {
    /// `iss` of the tokens that carry one: the public URL, without a trailing slash.
    pub issuer: String,
    /// Lock-outs; `None` = off.
    pub lockout: Option<LockoutPolicy>,
    /// Cost of new password hashes.
    pub password_cost: PasswordCost,
    /// Password checks that run at once; 64 times as many may wait.
    pub password_concurrency: usize,
    /// Tolerated clock difference for dates in JWTs signed by others, seconds.
    pub leeway_secs: u32,
    /// Life of an idle session, seconds.
    pub session_secs: u32,
    /// The dialects that are served. A token of any other is refused everywhere, whatever its row says.
    pub dialects: BTreeMap<Dialect, DialectRules>,
    /// How long the audit is kept.
    pub audit: AuditKept,
    /// How much is kept in memory of what was read.
    pub cache: CacheSize,
}

impl AuthoritySettings {
    /// The defaults, under that issuer, without a dialect.
    #[must_use]
    pub fn new(issuer: impl Into<String>) -> Self {
        Self {
            issuer: issuer.into(),
            lockout: Some(LockoutPolicy::default()),
            password_cost: PasswordCost::default(),
            password_concurrency: 2,
            leeway_secs: 10,
            session_secs: 30 * 3600,
            dialects: BTreeMap::new(),
            audit: AuditKept::default(),
            cache: CacheSize::default(),
        }
    }
}
