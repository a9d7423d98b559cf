//! Measures the server over real sockets, and looks for answers that are wrong: behind `cargo xtask bench` and `cargo xtask soak`.

pub mod ask;
pub mod bench;
pub mod cli;
pub mod connection;
pub mod deeds;
pub mod duel;
pub mod fault;
pub mod feed;
pub mod floor;
pub mod growth;
pub mod judge;
pub mod load;
pub mod machine;
pub mod median;
pub mod peer;
pub mod report;
pub mod rows;
pub mod served;
pub mod shot;
pub mod soak;
