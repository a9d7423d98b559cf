//! Every call of the proof, each in its dialect's folder: for each operation a minimal and a maximal one, and each
//! credential by itself.

use tessera_client::Credential;

use super::case::Case;
use crate::dialects::TRIALS;

/// Text that every encoding has to escape, each in its own way.
pub const HOSTILE: &str = r#"a/../b\c?d#e&f=g+h%2Fi;j "k" <l> {m} |^`[ü€😀]~"#;

/// One credential of every scheme, as a client may hold them all at once.
pub fn everything() -> Vec<Credential> {
    let trials = TRIALS.iter();
    trials.flat_map(|trial| trial.sdk_credentials()).collect()
}

/// All of them, by operation in no particular order.
pub fn cases() -> Vec<Case> {
    TRIALS.iter().flat_map(|trial| trial.sdk_calls()).collect()
}
