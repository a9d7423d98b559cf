//! What the client's hand-written half does without a call: origins, credentials that it holds, names it may not know.
//!
//! The calls are asked in `tests/src/sdk/` and in each dialect's folder there.

mod credentials;
mod neutral;
mod origins;
