//! The commands, and the flags that each has of its own.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use super::admin::{
    audit::AuditCommand, doctor::DoctorArgs, key::KeyCommand, lock::LockCommand,
    principal::PrincipalCommand, secret::SecretCommand, token::TokenCommand,
};
use super::copy::CopyArgs;
use super::database::{Located, Named as _, TheDatabase};
use super::flags::{CheckpointArgs, DatabaseArgs, PlaceArgs, ServeArgs};
use crate::{
    config::{NetworkArgs, PolicyArgs},
    domain::Switch,
    logs::LogFormat,
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
    /// Make users, clients and merchants, and change them
    #[command(subcommand)]
    Principal(PrincipalCommand),
    /// Give principals what they prove themselves by, and end it
    #[command(subcommand)]
    Secret(SecretCommand),
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
