//! Behaviour of animeloop.

mod express;
mod requests;
mod sessions;
mod tokens;
