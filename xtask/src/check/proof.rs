//! The proofs by number and name, and what each of them amounted to.

use std::fmt;
use std::time::Duration;

use crate::compatible::Reported;
use crate::problem::{Problem, Problems, Verdict};

/// One of the proofs that `check` is a list of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Proof {
    /// The check itself sees a drift when there is one.
    Alive,
    /// The document is valid, and everything it says is acted upon.
    Document,
    /// What is committed is what the document generates.
    Artefacts,
    /// What the server says about itself is what the document says.
    ServerSays,
    /// The server has no routes besides the document's.
    ClosedWorld,
    /// A started server does what the document says, and nothing else.
    Live,
    /// The SDK sends and understands what the document says.
    Sdk,
    /// How the document differs from an earlier one, as callers see it.
    Compatible,
    /// What is served about the document is the document.
    Served,
    /// Each part of a crate imports only what it may know, and nothing imports in a circle.
    Layers,
    /// Each invariant of the architecture names what enforces it.
    Invariants,
}

impl Proof {
    /// All of them, in the order of a report.
    pub const ALL: [Self; 11] = [
        Self::Alive,
        Self::Document,
        Self::Artefacts,
        Self::ServerSays,
        Self::ClosedWorld,
        Self::Live,
        Self::Sdk,
        Self::Compatible,
        Self::Served,
        Self::Layers,
        Self::Invariants,
    ];

    /// Its number.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::Alive => 0,
            Self::Document => 1,
            Self::Artefacts => 2,
            Self::ServerSays => 3,
            Self::ClosedWorld => 4,
            Self::Live => 5,
            Self::Sdk => 6,
            Self::Compatible => 7,
            Self::Served => 8,
            Self::Layers => 9,
            Self::Invariants => 10,
        }
    }

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Alive => "alive",
            Self::Document => "document",
            Self::Artefacts => "artefacts",
            Self::ServerSays => "server says",
            Self::ClosedWorld => "closed world",
            Self::Live => "live",
            Self::Sdk => "SDK",
            Self::Compatible => "compatible",
            Self::Served => "served",
            Self::Layers => "layers",
            Self::Invariants => "invariants",
        }
    }
}

impl fmt::Display for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.number(), self.name())
    }
}

/// One thing that a proof looked at: a generated file, or all of something.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Finding {
    /// What was looked at.
    pub subject: String,
    /// How much of it there was.
    pub extent: String,
    /// What is wrong with it.
    pub problems: Problems,
    /// What changed about it since the earlier document that it was compared with.
    pub changes: Vec<Reported>,
}

impl Finding {
    /// What was looked at, how much there was, and what is wrong with it.
    #[must_use]
    pub fn new(
        subject: impl Into<String>,
        extent: impl Into<String>,
        problems: impl Into<Problems>,
    ) -> Self {
        Self {
            subject: subject.into(),
            extent: extent.into(),
            problems: problems.into(),
            changes: Vec::new(),
        }
    }

    /// Adds what changed.
    #[must_use]
    pub fn with_changes(mut self, changes: Vec<Reported>) -> Self {
        self.changes = changes;
        self
    }

    /// How the subject stands; `None` when it is as it should be.
    #[must_use]
    pub fn verdict(&self) -> Option<Verdict> {
        self.problems.verdict()
    }
}

/// What came of one proof.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It ran over these.
    Ran(Vec<Finding>),
    /// It did not run; why, or what makes it run.
    LeftOut(String),
}

/// A proof that was looked at.
#[derive(Debug, Clone)]
pub struct Proved {
    /// Which one.
    pub proof: Proof,
    /// What came of it.
    pub outcome: Outcome,
    /// How long it took.
    pub took: Duration,
}

impl Proved {
    /// What it looked at; nothing when it did not run.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        match &self.outcome {
            Outcome::Ran(findings) => findings,
            Outcome::LeftOut(_) => &[],
        }
    }

    /// All its problems, to be completed.
    pub fn problems_mut(&mut self) -> impl Iterator<Item = &mut Problem> {
        let findings = match &mut self.outcome {
            Outcome::Ran(findings) => findings.as_mut_slice(),
            Outcome::LeftOut(_) => &mut [],
        };
        findings
            .iter_mut()
            .flat_map(|finding| finding.problems.iter_mut())
    }

    /// The worst verdict among its findings.
    #[must_use]
    pub fn verdict(&self) -> Option<Verdict> {
        self.findings().iter().filter_map(Finding::verdict).max()
    }
}

/// Everything `check` found.
#[derive(Debug, Clone, Default)]
pub struct Findings {
    /// One for each proof, in the order of their numbers.
    pub proofs: Vec<Proved>,
    /// Whether what is not proven is a finding: it is in the project whose proofs these are.
    pub all_proven: bool,
    /// How long all of it took.
    pub took: Duration,
}

impl Findings {
    /// All problems, in the order of the proofs.
    #[must_use]
    pub fn problems(&self) -> Problems {
        let mut all = Problems::new();
        for finding in self.subjects() {
            all.extend(finding.problems.clone());
        }
        all
    }

    /// Everything that was looked at.
    pub fn subjects(&self) -> impl Iterator<Item = &Finding> {
        self.proofs.iter().flat_map(Proved::findings)
    }
}
