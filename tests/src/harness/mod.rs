//! What every test stands on: a server of its own, a raw HTTP client, and the document.

pub mod animeloop;
pub mod answer;
pub mod call;
pub mod document;
pub mod node;
pub mod replay;
pub mod server;

pub use answer::Answer;
pub use call::Call;
pub use replay::{Replay, Shape};
pub use server::Tessera;

/// Says loudly that a suite did not run for want of a program; under `CI=true` it is a failure.
///
/// The line is read back by `cargo xtask test`, which repeats it at its end.
pub fn missing(program: &str, suite: &str) {
    let line = format!("NOT RUN: {suite}: there is no `{program}` on this machine");
    assert!(
        std::env::var_os("CI").is_none_or(|ci| ci != "true"),
        "{line}"
    );
    eprintln!("{line}");
}
