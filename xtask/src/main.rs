//! The `xtask` binary: a thin shell around the library.

use std::process::ExitCode;

use clap::Parser as _;
use xtask::cli::{self, Cli};
use xtask::exit::Exit;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let mut out = anstream::stdout().lock();
    match cli::run_noting(&cli, &mut out, &mut anstream::stderr()) {
        Ok(exit) => exit.code().into(),
        // The reader of a pipe has gone; there is nobody left to tell.
        Err(_) => Exit::Wrong.code().into(),
    }
}
