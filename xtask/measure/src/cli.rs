//! The command line: what to measure, and where the figures go.

use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};
use tokio::runtime::{Builder, Runtime};

use crate::bench::{self, Plan};
use crate::deeds::{CHEAP_PASSWORDS, Deeds};
use crate::duel;
use crate::fault::Fault;
use crate::floor::{self, Stack};
use crate::judge::{Verdict, judge};
use crate::report::{self, Soaked};
use crate::served::Site;
use crate::soak;

/// Measures the server over real sockets.
#[derive(Debug, Parser)]
#[command(name = "measure", bin_name = "cargo xtask")]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// What each operation costs the server, as multiples of a bare route in the same run
    Bench(BenchArgs),
    /// Whether what is acknowledged survives `kill -9` under load, and whether any answer is wrong while tokens are revoked
    Soak(SoakArgs),
    /// Serve one of the floors until the process is ended
    #[command(hide = true)]
    Floor {
        #[arg(value_enum)]
        stack: Stack,
        address: SocketAddr,
    },
}

#[derive(Debug, Args)]
struct BenchArgs {
    /// The server's binary; by default the one that was built with this one
    #[arg(long, value_name = "FILE")]
    server: Option<PathBuf>,
    /// Connections that ask at once; one table for each number
    #[arg(long, value_name = "N", value_delimiter = ',', default_value = "64")]
    connections: Vec<usize>,
    /// How often every row is asked; what is shown are medians
    #[arg(long, value_name = "N", default_value_t = 5)]
    rounds: usize,
    /// For how long each time, in milliseconds
    #[arg(long, value_name = "MS", default_value_t = 700)]
    slot: u64,
    /// Only rows whose name has this
    #[arg(long, value_name = "TEXT")]
    only: Option<String>,
    /// Instead fill a database with so many tokens, and print what that does to look-up, issue, sweep and start
    #[arg(long, value_name = "N", value_delimiter = ',')]
    tokens: Vec<u64>,
    /// Leave node oidc-provider out
    #[arg(long)]
    without_peer: bool,
    /// How many requests are made in the end while tokens are revoked
    #[arg(long, value_name = "N", default_value_t = 20_000)]
    operations: u64,
    /// Write the figures there as JSON
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Draw them there as SVG
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
}

#[derive(Debug, Args)]
struct SoakArgs {
    /// The server's binary; by default the one that was built with this one
    #[arg(long, value_name = "FILE")]
    server: Option<PathBuf>,
    /// How often the server is killed
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u64).range(1..))]
    cycles: u64,
    /// How many requests are made while tokens are revoked
    #[arg(long, value_name = "N", default_value_t = 10_000_000, value_parser = clap::value_parser!(u64).range(1..))]
    operations: u64,
}

/// What it ends with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// Nothing is wrong, and no gate that was judged is missed.
    Content,
    /// An answer was wrong.
    Wrong,
    /// All answers were right, and a gate is missed.
    Missed,
}

impl End {
    /// The exit code; `cargo xtask` knows them.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::Content => 0,
            Self::Wrong => 1,
            Self::Missed => 5,
        }
    }

    fn of(right: bool) -> Self {
        if right { Self::Content } else { Self::Wrong }
    }
}

/// Does what the command line says.
///
/// # Errors
/// When it cannot be done.
pub fn run(cli: Cli) -> Result<End, Fault> {
    match cli.command {
        Command::Bench(args) => run_bench(args),
        Command::Soak(args) => run_soak(&args).map(End::of),
        Command::Floor { stack, address } => {
            // As the server under test, which has one worker thread.
            let mut runtime = Builder::new_multi_thread();
            let runtime = built(runtime.worker_threads(1))?;
            let served = runtime.block_on(floor::serve(stack, address));
            served
                .map_err(Fault::io("the floor"))
                .map(|()| End::Content)
        }
    }
}

