//! What was measured, as bars: each row's cost in multiples of the floor, with its gate as a line.

use std::fmt::{self, Write};

use crate::bench::Report;
use crate::load::as_float;

const LINE: u64 = 22;
const LEFT: f64 = 260.0;
const WIDTH: f64 = 520.0;

/// The table that is judged, or else the first one without gates, as SVG, on a logarithmic scale up to a hundred floors and more.
///
/// # Errors
/// Never: texts take everything.
pub fn picture(report: &Report) -> Result<String, fmt::Error> {
    let judged = report.judged_table();
    let table = judged.or_else(|| report.tables.first());
    let rows = table.map_or(&[][..], |table| &table.rows);
    let height = LINE * (rows.len() as u64 + 2);
    let mut out = String::new();
    writeln!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"860\" height=\"{height}\" font-family=\"sans-serif\" font-size=\"12\">"
    )?;
    writeln!(
        out,
        "<rect width=\"860\" height=\"{height}\" fill=\"white\"/>"
    )?;
    writeln!(
        out,
        "<text x=\"8\" y=\"14\">{} connections</text>",
        table.map_or(0, |table| table.connections)
    )?;
    for (number, row) in (1_u64..).zip(rows) {
        let top = as_float(number * LINE);
        let (end, text) = (length(row.ratio), top + 13.0);
        writeln!(
            out,
            "<text x=\"8\" y=\"{text}\">{}</text>",
            escaped(row.name)
        )?;
        writeln!(
            out,
            "<rect x=\"{LEFT}\" y=\"{top}\" width=\"{end:.1}\" height=\"16\" fill=\"#4a78b0\"/>"
        )?;
        writeln!(
            out,
            "<text x=\"{:.1}\" y=\"{text}\">{:.2}</text>",
            LEFT + end + 5.0,
            row.ratio
        )?;
        if judged.is_some()
            && let Some(goal) = row.goal
        {
            let at = LEFT + length(goal.gate);
            writeln!(
                out,
                "<line x1=\"{at:.1}\" x2=\"{at:.1}\" y1=\"{:.1}\" y2=\"{:.1}\" stroke=\"#c03030\" stroke-width=\"2\"/>",
                top - 2.0,
                top + 18.0
            )?;
        }
    }
    writeln!(out, "</svg>")?;
    Ok(out)
}

/// How far a bar goes; a tenth of the floor is where all begin.
fn length(ratio: f64) -> f64 {
    ((ratio.max(0.1).log10() + 1.0) / 4.0 * WIDTH).clamp(1.0, WIDTH)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}
