//! What commits changed, told to those who hold copies: at once in the process that commits, through a table to all others.

mod age;
mod followers;
mod poll;
mod quicken;
mod rows;

pub(super) use age::LogAge;
pub(super) use followers::Followers;
pub(super) use poll::follow;
pub(super) use rows::{append, count, sweep};
