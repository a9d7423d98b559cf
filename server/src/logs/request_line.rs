//! The line that each request leaves, written as the other lines are and many times faster.
//!
//! It is most of what a busy server logs, and of known form: plain texts and numbers, in no span.

use std::fmt::{self, Debug, Write};

use tracing::{
    Event, Subscriber,
    field::{Field, Visit},
};
use tracing_subscriber::{
    fmt::{FmtContext, FormatEvent, FormatFields, format::Writer},
    registry::LookupSpan,
};

use super::{LogFormat, stamp::stamp};

/// The target of those lines, which the edge gives them.
const REQUEST: &str = "tessera::request";

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
        // Written out here and handed on whole: the writer is asked once.
        let mut text = String::with_capacity(USUAL_LENGTH);
        let level = event.metadata().level();
        match self.format {
            LogFormat::Text => {
                stamp(&mut text)?;
                text.push_str(if level.as_str().len() < 5 { "  " } else { " " });
                text.push_str(level.as_str());
                text.push(' ');
                text.push_str(REQUEST);
                text.push_str(": ");
            }
            LogFormat::Json => {
                text.push_str("{\"timestamp\":\"");
                stamp(&mut text)?;
                text.push_str("\",\"level\":\"");
                text.push_str(level.as_str());
                text.push('"');
            }
        }
        event.record(&mut Fields {
            format: self.format,
            text: &mut text,
        });
        match self.format {
            LogFormat::Text => text.push('\n'),
            LogFormat::Json => writeln!(text, ",\"target\":\"{REQUEST}\"}}")?,
        }
        line.write_str(&text)
    }
}

/// Room for most lines.
const USUAL_LENGTH: usize = 256;

/// Writes fields one after the other.
struct Fields<'a> {
    format: LogFormat,
    text: &'a mut String,
}

impl Fields<'_> {
    fn name(&mut self, field: &Field) {
        let name = field.name();
        match self.format {
            LogFormat::Text if name == "message" => {}
            LogFormat::Text => {
                self.text.push(' ');
                self.text.push_str(name);
                self.text.push('=');
            }
            LogFormat::Json => {
                self.text.push_str(",\"");
                self.text.push_str(name);
                self.text.push_str("\":");
            }
        }
    }

    fn show(&mut self, value: impl fmt::Display) {
        // A text takes everything.
        let _ = write!(self.text, "{value}");
    }

    fn quote(&mut self, value: &str) {
        let plain = |byte: u8| matches!(byte, b' ' | b'!' | b'#'..=b'[' | b']'..=b'~');
        // Looks at all bytes, so that it may look at many of them at once.
        if value.bytes().fold(true, |all, byte| all & plain(byte)) {
            self.text.push('"');
            self.text.push_str(value);
            self.text.push('"');
            return;
        }
        match self.format {
            LogFormat::Text => self.show(format_args!("{value:?}")),
            LogFormat::Json => self.show(serde_json::Value::from(value)),
        }
    }
}

impl Visit for Fields<'_> {
    fn record_u64(&mut self, field: &Field, value: u64) {
        self.name(field);
        self.text.push_str(itoa::Buffer::new().format(value));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.name(field);
        self.quote(value);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.name(field);
        match self.format {
            LogFormat::Text => self.show(format_args!("{value:?}")),
            LogFormat::Json => self.quote(&format!("{value:?}")),
        }
    }
}
