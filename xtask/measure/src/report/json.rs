//! What was measured, for machines.

use serde_json::{Value, json};

use super::table::milliseconds;
use crate::bench::{Measured, Report};
use crate::duel::Seen;
use crate::judge::{Judged, Verdict, judge};

/// The whole as JSON.
#[must_use]
pub fn json(report: &Report) -> Value {
    let tables = report.tables.iter().map(|table| {
        let rows: Vec<Value> = table.rows.iter().map(row).collect();
        json!({ "connections": table.connections, "rows": rows })
    });
    json!({
        "load_before": report.load.0,
        "load_after": report.load.1,
        "judged": report.can_be_judged(),
        "start_ms": report.start_ms,
        "idle_mib": report.resident.0,
        "loaded_mib": report.resident.1,
        "missing": report.missing,
        "verdicts": judge(report).iter().map(verdict).collect::<Vec<_>>(),
        "duels": duels(&report.seen),
        "tables": tables.collect::<Vec<_>>(),
    })
}

fn verdict(judged: &Judged) -> Value {
    let why = match &judged.verdict {
        Verdict::NotJudged(why) => Some(why),
        Verdict::Aim | Verdict::Gate | Verdict::Fail => None,
    };
    json!({ "what": judged.what, "verdict": judged.verdict.word(), "not_judged": why })
}

fn duels(seen: &Seen) -> Value {
    json!({
        "duels": seen.duels,
        "operations": seen.operations,
        "in_flight": seen.in_flight,
        "wrong": seen.wrong(),
        "wrong_by_kind": seen.wrong,
        "seconds": seen.took.as_secs_f64(),
    })
}

fn row(row: &Measured) -> Value {
    json!({
        "name": row.name,
        "processor_us": row.cost,
        "ratio": row.ratio,
        "was": row.goal.map(|goal| goal.was),
        "gate": row.goal.map(|goal| goal.gate),
        "aim": row.goal.map(|goal| goal.aim),
        "per_second": row.rate,
        "p50_ms": milliseconds(row, 0.5),
        "p99_ms": milliseconds(row, 0.99),
        "p999_ms": milliseconds(row, 0.999),
        "answered": row.answered,
        "wrong": row.wrong,
    })
}
