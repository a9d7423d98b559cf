//! The line that each request leaves, written as the other lines are and many times faster.
//!
//! It is most of what a busy server logs, and of known form: plain texts and numbers, in no span.

use std::fmt::{self, Debug};

use tracing::{
    Event, Subscriber,
    field::{Field, Visit},
};
use tracing_subscriber::{
    fmt::{FmtContext, FormatEvent, FormatFields, format::Writer, time::FormatTime},
    registry::LookupSpan,
};

use super::{LogFormat, stamp::Stamp};

/// The target of those lines.
pub const REQUEST: &str = "tessera::request";

/// Writes the lines of requests, and leaves all others to `usual`.
pub(super) struct RequestLines<F> {
    pub(super) format: LogFormat,
    pub(super) usual: F,
}

impl<S, N, F> FormatEvent<S, N> for RequestLines<F>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
    F: FormatEvent<S, N>,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut line: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        // Colours are for a terminal, where nobody reads so many lines that it mattered.
        if event.metadata().target() != REQUEST || line.has_ansi_escapes() {
            return self.usual.format_event(context, line, event);
        }
        let level = event.metadata().level();
        match self.format {
            LogFormat::Text => {
                Stamp.format_time(&mut line)?;
                write!(line, " {level:>5} {REQUEST}: ")?;
            }
            LogFormat::Json => {
                line.write_str("{\"timestamp\":\"")?;
                Stamp.format_time(&mut line)?;
                write!(line, "\",\"level\":\"{level}\"")?;
            }
        }
        let mut fields = Fields {
            format: self.format,
            line: &mut line,
            outcome: Ok(()),
        };
        event.record(&mut fields);
        fields.outcome?;
        match self.format {
            LogFormat::Text => line.write_str("\n"),
            LogFormat::Json => writeln!(line, ",\"target\":\"{REQUEST}\"}}"),
        }
    }
}

/// Writes fields one after the other.
struct Fields<'a, 'w> {
    format: LogFormat,
    line: &'a mut Writer<'w>,
    outcome: fmt::Result,
}

impl Fields<'_, '_> {
    fn write(&mut self, field: &Field, value: impl FnOnce(&mut Writer<'_>) -> fmt::Result) {
        let name = field.name();
        let named = match (self.format, name) {
            (LogFormat::Text, "message") => Ok(()),
            (LogFormat::Text, _) => self.all([" ", name, "="]),
            (LogFormat::Json, _) => self.all([",\"", name, "\":"]),
        };
        if self.outcome.is_ok() {
            self.outcome = named.and_then(|()| value(self.line));
        }
    }

    fn all(&mut self, texts: [&str; 3]) -> fmt::Result {
        texts.iter().try_for_each(|text| self.line.write_str(text))
    }
}

impl Visit for Fields<'_, '_> {
    fn record_u64(&mut self, field: &Field, value: u64) {
        self.write(field, |line| write!(line, "{value}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        let format = self.format;
        self.write(field, |line| quoted(format, line, value));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        match self.format {
            LogFormat::Text => self.write(field, |line| write!(line, "{value:?}")),
            LogFormat::Json => self.record_str(field, &format!("{value:?}")),
        }
    }
}

fn quoted(format: LogFormat, line: &mut Writer<'_>, text: &str) -> fmt::Result {
    let plain = |byte: u8| matches!(byte, b' '..=b'~') && byte != b'"' && byte != b'\\';
    if text.bytes().all(plain) {
        line.write_str("\"")?;
        line.write_str(text)?;
        return line.write_str("\"");
    }
    match format {
        LogFormat::Text => write!(line, "{text:?}"),
        LogFormat::Json => write!(line, "{}", serde_json::Value::from(text)),
    }
}
