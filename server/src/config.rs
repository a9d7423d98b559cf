//! Configuration: flags with `TESSERA_*` twins, and the plain [`Config`] they become.

use std::{
    net::SocketAddr,
    num::{NonZeroU32, NonZeroU64},
    path::PathBuf,
    str::FromStr,
};

use clap::Args;

use crate::{
    authority::{AuditKept, LockoutPolicy},
    dialects::{
        AnimeloopSettings, AuthApiSettings, DialectSettings, EpochUnit, ManisSettings, SameSite,
        TokenGeneratorSettings,
    },
    domain::PasswordCost,
    edge::{CorsArgs, Origins, ProxyArgs, TrustedProxies},
    limits::{Quota, RateQuotas},
    listener::{ConnectionArgs, ConnectionSettings},
    public_url::PublicUrl,
    storage::{SqlStore, database_file, one_name},
    switch::Switch,
};

/// Everything a server is started with.
#[derive(Debug, Clone)]
pub struct Config {
    /// The address to listen on; port 0 takes a free one.
    pub listen: SocketAddr,
    /// The public origin; by default that of the bound address.
    pub public_url: Option<PublicUrl>,
    /// The database, `sqlite://path`.
    pub database_url: String,
    /// The master key; by default a file beside the database.
    pub master_key_file: Option<PathBuf>,
    /// A file with the secret that signs Animeloop's session cookies, one line of text; by default
    /// a random secret in the database.
    pub session_secret_file: Option<PathBuf>,
    /// The cost of new password hashes.
    pub password_cost: PasswordCost,
    /// Commits after which the write-ahead log is folded into the database file.
    pub commits_per_checkpoint: NonZeroU32,
    /// Who may reach the server, and how.
    pub network: Network,
    /// Everything that is policy rather than place.
    pub policy: Policy,
}

/// Who may reach the server, and how.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Network {
    /// Time-outs and caps of connections.
    pub connections: ConnectionSettings,
    /// The origins whose pages may call every dialect, with credentials.
    pub origins: Origins,
    /// The proxies that are believed when they tell a client's address.
    pub proxies: TrustedProxies,
}

/// The flags behind [`Network`].
#[derive(Debug, Clone, Default, Args)]
pub struct NetworkArgs {
    #[command(flatten)]
    connections: ConnectionArgs,

    #[command(flatten)]
    cors: CorsArgs,

    #[command(flatten)]
    proxies: ProxyArgs,
}

impl From<NetworkArgs> for Network {
    fn from(args: NetworkArgs) -> Self {
        Self {
            connections: args.connections.into(),
            origins: args.cors.into(),
            proxies: args.proxies.into(),
        }
    }
}

impl Config {
    /// The defaults on that database, listening on a free local port.
    #[must_use]
    pub fn local(database_url: impl Into<String>) -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            public_url: None,
            database_url: database_url.into(),
            master_key_file: None,
            session_secret_file: None,
            password_cost: PasswordCost::default(),
            commits_per_checkpoint: SqlStore::COMMITS_PER_CHECKPOINT,
            network: Network::default(),
            policy: Policy::default(),
        }
    }

    /// Where the master key is looked for, in this order: the file given; or `<database file>.key`, by the name that the
    /// database's links lead to, and then by the name of the link, where older versions made it. A new key goes to the
    /// first place. There is none when the database is no file either; the key then lives and dies with the process.
    #[must_use]
    pub fn master_key_places(&self) -> Vec<PathBuf> {
        if let Some(given) = &self.master_key_file {
            return vec![given.clone()];
        }
        let Some(named) = database_file(&self.database_url) else {
            return Vec::new();
        };
        let real = named.is_symlink().then(|| one_name(named.clone()).ok());
        let both = real.flatten().into_iter().chain([named]);
        let beside = both.map(|name| {
            let mut name = name.into_os_string();
            name.push(".key");
            PathBuf::from(name)
        });
        beside.collect()
    }
}

/// Rates, lock-outs and the dialects' own settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// Request rates.
    pub rates: RateQuotas,
    /// When failed passwords and one-time codes lock out; `None` = never.
    pub lockout: Option<LockoutPolicy>,
    /// How long the audit is kept.
    pub audit: AuditKept,
    /// The dialects' own settings.
    pub dialects: DialectSettings,
    /// Whether every answer is held against the document before it leaves.
    pub strict: bool,
}

impl Default for Policy {
    fn default() -> Self {
        PolicyArgs::default().into()
    }
}

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

