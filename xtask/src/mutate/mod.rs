//! `cargo xtask mutate`: measures the proofs, by changing one thing at a time and seeing who objects.
//!
//! The comparison of bytes (proof 2) is off throughout: it would catch everything and prove nothing.

pub mod bench;
mod catalogue;
pub mod document;
pub mod drift;
mod generator;
pub mod judge;
pub mod ledger;
pub mod operators;
pub mod outcome;
mod regenerated;
mod relation;
pub mod report;
pub mod score;
mod sdk;
pub mod server;
mod silent;
mod splice;
pub mod switched;
mod work;

use std::io::{self, Write};
use std::path::Path;

use crate::problem::Problems;
use crate::report::Format;
use ledger::Ledger;
use outcome::{Kind, Verdict};
use score::{Score, ScoreError};
pub use work::{Bar, parallel, pick};

/// What is asked for.
#[derive(Debug, Clone, clap::Args)]
pub struct Options {
    /// Which kinds of mutants; all of them when none is named.
    #[arg(value_enum, value_name = "KIND")]
    pub kinds: Vec<Kind>,
    /// Only that many mutants of each kind, spread over operators and places.
    #[arg(long, value_name = "N")]
    pub sample: Option<usize>,
    /// Which of the samples.
    #[arg(long, value_name = "S", default_value_t = 1)]
    pub seed: u64,
    /// Forget what an earlier run found.
    #[arg(long)]
    pub fresh: bool,
    /// How many at a time; by default one for each processor.
    #[arg(long, value_name = "N")]
    pub jobs: Option<usize>,
    /// Write the score of these kinds into the committed file and the README; a sample is no score.
    #[arg(long, conflicts_with = "sample")]
    pub record: bool,
    /// How the score is shown; `json` has every single outcome.
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// What every kind of mutant needs.
#[derive(Debug)]
pub struct Context<'a> {
    /// The project.
    pub root: &'a Path,
    /// What is asked for.
    pub options: &'a Options,
}

impl Context<'_> {
    /// How many mutants are looked at at a time.
    #[must_use]
    pub fn jobs(&self) -> usize {
        let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        self.options.jobs.unwrap_or(processors).max(1)
    }

    /// The ledger of a kind, with what an earlier run with the same inputs found.
    ///
    /// `inputs` is a digest of everything an outcome depends on.
    ///
    /// # Errors
    /// When the ledger cannot be read or written.
    pub fn ledger(&self, kind: Kind, inputs: &str) -> Result<Ledger, MutateError> {
        Ok(Ledger::open(self.root, kind, inputs, self.options.fresh)?)
    }
}

/// Why mutants could not be looked at.
#[derive(Debug, thiserror::Error)]
pub enum MutateError {
    /// The ledger, or the copy of the project.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// The project is not fresh, so that a finding would say nothing about a mutant.
    #[error("the unchanged project is not in order; run cargo xtask check")]
    NotInOrder(Problems),
    /// The copy of the project, or what was built of it.
    #[error("{0}")]
    Bench(#[from] bench::BenchError),
    /// What a kind of mutant needs is not there.
    #[error("{0}")]
    Unavailable(String),
}

/// Makes the mutants of the wanted kinds and shows the score; says whether none was missed.
///
/// # Errors
/// Only what the writer says.
pub fn run(root: &Path, options: &Options, out: &mut dyn Write) -> io::Result<bool> {
    let context = Context { root, options };
    let _only = match ledger::hold(root) {
        Ok(held) => held,
        Err(error) => {
            writeln!(out, "{error}")?;
            return Ok(false);
        }
    };
    let all = Kind::ALL.to_vec();
    let kinds = if options.kinds.is_empty() {
        &all
    } else {
        &options.kinds
    };
    let mut complete = true;
    for kind in kinds {
        let ledger = match one(&context, *kind) {
            Ok(ledger) => ledger,
            Err(error) => {
                writeln!(out, "{kind}: {error}")?;
                if let MutateError::NotInOrder(problems) = &error {
                    write!(out, "{}", crate::report::problems(problems, options.format))?;
                }
                complete = false;
                continue;
            }
        };
        let outcomes = ledger.outcomes();
        complete &= !outcomes
            .iter()
            .any(|outcome| matches!(outcome.verdict, Verdict::Missed { .. }));
        match options.format {
            Format::Json => writeln!(out, "{}", report::json(*kind, outcomes))?,
            Format::Human | Format::Github => write!(out, "{}", report::human(*kind, outcomes))?,
        }
        if options.record
            && let Err(error) = record(root, *kind, outcomes)
        {
            writeln!(out, "{kind}: {error}")?;
            complete = false;
        }
    }
    Ok(complete)
}

fn record(root: &Path, kind: Kind, outcomes: &[outcome::Outcome]) -> Result<(), ScoreError> {
    let mut score = Score::read(root)?;
    score.put(kind, outcomes);
    score.write(root)
}

fn one(context: &Context<'_>, kind: Kind) -> Result<Ledger, MutateError> {
    match kind {
        Kind::Document => document::run(context),
        Kind::Generator => generator::run(context),
        Kind::Regenerated => regenerated::run(context),
        Kind::Server => server::run(context),
        Kind::Sdk => sdk::run(context),
        Kind::Silent => silent::run(context),
    }
}
