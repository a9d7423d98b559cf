//! Behaviour of animeloop.

mod express;
mod neighbours;
mod requests;
mod sessions;
mod tokens;
