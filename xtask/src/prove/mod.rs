//! The proofs: that what is in the tree is what the document says.

pub mod accepted;
pub mod closed;
pub mod emitted;
mod facts;
pub mod invariants;
pub mod layers;
pub mod lift;
mod origin;
pub mod sdk;
pub mod started;

use std::ffi::OsString;
use std::process::Command;

/// The cargo that runs us, or the one on the path.
#[must_use]
pub fn cargo() -> OsString {
    std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

/// The variable that names the file in which suites note what they asked; it changes nothing that is judged.
pub const ASKED: &str = "TESSERA_ASKED";

/// Takes our own settings out of a command's environment: what is judged is what the tree says, whoever asks.
pub fn without_settings(command: &mut Command) -> &mut Command {
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if (text.starts_with("TESSERA_") && text != ASKED) || text == "BLESS" {
            command.env_remove(name);
        }
    }
    command
}

/// Builds the server's binary as a build of the whole workspace does, tests and examples included.
///
/// A package built alone has other features, and with them half of its dependencies would be built again.
pub const BUILD: [&str; 6] = [
    "build",
    "--workspace",
    "--bin",
    "tessera",
    "--example",
    "tour",
];
