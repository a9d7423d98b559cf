//! What a soak has seen, as text.

use std::fmt::{self, Write};

use super::table::duels;
use crate::duel::Seen;
use crate::soak::Survived;

/// Both halves of a soak.
#[derive(Debug)]
pub struct Soaked {
    /// The server was killed.
    pub survived: Survived,
    /// Tokens were asked for while they were revoked.
    pub seen: Seen,
}

impl Soaked {
    /// Whether nothing is lost and nothing is wrong.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.survived.lost == 0 && self.survived.accepted == 0 && self.seen.wrong() == 0
    }
}

/// The whole as text.
///
/// # Errors
/// Never: texts take everything.
pub fn soaked(soaked: &Soaked) -> Result<String, fmt::Error> {
    let mut out = String::new();
    let Soaked { survived, seen } = soaked;
    writeln!(
        out,
        "killed {} times under load: {} acknowledged, {} unanswered, {} looks: {} lost, {} accepted after their end; slowest start {:.2} s",
        survived.cycles,
        survived.acknowledged,
        survived.unanswered,
        survived.looks,
        survived.lost,
        survived.accepted,
        survived.longest_start.as_secs_f64()
    )?;
    duels(&mut out, seen)?;
    for line in &survived.shown {
        writeln!(out, "  e.g. {line}")?;
    }
    Ok(out)
}
