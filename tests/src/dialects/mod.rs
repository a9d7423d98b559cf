//! Behaviour of each dialect: life cycles, hostile input, every error, fallbacks.

mod animeloop;
pub mod auth_api;
mod bodies;
mod challenges;
mod cors;
pub mod manis;
pub mod oauth;
mod panics;
pub mod pnut;
pub mod token_generator;
