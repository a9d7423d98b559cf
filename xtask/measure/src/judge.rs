//! What the issue demands of the figures, and whether they meet it. Every demand has a verdict, be it that nothing can be said.

use crate::bench::{HIGHEST_LOAD, JUDGED, Report, Table};

/// Our row, theirs, and how many times cheaper ours has to be and better is.
const BESIDE: [(&str, &str, f64, f64); 2] = [
    (
        "introspection, warm",
        "oidc-provider introspection",
        8.0,
        12.0,
    ),
    (
        "auth-api short (EdDSA)",
        "oidc-provider EdDSA issue",
        4.0,
        8.0,
    ),
];
/// So many times shorter our 99th percentile has to be than theirs.
const SHORTER: u64 = 10;
/// Memory in MiB before the first request: at most.
const IDLE_MIB: f64 = 40.0;
/// Memory in MiB after the table: at most, and better.
const LOADED_MIB: (f64, f64) = (80.0, 60.0);

/// Whether a figure is as demanded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// As good as hoped for.
    Aim,
    /// Good enough.
    Gate,
    /// Not good enough.
    Fail,
    /// Nothing can be said, for this reason.
    NotJudged(String),
}

impl Verdict {
    /// Of a figure that has to be small.
    #[must_use]
    pub fn at_most(figure: f64, gate: f64, aim: f64) -> Self {
        if figure <= aim {
            Self::Aim
        } else if figure <= gate {
            Self::Gate
        } else {
            Self::Fail
        }
    }

    /// For people.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Aim => "aim",
            Self::Gate => "gate",
            Self::Fail => "FAIL",
            Self::NotJudged(_) => "?",
        }
    }
}

/// One demand.
#[derive(Debug)]
pub struct Judged {
    /// What is demanded of what, with its figure where there is one.
    pub what: String,
    /// Whether it is met.
    pub verdict: Verdict,
}

/// Every demand on a report.
#[must_use]
pub fn judge(report: &Report) -> Vec<Judged> {
    let (before, after) = report.load;
    let mut all = demands(report);
    if !report.can_be_judged() {
        let why = format!(
            "load {before:.1} before, {after:.1} after, and nothing is judged above {HIGHEST_LOAD}"
        );
        for judged in &mut all {
            judged.verdict = Verdict::NotJudged(why.clone());
        }
    }
    all
}

fn demands(report: &Report) -> Vec<Judged> {
    let table = report.judged_table();
    let mut all = rows(report, table);
    for (ours, theirs, gate, aim) in BESIDE {
        let pair = table.and_then(|table| Some((table.row(ours)?, table.row(theirs)?)));
        let Some((our, their)) = pair else {
            all.push(unknown(format!("{ours} beside {theirs}")));
            continue;
        };
        // What has to be large is small the other way round.
        let cheaper = their.cost / our.cost;
        all.push(Judged {
            what: format!(
                "{ours}: {cheaper:.1} times cheaper than {theirs} (gate {gate}, aim {aim})"
            ),
            verdict: Verdict::at_most(-cheaper, -gate, -aim),
        });
        let (our, their) = (our.waited(0.99), their.waited(0.99));
        let short = our.saturating_mul(SHORTER) <= their;
        all.push(Judged {
            what: format!(
                "{ours}: p99 {} µs beside {} µs of {theirs} (gate a tenth)",
                our / 1000,
                their / 1000
            ),
            verdict: if short { Verdict::Gate } else { Verdict::Fail },
        });
    }
    let (idle, loaded) = report.resident;
    all.push(Judged {
        what: format!("memory before the first request: {idle:.1} MiB (gate {IDLE_MIB})"),
        verdict: Verdict::at_most(idle, IDLE_MIB, IDLE_MIB),
    });
    let (gate, aim) = LOADED_MIB;
    all.push(match loaded {
        None => unknown("memory under load".to_owned()),
        Some(loaded) => Judged {
            what: format!("memory under load: {loaded:.1} MiB (gate {gate}, aim {aim})"),
            verdict: Verdict::at_most(loaded, gate, aim),
        },
    });
    all
}

