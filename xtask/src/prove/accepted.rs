//! Lists of differences that somebody has looked at and accepted, each with a name and a reason.

use std::fs;
use std::io;
use std::path::Path;

use serde::Deserialize;

use crate::problem::{Place, Problem, Problems, Rule};

/// One accepted difference, or a family of them.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// What it is called, in kebab case; for the lowering the kind of the edit.
    pub name: String,
    /// JSON pointer of what it is about; `*` as a whole token stands for any one token.
    pub pointer: String,
    /// What the document and the server say there, where both can be read; another difference is not accepted.
    #[serde(default)]
    pub sides: Option<(String, String)>,
    /// Why it is harmless, or cannot be helped.
    pub reason: String,
}

impl Entry {
    /// Whether the entry is about that pointer.
    #[must_use]
    pub fn covers(&self, pointer: &str) -> bool {
        let pattern: Vec<&str> = self.pointer.split('/').collect();
        let tokens: Vec<&str> = pointer.split('/').collect();
        pattern.len() == tokens.len()
            && pattern
                .iter()
                .zip(&tokens)
                .all(|(wanted, token)| *wanted == "*" || wanted == token)
    }
}

/// A list of accepted differences, with its file.
#[derive(Debug, Clone, Default)]
pub struct Accepted {
    file: String,
    entries: Vec<(Entry, usize)>,
    used: Vec<bool>,
}

impl Accepted {
    /// Reads a list; a file that is not there is an empty list.
    ///
    /// # Errors
    /// A problem for a list that cannot be understood, and for each entry without a reason.
    pub fn read(project: &Path, file: &str) -> Result<Self, Problems> {
        let text = match fs::read_to_string(project.join(file)) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => "[]".to_owned(),
            Err(error) => {
                return Err(Problem::wrong(
                    Rule::UnreadableFile,
                    Place::file(file),
                    error.to_string(),
                )
                .into());
            }
        };
        Self::parse(file, &text)
    }

    pub(super) fn parse(file: &str, text: &str) -> Result<Self, Problems> {
        let entries: Vec<Entry> = serde_json::from_str(text).map_err(|error| {
            Problems::from(Problem::wrong(
                Rule::AcceptedMalformed,
                Place {
                    column: error.column(),
                    ..Place::line(file, error.line())
                },
                error.to_string(),
            ))
        })?;
        let mut problems = Problems::new();
        let mut placed = Vec::new();
        let mut from = 0;
        for entry in entries {
            // Entries are in the order of the text, so each is looked for after the one before.
            let needle = serde_json::Value::String(entry.pointer.clone()).to_string();
            let at = text[from..]
                .find(&needle)
                .map_or(from, |found| from + found);
            let line = text[..at].matches('\n').count() + 1;
            from = (at + needle.len()).min(text.len());
            if entry.reason.trim().is_empty() || entry.name.trim().is_empty() {
                problems.push(Problem::wrong(
                    Rule::AcceptedMalformed,
                    Place::line(file, line),
                    format!("the entry for {} has no name or no reason", entry.pointer),
                ));
            }
            placed.push((entry, line));
        }
        problems.into_result(Self {
            file: file.to_owned(),
            used: vec![false; placed.len()],
            entries: placed,
        })
    }

    /// Whether a difference is accepted; remembers that its entry was needed.
    ///
    /// With a `name` only entries of that name are considered, and only those with the same sides, or without any.
    pub fn accepts(
        &mut self,
        name: Option<&str>,
        pointer: &str,
        sides: Option<(&str, &str)>,
    ) -> bool {
        let mut accepted = false;
        for ((entry, _), used) in self.entries.iter().zip(&mut self.used) {
            let listed = entry.sides.as_ref();
            let listed = listed.map(|(document, server)| (document.as_str(), server.as_str()));
            if entry.covers(pointer)
                && name.is_none_or(|name| entry.name == name)
                && listed == sides
            {
                *used = true;
                accepted = true;
            }
        }
        accepted
    }

    /// How many entries there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// A problem for each entry that was never needed.
    #[must_use]
    pub fn unused(&self) -> Vec<Problem> {
        self.entries
            .iter()
            .zip(&self.used)
            .filter(|(_, used)| !**used)
            .map(|((entry, line), _)| {
                Problem::wrong(
                    Rule::AcceptedUnused,
                    Place {
                        pointer: entry.pointer.clone(),
                        ..Place::line(&self.file, *line)
                    },
                    format!(
                        "the accepted difference {} does not occur any more",
                        entry.name
                    ),
                )
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "accepted.json";

    #[test]
    fn a_star_stands_for_one_token() {
        let text = r#"[{"name": "a", "pointer": "/x/*/y", "reason": "because"}]"#;
        let mut accepted = Accepted::parse(FILE, text).expect("a list");
        assert!(accepted.accepts(None, "/x/1/y", None));
        assert!(!accepted.accepts(None, "/x/1/2/y", None));
        assert!(!accepted.accepts(Some("b"), "/x/1/y", None));
    }

    #[test]
    fn an_entry_is_about_its_own_sides_and_no_others() {
        let text = r#"[{"name": "a", "pointer": "/x", "sides": ["false", "nothing"], "reason": "because"}]"#;
        let mut accepted = Accepted::parse(FILE, text).expect("a list");
        assert!(!accepted.accepts(None, "/x", None));
        assert!(!accepted.accepts(None, "/x", Some(("true", "nothing"))));
        assert_eq!(accepted.unused().len(), 1);
        assert!(accepted.accepts(None, "/x", Some(("false", "nothing"))));
    }

    #[test]
    fn an_entry_that_is_never_needed_is_a_problem_at_its_line() {
        let text = "[\n  {\"name\": \"a\", \"pointer\": \"/x\", \"reason\": \"because\"}\n]";
        let accepted = Accepted::parse(FILE, text).expect("a list");
        let unused = accepted.unused();
        assert_eq!(unused.len(), 1);
        assert_eq!(
            (unused[0].rule, unused[0].place.line),
            (Rule::AcceptedUnused, 2)
        );
    }

    #[test]
    fn an_entry_without_a_reason_is_refused() {
        let text = r#"[{"name": "a", "pointer": "/x", "reason": " "}]"#;
        let problems = Accepted::parse(FILE, text).expect_err("a problem");
        assert_eq!(
            problems.iter().map(|one| one.rule).collect::<Vec<_>>(),
            [Rule::AcceptedMalformed]
        );
    }

    #[test]
    fn text_that_is_no_list_is_refused_with_its_line() {
        let problems = Accepted::parse(FILE, "[\n{").expect_err("a problem");
        assert_eq!(
            problems
                .iter()
                .map(|one| one.place.line)
                .collect::<Vec<_>>(),
            [2]
        );
    }
}
