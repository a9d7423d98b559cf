//! Drifts of the generated half: each operator is tried on every line, and some of the places it fits are drifts.

mod lines;
mod read;
mod sent;

use lines::Change;

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
