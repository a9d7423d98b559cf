//! What became of one mutant.

use serde::{Deserialize, Serialize};

/// What is changed, and what is left as it is.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    clap::ValueEnum,
)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// One fact of the document; what is generated from it stays.
    Document,
    /// One fact of the document; everything is generated again, hand-written code stays.
    Regenerated,
    /// The server: handlers, envelopes, generated code.
    Server,
    /// The SDK.
    Sdk,
    /// A rule of the generator; everything is generated again.
    Generator,
    /// The spelling of the document, not its meaning: nothing may be found.
    Silent,
}

impl Kind {
    /// Every kind, in the order of the report.
    pub const ALL: [Self; 6] = [
        Self::Document,
        Self::Regenerated,
        Self::Server,
        Self::Sdk,
        Self::Generator,
        Self::Silent,
    ];

    /// The name on the command line and of the ledger's file.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Document => "document",
            Self::Regenerated => "regenerated",
            Self::Server => "server",
            Self::Sdk => "sdk",
            Self::Generator => "generator",
            Self::Silent => "silent",
        }
    }
}

impl std::fmt::Display for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// How a mutant ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "verdict", rename_all = "kebab-case")]
pub enum Verdict {
    /// Something objected.
    Caught {
        /// The proof, or `compile`.
        proof: String,
        /// The rule of the finding that names the place best.
        rule: String,
        /// Where that finding points.
        at: String,
        /// Whether that is the changed place, and the rule one that is expected there.
        on_place: bool,
    },
    /// Nothing objected, and nobody has shown that there is nothing to object to.
    Missed {
        /// What is known about it.
        note: String,
    },
    /// It means the same as the original.
    Equivalent {
        /// How that was shown.
        reason: String,
    },
    /// A meaning-preserving edit about which nothing was found, as it should be.
    Silent,
}

/// One mutant and how it ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// Stable name: `<operator> <place>`, unique within its kind.
    pub id: String,
    /// What kind of mutant it is.
    pub kind: Kind,
    /// What was done.
    pub operator: String,
    /// JSON pointer, or file and line.
    pub place: String,
    /// How it ended.
    #[serde(flatten)]
    pub verdict: Verdict,
}
