//! The time on a line. Many lines come in one second, whose date is written out once.

use std::{cell::RefCell, fmt};

use chrono::DateTime;
use tracing_subscriber::fmt::{format::Writer, time::FormatTime};

use crate::domain::{Clock, SystemClock};

/// Writes the time as RFC 3339 has it, in UTC, to the millisecond.
pub(super) struct Stamp;

thread_local! {
    /// The second that was last written on this thread, and its text.
    static SECOND: RefCell<(i64, String)> = const { RefCell::new((i64::MIN, String::new())) };
}

impl FormatTime for Stamp {
    fn format_time(&self, line: &mut Writer<'_>) -> fmt::Result {
        stamp(line)
    }
}

/// Writes the time that it is.
pub(super) fn stamp(line: &mut impl fmt::Write) -> fmt::Result {
    write_time(line, SystemClock.now_ms())
}

fn write_time(line: &mut impl fmt::Write, now_ms: i64) -> fmt::Result {
    let (second, millis) = (now_ms.div_euclid(1000), now_ms.rem_euclid(1000));
    SECOND.with_borrow_mut(|(written, text)| {
        if *written != second {
            let date = DateTime::from_timestamp(second, 0).unwrap_or_default();
            (*written, *text) = (second, date.format("%Y-%m-%dT%H:%M:%S").to_string());
        }
        line.write_str(text)?;
        line.write_char('.')?;
        // Three digits, also of a small number.
        let mut digits = itoa::Buffer::new();
        let digits = digits.format(millis + 1000).get(1..);
        line.write_str(digits.unwrap_or_default())?;
        line.write_char('Z')
    })
}

#[cfg(test)]
mod tests {
    use super::write_time;

    #[test]
    fn each_time_is_written_as_itself_whatever_was_written_before() {
        for (now_ms, text) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (1_795_991_548_995, "2026-11-29T22:32:28.995Z"),
            (1_795_991_548_007, "2026-11-29T22:32:28.007Z"),
            (1_795_991_549_000, "2026-11-29T22:32:29.000Z"),
            (0, "1970-01-01T00:00:00.000Z"),
        ] {
            let mut line = String::new();
            write_time(&mut line, now_ms).expect("a text takes everything");
            assert_eq!(line, text);
        }
    }
}