/// Rows with a goal, of whatever table; judged are those of one.
fn rows(report: &Report, judged: Option<&Table>) -> Vec<Judged> {
    let Some(shown) = judged.or_else(|| report.tables.first()) else {
        return Vec::new();
    };
    let demanded = shown.rows.iter().filter_map(|row| Some((row, row.goal?)));
    demanded
        .map(|(row, goal)| match judged {
            None => unknown(row.name.to_owned()),
            Some(_) => Judged {
                what: format!(
                    "{}: {:.2} floors (gate {}, aim {})",
                    row.name, row.ratio, goal.gate, goal.aim
                ),
                verdict: Verdict::at_most(row.ratio, goal.gate, goal.aim),
            },
        })
        .collect()
}

fn unknown(what: String) -> Judged {
    Judged {
        what,
        verdict: Verdict::NotJudged(format!("not measured with {JUDGED} connections")),
    }
}

#[cfg(test)]
mod tests {
    use super::{Judged, Verdict, judge};
    use crate::bench::{Measured, Report, Table};
    use crate::duel::Seen;
    use crate::feed::Goal;
    use crate::load;

    fn row(name: &'static str, ratio: f64, wait: u64) -> Measured {
        let mut waits = load::waits().expect("bounds");
        waits.record(wait).expect("a wait");
        Measured {
            name,
            goal: name.starts_with("introspection").then_some(Goal {
                was: 9.0,
                gate: 2.0,
                aim: 1.0,
            }),
            cost: ratio * 10.0,
            ratio,
            rate: 1.0,
            waits,
            answered: 1,
            wrong: 0,
            shown: None,
        }
    }

    fn table(connections: usize, ratio: f64) -> Table {
        let ours = row("introspection, warm", ratio, 1_000_000);
        let theirs = row("oidc-provider introspection", 16.0, 20_000_000);
        Table {
            connections,
            rows: vec![ours, theirs],
        }
    }

    fn report(tables: Vec<Table>) -> Report {
        Report {
            load: (1.0, 1.0),
            tables,
            seen: Seen::default(),
            resident: (20.0, Some(70.0)),
            start_ms: 1.0,
            missing: Vec::new(),
        }
    }

    fn words(report: &Report) -> Vec<(String, &'static str)> {
        let short = |judged: Judged| {
            let name = judged.what.split(':').next().unwrap_or_default().to_owned();
            (name, judged.verdict.word())
        };
        judge(report).into_iter().map(short).collect()
    }

    fn introspection(report: &Report) -> Vec<&'static str> {
        let words = words(report).into_iter();
        words
            .filter(|(name, _)| name.starts_with("introspection"))
            .map(|(_, word)| word)
            .collect()
    }

    #[test]
    fn only_the_table_of_64_connections_is_judged() {
        let good_and_bad = report(vec![table(1, 1.0), table(64, 3.0)]);
        assert_eq!(introspection(&good_and_bad), ["FAIL", "FAIL", "gate"]);
        let bad_and_good = report(vec![table(1, 3.0), table(64, 1.5)]);
        assert_eq!(introspection(&bad_and_good), ["gate", "gate", "gate"]);
        let best = report(vec![table(64, 1.0), table(256, 50.0)]);
        assert_eq!(introspection(&best), ["aim", "aim", "gate"]);
    }

    #[test]
    fn what_is_not_measured_is_named() {
        let mut without = report(vec![table(1, 1.0)]);
        without.resident.1 = None;
        assert_eq!(introspection(&without), ["?", "?"]);
        assert!(words(&without).contains(&("memory under load".to_owned(), "?")));
        let without_peer = report(vec![table(64, 1.0)]);
        let eddsa = "auth-api short (EdDSA) beside oidc-provider EdDSA issue".to_owned();
        assert!(words(&without_peer).contains(&(eddsa, "?")));
    }

    #[test]
    fn nothing_is_judged_under_load() {
        let mut loaded = report(vec![table(64, 99.0)]);
        loaded.load.1 = 3.1;
        assert!(words(&loaded).iter().all(|(_, word)| *word == "?"));
    }

    #[test]
    fn a_figure_that_is_none_fails() {
        assert_eq!(Verdict::at_most(f64::NAN, 2.0, 1.0), Verdict::Fail);
        let mut fat = report(vec![table(64, 1.0)]);
        fat.resident = (41.0, Some(81.0));
        let fails = words(&fat)
            .into_iter()
            .filter(|(_, word)| *word == "FAIL")
            .count();
        assert_eq!(fails, 2);
    }
}
