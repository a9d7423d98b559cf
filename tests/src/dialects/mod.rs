//! Behaviour of each dialect: life cycles, hostile input, every error, fallbacks.

mod animeloop;
pub mod manis;
mod panics;
pub mod pnut;
pub mod token_generator;
