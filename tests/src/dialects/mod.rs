//! Behaviour of each dialect: life cycles, hostile input, every error, fallbacks.

mod animeloop;
pub mod auth_api;
mod bodies;
mod challenges;
mod clock;
mod cors;
mod lockouts;
pub mod manis;
pub mod oauth;
mod pages;
mod panics;
mod password_lane;
mod passwords;
pub mod pnut;
mod shared_address;
pub mod token_generator;
