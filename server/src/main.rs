//! The `tessera` binary: hands the command line to the library and reports its error.

use std::process::ExitCode;

use clap::Parser;
use tessera_server::cli::{self, Cli};

/// It gives large memory back when it is freed. A password check takes 19 MiB, and the system's allocator keeps several of them.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> ExitCode {
    match cli::run(Cli::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("tessera: {error}");
            ExitCode::from(error.exit_code())
        }
    }
}