fn run_bench(args: BenchArgs) -> Result<End, Fault> {
    if !args.tokens.is_empty() {
        let mut arguments = vec!["growth".to_owned()];
        arguments.extend(args.tokens.iter().map(u64::to_string));
        if let Some(path) = args.svg {
            arguments.extend(["--svg".to_owned(), path.display().to_string()]);
        }
        return inside(&arguments).map(End::of);
    }
    let plan = Plan {
        server: server(args.server)?,
        folder: folder()?,
        connections: args.connections,
        rounds: args.rounds,
        slot: Duration::from_millis(args.slot),
        only: args.only,
        peer: !args.without_peer,
        operations: args.operations,
    };
    let report = single()?.block_on(bench::run(&plan))?;
    let shown = report::table(&report).map_err(|error| Fault::Answer(error.to_string()))?;
    let written = io::stdout().write_all(shown.as_bytes());
    written.map_err(Fault::io("the table"))?;
    if let Some(path) = args.json {
        put(&path, &format!("{:#}\n", report::json(&report)))?;
    }
    if let Some(path) = args.svg {
        let drawn = report::picture(&report).map_err(|error| Fault::Answer(error.to_string()))?;
        put(&path, &drawn)?;
    }
    let counted = inside(&["counts".to_owned()])?;
    let together = inside(&["together".to_owned()])?;
    let missed = judge(&report)
        .iter()
        .any(|judged| judged.verdict == Verdict::Fail);
    Ok(match (counted && together && report.wrong() == 0, missed) {
        (false, _) => End::Wrong,
        (true, true) => End::Missed,
        (true, false) => End::Content,
    })
}

/// Runs the binary that looks into a server, which is built with this one.
fn inside(arguments: &[String]) -> Result<bool, Fault> {
    let own = std::env::current_exe().map_err(Fault::io("our own binary"))?;
    let status = process::Command::new(own.with_file_name("inside"))
        .args(arguments)
        .status();
    let status = status.map_err(Fault::io("the binary inside"))?;
    Ok(status.success())
}

fn run_soak(args: &SoakArgs) -> Result<bool, Fault> {
    let soaked = single()?.block_on(soaked(args))?;
    let shown = report::soaked(&soaked).map_err(|error| Fault::Answer(error.to_string()))?;
    let written = io::stdout().write_all(shown.as_bytes());
    written.map_err(Fault::io("the report"))?;
    Ok(soaked.is_sound())
}

async fn soaked(args: &SoakArgs) -> Result<Soaked, Fault> {
    let folder = tempfile::tempdir_in(folder()?).map_err(Fault::io("a folder"))?;
    let site = Site::make(
        &server(args.server.clone())?,
        folder.path(),
        &CHEAP_PASSWORDS,
    )?;
    let survived = soak::run(&site, &CHEAP_PASSWORDS, args.cycles).await?;
    let server = site.serve(&CHEAP_PASSWORDS)?;
    let deeds = Deeds::of(&site, server.address.to_string())?;
    let seen = duel::fight(server.address, &deeds, args.operations).await?;
    Ok(Soaked { survived, seen })
}

/// One thread asks: it is on a core of its own.
fn single() -> Result<Runtime, Fault> {
    built(&mut Builder::new_current_thread())
}

fn built(builder: &mut Builder) -> Result<Runtime, Fault> {
    builder
        .enable_all()
        .build()
        .map_err(Fault::io("the runtime"))
}

/// The binary that was named, or the one beside ours.
fn server(named: Option<PathBuf>) -> Result<PathBuf, Fault> {
    if let Some(path) = named {
        return Ok(path);
    }
    let own = std::env::current_exe().map_err(Fault::io("our own binary"))?;
    Ok(own.with_file_name("tessera"))
}

/// Where everything that is made for a measurement is kept.
///
/// # Errors
/// When it cannot be made.
pub fn folder() -> Result<PathBuf, Fault> {
    let folder = PathBuf::from("target/measure");
    std::fs::create_dir_all(&folder).map_err(Fault::io("target/measure"))?;
    folder.canonicalize().map_err(Fault::io("target/measure"))
}

/// Writes a file: a reader sees the old one or the whole new one.
///
/// # Errors
/// The system's.
pub fn put(path: &Path, text: &str) -> Result<(), Fault> {
    let shown = path.display().to_string();
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(Fault::io(&shown))?;
    file.write_all(text.as_bytes()).map_err(Fault::io(&shown))?;
    file.persist(path)
        .map_err(|error| Fault::io(&shown)(error.error))?;
    Ok(())
}
