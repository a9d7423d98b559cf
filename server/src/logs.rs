//! Logging: one subscriber to stderr, and the guarantee that dependencies cannot log secrets.

use std::{io::IsTerminal, panic::PanicHookInfo};

use clap::ValueEnum;
use tracing::{Level, Metadata, Subscriber};
use tracing_subscriber::{
    EnvFilter, Layer, filter::filter_fn, fmt::MakeWriter, layer::SubscriberExt,
};

/// How a log line is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object per line.
    Json,
}

/// Sends the log to stderr, filtered by `RUST_LOG` (default `info`), and panics along with it.
///
/// A second call in one process keeps the first subscriber.
pub fn start(format: LogFormat) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let colours = std::io::stderr().is_terminal();
    let subscriber = subscriber(format, filter, colours, std::io::stderr);
    if tracing::subscriber::set_global_default(subscriber).is_ok() {
        std::panic::set_hook(Box::new(log_panic));
    }
}

/// What [`start`] installs, writing to any place.
pub fn subscriber<W>(
    format: LogFormat,
    filter: EnvFilter,
    colours: bool,
    to: W,
) -> impl Subscriber + Send + Sync
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let lines = tracing_subscriber::fmt::layer().with_writer(to);
    let lines = match format {
        LogFormat::Text => lines.with_ansi(colours).boxed(),
        LogFormat::Json => lines.json().flatten_event(true).boxed(),
    };
    tracing_subscriber::registry()
        .with(filter)
        .with(lines.with_filter(filter_fn(is_safe)))
}

/// Below `INFO` only our own targets are written, whatever `RUST_LOG` says: what a dependency
/// traces (statements, frames, headers) is not under our control.
fn is_safe(event: &Metadata<'_>) -> bool {
    let crate_name = event.target().split("::").next().unwrap_or("");
    *event.level() <= Level::INFO || matches!(crate_name, "tessera" | "tessera_server")
}

/// The place only: a panic's message may quote what it choked on.
fn log_panic(panic: &PanicHookInfo<'_>) {
    let (file, line) = panic
        .location()
        .map_or(("unknown", 0), |place| (place.file(), place.line()));
    tracing::error!(target: "tessera::panic", file, line, "panic");
}
