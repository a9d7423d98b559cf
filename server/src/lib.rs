//! The Tessera server as a library: the binary, the demo and the tests start it from here.

pub mod authority;
pub mod cli;
pub mod config;
pub mod demo;
pub mod dialects;
pub mod domain;
pub mod edge;
#[rustfmt::skip]
pub mod generated;
pub mod keys;
pub mod limits;
pub mod listener;
pub mod logs;
pub mod memory;
pub mod public_url;
pub mod serve;
pub mod stop;
pub mod storage;
mod sweeper;
pub mod unlock;
#[cfg(test)]
mod work;

/// Compiles the README's example.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct ReadmeExamples;
