//! What a wrong proof costs, counted by what `domain::work` notes: a known name and an unknown one must cost the same.

mod tests;
mod ways;
