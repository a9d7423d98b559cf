//! The command line of `tessera`: parses it and runs the command.

use std::{
    io::{self, Write},
    net::SocketAddr,
    num::NonZeroU32,
    path::{Path, PathBuf},
};

use clap::{Args, Parser, Subcommand};
use poem_openapi::OpenApiService;

use crate::{
    authority::OpenError,
    config::{Config, NetworkArgs, PasswordArgs, PolicyArgs},
    demo::{self, DemoError, DemoFolder},
    dialects,
    domain::Actor,
    edge::Unmounted,
    logs::{self, LogFormat},
    memory,
    public_url::PublicUrl,
    serve::{Ports, Server, StartError, StopError, open_authority},
    stop::StopSignals,
    storage::SqlStore,
    switch::Switch,
};

/// The command line.
#[derive(Debug, Parser)]
#[command(
    name = "tessera",
    version,
    about = "A token authority that serves five token dialects from one OpenAPI document",
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
    log_format: LogFormat,

    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve from a persistent database
    Serve(ServeArgs),
    /// Serve a fresh database with demo principals, and print a curl for every operation
    Demo(DemoArgs),
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
enum AdminCommand {
    /// Give a persistent database the principals of the demo, with new secrets
    Seed(SeedArgs),
    /// Judge the machine's clock
    #[command(subcommand)]
    Clock(ClockCommand),
}

#[derive(Debug, Subcommand)]
enum ClockCommand {
    /// Say that the clock is right after it has leapt: a running server goes on sweeping within a minute
    Accept(AcceptArgs),
}

#[derive(Debug, Args)]
struct AcceptArgs {
    #[command(flatten)]
    place: PlaceArgs,

    #[command(flatten)]
    database: DatabaseArgs,
}

#[derive(Debug, Args)]
struct PlaceArgs {
    /// Address to listen on; port 0 takes a free one
    #[arg(
        long,
        env = "TESSERA_LISTEN",
        value_name = "ADDR",
        default_value = "127.0.0.1:8080"
    )]
    listen: SocketAddr,

    /// Origin of URLs in tokens and answers, such as `https://tokens.example.com`; by default the bound address
    #[arg(long, env = "TESSERA_PUBLIC_URL", value_name = "URL")]
    public_url: Option<PublicUrl>,

    /// Key that seals what must be read back; made at first start; by default <database file>.key
    #[arg(long, env = "TESSERA_MASTER_KEY_FILE", value_name = "FILE")]
    master_key_file: Option<PathBuf>,

    /// Secret that signs Animeloop's session cookies, to share them with another server; by default a random one in the database
    #[arg(long, env = "TESSERA_SESSION_SECRET_FILE", value_name = "FILE")]
    session_secret_file: Option<PathBuf>,

    #[command(flatten)]
    passwords: PasswordArgs,
}

#[derive(Debug, Args)]
struct DatabaseArgs {
    /// Database
    #[arg(
        long,
        env = "TESSERA_DATABASE_URL",
        value_name = "URL",
        default_value = "sqlite://tessera.db"
    )]
    database_url: String,

    #[command(flatten)]
    checkpoints: CheckpointArgs,
}

#[derive(Debug, Args)]
struct CheckpointArgs {
    /// Commits after which the write-ahead log is folded into the database file
    #[arg(
        long,
        env = "TESSERA_CHECKPOINT_COMMITS",
        value_name = "N",
        default_value_t = SqlStore::COMMITS_PER_CHECKPOINT
    )]
    checkpoint_commits: NonZeroU32,
}

#[derive(Debug, Args)]
struct ServeArgs {
    #[command(flatten)]
    place: PlaceArgs,

    #[command(flatten)]
    database: DatabaseArgs,

    #[command(flatten)]
    network: NetworkArgs,

    #[command(flatten)]
    policy: PolicyArgs,
}

#[derive(Debug, Args)]
struct DemoArgs {
    #[command(flatten)]
    place: PlaceArgs,

    /// Database to keep: its tokens live on, the demo principals get new secrets; by default a fresh one in a temporary folder
    #[arg(long, env = "TESSERA_DATABASE_URL", value_name = "URL")]
    database_url: Option<String>,

