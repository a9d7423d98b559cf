//! The flags that several commands share, and the configuration they become.

use std::{net::SocketAddr, num::NonZeroU32, path::PathBuf};

use clap::Args;

use super::database::{Located, TheDatabase, UrlFileError};
use crate::{
    authority::PasswordArgs,
    config::{Config, NetworkArgs, PolicyArgs},
    dialects::{DialectSettings, REGISTRATIONS},
    domain::{DatabaseUrl, Switch},
    public_url::PublicUrl,
    storage::SqlStore,
};

#[derive(Debug, Args)]
pub(super) struct PlaceArgs {
    /// Address to listen on; port 0 takes a free one
    #[arg(
        long,
        env = "TESSERA_LISTEN",
        value_name = "ADDR",
        default_value = "127.0.0.1:8080"
    )]
    pub(super) listen: SocketAddr,

    /// Origin of URLs in tokens and answers, such as `https://tokens.example.com`; by default the bound address
    #[arg(long, env = "TESSERA_PUBLIC_URL", value_name = "URL")]
    public_url: Option<PublicUrl>,

    /// Key that seals what must be read back; made at first start; by default <database file>.key
    #[arg(long, env = "TESSERA_MASTER_KEY_FILE", value_name = "FILE")]
    pub(super) master_key_file: Option<PathBuf>,

    /// Secret that signs session cookies.
    #[arg(
        long,
        env = "TESSERA_SESSION_SECRET_FILE",
        value_name = "FILE",
        help = session_secret_help()
    )]
    pub(super) session_secret_file: Option<PathBuf>,

    #[command(flatten)]
    pub(super) passwords: PasswordArgs,
}

/// Names the dialects whose sessions those are.
fn session_secret_help() -> String {
    let settings = DialectSettings::default();
    let all = REGISTRATIONS.iter();
    let keeping = all.filter(|dialect| (dialect.rules)(&settings).session_max_secs.is_some());
    let whose: Vec<String> = keeping
        .map(|dialect| {
            let (first, rest) = dialect.id.as_str().split_at(1);
            format!("{}{}'s", first.to_uppercase(), rest.replace('_', " "))
        })
        .collect();
    format!(
        "Secret that signs {} session cookies, to share them with another server; by default a random one in the database",
        whose.join(" and ")
    )
}

#[derive(Debug, Args)]
pub(super) struct DatabaseArgs {
    #[command(flatten)]
    pub(super) database: Located<TheDatabase>,

    /// Migrate the database to the newest schema; with off a database that has another is refused: see `tessera migrate`
    #[arg(long, env = "TESSERA_MIGRATE", value_enum, default_value_t = Switch::On)]
    migrate: Switch,

    #[command(flatten)]
    checkpoints: CheckpointArgs,
}

#[derive(Debug, Args)]
pub(super) struct CheckpointArgs {
    /// Commits after which the write-ahead log is folded into the database file
    #[arg(
        long,
        env = "TESSERA_CHECKPOINT_COMMITS",
        value_name = "N",
        default_value_t = SqlStore::COMMITS_PER_CHECKPOINT
    )]
    pub(super) checkpoint_commits: NonZeroU32,
}

#[derive(Debug, Args)]
pub(super) struct ServeArgs {
    #[command(flatten)]
    pub(super) place: PlaceArgs,

    #[command(flatten)]
    pub(super) database: DatabaseArgs,

    #[command(flatten)]
    pub(super) network: NetworkArgs,

    #[command(flatten)]
    pub(super) policy: PolicyArgs,
}

/// The configuration of a command with those flags.
pub(super) fn config(
    place: PlaceArgs,
    database: DatabaseArgs,
    network: NetworkArgs,
    policy: PolicyArgs,
) -> Result<Config, UrlFileError> {
    let url = database.database.url_or_default()?;
    let config = config_on(url, place, &database.checkpoints, network, policy);
    Ok(Config {
        migrate: database.migrate.into(),
        ..config
    })
}

/// The same, on that database.
pub(super) fn config_on(
    database_url: DatabaseUrl,
    place: PlaceArgs,
    checkpoints: &CheckpointArgs,
    network: NetworkArgs,
    policy: PolicyArgs,
) -> Config {
    Config {
        listen: place.listen,
        public_url: place.public_url,
        database_url,
        migrate: true,
        master_key_file: place.master_key_file,
        session_secret_file: place.session_secret_file,
        password_cost: place.passwords.into(),
        commits_per_checkpoint: checkpoints.checkpoint_commits,
        network: network.into(),
        policy: policy.into(),
    }
}
