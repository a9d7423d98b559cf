//! What an operator may set about connections: time-outs, caps and HTTP/2.

use std::{num::NonZeroUsize, str::FromStr, time::Duration};

use clap::{Args, builder::RangedI64ValueParser};

use crate::domain::Switch;

/// How long a connection may take for what, and how many there may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConnectionSettings {
    /// From the first byte of a request to the end of its header.
    pub header_timeout: Duration,
    /// From the end of a request's header to the end of its body.
    pub body_timeout: Duration,
    /// From an answer's first byte until the client has taken its last.
    pub answer_timeout: Duration,
    /// From the end of an answer to the first byte of the next request.
    pub idle_timeout: Duration,
    /// Connections at once.
    pub max_connections: Cap,
    /// Connections at once from one address (IPv6: one /64); trusted proxies are exempt.
    pub max_connections_per_address: Cap,
    /// Whether HTTP/2 without TLS is spoken beside HTTP/1.1.
    pub http2: bool,
}

impl Default for ConnectionSettings {
    fn default() -> Self {
        ConnectionArgs::default().into()
    }
}

/// At most so many of something, or as many as come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cap {
    /// At most so many.
    AtMost(NonZeroUsize),
    /// As many as come.
    Off,
}

impl Cap {
    /// Connections from one address by default: 256, but never so many that it could keep all others out.
    fn share_of(all: Self) -> Self {
        let usual = NonZeroUsize::MIN.saturating_add(255);
        match all {
            Self::Off => Self::AtMost(usual),
            Self::AtMost(all) => {
                let half = NonZeroUsize::new(all.get() / 2).unwrap_or(NonZeroUsize::MIN);
                Self::AtMost(usual.min(half))
            }
        }
    }

    /// The open files that are kept for the database, the log and what comes up.
    const FILES_KEPT: usize = 64;

    /// What the limit of open files leaves.
    fn of_open_files() -> Self {
        let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile);
        match limit.current {
            None => Self::Off,
            Some(files) => {
                let files = usize::try_from(files).unwrap_or(usize::MAX);
                let left = files.saturating_sub(Self::FILES_KEPT);
                Self::AtMost(NonZeroUsize::new(left).unwrap_or(NonZeroUsize::MIN))
            }
        }
    }
}

/// Why a text is no cap.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected a number from 1, or off")]
pub struct CapError;

impl FromStr for Cap {
    type Err = CapError;

    fn from_str(text: &str) -> Result<Self, CapError> {
        match text {
            "off" => Ok(Self::Off),
            number => number.parse().map(Self::AtMost).map_err(|_| CapError),
        }
    }
}

/// A time-out that is neither none nor without end.
fn seconds() -> RangedI64ValueParser<u32> {
    clap::value_parser!(u32).range(1..=3600)
}

/// The flags behind [`ConnectionSettings`].
#[derive(Debug, Clone, Args)]
pub struct ConnectionArgs {
    /// Close a connection whose request's header is not complete so long after its first byte
    #[arg(long, env = "TESSERA_HEADER_TIMEOUT_SECS", value_name = "SECS", value_parser = seconds(), default_value_t = 10)]
    pub header_timeout_secs: u32,

    /// Close a connection whose request's body is not complete so long after its header
    #[arg(long, env = "TESSERA_BODY_TIMEOUT_SECS", value_name = "SECS", value_parser = seconds(), default_value_t = 30)]
    pub body_timeout_secs: u32,

    /// Close a connection whose client has not taken an answer so long after its first byte
    #[arg(long, env = "TESSERA_ANSWER_TIMEOUT_SECS", value_name = "SECS", value_parser = seconds(), default_value_t = 30)]
    pub answer_timeout_secs: u32,

    /// Close a connection on which no request began so long after the last answer
    #[arg(long, env = "TESSERA_IDLE_TIMEOUT_SECS", value_name = "SECS", value_parser = seconds(), default_value_t = 75)]
    pub idle_timeout_secs: u32,

    /// Connections at once, or `off`; by default what the limit of open files leaves, less 64
    #[arg(long, env = "TESSERA_MAX_CONNECTIONS", value_name = "N")]
    pub max_connections: Option<Cap>,

    /// Connections at once from one address (IPv6: one /64), or `off`; by default 256, or half of all if that is less
    #[arg(long, env = "TESSERA_MAX_CONNECTIONS_PER_ADDRESS", value_name = "N")]
    pub max_connections_per_address: Option<Cap>,

    /// Speak HTTP/2 without TLS too, for a proxy that asks for it
    #[arg(long, env = "TESSERA_HTTP2", value_enum, default_value_t = Switch::Off)]
    pub http2: Switch,
}

impl Default for ConnectionArgs {
    /// What clap gives without flags and environment; a test compares the two.
    fn default() -> Self {
        Self {
            header_timeout_secs: 10,
            body_timeout_secs: 30,
            answer_timeout_secs: 30,
            idle_timeout_secs: 75,
            max_connections: None,
            max_connections_per_address: None,
            http2: Switch::Off,
        }
    }
}

impl From<ConnectionArgs> for ConnectionSettings {
    fn from(args: ConnectionArgs) -> Self {
        let seconds = |number: u32| Duration::from_secs(number.into());
        let max_connections = args.max_connections.unwrap_or_else(Cap::of_open_files);
        Self {
            header_timeout: seconds(args.header_timeout_secs),
            body_timeout: seconds(args.body_timeout_secs),
            answer_timeout: seconds(args.answer_timeout_secs),
            idle_timeout: seconds(args.idle_timeout_secs),
            max_connections,
            max_connections_per_address: args
                .max_connections_per_address
                .unwrap_or_else(|| Cap::share_of(max_connections)),
            http2: args.http2.into(),
        }
    }
}
