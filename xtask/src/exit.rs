//! What the process ends with.

use crate::problem::{Problems, Verdict};

/// What the process ends with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// All is as it should be.
    Fresh,
    /// Something has to be generated again.
    Stale,
    /// Everything is right, and a figure misses its gate.
    Missed,
    /// Something has to be decided.
    Wrong,
}

impl Exit {
    /// The exit code.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::Fresh => 0,
            Self::Stale => 4,
            Self::Missed => 5,
            Self::Wrong => 100,
        }
    }

    /// What a list of findings amounts to, where everything has to be proven or where it need not be.
    #[must_use]
    pub fn of(problems: &Problems, all_proven: bool) -> Self {
        match problems.verdict() {
            Some(Verdict::NotProven) if all_proven => Self::Wrong,
            None | Some(Verdict::NotProven) => Self::Fresh,
            Some(Verdict::Stale) => Self::Stale,
            Some(Verdict::Wrong) => Self::Wrong,
        }
    }
}
