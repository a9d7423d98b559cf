//! The command line of `tessera`: runs the command that its arguments name.

mod admin;
mod args;
mod copy;
mod database;
mod flags;
mod migrate;

use std::{
    io::{self, Write},
    path::Path,
};

use poem_openapi::OpenApiService;

pub use admin::AdminError;
pub use args::Cli;
use args::{AcceptArgs, AdminCommand, ClockCommand, Command, DemoArgs, MigrateCommand, SeedArgs};
pub use database::UrlFileError;
use flags::{ServeArgs, config, config_on};

use crate::{
    authority,
    config::{Config, NetworkArgs, PolicyArgs},
    demo::{self, DemoError, DemoFolder},
    dialects,
    domain::Actor,
    logs, memory,
    public_url::PublicUrl,
    serve::{Ports, Server, StartError, StopError, open_authority},
    stop::StopSignals,
    storage::{CopyError, OpenError},
};

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
    /// The file with the URL of the database gives none.
    #[error(transparent)]
    DatabaseUrl(#[from] UrlFileError),
    /// The database was not copied.
    #[error("nothing was copied, or not all: {0}")]
    Copy(#[from] CopyError),
    /// An operator's command was not done.
    #[error(transparent)]
    Admin(#[from] AdminError),
    /// Output or signals fail.
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl CliError {
    /// What the process ends with: 3 when the database's schema is newer than the program, 4 when it is older and may not be
    /// migrated now, 5 when nothing has the name, 6 when it cannot be done as things are, 7 when nobody said yes, 8 when the doctor found
    /// what is wrong, 1 for everything else. (2 is clap's, for the command line.)
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Start(StartError::Storage(OpenError::Newer(_))) => 3,
            Self::Start(StartError::Storage(OpenError::Pending(_))) => 4,
            Self::Admin(error) => error.exit_code(),
            Self::Start(_)
            | Self::Stop(_)
            | Self::Demo(_)
            | Self::DatabaseUrl(_)
            | Self::Copy(_)
            | Self::Io(_) => 1,
        }
    }
}

/// Runs the command that the arguments name.
///
/// # Errors
/// [`CliError`], to be shown to the operator.
pub async fn run(cli: Cli) -> Result<(), CliError> {
    let _log = logs::start(cli.log_format)?;
    // Before any secret is read.
    if let Err(error) = memory::withhold() {
        tracing::warn!(%error, "core dumps and debuggers cannot be kept out");
    }
    match cli.command {
        // On the heap, as what a server is started with is large.
        Command::Serve(args) => Box::pin(serve(args)).await,
        Command::Demo(args) => Box::pin(run_demo(args)).await,
        Command::Migrate(MigrateCommand::Status(args)) => migrate::status(args).await,
        Command::Migrate(MigrateCommand::Up(args)) => migrate::up(args).await,
        Command::Copy(args) => Box::pin(copy::run(args)).await,
        Command::Admin(AdminCommand::Seed(args)) => seed(args).await,
        Command::Admin(AdminCommand::Clock(ClockCommand::Accept(args))) => accept_clock(args).await,
        Command::Admin(AdminCommand::Principal(command)) => {
            Ok(Box::pin(admin::principal::run(command)).await?)
        }
        Command::Admin(AdminCommand::Secret(command)) => {
            Ok(Box::pin(admin::secret::run(command)).await?)
        }
        Command::Admin(AdminCommand::Token(command)) => {
            Ok(Box::pin(admin::token::run(command)).await?)
        }
        Command::Admin(AdminCommand::Key(command)) => Ok(Box::pin(admin::key::run(command)).await?),
        Command::Admin(AdminCommand::Audit(command)) => {
            Ok(Box::pin(admin::audit::run(command)).await?)
        }
        Command::Admin(AdminCommand::Lock(command)) => {
            Ok(Box::pin(admin::lock::run(command)).await?)
        }
        Command::Admin(AdminCommand::Doctor(args)) => {
            Ok(Box::pin(admin::doctor::run(*args)).await?)
        }
        Command::Openapi => Ok(writeln!(io::stdout(), "{}", emitted_document())?),
        Command::Routes { json } => routes(json).await,
    }
}

/// What poem-openapi emits for all dialects together, from the Rust types alone.
#[must_use]
pub fn emitted_document() -> String {
    let all = dialects::AllDescribed;
    let service = OpenApiService::new(all, "Tessera", env!("CARGO_PKG_VERSION"));
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
    let config = config(args.place, args.database, args.network, args.policy)?;
    let ports = Ports::system();
    let Some(started) = signals
        .unless_received(Box::pin(Server::start(&config, &ports)))
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
    let (database_url, folder) = if let Some(url) = args.database.url()? {
        (url, None)
    } else {
        let folder = DemoFolder::make()?;
        (
            format!("sqlite://{}", folder.database().display()).into(),
            Some(folder),
        )
    };
    let credentials_file = args.credentials_file.as_deref();
    let config = config_on(
        database_url,
        args.place,
        &args.checkpoints,
        args.network,
        args.policy,
    );
    let ended = Box::pin(demo_on(&config, credentials_file, &mut signals)).await;
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
        .unless_received(Box::pin(Server::prepare(config, &ports)))
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
        args.database,
        NetworkArgs::default(),
        PolicyArgs::default(),
    )?;
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
        args.database,
        NetworkArgs::default(),
        PolicyArgs::default(),
    )?;
    let issuer = PublicUrl::of_listener(config.listen);
    let opened = open_authority(&config, &Ports::system(), &issuer).await?;
    let accepted = opened
        .authority
        .upkeep()
        .accept_clock(&Actor::operator())
        .await;
    opened.store.close().await;
    Ok(accepted
        .map_err(authority::OpenError::from)
        .map_err(StartError::from)?)
}
