//! The `inside` binary: a server in this process, asked without sockets, with everything counted that it does.

mod asked;
mod counts;
mod growth;
mod together;

use std::alloc::System;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use measure::fault::Fault;
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// Looks into a server.
#[derive(Debug, Parser)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Statements, transactions, signatures and allocations of each operation
    Counts,
    /// What many issues cost in a transaction each, and in one for many
    Together,
    /// What so many tokens in the database do to look-up, issue, sweep and start
    Growth {
        /// How many; one line each
        #[arg(required = true)]
        tokens: Vec<u64>,
        /// Draw them there as SVG
        #[arg(long, value_name = "FILE")]
        svg: Option<std::path::PathBuf>,
    },
}

fn main() -> ExitCode {
    match run(Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            eprintln!("inside: {fault}");
            ExitCode::FAILURE
        }
    }
}

fn run(cli: Cli) -> Result<(), Fault> {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_all().build();
    let runtime = runtime.map_err(Fault::io("the runtime"))?;
    match cli.command {
        Command::Counts => runtime.block_on(counts::print(ALLOCATOR)),
        Command::Together => runtime.block_on(together::print()),
        Command::Growth { tokens, svg } => runtime.block_on(growth::print(&tokens, svg.as_deref())),
    }
}
