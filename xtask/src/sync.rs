//! The check for a `#[test]`: passes when the project is in sync, and fails with the report when it is not.

use std::path::Path;

use crate::check::{self, Scope};
use crate::exit::Exit;
use crate::report::{self, Format};

/// Fails unless everything that the fast form of `cargo xtask check` looks at is as it should be.
///
/// ```no_run
/// # mod sample {
/// #[test]
/// fn document_server_and_sdk_are_in_sync() {
///     let root = std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
///     xtask::assert_in_sync(root);
/// }
/// # }
/// ```
///
/// # Panics
/// With the report, when something is stale or wrong, or, where the proofs are, not proven.
#[expect(clippy::panic, reason = "this is how a test fails")]
pub fn assert_in_sync(root: &Path) {
    if let Err(report) = in_sync(root, &Scope::FAST) {
        panic!("{report}");
    }
}

/// The same for any scope, as a result.
///
/// # Errors
/// The report, without colours.
pub fn in_sync(root: &Path, scope: &Scope) -> Result<(), String> {
    let findings = check::check(root, scope);
    if Exit::of(&findings.problems(), findings.all_proven) == Exit::Fresh {
        return Ok(());
    }
    let report = report::findings(&findings, Format::Human);
    Err(anstream::adapter::strip_str(&report).to_string())
}
