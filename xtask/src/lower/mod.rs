//! Lowers the 3.1 document to the 3.0.3 that progenitor reads, and lists what is lost on the way.

use serde::{Deserialize, Serialize};

/// One thing that the lowered document no longer says.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct LossyEdit {
    /// Stable kebab-case name of the kind of edit.
    pub kind: String,
    /// JSON pointer into the merged document.
    pub pointer: String,
    /// What was lost.
    pub lost: String,
}
