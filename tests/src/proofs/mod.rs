//! The proofs that need a running server or client; `cargo xtask check --full` starts them and reads their reports.

mod closed;
pub mod live;
pub mod report;
pub mod sdk;
pub mod secrets;
mod served;
