//! The flags of every command, and the configuration they become.

use std::{net::SocketAddr, num::NonZeroU32, path::PathBuf};

use clap::{Args, Parser, Subcommand};

use super::admin::{
    audit::AuditCommand, doctor::DoctorArgs, key::KeyCommand, lock::LockCommand,
    token::TokenCommand,
};
use super::copy::CopyArgs;
use super::database::{Located, Named as _, TheDatabase, UrlFileError};
use crate::{
    authority::PasswordArgs,
    config::{Config, NetworkArgs, PolicyArgs},
    dialects::{DialectSettings, REGISTRATIONS},
    domain::{DatabaseUrl, Switch},
    logs::LogFormat,
    public_url::PublicUrl,
    storage::SqlStore,
};

/// The command line.
#[derive(Debug, Parser)]
#[command(
    name = "tessera",
    version,
    about = "A token authority that serves several token dialects from one OpenAPI document",
    max_term_width = 100
)]
pub struct Cli {
    /// How log lines (stderr) are written
    #[arg(
        long,
        global = true,
        env = "TESSERA_LOG_FORMAT",
        value_enum,
        default_value_t
    )]
    pub(super) log_format: LogFormat,

    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Serve from a persistent database
    Serve(ServeArgs),
    /// Serve a fresh database with demo principals, and print a curl for every operation
    Demo(DemoArgs),
    /// Look at a database's schema, or bring it up to the newest
    #[command(subcommand)]
    Migrate(MigrateCommand),
    /// Copy everything from one database into an empty one, of either kind
    Copy(CopyArgs),
    /// Operate on a database
    #[command(subcommand)]
    Admin(AdminCommand),
    /// Print the document that the server itself emits (not the published one, which is /openapi.json)
    Openapi,
    /// Print every path and method that is mounted, the document's and our own
    Routes {
        /// Print a JSON array instead of lines
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum MigrateCommand {
    /// Print which migrations are applied and which are pending; writes nothing
    Status(MigrateArgs),
    /// Apply what is pending
    Up(MigrateArgs),
}

#[derive(Debug, Args)]
pub(super) struct MigrateArgs {
    #[command(flatten)]
    pub(super) database: Located<TheDatabase>,

    /// Print one JSON object instead of lines
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, Subcommand)]
pub(super) enum AdminCommand {
    /// Give a persistent database the principals of the demo, with new secrets
    Seed(SeedArgs),
    /// Judge the machine's clock
    #[command(subcommand)]
    Clock(ClockCommand),
    /// Find tokens, end them, and learn why one is good or not
    #[command(subcommand)]
    Token(TokenCommand),
    /// Rotate the keys that sign tokens
    #[command(subcommand)]
    Key(KeyCommand),
    /// See who did what
    #[command(subcommand)]
    Audit(AuditCommand),
    /// See and lift lock-outs
    #[command(subcommand)]
    Lock(LockCommand),
    /// Say what is wrong with this installation, and what to do; takes the flags of `serve`
    Doctor(Box<DoctorArgs>),
}

#[derive(Debug, Subcommand)]
pub(super) enum ClockCommand {
    /// Say that the clock is right after it has leapt: a running server goes on sweeping within a minute
    Accept(AcceptArgs),
}

#[derive(Debug, Args)]
pub(super) struct AcceptArgs {
    #[command(flatten)]
    pub(super) place: PlaceArgs,

    #[command(flatten)]
    pub(super) database: DatabaseArgs,
}

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

#[derive(Debug, Args)]
#[command(mut_arg(TheDatabase::URL, |flag| flag.help(DEMO_DATABASE)))]
pub(super) struct DemoArgs {
    #[command(flatten)]
    pub(super) place: PlaceArgs,

    #[command(flatten)]
    pub(super) database: Located<TheDatabase>,

    #[command(flatten)]
    pub(super) checkpoints: CheckpointArgs,

    /// Write the credentials as JSON, readable by you alone
    #[arg(long, env = "TESSERA_CREDENTIALS_FILE", value_name = "FILE")]
    pub(super) credentials_file: Option<PathBuf>,

    #[command(flatten)]
    pub(super) network: NetworkArgs,

    #[command(flatten)]
    pub(super) policy: PolicyArgs,
}

/// What the demo does with a database that it is given.
const DEMO_DATABASE: &str = "Database to keep: its tokens live on, the demo principals get new secrets; by default a fresh \
    one in a temporary folder";

#[derive(Debug, Args)]
pub(super) struct SeedArgs {
    #[command(flatten)]
    pub(super) place: PlaceArgs,

    #[command(flatten)]
    pub(super) database: DatabaseArgs,

    /// Let the sessions and tokens of the users live on, whose new passwords end them otherwise
    #[arg(
        long,
        env = "TESSERA_KEEP_TOKENS",
        value_enum,
        num_args = 0..=1,
        require_equals = true,
        default_value_t = Switch::Off,
        default_missing_value = "on"
    )]
    pub(super) keep_tokens: Switch,

    /// Write the credentials there, readable by you alone, instead of printing them
    #[arg(long, env = "TESSERA_CREDENTIALS_FILE", value_name = "FILE")]
    pub(super) credentials_file: Option<PathBuf>,
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
