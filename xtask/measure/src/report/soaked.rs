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
    /// Whether both have shown something, and nothing is lost or wrong.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.survived.is_sound() && self.seen.duels > 0 && self.seen.wrong() == 0
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
        "killed {} times under load: {} acknowledged, {} shed, {} unanswered, {} looks, {} cycles that show nothing: {} lost, {} accepted after their end, {} answers wrong; slowest start {:.2} s",
        survived.cycles,
        survived.acknowledged,
        survived.shed,
        survived.unanswered,
        survived.looks,
        survived.empty,
        survived.lost,
        survived.accepted,
        survived.wrong,
        survived.longest_start.as_secs_f64()
    )?;
    duels(&mut out, seen)?;
    for line in &survived.shown {
        writeln!(out, "  e.g. {line}")?;
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::Soaked;
    use crate::duel::Seen;
    use crate::soak::Survived;

    fn soaked() -> Soaked {
        Soaked {
            survived: Survived {
                cycles: 1,
                acknowledged: 1,
                looks: 1,
                ..Survived::default()
            },
            seen: Seen {
                duels: 1,
                ..Seen::default()
            },
        }
    }

    #[test]
    fn both_halves_have_to_show_something_right() {
        assert!(soaked().is_sound());
        let mut without_duels = soaked();
        without_duels.seen.duels = 0;
        assert!(!without_duels.is_sound());
        let mut wrong = soaked();
        wrong.seen.wrong.insert("active after its end", 1);
        assert!(!wrong.is_sound());
        let mut empty = soaked();
        empty.survived.empty = 1;
        assert!(!empty.is_sound());
    }
}
