//! `tessera copy`: moves everything from one database into another, and shows how far it is.

use std::{
    io::{self, Write as _},
    time::Duration,
};

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};

use super::{
    CliError,
    database::{Located, Named},
};
use crate::{
    serve::Ports,
    storage::{Progress, copy},
};

/// Between two pictures of the bar.
const TICK: Duration = Duration::from_millis(100);

const BAR: &str =
    "{spinner} {msg:30} {wide_bar} {percent:>3} %  {elapsed_precise}, {eta_precise} left";

/// What is copied.
#[derive(Debug)]
pub(super) struct From;

impl Named for From {
    const URL: &'static str = "from";
    const URL_TWIN: &'static str = "TESSERA_COPY_FROM";
    const HELP: &'static str = "What is copied: sqlite://PATH, or postgres://USER@HOST/NAME";
    const FILE: &'static str = "from-file";
    const FILE_TWIN: &'static str = "TESSERA_COPY_FROM_FILE";
}

/// What it is copied into.
#[derive(Debug)]
pub(super) struct To;

impl Named for To {
    const URL: &'static str = "to";
    const URL_TWIN: &'static str = "TESSERA_COPY_TO";
    const HELP: &'static str =
        "What it is copied into: a file that is not there yet, or an empty database on a server";
    const FILE: &'static str = "to-file";
    const FILE_TWIN: &'static str = "TESSERA_COPY_TO_FILE";
}

#[derive(Debug, Args)]
pub(super) struct CopyArgs {
    #[command(flatten)]
    from: Located<From>,

    #[command(flatten)]
    to: Located<To>,
}

/// Copies, and prints one line in the end. A terminal sees how far it is.
pub(super) async fn run(args: CopyArgs) -> Result<(), CliError> {
    let from = args.from.url_or_refused()?;
    let to = args.to.url_or_refused()?;
    // Hidden by itself where there is no terminal.
    let bar = ProgressBar::new(0).with_style(style());
    bar.enable_steady_tick(TICK);
    let shown = |progress: Progress<'_>| match progress {
        Progress::Steps(steps) => bar.set_length(steps),
        Progress::Table(deed, table) => bar.set_message(format!("{deed} {table}")),
        Progress::Made(steps) => bar.inc(steps),
    };
    let now_ms = Ports::system().clock.now_ms();
    let copied = copy(&from, &to, now_ms, &shown).await;
    bar.finish_and_clear();
    let copied = copied?;
    Ok(writeln!(
        io::stdout(),
        "copied {} rows of {} tables from {from} to {to}; counts and hashes of all tables are the same",
        copied.rows,
        copied.tables,
    )?)
}

fn style() -> ProgressStyle {
    ProgressStyle::with_template(BAR).unwrap_or_else(|_| ProgressStyle::default_bar())
}
