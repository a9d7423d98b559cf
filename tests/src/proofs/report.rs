//! What a proof found: as a file for xtask, and as a readable failure for everybody else.

use std::{fmt, fmt::Write as _, io::Write as _, path::PathBuf, time::Duration};

use serde_json::{Value, json};

/// One disagreement between the document and what runs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// The rule's name, as `cargo xtask explain` knows it.
    pub rule: &'static str,
    /// The JSON pointer of the fact in the document that is contradicted.
    pub pointer: String,
    /// What is wrong, in one sentence without a final stop.
    pub message: String,
    /// What the document says.
    pub expected: Option<String>,
    /// What was seen instead.
    pub found: Option<String>,
    /// A command that shows it, against `$BASE`.
    pub curl: Option<String>,
}

impl Finding {
    /// A finding without sides and without a command.
    pub fn new(rule: &'static str, pointer: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            rule,
            pointer: pointer.into(),
            message: message.into(),
            expected: None,
            found: None,
            curl: None,
        }
    }

    /// Adds the two sides.
    pub fn sides(mut self, expected: impl Into<String>, found: impl Into<String>) -> Self {
        self.expected = Some(expected.into());
        self.found = Some(found.into());
        self
    }

    /// Adds the command.
    pub fn curl(mut self, curl: impl Into<String>) -> Self {
        self.curl = Some(curl.into());
        self
    }

    fn to_json(&self) -> Value {
        json!({
            "rule": self.rule,
            "pointer": self.pointer,
            "message": self.message,
            "expected": self.expected,
            "found": self.found,
            "curl": self.curl,
        })
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{} [{}] {}", self.pointer, self.rule, self.message)?;
        let lines = [
            ("expected", &self.expected),
            ("found", &self.found),
            ("try", &self.curl),
        ];
        for (name, line) in lines {
            if let Some(line) = line {
                write!(f, "\n    {name}: {line}")?;
            }
        }
        Ok(())
    }
}

/// Ends a proof: writes `<proof>.json` into the folder that `TESSERA_PROOFS` names, and fails when anything was found.
///
/// The findings are sorted and repetitions dropped, so that the order of the cases does not show.
#[track_caller]
pub fn conclude(
    proof: &str,
    extent: impl Into<String>,
    took: Duration,
    mut findings: Vec<Finding>,
) {
    findings.sort();
    // The same disagreement may show in several requests; one of them is enough.
    findings.dedup_by(|one, other| {
        (one.rule, &one.pointer, &one.message) == (other.rule, &other.pointer, &other.message)
    });
    if let Some(folder) = std::env::var_os("TESSERA_PROOFS") {
        let report = json!({
            "proof": proof,
            "extent": extent.into(),
            "took_ms": u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
            "findings": findings.iter().map(Finding::to_json).collect::<Vec<_>>(),
        });
        let file = PathBuf::from(folder).join(format!("{proof}.json"));
        let half = file.with_extension("half");
        std::fs::File::create(&half)
            .and_then(|mut out| writeln!(out, "{report:#}"))
            .and_then(|()| std::fs::rename(&half, &file))
            .expect("the report can be written");
    }
    let mut text = String::new();
    for finding in &findings {
        let _ = writeln!(text, "{finding}");
    }
    assert!(findings.is_empty(), "{} findings\n{text}", findings.len());
}

/// The seed that orders what a proof does; `TESSERA_SEED` sets another.
pub fn seed() -> u64 {
    let Some(set) = std::env::var_os("TESSERA_SEED") else {
        return 1;
    };
    let seed = set.to_str().and_then(|seed| seed.parse().ok());
    seed.unwrap_or_else(|| panic!("TESSERA_SEED={} is not a seed", set.display()))
}
