//! What the client's hand-written half does without a call: origins, and credentials that it holds.
//!
//! The calls are asked in `tests/src/sdk/` and in each dialect's folder there.

mod credentials;
mod origins;
