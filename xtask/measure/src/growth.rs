//! What many tokens do to a server, as a table and as a picture.

use std::fmt::{self, Write};

use crate::load::as_float;

/// What was measured with one number of tokens.
#[derive(Debug)]
pub struct Grown {
    /// Rows of tokens.
    pub tokens: u64,
    /// Bytes of the database file for each, indexes included.
    pub bytes_each: f64,
    /// The first question for a token after a start, in microseconds.
    pub look_up_us: f64,
    /// One issue, in microseconds.
    pub issue_us: f64,
    /// One sweep, in milliseconds.
    pub sweep_ms: f64,
    /// How many rows it took away.
    pub swept: u64,
    /// Until a server is ready, in milliseconds.
    pub start_ms: f64,
}

/// As text.
///
/// # Errors
/// Never: texts take everything.
pub fn table(all: &[Grown]) -> Result<String, fmt::Error> {
    let mut out = String::new();
    writeln!(
        out,
        "{:>10} {:>9} {:>12} {:>9} {:>9} {:>9} {:>9}",
        "tokens", "B/token", "look-up µs", "issue µs", "sweep ms", "swept", "start ms"
    )?;
    for one in all {
        writeln!(
            out,
            "{:>10} {:>9.1} {:>12.0} {:>9.0} {:>9.1} {:>9} {:>9.1}",
            one.tokens,
            one.bytes_each,
            one.look_up_us,
            one.issue_us,
            one.sweep_ms,
            one.swept,
            one.start_ms
        )?;
    }
    writeln!(
        out,
        "look-up: the first question for a token after a start, whole request without a socket; issue and sweep the same way"
    )?;
    Ok(out)
}

/// One figure of a line.
type Figure = fn(&Grown) -> f64;

const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 320.0;
const EDGE: f64 = 60.0;

/// As lines over the number of tokens, both axes logarithmic.
///
/// # Errors
/// Never: texts take everything.
pub fn picture(all: &[Grown]) -> Result<String, fmt::Error> {
    let mut out = String::new();
    writeln!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}\" height=\"{HEIGHT}\" font-family=\"sans-serif\" font-size=\"12\">\n\
         <rect width=\"{WIDTH}\" height=\"{HEIGHT}\" fill=\"white\"/>"
    )?;
    let lines: [(&str, &str, Figure); 4] = [
        ("look-up", "#4a78b0", |one| one.look_up_us),
        ("issue", "#508040", |one| one.issue_us),
        ("sweep of a row", "#c03030", |one| {
            one.sweep_ms * 1e3 / as_float(one.swept.max(1))
        }),
        ("start", "#806020", |one| one.start_ms * 1e3),
    ];
    for (name, colour, of) in lines {
        let points: Vec<(f64, f64)> = all
            .iter()
            .map(|one| (across(as_float(one.tokens)), down(of(one))))
            .collect();
        let path: Vec<String> = points
            .iter()
            .map(|(x, y)| format!("{x:.1},{y:.1}"))
            .collect();
        writeln!(
            out,
            "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"/>",
            path.join(" ")
        )?;
        if let Some((x, y)) = points.last() {
            writeln!(
                out,
                "<text x=\"{:.1}\" y=\"{y:.1}\" fill=\"{colour}\">{name}</text>",
                x + 4.0
            )?;
        }
    }
    for one in all {
        writeln!(
            out,
            "<text x=\"{:.1}\" y=\"{:.1}\">{}</text>",
            across(as_float(one.tokens)) - 10.0,
            HEIGHT - 20.0,
            one.tokens
        )?;
    }
    writeln!(
        out,
        "<text x=\"8\" y=\"16\">microseconds, 1 at the bottom, a million at the top</text>\n</svg>"
    )?;
    Ok(out)
}

/// From a hundred to ten million and a margin.
fn across(tokens: f64) -> f64 {
    EDGE + (tokens.max(100.0).log10() - 2.0) / 5.0 * (WIDTH - 3.0 * EDGE)
}

/// From a microsecond to a second.
fn down(microseconds: f64) -> f64 {
    HEIGHT - EDGE / 1.5 - microseconds.max(1.0).log10() / 6.0 * (HEIGHT - EDGE - 20.0)
}
