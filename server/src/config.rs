//! Configuration: the flags of all folders (with `TESSERA_*` twins), and the plain [`Config`] they become.

use std::{collections::BTreeSet, net::SocketAddr, num::NonZeroU32, path::PathBuf};

use clap::{Arg, Args};

use crate::{
    authority::{AuditArgs, AuditKept, CacheArgs, CacheSize, LockoutArgs, LockoutPolicy},
    dialects::DialectSettings,
    domain::{DatabaseUrl, PasswordCost, Switch},
    edge::{CorsArgs, Origins, ProxyArgs, TrustedProxies},
    generated::routes::{Bucket, ROUTES},
    limits::{RateArgs, RateQuotas},
    listener::{ConnectionArgs, ConnectionSettings},
    public_url::PublicUrl,
    storage::{SqlStore, database_file, one_name},
};

/// Everything a server is started with.
#[derive(Debug, Clone)]
pub struct Config {
    /// The address to listen on; port 0 takes a free one.
    pub listen: SocketAddr,
    /// The public origin; by default that of the bound address.
    pub public_url: Option<PublicUrl>,
    /// The database, `sqlite://path` or `postgres://user:password@host/name`.
    pub database_url: DatabaseUrl,
    /// Whether what is opened is migrated to the newest schema, or refused when it has another.
    pub migrate: bool,
    /// The master key; by default a file beside the database.
    pub master_key_file: Option<PathBuf>,
    /// A file with the secret that signs session cookies, one line of text; by default
    /// a random secret in the database.
    pub session_secret_file: Option<PathBuf>,
    /// The cost of new password hashes.
    pub password_cost: PasswordCost,
    /// Commits after which the write-ahead log is folded into the database file.
    pub commits_per_checkpoint: NonZeroU32,
    /// Who may reach the server, and how.
    pub network: Network,
    /// Limits, lock-outs, the audit, the cache and the dialects' own settings.
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
    pub fn local(database_url: impl Into<DatabaseUrl>) -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            public_url: None,
            database_url: database_url.into(),
            migrate: true,
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
        let Some(named) = database_file(self.database_url.expose()) else {
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
    /// How much memory copies of what was read may take.
    pub cache: CacheSize,
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

/// The flags behind [`Policy`].
#[derive(Debug, Clone, Args)]
#[command(
    mut_arg("rate_anonymous_reads", |flag| about(flag, &[Bucket::TokenReads])),
    mut_arg("rate_token_reads", |flag| about(flag, &[Bucket::TokenReads])),
    mut_arg("rate_writes", |flag| about(flag, &[Bucket::Writes])),
    mut_arg("rate_lock_secs", |flag| about(flag, &[Bucket::TokenReads, Bucket::Writes]))
)]
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

    /// How often clients may ask.
    #[command(flatten)]
    pub rates: RateArgs,

    /// When failures lock a name.
    #[command(flatten)]
    pub lockout: LockoutArgs,

    /// How long the audit is kept.
    #[command(flatten)]
    pub audit: AuditArgs,

    /// How much is kept in memory.
    #[command(flatten)]
    pub cache: CacheArgs,

    /// What single dialects do.
    #[command(flatten)]
    pub dialects: DialectSettings,
}

/// Puts before the help of a flag which dialects have operations in these buckets.
fn about(flag: Arg, buckets: &[Bucket]) -> Arg {
    let counted = ROUTES
        .iter()
        .filter(|route| buckets.contains(&route.bucket));
    let dialects: BTreeSet<&str> = counted.map(|route| route.dialect).collect();
    let dialects: Vec<&str> = dialects.into_iter().collect();
    let help = flag.get_help().map(ToString::to_string);
    let help = help.unwrap_or_default();
    flag.help(format!("{}: {help}", dialects.join(", ")))
}

impl Default for PolicyArgs {
    /// What clap gives without flags and environment; a test compares the two.
    fn default() -> Self {
        Self {
            strict: Switch::Off,
            rates: RateArgs::default(),
            lockout: LockoutArgs::default(),
            audit: AuditArgs::default(),
            cache: CacheArgs::default(),
            dialects: DialectSettings::default(),
        }
    }
}

impl From<PolicyArgs> for Policy {
    fn from(args: PolicyArgs) -> Self {
        Self {
            rates: args.rates.into(),
            lockout: args.lockout.into(),
            audit: args.audit.into(),
            cache: args.cache.into(),
            dialects: args.dialects,
            strict: args.strict.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::authority::PasswordArgs;

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
