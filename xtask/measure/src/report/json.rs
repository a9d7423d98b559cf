//! What was measured, for machines.

use serde_json::{Value, json};

use super::table::milliseconds;
use crate::bench::{Measured, Report};

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
        "tables": tables.collect::<Vec<_>>(),
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
