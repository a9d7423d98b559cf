//! The table on the terminal.

use std::fmt::{self, Write};

use crate::bench::{HIGHEST_LOAD, Measured, Report};
use crate::duel::Seen;
use crate::load::as_float;

/// Our row, theirs, and how many times cheaper ours has to be and better is.
const BESIDE: [(&str, &str, u32, u32); 2] = [
    ("introspection, warm", "oidc-provider introspection", 8, 12),
    ("auth-api short (EdDSA)", "oidc-provider EdDSA issue", 4, 8),
];

/// The whole as text.
///
/// # Errors
/// Never: texts take everything.
pub fn table(report: &Report) -> Result<String, fmt::Error> {
    let mut out = String::new();
    let judged = report.can_be_judged();
    for table in &report.tables {
        writeln!(out, "\n{} connections", table.connections)?;
        writeln!(
            out,
            "{:36} {:>9} {:>7} {:>6} {:>6} {:>6}  {:4} {:>9} {:>8} {:>8} {:>8} {:>6}",
            "",
            "µs/req",
            "ratio",
            "was",
            "gate",
            "aim",
            "",
            "req/s",
            "p50 ms",
            "p99",
            "p99.9",
            "wrong"
        )?;
        for row in &table.rows {
            line(&mut out, row, judged)?;
        }
    }
    writeln!(out)?;
    let (idle, loaded) = report.resident;
    writeln!(
        out,
        "memory: {idle:.1} MiB before the first request, {loaded:.1} MiB after the first table without passwords (gate 80, aim 60); first answer after {:.0} ms",
        report.start_ms
    )?;
    peer(&mut out, report)?;
    duels(&mut out, &report.seen)?;
    writeln!(
        out,
        "µs/req is the server's processor time; the ratio is to the bare poem-openapi route beside it in the same round"
    )?;
    for missing in &report.missing {
        writeln!(out, "NOT MEASURED: {missing}")?;
    }
    let (before, after) = report.load;
    if judged {
        writeln!(out, "load {before:.1} before, {after:.1} after")?;
    } else {
        writeln!(
            out,
            "NOT JUDGED: load {before:.1} before, {after:.1} after, and nothing is judged above {HIGHEST_LOAD}"
        )?;
    }
    Ok(out)
}

/// What the issue demands beside the peer.
fn peer(out: &mut String, report: &Report) -> fmt::Result {
    for (ours, theirs, gate, aim) in BESIDE {
        let (Some(ours), Some(theirs)) = (report.row(ours), report.row(theirs)) else {
            continue;
        };
        writeln!(
            out,
            "{}: {:.1} times cheaper than {} (gate {gate}, aim {aim}); p99 {:.1} ms beside {:.1} ms (gate a tenth)",
            ours.name,
            theirs.cost / ours.cost,
            theirs.name,
            milliseconds(ours, 0.99),
            milliseconds(theirs, 0.99)
        )?;
    }
    Ok(())
}

/// Requests while tokens are revoked.
pub(super) fn duels(out: &mut String, seen: &Seen) -> fmt::Result {
    let seconds = seen.took.as_secs_f64();
    writeln!(
        out,
        "{} requests in {} duels, {} of them while a revocation was on its way: {} wrong answers; {:.0} a second, {seconds:.1} s",
        seen.operations,
        seen.duels,
        seen.in_flight,
        seen.wrong(),
        as_float(seen.operations) / seconds.max(1e-9)
    )?;
    for (what, count) in &seen.wrong {
        writeln!(out, "  {count} {what}")?;
    }
    for line in &seen.shown {
        writeln!(out, "  e.g. {line}")?;
    }
    Ok(())
}

fn line(out: &mut String, row: &Measured, judged: bool) -> fmt::Result {
    let (was, gate, aim, verdict) = match row.goal {
        None => (String::new(), String::new(), String::new(), ""),
        Some(goal) => (
            goal.was.to_string(),
            goal.gate.to_string(),
            goal.aim.to_string(),
            match () {
                () if !judged => "?",
                () if row.ratio <= goal.aim => "aim",
                () if row.ratio <= goal.gate => "gate",
                () => "FAIL",
            },
        ),
    };
    writeln!(
        out,
        "{:36} {:>9.1} {:>7.2} {was:>6} {gate:>6} {aim:>6}  {verdict:4} {:>9.0} {:>8.2} {:>8.2} {:>8.2} {:>6}",
        row.name,
        row.cost,
        row.ratio,
        row.rate,
        milliseconds(row, 0.5),
        milliseconds(row, 0.99),
        milliseconds(row, 0.999),
        row.wrong
    )?;
    if let Some(shown) = &row.shown {
        writeln!(out, "    wrong: {shown}")?;
    }
    Ok(())
}

/// The wait that so large a part of all requests did not exceed.
pub(super) fn milliseconds(row: &Measured, part: f64) -> f64 {
    as_float(row.waits.value_at_quantile(part)) / 1e6
}
