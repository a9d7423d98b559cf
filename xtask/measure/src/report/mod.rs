//! What was measured, as a table for people, as JSON and as a picture.

mod json;
mod picture;
mod soaked;
mod table;

pub use json::json;
pub use picture::picture;
pub use soaked::{Soaked, soaked};
pub use table::table;
