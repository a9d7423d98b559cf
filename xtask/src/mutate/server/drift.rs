//! The entries of the catalogue of server drifts, `xtask/mutants/server/*.yaml`.

use serde::Deserialize;

use crate::mutate::catalogue::Entry;
use crate::mutate::switched::Edit;

/// One way in which the server could come to differ from the document.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Drift {
    /// Its name.
    pub id: String,
    /// The sort of thing that drifts; a sample has some of each.
    pub operator: String,
    /// What a caller meets.
    pub meets: String,
    /// JSON pointers of the places in the document that it contradicts; a finding at, above or below one is on place.
    pub at: Vec<String>,
    /// The proof that should object.
    pub by: By,
    /// What is different in the sources. More than one thing where the server has two guards.
    pub edits: Vec<Edit>,
}

/// The proofs that look at a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum By {
    /// What the server says of itself.
    Emitted,
    /// Every unmatched path and method.
    Closed,
    /// What is served about the document itself.
    Served,
    /// Every request the document allows and forbids.
    Live,
}

impl By {
    /// All of them, cheapest first.
    pub const ALL: [Self; 4] = [Self::Emitted, Self::Served, Self::Closed, Self::Live];
}

impl Entry for Drift {
    fn id(&self) -> &str {
        &self.id
    }
}
