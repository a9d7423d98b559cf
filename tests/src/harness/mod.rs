//! What every test stands on: a server of its own, a raw HTTP client, and the document.

pub mod answer;
pub mod call;
pub mod document;
pub mod replay;
pub mod server;

pub use answer::Answer;
pub use call::Call;
pub use replay::{Replay, Shape};
pub use server::Tessera;
