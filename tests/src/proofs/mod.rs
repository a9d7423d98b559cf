//! The proofs that need a running server or client; `cargo xtask check --full` starts them and reads their reports.

mod closed;
mod live;
pub mod report;
mod sdk;
mod secrets;
mod served;