/// The flags behind [`Policy`].
#[derive(Debug, Clone, Args)]
pub struct PolicyArgs {
    /// Hold every answer against the document; log what breaks it, and answer 503 instead (for staging)
    #[arg(
        long,
        env = "TESSERA_STRICT",
        value_enum,
        num_args = 0..=1,
        require_equals = true,
        default_value_t = Switch::Off,
        default_missing_value = "on"
    )]
    pub strict: Switch,

    /// Refuse clients that ask too often
    #[arg(long, env = "TESSERA_RATE_LIMITS", value_enum, default_value_t = Switch::On)]
    pub rate_limits: Switch,

    /// pnut: reads without a valid token, per address
    #[arg(
        long,
        env = "TESSERA_RATE_ANONYMOUS_READS",
        value_name = "N/SECS",
        default_value = "40/60"
    )]
    pub rate_anonymous_reads: RateArg,

    /// pnut: reads, per token
    #[arg(
        long,
        env = "TESSERA_RATE_TOKEN_READS",
        value_name = "N/SECS",
        default_value = "5000/3600"
    )]
    pub rate_token_reads: RateArg,

    /// pnut: writes, per token, per client that has proved itself, or else per address
    #[arg(
        long,
        env = "TESSERA_RATE_WRITES",
        value_name = "N/SECS",
        default_value = "20/60"
    )]
    pub rate_writes: RateArg,

    /// pnut: how long a client that went over is refused, in seconds; 0 is until its window ends
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

    /// When failures lock a name.
    #[command(flatten)]
    pub lockout: LockoutArgs,

    /// Animeloop: a session ends so long after its login, however much it is used, in seconds
    #[arg(
        long,
        env = "TESSERA_ANIMELOOP_SESSION_MAX_SECS",
        value_name = "SECS",
        value_parser = clap::value_parser!(u32).range(1..),
        default_value_t = AnimeloopSettings::default().session_max_secs
    )]
    pub animeloop_session_max_secs: u32,

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

    /// Animeloop: mark the session cookie `Secure`; by default on exactly when the public URL is https
    #[arg(long, env = "TESSERA_ANIMELOOP_COOKIE_SECURE", value_enum)]
    pub animeloop_cookie_secure: Option<Switch>,

    /// Animeloop: give the session cookie a `SameSite` attribute
    #[arg(long, env = "TESSERA_ANIMELOOP_COOKIE_SAME_SITE", value_enum)]
    pub animeloop_cookie_same_site: Option<SameSite>,

    /// Animeloop: refuse every login as a failed captcha (1940101); nothing can verify an answer
    #[arg(long, env = "TESSERA_ANIMELOOP_CAPTCHA", value_enum, default_value_t = Switch::Off)]
    pub animeloop_captcha: Switch,

    /// Token generator: `X-token` renews no longer than this after the first issue, in seconds
    #[arg(
        long,
        env = "TESSERA_TOKEN_GENERATOR_CEILING_SECS",
        value_name = "SECS",
        default_value_t = TokenGeneratorSettings::default().sliding_ceiling_secs
    )]
    pub token_generator_ceiling_secs: u32,

    /// Auth API: how far ahead an assertion may end, in seconds
    #[arg(
        long,
        env = "TESSERA_AUTH_API_ASSERTION_SECS",
        value_name = "SECS",
        value_parser = clap::value_parser!(u32).range(10..=86_400),
        default_value_t = AuthApiSettings::default().assertion_secs
    )]
    pub auth_api_assertion_secs: u32,

    /// Manis: the unit of `expiresAt`
    #[arg(long, env = "TESSERA_MANIS_EXPIRES_AT", value_enum, default_value_t = EpochUnit::Ms)]
    pub manis_expires_at: EpochUnit,

    /// Manis: the life of a token
    #[arg(
        long,
        env = "TESSERA_MANIS_TOKEN_SECS",
        value_name = "SECS",
        value_parser = clap::value_parser!(u32).range(1..=86_400),
        default_value_t = ManisSettings::default().token_secs
    )]
    pub manis_token_secs: u32,
}

impl Default for PolicyArgs {
    /// What clap gives without flags and environment; a test compares the two.
    fn default() -> Self {
        const fn rate(limit: u32, window_secs: u64) -> RateArg {
            RateArg {
                limit: NonZeroU32::MIN.saturating_add(limit - 1),
                window_secs: NonZeroU64::MIN.saturating_add(window_secs - 1),
            }
        }
        Self {
            strict: Switch::Off,
            rate_limits: Switch::On,
            rate_anonymous_reads: rate(40, 60),
            rate_token_reads: rate(5000, 3600),
            rate_writes: rate(20, 60),
            rate_lock_secs: 600,
            rate_general: rate(600, 60),
            rate_unmatched: rate(600, 60),
            lockout: LockoutArgs::default(),
            animeloop_session_max_secs: AnimeloopSettings::default().session_max_secs,
            audit_refusals_days: AuditKept::default().refusals_days,
            audit_changes_days: AuditKept::default().changes_days,
            animeloop_cookie_secure: None,
            animeloop_cookie_same_site: None,
            animeloop_captcha: Switch::Off,
            token_generator_ceiling_secs: TokenGeneratorSettings::default().sliding_ceiling_secs,
            auth_api_assertion_secs: AuthApiSettings::default().assertion_secs,
            manis_expires_at: EpochUnit::Ms,
            manis_token_secs: ManisSettings::default().token_secs,
        }
    }
}

