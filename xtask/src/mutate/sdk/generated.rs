//! Drifts of the generated half: each operator is tried on every line of every file, and some of the places it fits
//! are drifts.

mod lines;
mod read;
mod sent;

use crate::prove::sdk::Sources;
use lines::Change;

/// One drift of the generated text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Drift {
    /// What is done.
    pub operator: &'static str,
    /// The file, relative to the root of the project.
    pub file: String,
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
        let name = self.file.rsplit('/').next().unwrap_or_default();
        format!("{} {name}:{}", self.operator, self.line)
    }

    /// The files with the drift in one of them.
    pub fn apply(&self, sources: &Sources) -> Sources {
        let mut own = sources.iter().filter(|(file, _)| *file == self.file);
        let text = own.next().map_or("", |(_, text)| text);
        sources.with(&self.file, self.changed(text))
    }

    fn changed(&self, text: &str) -> String {
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

/// The drifts of an SDK.
pub(super) fn drifts(sources: &Sources) -> Vec<Drift> {
    let files: Vec<(&str, Vec<&str>)> = sources
        .iter()
        .map(|(file, text)| (file, text.lines().collect()))
        .collect();
    let mut drifts: Vec<Drift> = Vec::new();
    for (operator, change) in operators() {
        let mut all = Vec::new();
        for (file, lines) in &files {
            let fits = |index: usize| {
                let (lines, replacement) = change(&lines[index..])?;
                Some(Drift {
                    operator,
                    file: (*file).to_owned(),
                    line: index + 1,
                    lines,
                    replacement,
                })
            };
            let code = |index: &usize| !lines[*index].trim_start().starts_with("//");
            all.extend((0..lines.len()).filter(code).filter_map(fits));
        }
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
        let root = std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
        let sources = Sources::read(root).expect("the SDK is committed");
        let drifts = drifts(&sources);
        for (operator, _) in operators() {
            assert!(
                drifts.iter().any(|drift| drift.operator == *operator),
                "{operator}"
            );
        }
        let unchanged: Vec<String> = drifts
            .iter()
            .filter(|drift| drift.apply(&sources) == sources)
            .map(Drift::id)
            .collect();
        assert_eq!(unchanged, Vec::<String>::new());
    }
}
