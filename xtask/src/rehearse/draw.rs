//! The dialects that the rehearsal adds: one that is always the same, and one that a seed draws.

use crate::artefact::digest;

/// What tells one added dialect from another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drawn {
    /// Its name.
    pub dialect: &'static str,
    /// What its clients make; two further spellings follow from it.
    pub thing: &'static str,
    /// Below which path its operations lie.
    pub base: String,
    /// What its tokens and identifiers begin with.
    pub short: &'static str,
    /// How its clients prove themselves.
    pub proof: Proof,
    /// What its refusals look like.
    pub shape: Shape,
}

/// How clients prove themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// HTTP Basic.
    Basic,
    /// Two headers, an id and a secret.
    Pair,
}

/// What refusals look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// A code and a text.
    Flat,
    /// The same, one member deeper.
    Nested,
    /// A number and a text.
    Numbered,
}

impl Proof {
    /// As the templates call it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Basic => "basic",
            Self::Pair => "pair",
        }
    }
}

impl Shape {
    /// As the templates call it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Flat => "flat",
            Self::Nested => "nested",
            Self::Numbered => "numbered",
        }
    }
}

/// Name, what is made, and what identifiers begin with. No dialect of the project has such a name.
const NAMES: [(&str, &str, &str); 8] = [
    ("rehearsed_harbour_gate", "berth", "hg"),
    ("rehearsed_lodge", "stay", "lo"),
    ("rehearsed_library_card", "loan", "lc"),
    ("rehearsed_ferry", "crossing", "fe"),
    ("rehearsed_allotment", "plot", "al"),
    ("rehearsed_night_bus", "ride", "nb"),
    ("rehearsed_museum", "visit", "mu"),
    ("rehearsed_lift_pass", "day", "lp"),
];

impl Drawn {
    /// The dialect of every rehearsal.
    #[must_use]
    pub fn settled() -> Self {
        Self {
            dialect: "rehearsed_turnstile",
            thing: "ticket",
            base: "/rehearsed/turnstile".to_owned(),
            short: "tu",
            proof: Proof::Basic,
            shape: Shape::Flat,
        }
    }

    /// The dialect that a seed draws. The same seed draws the same one.
    #[must_use]
    pub fn by_seed(seed: u64) -> Self {
        let choose = |what: &str, from: usize| {
            let drawn = digest(&format!("{seed} {what}"));
            let number = drawn
                .get(..8)
                .and_then(|hex| usize::from_str_radix(hex, 16).ok());
            number
                .unwrap_or_default()
                .checked_rem(from)
                .unwrap_or_default()
        };
        let (dialect, thing, short) = NAMES
            .get(choose("name", NAMES.len()))
            .copied()
            .unwrap_or(NAMES[0]);
        let stem = dialect.replace('_', "-");
        let base = match choose("depth", 3) {
            0 => format!("/{stem}"),
            1 => format!("/{stem}/v{}", choose("version", 9) + 1),
            _ => format!("/api/{stem}/v{}", choose("version", 9) + 1),
        };
        Self {
            dialect,
            thing,
            base,
            short,
            proof: [Proof::Basic, Proof::Pair][choose("proof", 2)],
            shape: [Shape::Flat, Shape::Nested, Shape::Numbered][choose("shape", 3)],
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn seeds_draw_everything_and_each_the_same_again() {
        let drawn: Vec<Drawn> = (0..200).map(Drawn::by_seed).collect();
        let again: Vec<Drawn> = (0..200).map(Drawn::by_seed).collect();
        assert_eq!(drawn, again);
        let names: BTreeSet<&str> = drawn.iter().map(|one| one.dialect).collect();
        assert_eq!(names.len(), NAMES.len());
        let depths: BTreeSet<usize> = drawn
            .iter()
            .map(|one| one.base.matches('/').count())
            .collect();
        assert_eq!(depths, BTreeSet::from([1, 2, 3]));
        for proof in [Proof::Basic, Proof::Pair] {
            for shape in [Shape::Flat, Shape::Nested, Shape::Numbered] {
                assert!(
                    drawn
                        .iter()
                        .any(|one| (one.proof, one.shape) == (proof, shape))
                );
            }
        }
    }
}
