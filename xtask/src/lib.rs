//! The document and everything that is generated from it: reading, linting, generating, proving.

pub mod artefact;
pub mod canonical;
pub mod check;
pub mod cli;
pub mod compatible;
pub mod demo;
pub mod document;
pub mod exit;
pub mod explain;
pub mod fresh;
pub mod glance;
pub mod lint;
pub mod load;
pub mod lower;
pub mod merge;
pub mod mutate;
pub mod peers;
pub mod plan;
pub mod problem;
pub mod prove;
pub mod reach;
pub mod report;
pub mod rule;
pub mod sdk_gen;
pub mod second_opinion;
pub mod server_gen;
pub mod spelling;
pub mod suite;
pub mod surface;
pub mod sync;
pub mod trials;
pub mod watch;
pub mod yaml;

pub use document::MERGED;
pub use sync::{assert_in_sync, in_sync};
