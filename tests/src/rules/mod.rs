//! What holds for every dialect, whatever it speaks: each rule is asked of all trials, or of all of the document.
//!
//! What a single dialect answers there in its own words stands in its folder.

mod bodies;
mod challenges;
pub mod clock;
pub mod cors;
mod front_page;
pub mod lockouts;
pub mod makers;
mod pages;
mod panics;
mod password_lane;
pub mod passwords;
pub mod requests;
mod shared_address;

pub use challenges::assert_challenged;
