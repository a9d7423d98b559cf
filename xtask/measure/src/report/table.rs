//! The table on the terminal.

use std::fmt::{self, Write};

use crate::bench::{JUDGED, Measured, Report};
use crate::duel::Seen;
use crate::judge::{Judged, Verdict, judge};
use crate::load::as_float;

/// The whole as text.
///
/// # Errors
/// Never: texts take everything.
pub fn table(report: &Report) -> Result<String, fmt::Error> {
    let mut out = String::new();
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
            line(
                &mut out,
                row,
                report.can_be_judged() && table.connections == JUDGED,
            )?;
        }
    }
    writeln!(out)?;
    verdicts(&mut out, report)?;
    writeln!(out, "first answer after {:.0} ms", report.start_ms)?;
    duels(&mut out, &report.seen)?;
    writeln!(
        out,
        "µs/req is the server's processor time; the ratio is to the bare poem-openapi route beside it in the same round"
    )?;
    for missing in &report.missing {
        writeln!(out, "NOT MEASURED: {missing}")?;
    }
    let (before, after) = report.load;
    writeln!(out, "load {before:.1} before, {after:.1} after")?;
    Ok(out)
}

/// Every demand by name, with its verdict.
fn verdicts(out: &mut String, report: &Report) -> fmt::Result {
    for Judged { what, verdict } in judge(report) {
        match verdict {
            Verdict::Aim | Verdict::Gate | Verdict::Fail => {
                writeln!(out, "{:4} {what}", verdict.word())?;
            }
            Verdict::NotJudged(why) => writeln!(out, "NOT JUDGED: {what}: {why}")?,
        }
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
            if judged {
                Verdict::at_most(row.ratio, goal.gate, goal.aim).word()
            } else {
                "?"
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
    as_float(row.waited(part)) / 1e6
}
