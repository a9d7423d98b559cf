//! The write half: change sets queue up, one task commits what waits as one transaction, and nothing is believed after a fault.

mod again;
mod batch;
mod issues;
mod manner;
mod queue;
mod task;
mod writer;

pub(super) use queue::{NotCommitted, Queue};
pub(super) use task::start;
pub(super) use writer::Writer;
