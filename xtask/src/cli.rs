//! The command line: what to do, where, and with which exit code.
//!
//! Everything is written to the writer that is passed in, so that tests can compare transcripts.

use std::ffi::OsString;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::{Parser, Subcommand};

use crate::check::{self, Scope};
use crate::compatible::redocly;
use crate::exit::Exit;
use crate::measure::{self, Build};
use crate::report::{self, Format};
use crate::second_opinion::{self, Extent};
use crate::suite::{self, Demands};
use crate::{explain, fresh, load, mutate, new_dialect, peers, plan, rehearse, watch};

/// Generates server and SDK from the document, and proves that the three stay in sync.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", version)]
pub struct Cli {
    /// The root of the project; by default the nearest folder above that has openapi/document.yaml.
    #[arg(long, global = true, value_name = "FOLDER")]
    pub root: Option<PathBuf>,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Lint the fragments, merge them, and write what is generated from them.
    Generate {
        /// How problems are shown.
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// Prove that what is in the tree is what the document says; exit 0 fresh, 4 stale, 100 wrong.
    Check {
        /// How problems are shown.
        #[arg(long, value_enum, default_value_t)]
        format: Format,
        /// Run also the proofs that start the server and the SDK.
        #[arg(long)]
        full: bool,
        /// Compare with this earlier document, as callers see it: a git revision or a file; by default the last tag v….
        #[arg(long, value_name = "REV|FILE")]
        against: Option<String>,
        /// What the order of the started proofs' cases comes from.
        #[arg(long, value_name = "NUMBER")]
        seed: Option<u64>,
        /// Leave out the proof for which the server has to be built.
        #[arg(long, conflicts_with = "full")]
        without_server: bool,
        /// Check again whenever something that the fast form reads has changed; ends with Ctrl-C.
        #[arg(long, conflicts_with = "full")]
        watch: bool,
        /// Say on stderr how long each proof took.
        #[arg(long)]
        timings: bool,
    },
    /// Write the three places of a new dialect and its two lines, as a skeleton with one operation.
    NewDialect {
        /// Its name, in snake_case: tag, files, and prefix of everything.
        name: String,
    },
    /// Add dialects to a copy of the project by the guide of openapi/, and see that everything knows them.
    Rehearse {
        /// What the second dialect is drawn from.
        #[arg(long, value_name = "NUMBER", default_value_t = 1)]
        seed: u64,
    },
    /// Run everything that has to be green: format, clippy, check, all tests, doc tests.
    Test {
        /// Judge the document with other people's validators too (Python and Node, from their registries).
        #[arg(long)]
        external: bool,
        /// Whatever is missing is a failure, and the external validators are run.
        #[arg(long, env = "CI", value_parser = clap::builder::FalseyValueParser::new())]
        ci: bool,
    },
    /// Change one thing at a time and see who objects: the score of the proofs.
    Mutate(mutate::Options),
    /// Have schemathesis, whom we did not write, judge a running demo (Python, from its registry).
    SecondOpinion {
        /// Examples per operation.
        #[arg(long, value_name = "N", default_value_t = 50)]
        examples: u32,
        /// How many seeds, from 1 on; each has a demo of its own.
        #[arg(long, value_name = "N", default_value_t = 1)]
        seeds: u32,
    },
    /// Set our proofs beside other people's tools, all on the same drifts (Python, Node and Rust, from their registries).
    Peers {
        /// Run these tools again, by their names in the table; by default all.
        tools: Vec<String>,
        /// Drift the server instead, in so many ways.
        #[arg(long, value_name = "N")]
        servers: Option<usize>,
    },
    /// Measure what each operation costs the server, as multiples of a bare route in the same run (`bench --help` tells more).
    #[command(disable_help_flag = true)]
    Bench {
        /// What the package measure is asked to do.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<OsString>,
    },
    /// Kill the server under load, and look for answers that are wrong while tokens are revoked (`soak --help` tells more).
    #[command(disable_help_flag = true)]
    Soak {
        /// What the package measure is asked to do.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<OsString>,
    },
    /// Ask `redocly diff` about every pair of documents that the compatibility rules are tested with (Node, from its registry).
    RedoclyDiff,
    /// Say why a rule exists and what repairs a breach of it; without a rule, list all of them.
    ///
    /// `explain keywords` tells for every keyword of the document what acts upon it.
    Explain {
        /// The name of the rule, as it stands in brackets in a report.
        rule: Option<String>,
    },
}

/// Does what the command line says.
///
/// # Errors
/// Only what the writer says; everything else is written to it and shows in the exit.
pub fn run(cli: &Cli, out: &mut dyn Write) -> io::Result<Exit> {
    run_noting(cli, out, &mut io::sink())
}

/// The same; what differs from run to run, such as how long it took, is written to `notes`.
///
/// # Errors
/// Only what the writers say.
pub fn run_noting(cli: &Cli, out: &mut dyn Write, notes: &mut dyn Write) -> io::Result<Exit> {
    let Some(root) = cli.root.clone().or_else(find_root) else {
        writeln!(out, "no folder above has {}; say --root", load::ROOT)?;
        return Ok(Exit::Wrong);
    };
    match &cli.command {
        Command::Generate { format } => generate(&root, *format, out),
        Command::Check {
            format,
            full,
            against,
            seed,
            without_server,
            watch,
            timings,
        } => {
            let scope = Scope {
                server: !without_server,
                full: *full,
                against: against.clone(),
                seed: *seed,
            };
            let mut once = || {
                let findings = check::check(&root, &scope);
                write!(out, "{}", report::findings(&findings, *format))?;
                write!(notes, "{}", report::times(&findings, *timings))?;
                out.flush()?;
                Ok(Exit::of(&findings.problems(), findings.all_proven))
            };
            if *watch {
                watch::until_stopped(&root, &mut once)
            } else {
                once()
            }
        }
        Command::NewDialect { name } => new_dialect::run(&root, name, out),
        Command::Rehearse { seed } => Ok(if rehearse::run(&root, *seed, out)? {
            Exit::Fresh
        } else {
            Exit::Wrong
        }),
        Command::Test { external, ci } => {
            let demands = Demands {
                external: *external || *ci,
                complete: *ci,
            };
            Ok(if suite::run(&root, demands, out)? {
                Exit::Fresh
            } else {
                Exit::Wrong
            })
        }
        Command::Mutate(options) => Ok(if mutate::run(&root, options, out)? {
            Exit::Fresh
        } else {
            Exit::Wrong
        }),
        Command::SecondOpinion { examples, seeds } => {
            let extent = Extent {
                examples: *examples,
                seeds: *seeds,
            };
            Ok(if second_opinion::run(&root, extent, out)? {
                Exit::Fresh
            } else {
                Exit::Wrong
            })
        }
        Command::Peers { tools, servers } => {
            let done = match servers {
                Some(sample) => peers::run_servers(&root, *sample, out),
                None => peers::run(&root, tools, out),
            };
            if let Err(error) = done {
                writeln!(out, "{error}")?;
                return Ok(Exit::Wrong);
            }
            Ok(Exit::Fresh)
        }
        Command::Bench { arguments } => {
            measure::run(&root, Build::Release, "bench", arguments, out)
        }
        Command::Soak { arguments } => measure::run(&root, Build::Release, "soak", arguments, out),
        Command::RedoclyDiff => Ok(if redocly::run(&root, out)? {
            Exit::Fresh
        } else {
            Exit::Wrong
        }),
        Command::Explain { rule } => explain::explain(rule.as_deref(), out),
    }
}

fn find_root() -> Option<PathBuf> {
    let here = std::env::current_dir().ok()?;
    here.ancestors()
        .find(|folder| folder.join(load::ROOT).is_file())
        .map(Path::to_path_buf)
}

fn generate(root: &Path, format: Format, out: &mut dyn Write) -> io::Result<Exit> {
    let plan = match plan::plan(root) {
        Ok(plan) => plan,
        Err(problems) => {
            write!(out, "{}", report::problems(&problems, format))?;
            if format == Format::Human {
                let plural = if problems.len() == 1 { "" } else { "s" };
                writeln!(out, "{} problem{plural}, nothing written", problems.len())?;
            }
            return Ok(Exit::Wrong);
        }
    };
    match fresh::apply(root, &plan.artefacts) {
        Ok(applied) => {
            for path in &applied.written {
                writeln!(out, "wrote {}", path.display())?;
            }
            for path in &applied.deleted {
                writeln!(out, "deleted {}", path.display())?;
            }
            writeln!(
                out,
                "{} written, {} deleted, {} already fresh",
                applied.written.len(),
                applied.deleted.len(),
                applied.unchanged
            )?;
            Ok(Exit::Fresh)
        }
        Err(error) => {
            writeln!(out, "{error}")?;
            Ok(Exit::Wrong)
        }
    }
}
