//! Logging: one subscriber to stderr, and the guarantee that dependencies cannot log secrets.

mod lines;
mod request_line;
mod stamp;

use std::{
    io::{self, IsTerminal, Stderr},
    panic::PanicHookInfo,
};

use clap::ValueEnum;
use tracing::{Level, Metadata, Subscriber};
use tracing_subscriber::{
    EnvFilter, Layer, filter::filter_fn, fmt::MakeWriter, layer::SubscriberExt,
};

use lines::Lines;
use request_line::RequestLines;
use stamp::Stamp;

/// How a log line is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object per line.
    Json,
}

/// The running log. Drop it when the process ends: then nothing of it waits any more.
pub struct Log(Lines<Stderr>);

impl Drop for Log {
    fn drop(&mut self) {
        self.0.flush();
    }
}

/// Sends the log to stderr, filtered by `RUST_LOG` (default `info`), and panics along with it.
///
/// A second call in one process keeps the first subscriber.
///
/// # Errors
/// The system's, when it gives no thread.
pub fn start(format: LogFormat) -> io::Result<Log> {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let colours = io::stderr().is_terminal();
    let lines = Lines::start(io::stderr())?;
    let subscriber = subscriber(format, filter, colours, lines.clone());
    if tracing::subscriber::set_global_default(subscriber).is_ok() {
        std::panic::set_hook(Box::new(log_panic));
    }
    Ok(Log(lines))
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
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(to)
        .with_timer(Stamp);
    let lines = match format {
        LogFormat::Text => lines
            .with_ansi(colours)
            .map_event_format(|usual| RequestLines { format, usual })
            .boxed(),
        LogFormat::Json => lines
            .json()
            .flatten_event(true)
            .map_event_format(|usual| RequestLines { format, usual })
            .boxed(),
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

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    /// What is written of a request's line, and of the same under another target, which the library writes.
    fn written(format: LogFormat, method: &str) -> [String; 2] {
        let text = Arc::new(Mutex::new(Vec::new()));
        let subscriber = {
            let text = Arc::clone(&text);
            let to = move || tee(&text);
            subscriber(format, EnvFilter::new("info"), false, to)
        };
        let path = "/v1/{id}";
        tracing::subscriber::with_default(subscriber, || {
            tracing::info!(target: "tessera::request", owner = "a", method, path, status = 200_u16, micros = u64::MAX, "request");
            tracing::info!(target: "tessera::another", owner = "a", method, path, status = 200_u16, micros = u64::MAX, "request");
        });
        let text = String::from_utf8(text.lock().expect("one thread").clone()).expect("text");
        let lines: Vec<String> = text.lines().map(without_time).collect();
        lines.try_into().expect("two lines")
    }

    fn tee(text: &Arc<Mutex<Vec<u8>>>) -> impl io::Write + use<> {
        struct Tee(Arc<Mutex<Vec<u8>>>);
        impl io::Write for Tee {
            fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
                self.0.lock().expect("one thread").extend_from_slice(bytes);
                Ok(bytes.len())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        Tee(Arc::clone(text))
    }

    fn without_time(line: &str) -> String {
        let (begin, end) = line.find("20").zip(line.find('Z')).expect("a time");
        assert_eq!(line[begin..=end].len(), "2026-11-30T18:52:28.995Z".len());
        format!("{}{}", &line[..begin], &line[end + 1..])
    }

    #[test]
    fn the_line_of_a_request_is_written_as_every_other_line_is() {
        for format in [LogFormat::Text, LogFormat::Json] {
            for method in ["GET", "", "a\"b", "a\\b", "a\nb", "\u{1b}[1m", "\u{e9}"] {
                let [ours, usual] = written(format, method);
                assert_eq!(ours, usual.replace("tessera::another", "tessera::request"));
                assert!(ours.contains("18446744073709551615"), "{ours}");
            }
        }
    }
}
