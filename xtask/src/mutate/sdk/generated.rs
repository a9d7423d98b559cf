//! Drifts of the generated half: each operator is tried on every line, and some of the places it fits are drifts.

mod read;
mod sent;

/// One drift of the generated text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Drift {
    /// What is done.
    pub operator: &'static str,
    /// The first line that is changed, from 1.
    pub line: usize,
    /// How many lines are replaced.
    pub lines: usize,
    /// What stands there instead.
    pub replacement: String,
}

impl Drift {
    /// Its name, unique among all.
    pub fn id(&self) -> String {
        format!("{} generated.rs:{}", self.operator, self.line)
    }

    /// The text with the drift in it.
    pub fn apply(&self, text: &str) -> String {
        let mut changed = String::with_capacity(text.len() + self.replacement.len());
        for (index, line) in text.split_inclusive('\n').enumerate() {
            if index + 1 == self.line {
                changed.push_str(&self.replacement);
                changed.push('\n');
            }
            if index + 1 < self.line || index + 1 >= self.line + self.lines {
                changed.push_str(line);
            }
        }
        changed
    }
}

/// A change of one line: the lines it replaces and what it puts there.
type Change = fn(&[&str]) -> Option<(usize, String)>;

fn swap(line: &str, from: &str, to: &str) -> Option<(usize, String)> {
    line.contains(from).then(|| (1, line.replacen(from, to, 1)))
}

fn gone(lines: &[&str], starts: &str) -> Option<(usize, String)> {
    lines
        .first()?
        .trim_start()
        .starts_with(starts)
        .then(|| (1, String::new()))
}

/// The text between `from` and the next `to`.
fn within<'a>(line: &'a str, from: &str, to: &str) -> Option<&'a str> {
    let (_, rest) = line.split_once(from)?;
    rest.split_once(to).map(|(inner, _)| inner)
}

/// A match arm that begins here: its lines, up to the brace or comma that ends it.
fn arm(lines: &[&str]) -> Option<(usize, String)> {
    let first = lines.first()?;
    let status = first.trim_start().split_once("u16 =>")?.0;
    status.parse::<u16>().ok()?;
    if first.trim_end().ends_with(',') {
        return Some((1, (*first).to_owned()));
    }
    let indent = first.len() - first.trim_start().len();
    let end = format!("{}}}", " ".repeat(indent));
    let count = lines.iter().position(|line| *line == end)? + 1;
    Some((count, lines.get(..count)?.join("\n")))
}

fn is_field(line: &str) -> bool {
    let line = line.trim_start();
    line.starts_with("pub ") && line.contains(": ") && line.ends_with(',') && !line.contains('(')
}

/// Every operator, with its name.
fn operators() -> impl Iterator<Item = &'static (&'static str, Change)> {
    sent::OPERATORS.iter().chain(read::OPERATORS)
}

/// At how many places an operator is tried, spread over all that it fits.
const PLACES: usize = 12;

/// The drifts of `text`.
pub(super) fn drifts(text: &str) -> Vec<Drift> {
    let lines: Vec<&str> = text.lines().collect();
    let mut drifts: Vec<Drift> = Vec::new();
    for (operator, change) in operators() {
        let fits = |index: usize| {
            let (lines, replacement) = change(&lines[index..])?;
            Some(Drift {
                operator,
                line: index + 1,
                lines,
                replacement,
            })
        };
        let code = |index: &usize| !lines[*index].trim_start().starts_with("//");
        let all: Vec<Drift> = (0..lines.len()).filter(code).filter_map(fits).collect();
        let step = all.len().div_ceil(PLACES).max(1);
        drifts.extend(all.into_iter().step_by(step));
    }
    // An operator with two forms may fit a line twice.
    drifts.sort_by_key(Drift::id);
    drifts.dedup_by_key(|drift| drift.id());
    drifts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operator_finds_a_place_in_the_committed_sdk() {
        let path = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../client-sdk/src/generated.rs"
        );
        let text = std::fs::read_to_string(path).expect("the SDK is committed");
        let drifts = drifts(&text);
        for (operator, _) in operators() {
            assert!(
                drifts.iter().any(|drift| drift.operator == *operator),
                "{operator}"
            );
        }
        let unchanged: Vec<String> = drifts
            .iter()
            .filter(|drift| drift.apply(&text) == text)
            .map(Drift::id)
            .collect();
        assert_eq!(unchanged, Vec::<String>::new());
    }
}
