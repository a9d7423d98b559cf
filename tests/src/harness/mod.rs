//! What every test stands on: a server of its own, a raw HTTP client, and the document.

pub mod answer;
pub mod apart;
pub mod asked;
pub mod call;
pub mod central;
pub mod document;
pub mod door;
pub mod ground;
pub mod provided;
pub mod proxy;
pub mod purse;
pub mod reach;
pub mod replay;
pub mod second;
pub mod server;
pub mod token;
pub mod trial;

use std::io::{self, Write as _};

pub use answer::Answer;
pub use apart::Apart;
pub use asked::{SUITES, asked, assert_all_asked};
pub use call::{Call, Poised, at_once};
pub use central::{Asker, Central, asker, central, demo_asker};
pub use door::{Door, Guess, Knock};
pub use provided::{Provided, ProvidedSecret};
pub use purse::Purse;
pub use reach::Reach;
pub use replay::{Replay, Shape};
pub use server::Tessera;
pub use token::{Class, New, Token};
pub use trial::{Key, Stage, Thing, Trial};

/// Says that a test did not run for want of something on this machine; under `CI=true` it fails instead.
///
/// `cargo xtask test` knows the line by its first words and repeats it at its end.
pub fn not_run(test: &str, reason: &str) {
    let line = format!("NOT RUN: {test}: {}", reason.replace('\n', " "));
    assert!(
        std::env::var_os("CI").is_none_or(|ci| ci != "true"),
        "{line}"
    );
    // The macros' output would be captured with a test that passes.
    let _ = writeln!(io::stderr(), "\n{line}");
}
