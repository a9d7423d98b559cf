//! How an operator looks at lines of the generated text, and what it can put in their place.

/// A change of one line: the lines it replaces and what it puts there.
pub(super) type Change = fn(&[&str]) -> Option<(usize, String)>;

/// The line with `to` in place of the first `from`.
pub(super) fn swap(line: &str, from: &str, to: &str) -> Option<(usize, String)> {
    line.contains(from).then(|| (1, line.replacen(from, to, 1)))
}

/// No line in place of one that starts so.
pub(super) fn gone(lines: &[&str], starts: &str) -> Option<(usize, String)> {
    lines
        .first()?
        .trim_start()
        .starts_with(starts)
        .then(|| (1, String::new()))
}

/// The text between `from` and the next `to`.
pub(super) fn within<'a>(line: &'a str, from: &str, to: &str) -> Option<&'a str> {
    let (_, rest) = line.split_once(from)?;
    rest.split_once(to).map(|(inner, _)| inner)
}

/// A match arm that begins here: its lines, up to the brace or comma that ends it.
pub(super) fn arm(lines: &[&str]) -> Option<(usize, String)> {
    let first = lines.first()?;
    let statuses = first.trim_start().split_once("u16 =>")?.0;
    let is_status = |status: &str| status.trim_end_matches("u16").parse::<u16>().is_ok();
    statuses.split(" | ").all(is_status).then_some(())?;
    if first.trim_end().ends_with(',') {
        return Some((1, (*first).to_owned()));
    }
    let indent = first.len() - first.trim_start().len();
    let end = format!("{}}}", " ".repeat(indent));
    let count = lines.iter().position(|line| *line == end)? + 1;
    Some((count, lines.get(..count)?.join("\n")))
}

/// Whether a line is a field of a struct.
pub(super) fn is_field(line: &str) -> bool {
    let line = line.trim_start();
    line.starts_with("pub ") && line.contains(": ") && line.ends_with(',') && !line.contains('(')
}
