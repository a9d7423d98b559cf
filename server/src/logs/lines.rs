//! Where log lines wait for a moment, so that many of them are one write.
//!
//! A write costs more than the line: one for each request would be a tenth of what the request costs. So lines are
//! collected, and a thread writes them out soon after the first. What is worth a warning is written at once, and
//! everything that came before it.

use std::{
    io::{self, Write},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
    time::Duration,
};

use tracing::{Level, Metadata};
use tracing_subscriber::fmt::MakeWriter;

/// How long a line waits at most. A process that is killed takes the lines of so long with it.
const PATIENCE: Duration = Duration::from_millis(50);

/// The most bytes that wait: whoever brings more writes them all, and waits for the reader of the log.
const ROOM: usize = 64 * 1024;

/// The lines of a log on their way to `W`. Clones are the same log.
pub(super) struct Lines<W>(Arc<Log<W>>);

impl<W> Clone for Lines<W> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

struct Log<W> {
    waiting: Mutex<Vec<u8>>,
    /// There are lines where there were none.
    some: Condvar,
    /// Whoever writes has it before taking the lines, so that they stay in order.
    out: Mutex<W>,
}

impl<W: Write + Send + 'static> Lines<W> {
    /// A log that goes to `out`, and the thread that writes it.
    ///
    /// # Errors
    /// The system's, when it gives no thread.
    pub(super) fn start(out: W) -> io::Result<Self> {
        let lines = Self(Arc::new(Log {
            waiting: Mutex::default(),
            some: Condvar::new(),
            out: Mutex::new(out),
        }));
        let log = Arc::clone(&lines.0);
        thread::Builder::new()
            .name("log".to_owned())
            .spawn(move || log.write_on())?;
        Ok(lines)
    }

    /// Writes what waits.
    pub(super) fn flush(&self) {
        self.0.flush();
    }
}

impl<W: Write> Log<W> {
    /// Writes lines soon after they come, for ever.
    fn write_on(&self) -> ! {
        loop {
            let waiting = held(&self.waiting);
            let some = self.some.wait_while(waiting, |waiting| waiting.is_empty());
            drop(some);
            thread::sleep(PATIENCE);
            self.flush();
        }
    }

    fn flush(&self) {
        let mut out = held(&self.out);
        let lines = std::mem::take(&mut *held(&self.waiting));
        // There is nobody to tell that the log cannot be written.
        let _ = out.write_all(&lines);
    }

    fn add(&self, line: &[u8], urgent: bool) {
        let mut waiting = held(&self.waiting);
        if waiting.is_empty() {
            self.some.notify_one();
        }
        waiting.extend_from_slice(line);
        let full = waiting.len() >= ROOM;
        drop(waiting);
        if urgent || full {
            self.flush();
        }
    }
}

/// Lines are added and taken whole, so a panic elsewhere leaves no half of one.
fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// One line on its way.
pub(super) struct Line<'a, W: Write> {
    log: &'a Log<W>,
    urgent: bool,
}

impl<W: Write> Write for Line<'_, W> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.log.add(line, self.urgent);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.log.flush();
        Ok(())
    }
}

impl<'a, W: Write + 'a> MakeWriter<'a> for Lines<W> {
    type Writer = Line<'a, W>;

    fn make_writer(&'a self) -> Line<'a, W> {
        Line {
            log: &self.0,
            urgent: true,
        }
    }

    fn make_writer_for(&'a self, event: &Metadata<'_>) -> Line<'a, W> {
        Line {
            log: &self.0,
            urgent: *event.level() <= Level::WARN,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    /// Tells what is written, write by write.
    struct Told(mpsc::Sender<String>);

    impl Write for Told {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let text = String::from_utf8_lossy(bytes).into_owned();
            self.0.send(text).map_err(io::Error::other)?;
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn log() -> (Lines<Told>, mpsc::Receiver<String>) {
        let (told, writes) = mpsc::channel();
        (Lines::start(Told(told)).expect("a thread"), writes)
    }

    #[test]
    fn lines_that_come_together_are_few_writes_soon_after() {
        let (lines, writes) = log();
        for _ in 0..1000 {
            lines.0.add(b"line\n", false);
        }
        let (mut text, mut count) = (String::new(), 0);
        while text.len() < 5000 {
            let soon = Duration::from_secs(10);
            text += &writes.recv_timeout(soon).expect("the lines are written");
            count += 1;
        }
        assert_eq!(text, "line\n".repeat(1000));
        assert!(count < 100, "{count} writes");
    }

    #[test]
    fn what_is_urgent_is_written_before_its_writer_goes_on_and_after_what_came_before() {
        let (lines, writes) = log();
        lines.0.add(b"one\n", false);
        lines.0.add(b"two\n", true);
        assert_eq!(writes.try_iter().collect::<String>(), "one\ntwo\n");
    }

    #[test]
    fn whoever_fills_the_room_writes() {
        let (lines, _writes) = log();
        for _ in 0..100 {
            lines.0.add(&[b'x'; ROOM / 4], false);
            assert!(held(&lines.0.waiting).len() < ROOM);
        }
    }
}
