//! What can be wrong with the project's document or with what was generated from it.
//!
//! Every finding of every step is a [`Problem`]: `generate` and `check` print the same list, so they
//! cannot disagree. How a problem is shown is `report`'s job.

use std::fmt;
use std::path::PathBuf;

pub use crate::rule::Rule;

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// Nobody here can say whether it is right.
    NotProven,
    /// The command in the problem's remedy repairs it without anybody having to think.
    Stale,
    /// Somebody has to decide what was meant.
    Wrong,
}

/// Where in the project a finding is.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The file, relative to the root of the project.
    pub file: PathBuf,
    /// The line, from 1; 0 when the finding is about the file as a whole.
    pub line: usize,
    /// The column, from 1; 0 when the finding is about the file as a whole.
    pub column: usize,
    /// The JSON pointer into the merged document (or into that file); empty when there is none.
    pub pointer: String,
}

impl Place {
    /// A place that is a whole file.
    pub fn file(path: impl Into<PathBuf>) -> Self {
        Self {
            file: path.into(),
            ..Self::default()
        }
    }

    /// A line of a file that has no JSON pointers.
    pub fn line(path: impl Into<PathBuf>, line: usize) -> Self {
        Self {
            file: path.into(),
            line,
            column: 1,
            pointer: String::new(),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file.display())?;
        if self.line > 0 {
            write!(f, ":{}:{}", self.line, self.column)?;
        }
        if !self.pointer.is_empty() {
            write!(f, " #{}", self.pointer)?;
        }
        Ok(())
    }
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The rule that was broken.
    pub rule: Rule,
    /// How bad it is.
    pub verdict: Verdict,
    /// Where it is.
    pub place: Place,
    /// What is wrong, in one sentence without a final stop.
    pub message: String,
    /// The two sides that should be equal, expected first, when the finding is a difference.
    pub sides: Option<(String, String)>,
    /// What to do about it: a command where one repairs it, otherwise one sentence.
    pub remedy: String,
    /// What makes it wrong, when that stands elsewhere: the bound that an example breaks.
    pub because: Option<Place>,
    /// The command line that shows a live finding again; `$BASE` is the server.
    pub curl: Option<String>,
    /// The operations that what is wrong reaches, when it is a component.
    pub used_by: Vec<String>,
}

impl Problem {
    /// A finding that somebody has to think about; its remedy is the rule's own.
    pub fn wrong(rule: Rule, place: Place, message: impl Into<String>) -> Self {
        Self {
            rule,
            verdict: Verdict::Wrong,
            place,
            message: message.into(),
            sides: None,
            remedy: rule.remedy().to_owned(),
            because: None,
            curl: None,
            used_by: Vec::new(),
        }
    }

    /// A finding that the rule's remedy repairs.
    pub fn stale(rule: Rule, place: Place, message: impl Into<String>) -> Self {
        Self {
            verdict: Verdict::Stale,
            ..Self::wrong(rule, place, message)
        }
    }

    /// Something about which the proofs can say nothing.
    pub fn not_proven(place: Place, message: impl Into<String>) -> Self {
        Self {
            verdict: Verdict::NotProven,
            ..Self::wrong(Rule::NotProven, place, message)
        }
    }

    /// Says that generating makes something of it that can be proved.
    pub fn repaired_by_generating(&mut self) {
        self.verdict = Verdict::Stale;
        "cargo xtask generate".clone_into(&mut self.remedy);
    }

    /// Says that a difference from what the document asks for is what the generators make.
    pub fn not_repaired_by_generating(&mut self) {
        self.verdict = Verdict::Wrong;
        "the generator writes it so: correct the generator".clone_into(&mut self.remedy);
    }

    /// Adds the two sides that should have been equal.
    #[must_use]
    pub fn with_sides(mut self, expected: impl Into<String>, found: impl Into<String>) -> Self {
        self.sides = Some((expected.into(), found.into()));
        self
    }

    /// Replaces the rule's general remedy by one for this case.
    #[must_use]
    pub fn with_remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = remedy.into();
        self
    }

    /// Adds the place of what makes it wrong.
    #[must_use]
    pub fn because(mut self, place: Place) -> Self {
        self.because = Some(place);
        self
    }

    /// Whether the place of the finding, or that of what makes it wrong, is one of those.
    #[must_use]
    pub fn names(&self, one_of: impl Fn(&str) -> bool) -> bool {
        one_of(&self.place.pointer)
            || self
                .because
                .as_ref()
                .is_some_and(|place| one_of(&place.pointer))
    }

    /// Adds the command line that shows a live finding again.
    #[must_use]
    pub fn with_curl(mut self, curl: impl Into<String>) -> Self {
        self.curl = Some(curl.into());
        self
    }
}

/// All findings of one pass.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Problems(Vec<Problem>);

impl Problems {
    /// No findings yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a finding.
    pub fn push(&mut self, problem: Problem) {
        self.0.push(problem);
    }

    /// Whether nothing was found.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many findings there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// The findings, to be completed.
    pub fn iter_mut(&mut self) -> std::slice::IterMut<'_, Problem> {
        self.0.iter_mut()
    }

    /// The findings, in the order they were added.
    pub fn iter(&self) -> std::slice::Iter<'_, Problem> {
        self.0.iter()
    }

    /// The worst verdict among the findings.
    #[must_use]
    pub fn verdict(&self) -> Option<Verdict> {
        self.0.iter().map(|problem| problem.verdict).max()
    }

    /// Orders the findings by place, and drops exact repetitions.
    pub fn sort(&mut self) {
        self.0.sort_by(|a, b| {
            (&a.place, a.rule.id(), &a.message).cmp(&(&b.place, b.rule.id(), &b.message))
        });
        self.0.dedup();
    }

    /// `Ok(value)` when nothing was found, the findings otherwise.
    ///
    /// # Errors
    /// The findings themselves.
    pub fn into_result<T>(self, value: T) -> Result<T, Self> {
        if self.is_empty() {
            Ok(value)
        } else {
            Err(self)
        }
    }
}

impl From<Problem> for Problems {
    fn from(problem: Problem) -> Self {
        Self(vec![problem])
    }
}

impl Extend<Problem> for Problems {
    fn extend<I: IntoIterator<Item = Problem>>(&mut self, problems: I) {
        self.0.extend(problems);
    }
}

impl IntoIterator for Problems {
    type Item = Problem;
    type IntoIter = std::vec::IntoIter<Problem>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'a> IntoIterator for &'a mut Problems {
    type Item = &'a mut Problem;
    type IntoIter = std::slice::IterMut<'a, Problem>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter_mut()
    }
}

impl<'a> IntoIterator for &'a Problems {
    type Item = &'a Problem;
    type IntoIter = std::slice::Iter<'a, Problem>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}
