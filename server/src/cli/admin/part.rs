//! Which part of a list is shown.

use clap::Args;

/// The part of a list whose rows have numbers.
#[derive(Clone, Copy, Debug, Args)]
pub(super) struct Part {
    /// Only those after a list that ended so
    #[arg(long, value_name = "N")]
    pub(super) after: Option<i64>,

    #[command(flatten)]
    pub(super) limit: Limit,
}

/// How long it may be.
#[derive(Clone, Copy, Debug, Args)]
pub(super) struct Limit {
    /// At most so many
    #[arg(long = "limit", value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u64).range(1..=10_000))]
    pub(super) rows: u64,
}