    #[command(flatten)]
    checkpoints: CheckpointArgs,

    /// Write the credentials as JSON, readable by you alone
    #[arg(long, env = "TESSERA_CREDENTIALS_FILE", value_name = "FILE")]
    credentials_file: Option<PathBuf>,

    #[command(flatten)]
    network: NetworkArgs,

    #[command(flatten)]
    policy: PolicyArgs,
}

#[derive(Debug, Args)]
struct SeedArgs {
    #[command(flatten)]
    place: PlaceArgs,

    #[command(flatten)]
    database: DatabaseArgs,

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
    keep_tokens: Switch,

    /// Write the credentials there, readable by you alone, instead of printing them
    #[arg(long, env = "TESSERA_CREDENTIALS_FILE", value_name = "FILE")]
    credentials_file: Option<PathBuf>,
}

/// Why a command failed; the text goes to the operator.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    /// The server did not start.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The server did not end well.
    #[error(transparent)]
    Stop(#[from] StopError),
    /// The demo could not be set up.
    #[error(transparent)]
    Demo(#[from] DemoError),
    /// Output or signals fail.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// Runs the command that the arguments name.
///
/// # Errors
/// [`CliError`], to be shown to the operator.
pub async fn run(cli: Cli) -> Result<(), CliError> {
    logs::start(cli.log_format);
    // Before any secret is read.
    if let Err(error) = memory::withhold() {
        tracing::warn!(%error, "core dumps and debuggers cannot be kept out");
    }
    match cli.command {
        // On the heap, as what a server is started with is large.
        Command::Serve(args) => Box::pin(serve(args)).await,
        Command::Demo(args) => Box::pin(run_demo(args)).await,
        Command::Admin(AdminCommand::Seed(args)) => seed(args).await,
        Command::Admin(AdminCommand::Clock(ClockCommand::Accept(args))) => accept_clock(args).await,
        Command::Openapi => Ok(writeln!(io::stdout(), "{}", emitted_document())?),
        Command::Routes { json } => routes(json).await,
    }
}

/// What poem-openapi emits for all dialects together, from the Rust types alone.
#[must_use]
pub fn emitted_document() -> String {
    let routes = Unmounted::<dialects::Routes>::default();
    let service = OpenApiService::new(routes, "Tessera", env!("CARGO_PKG_VERSION"));
    // Every route is mounted at the root.
    service.server("/").spec()
}

/// Puts a server together as `serve` does, on a database in memory, and lists what it mounts.
async fn routes(json: bool) -> Result<(), CliError> {
    let server = Server::prepare(&Config::local("sqlite::memory:"), &Ports::system()).await?;
    let mut out = io::stdout().lock();
    if json {
        let all = server.mounted().iter().map(|route| {
            serde_json::json!({"method": route.method, "path": route.path, "owner": route.owner})
        });
        return Ok(writeln!(out, "{:#}", all.collect::<serde_json::Value>())?);
    }
    for route in server.mounted() {
        writeln!(out, "{route}")?;
    }
    Ok(())
}

async fn serve(args: ServeArgs) -> Result<(), CliError> {
    let mut signals = StopSignals::listen()?;
    let config = config(
        args.place,
        args.database.database_url,
        &args.database.checkpoints,
        args.network,
        args.policy,
    );
    let ports = Ports::system();
    let Some(started) = signals
        .unless_received(Server::start(&config, &ports))
        .await
    else {
        return Ok(());
    };
    let server = started?;
    tracing::info!(
        listen = %server.local_addr(),
        public_url = %server.public_url(),
        "serving"
    );
    signals.received().await;
    Ok(server.shutdown().await?)
}

/// The folder is made after the signals are heard, and outlives everything that is in it.
async fn run_demo(args: DemoArgs) -> Result<(), CliError> {
    let mut signals = StopSignals::listen()?;
    let (database_url, folder) = if let Some(url) = args.database_url {
        (url, None)
    } else {
        let folder = DemoFolder::make()?;
        (
            format!("sqlite://{}", folder.database().display()),
            Some(folder),
        )
    };
    let credentials_file = args.credentials_file.as_deref();
    let config = config(
        args.place,
        database_url,
        &args.checkpoints,
        args.network,
        args.policy,
    );
    let ended = demo_on(&config, credentials_file, &mut signals).await;
    let removed = folder.map_or(Ok(()), DemoFolder::remove);
    ended?;
    Ok(removed?)
}

/// Seeds, serves, and only then writes the credentials: their file says that requests are answered.
async fn demo_on(
    config: &Config,
    credentials_file: Option<&Path>,
    signals: &mut StopSignals,
) -> Result<(), CliError> {
    let ports = Ports::system();
    let Some(prepared) = signals
        .unless_received(Server::prepare(config, &ports))
        .await
    else {
        return Ok(());
    };
    let server = prepared?;
    let seeding = async {
        if let Some(path) = credentials_file {
            demo::forget(path)?;
        }
        // A demo's new secrets are for trying out: nobody has lost the old ones.
        let credentials = demo::seed(server.authority(), server.public_url(), true).await?;
        let guide = demo::guide(&server, &credentials).await?;
        Ok::<_, DemoError>((credentials, guide))
    };
    let (credentials, guide) = match signals.unless_received(seeding).await {
        Some(Ok(seeded)) => seeded,
        Some(Err(error)) => {
            server.close().await;
            return Err(error.into());
        }
        None => {
            server.close().await;
            return Ok(());
        }
    };
    let server = server.run();
    if let Some(path) = credentials_file
        && let Err(error) = credentials.write(path)
    {
        server.shutdown().await?;
        return Err(error.into());
    }
    // In a thread of its own: a reader that takes nothing must not keep the signals from us.
    // A closed stdout (`tessera demo | head`) is no reason to stop serving.
    std::thread::spawn(move || io::stdout().write_all(guide.as_bytes()));
    signals.received().await;
    Ok(server.shutdown().await?)
}

/// Nobody else makes or opens the database meanwhile, so that of two that seed at once the last one's secrets are good.
async fn seed(args: SeedArgs) -> Result<(), CliError> {
    let config = config(
        args.place,
        args.database.database_url,
        &args.database.checkpoints,
        NetworkArgs::default(),
        PolicyArgs::default(),
    );
    let issuer = config
        .public_url
        .clone()
        .unwrap_or_else(|| PublicUrl::of_listener(config.listen));
    let opened = open_authority(&config, &Ports::system(), &issuer).await?;
    let seeded = demo::seed(&opened.authority, &issuer, args.keep_tokens.into()).await;
    let written = seeded.map_err(CliError::from).and_then(|credentials| {
        match &args.credentials_file {
            Some(path) => credentials.write(path)?,
            None => writeln!(io::stdout(), "{:#}", credentials.to_json())?,
        }
        Ok(())
    });
    opened.store.close().await;
    written
}

/// Works beside a running server, which looks once a minute.
async fn accept_clock(args: AcceptArgs) -> Result<(), CliError> {
    let config = config(
        args.place,
        args.database.database_url,
        &args.database.checkpoints,
        NetworkArgs::default(),
        PolicyArgs::default(),
    );
    let issuer = PublicUrl::of_listener(config.listen);
    let opened = open_authority(&config, &Ports::system(), &issuer).await?;
    let accepted = opened
        .authority
        .upkeep()
        .accept_clock(&Actor::operator())
        .await;
    opened.store.close().await;
    Ok(accepted
        .map_err(OpenError::from)
        .map_err(StartError::from)?)
}

fn config(
    place: PlaceArgs,
    database_url: String,
    checkpoints: &CheckpointArgs,
    network: NetworkArgs,
    policy: PolicyArgs,
) -> Config {
    Config {
        listen: place.listen,
        public_url: place.public_url,
        database_url,
        master_key_file: place.master_key_file,
        session_secret_file: place.session_secret_file,
        password_cost: place.passwords.into(),
        commits_per_checkpoint: checkpoints.checkpoint_commits,
        network: network.into(),
        policy: policy.into(),
    }
}