impl From<PolicyArgs> for Policy {
    fn from(args: PolicyArgs) -> Self {
        let lock_secs = NonZeroU64::new(args.rate_lock_secs);
        Self {
            rates: RateQuotas {
                enforced: args.rate_limits.into(),
                anonymous_reads: args.rate_anonymous_reads.quota(lock_secs),
                token_reads: args.rate_token_reads.quota(lock_secs),
                writes: args.rate_writes.quota(lock_secs),
                general: args.rate_general.quota(None),
                unmatched: args.rate_unmatched.quota(None),
            },
            lockout: args.lockout.into(),
            audit: AuditKept {
                refusals_days: args.audit_refusals_days,
                changes_days: args.audit_changes_days,
            },
            strict: args.strict.into(),
            dialects: DialectSettings {
                animeloop: AnimeloopSettings {
                    cookie_secure: args.animeloop_cookie_secure.map(Into::into),
                    cookie_same_site: args.animeloop_cookie_same_site,
                    captcha: args.animeloop_captcha.into(),
                    session_max_secs: args.animeloop_session_max_secs,
                },
                token_generator: TokenGeneratorSettings {
                    sliding_ceiling_secs: args.token_generator_ceiling_secs,
                },
                auth_api: AuthApiSettings {
                    assertion_secs: args.auth_api_assertion_secs,
                },
                manis: ManisSettings {
                    expires_at: args.manis_expires_at,
                    token_secs: args.manis_token_secs,
                },
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Flags {
        #[command(flatten)]
        policy: PolicyArgs,
        #[command(flatten)]
        network: NetworkArgs,
        #[command(flatten)]
        passwords: PasswordArgs,
    }

    #[test]
    fn the_defaults_of_the_flags_are_the_defaults_of_the_policy() {
        let flags = Flags::try_parse_from(["tessera"]).expect("no flag is required");
        assert_eq!(Policy::from(flags.policy), Policy::default());
        assert_eq!(Network::from(flags.network), Network::default());
        let cost = PasswordCost::from(flags.passwords);
        assert_eq!(cost, PasswordCost::default());
    }

    #[test]
    fn a_password_hash_may_cost_more_but_not_next_to_nothing() {
        let cost = |memory: &str| {
            let flags = Flags::try_parse_from(["tessera", "--password-memory-kib", memory]);
            flags.map(|flags| PasswordCost::from(flags.passwords).memory_kib)
        };
        assert_eq!(cost("65536").ok(), Some(65_536));
        assert!(cost("64").is_err() && cost("4294967295").is_err());
    }

    #[test]
    fn the_audit_is_kept_for_a_day_at_least() {
        let kept = |days: &str| {
            let flags = Flags::try_parse_from(["tessera", "--audit-refusals-days", days]);
            flags.map(|flags| Policy::from(flags.policy).audit.refusals_days)
        };
        assert_eq!(kept("30").ok(), Some(30));
        assert!(kept("0").is_err() && kept("-1").is_err());
    }

    #[test]
    fn origins_are_listed_one_by_one_or_separated_by_commas() {
        let (one, two) = ("https://app.example.com", "http://localhost:3000");
        let listed = |arguments: &[&str]| {
            let all = ["tessera"].iter().chain(arguments);
            Flags::try_parse_from(all).map(|flags| Network::from(flags.network).origins)
        };
        let both = [one, two].map(|text| text.parse().expect("an origin"));
        let both: Origins = both.into_iter().collect();
        let repeated = ["--cors-origin", two, "--cors-origin", one];
        assert_eq!(listed(&repeated).ok(), Some(both.clone()));
        let together = format!("--cors-origin={one},{two}");
        assert_eq!(listed(&[&together]).ok(), Some(both));
        let error = listed(&["--cors-origin", "https://App.example.com/"]);
        let error = error.expect_err("no origin").to_string();
        assert!(error.contains("browsers write this origin as https://app.example.com"));
        assert!(listed(&["--cors-origin", "*"]).is_err());
    }

    #[test]
    fn strict_is_a_flag_that_may_have_a_value() {
        let strict = |arguments: &[&str]| {
            let all = ["tessera"].iter().chain(arguments);
            Flags::try_parse_from(all).map(|flags| bool::from(flags.policy.strict))
        };
        assert_eq!(strict(&[]).ok(), Some(false));
        assert_eq!(strict(&["--strict"]).ok(), Some(true));
        assert_eq!(strict(&["--strict=off"]).ok(), Some(false));
        assert!(strict(&["--strict=maybe"]).is_err());
    }

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

    #[test]
    fn the_master_key_lies_beside_the_database() {
        let beside = |url: &str| Config::local(url).master_key_places();
        for (url, places) in [
            ("sqlite://tessera.db", vec![PathBuf::from("tessera.db.key")]),
            ("sqlite:///var/t.db?mode=rwc", vec!["/var/t.db.key".into()]),
            ("sqlite::memory:", vec![]),
        ] {
            assert_eq!(beside(url), places);
        }
        let folder = tempfile::tempdir().expect("a folder");
        let link = folder.path().join("link.db");
        std::os::unix::fs::symlink("t.db", &link).expect("a link");
        let real = one_name(link.clone()).expect("a name");
        let places = [real.with_extension("db.key"), link.with_extension("db.key")];
        assert_eq!(beside(&format!("sqlite://{}", link.display())), places);
    }
}
