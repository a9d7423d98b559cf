//! The score: how many mutants of each kind were caught, by which proof, where, and which were not.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::outcome::{Kind, Outcome, Verdict};

/// How the mutants of one kind, or of one operator, ended.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// All of them.
    pub mutants: usize,
    /// Something objected.
    pub caught: usize,
    /// Something objected at the changed place with an expected rule.
    pub on_place: usize,
    /// Nothing objected.
    pub missed: usize,
    /// Shown to mean the same.
    pub equivalent: usize,
    /// Meaning-preserving, and nothing objected.
    pub silent: usize,
    /// Which proof caught how many.
    pub proofs: BTreeMap<String, usize>,
    /// How it was shown that they mean the same, and of how many.
    pub reasons: BTreeMap<String, usize>,
}

impl Tally {
    /// Counts outcomes.
    pub fn of<'a>(outcomes: impl IntoIterator<Item = &'a Outcome>) -> Self {
        let mut tally = Self::default();
        for outcome in outcomes {
            tally.mutants += 1;
            match &outcome.verdict {
                Verdict::Caught {
                    proof, on_place, ..
                } => {
                    tally.caught += 1;
                    tally.on_place += usize::from(*on_place);
                    *tally.proofs.entry(proof.clone()).or_default() += 1;
                }
                Verdict::Missed { .. } => tally.missed += 1,
                Verdict::Equivalent { reason } => {
                    tally.equivalent += 1;
                    *tally.reasons.entry(reason.clone()).or_default() += 1;
                }
                Verdict::Silent => tally.silent += 1,
            }
        }
        tally
    }

    /// Which proof caught how many, in words.
    #[must_use]
    pub fn proofs(&self) -> String {
        let parts: Vec<String> = self
            .proofs
            .iter()
            .map(|(proof, count)| format!("{proof} {count}"))
            .collect();
        parts.join(", ")
    }
}

/// A share of a whole as people write it: never 100 % when something is missing.
#[must_use]
pub fn percent(part: usize, whole: usize) -> String {
    if part == whole {
        return "100 %".to_owned();
    }
    let tenths = part * 1000 / whole.max(1);
    format!("{}.{} %", tenths / 10, tenths % 10)
}

/// The table of one kind, then every mutant that was not caught.
#[must_use]
pub fn human(kind: Kind, outcomes: &[Outcome]) -> String {
    let mut text = String::new();
    let tally = Tally::of(outcomes);
    let _ = writeln!(
        text,
        "{kind}: {} mutants, {} caught, {} missed, {} equivalent, {} silent",
        tally.mutants, tally.caught, tally.missed, tally.equivalent, tally.silent
    );
    if tally.caught > 0 {
        let _ = writeln!(
            text,
            "    on the changed place with an expected rule: {} of {} ({})\n    caught by: {}",
            tally.on_place,
            tally.caught,
            percent(tally.on_place, tally.caught),
            tally.proofs()
        );
    }
    let mut operators: BTreeMap<&str, Vec<&Outcome>> = BTreeMap::new();
    for outcome in outcomes {
        operators
            .entry(&outcome.operator)
            .or_default()
            .push(outcome);
    }
    let width = operators.keys().map(|name| name.len()).max().unwrap_or(0);
    for (operator, outcomes) in operators {
        let tally = Tally::of(outcomes);
        let _ = writeln!(
            text,
            "    {operator:width$} {:5} mutants {:5} caught {:5} on place {:4} missed {:4} equivalent  {}",
            tally.mutants,
            tally.caught,
            tally.on_place,
            tally.missed,
            tally.equivalent,
            tally.proofs()
        );
    }
    for outcome in outcomes {
        if let Verdict::Missed { note } = &outcome.verdict {
            let _ = writeln!(text, "    MISSED {} {note}", outcome.id);
        }
    }
    for (reason, count) in &tally.reasons {
        let _ = writeln!(text, "    equivalent: {count} × {reason}");
    }
    text
}

/// The same for programs, with every outcome.
#[must_use]
pub fn json(kind: Kind, outcomes: &[Outcome]) -> Value {
    let tally = Tally::of(outcomes);
    json!({
        "kind": kind,
        "mutants": tally.mutants,
        "caught": tally.caught,
        "on_place": tally.on_place,
        "missed": tally.missed,
        "equivalent": tally.equivalent,
        "silent": tally.silent,
        "proofs": tally.proofs,
        "reasons": tally.reasons,
        "outcomes": outcomes,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(verdict: Verdict) -> Outcome {
        Outcome {
            id: "drop /a".to_owned(),
            kind: Kind::Document,
            operator: "drop".to_owned(),
            place: "/a".to_owned(),
            verdict,
        }
    }

    #[test]
    fn every_mutant_is_counted_once_and_a_missed_one_is_named() {
        let outcomes = [
            outcome(Verdict::Caught {
                proof: "server".to_owned(),
                rule: "emitted-differs".to_owned(),
                at: "/a".to_owned(),
                on_place: true,
            }),
            outcome(Verdict::Missed {
                note: "nobody looks".to_owned(),
            }),
            outcome(Verdict::Equivalent {
                reason: "same".to_owned(),
            }),
        ];
        let text = human(Kind::Document, &outcomes);
        assert!(
            text.starts_with("document: 3 mutants, 1 caught, 1 missed, 1 equivalent, 0 silent\n")
        );
        assert!(text.contains("MISSED drop /a nobody looks"));
        assert!(text.contains("equivalent: 1 × same"));
        assert_eq!(
            json(Kind::Document, &outcomes)["proofs"],
            json!({"server": 1})
        );
    }

    #[test]
    fn nothing_less_than_all_is_a_hundred_percent() {
        assert_eq!(percent(3, 3), "100 %");
        assert_eq!(percent(9999, 10000), "99.9 %");
    }
}
