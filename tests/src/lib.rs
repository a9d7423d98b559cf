//! Tests of the whole server over real sockets; all of them in one binary, so that it links once.
#![cfg(test)]

mod browser;
mod clients;
mod dialects;
mod faults;
mod growth;
mod harness;
mod hostile;
mod interop;
mod process;
mod proofs;
mod replicas;
mod rules;
mod sdk;
mod second_opinion;
mod wire;
