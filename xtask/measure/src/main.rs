//! The `measure` binary: hands the command line to the library and ends with what it says.

use std::process::ExitCode;

use clap::Parser;
use measure::cli::{self, Cli, End};

fn main() -> ExitCode {
    match cli::run(Cli::parse()) {
        Ok(end) => end.code().into(),
        Err(error) => {
            eprintln!("measure: {error}");
            End::Wrong.code().into()
        }
    }
}
