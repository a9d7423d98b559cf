//! The earlier document that `--against` names: a file, or the merged document of a git revision; else that of the last tag.
//!
//! Git is only read.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::document::Document;
use crate::problem::{Place, Problem, Problems, Rule};
use crate::{spelling, yaml};

/// An earlier document.
#[derive(Debug, Clone)]
pub struct Baseline {
    /// How it is called in a report.
    pub name: String,
    /// What it says, in the spelling that today's document has.
    pub value: Value,
    /// The commit it belongs to; `None` when it came from a file.
    pub revision: Option<String>,
    file: PathBuf,
    text: String,
}

impl Baseline {
    /// Reads what `--against` names; a file that exists goes before a revision of that name.
    ///
    /// # Errors
    /// A problem that says what could not be read.
    pub fn read(project: &Path, against: &str) -> Result<Self, Box<Problem>> {
        let here = Path::new(against);
        let file = if here.is_file() {
            here.to_path_buf()
        } else {
            project.join(against)
        };
        if file.is_file() {
            let text = std::fs::read_to_string(&file)
                .map_err(|error| unreadable(against, &error.to_string()))?;
            return Self::parse(against.to_owned(), against.into(), None, text);
        }
        let commit = format!("{against}^{{commit}}");
        let question = [
            "rev-parse",
            "--verify",
            "--quiet",
            "--end-of-options",
            &commit,
        ];
        let revision = git(project, &question)
            .map_err(|_| unreadable(against, "neither a file nor a git revision has this name"))?;
        let revision = revision.trim().to_owned();
        let object = format!("{revision}:./{}", crate::MERGED);
        let text = git(project, &["show", &object]).map_err(|error| unreadable(against, &error))?;
        let file = format!("{against}:{}", crate::MERGED);
        Self::parse(against.to_owned(), file.into(), Some(revision), text)
    }

    /// The same for a text that need not be on disk.
    ///
    /// # Errors
    /// A problem that says why the text is no document.
    pub fn parse(
        name: String,
        file: PathBuf,
        revision: Option<String>,
        text: String,
    ) -> Result<Self, Box<Problem>> {
        let mut value: Value = match serde_json::from_str(&text) {
            Ok(value) => value,
            Err(json) => yaml(&file, &text)
                .map(|parsed| parsed.value)
                .ok_or_else(|| unreadable(&name, &format!("it is not a document: {json}")))?,
        };
        for pointer in ["/paths", "/info"] {
            if !value.pointer(pointer).is_some_and(Value::is_object) {
                let key = pointer.trim_start_matches('/');
                return Err(unreadable(
                    &name,
                    &format!("it is not a document: no {key}"),
                ));
            }
        }
        spelling::respell(&mut value);
        Ok(Self {
            name,
            value,
            revision,
            file,
            text,
        })
    }

    /// With the line and column of everything; that takes a second look at the text.
    #[must_use]
    pub fn document(&self) -> Document {
        let mut document = Document::from_value(self.value.clone());
        if let Some(written) = yaml(&self.file, &self.text) {
            document = Document {
                value: written.value,
                positions: written.positions,
            };
            spelling::unify(&mut document);
        }
        document
    }
}

fn yaml(file: &Path, text: &str) -> Option<yaml::Parsed> {
    let mut problems = Problems::new();
    yaml::parse(file, text, &mut problems)
}

/// The tag of the last release before today, `v` and a number, if its document can be read.
#[must_use]
pub fn last_released(project: &Path) -> Option<String> {
    let question = ["describe", "--tags", "--abbrev=0", "--match", "v[0-9]*"];
    let tag = git(project, &question).ok()?.trim().to_owned();
    let document = format!("{tag}:./{}", crate::MERGED);
    git(project, &["cat-file", "-e", &document]).ok()?;
    Some(tag)
}

pub(super) fn git(project: &Path, arguments: &[&str]) -> Result<String, String> {
    let output = Command::new("git")
        .current_dir(project)
        .args(arguments)
        .output()
        .map_err(|error| format!("git did not start: {error}"))?;
    if output.status.success() {
        return String::from_utf8(output.stdout).map_err(|error| error.to_string());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let line = said.lines().next().unwrap_or("git did not say why");
    Err(line.trim_start_matches("fatal: ").to_owned())
}

fn unreadable(against: &str, why: &str) -> Box<Problem> {
    let message = format!("--against {against}: {why}");
    let place = Place::file(crate::MERGED);
    Box::new(Problem::wrong(Rule::BaselineUnreadable, place, message))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_earlier_document_may_be_spelt_otherwise() {
        let text = "\
            info: {version: '1'}\n\
            paths:\n\
            \x20 /a:\n\
            \x20   parameters:\n\
            \x20     - {name: q, in: query, allowEmptyValue: false, schema: {type: [string], readOnly: false}}\n\
            \x20   get: {}\n";
        let earlier = Baseline::parse(
            "earlier".to_owned(),
            "earlier.yaml".into(),
            None,
            text.to_owned(),
        );
        let earlier = earlier.expect("a document");
        let said = serde_json::json!([{"name": "q", "in": "query", "schema": {"type": "string"}}]);
        let at = "/paths/~1a/get/parameters";
        assert_eq!(earlier.value.pointer(at), Some(&said));
        assert_eq!(earlier.document().place(&format!("{at}/0/name")).line, 5);
    }
}
