//! What a connection is doing, and by when it must have done it.
//!
//! The socket, the requests and the answers report here; the connection's task asks for the next deadline.

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    task::Waker,
    time::{Duration, Instant},
};

use futures_util::task::AtomicWaker;

use super::{ConnectionSettings, moment};

/// How long a closed connection's last bytes are awaited, so that they cannot undo an answer.
const LINGER: Duration = Duration::from_secs(2);

/// What a client has to do next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Duty {
    /// Finish the header of a request.
    SendHeader,
    /// Take an answer.
    TakeAnswer,
    /// Send another request, or close.
    SendRequest,
    /// Close, as we did.
    Close,
}

/// Shared by everything that serves one connection.
pub(super) struct Progress {
    settings: ConnectionSettings,
    state: Mutex<State>,
    /// The server ends.
    stopping: AtomicBool,
    task: AtomicWaker,
}

impl Progress {
    pub(super) fn new(settings: ConnectionSettings) -> Arc<Self> {
        Arc::new(Self {
            settings,
            state: Mutex::new(State::new(moment::now())),
            stopping: AtomicBool::new(false),
            task: AtomicWaker::new(),
        })
    }

    /// Bytes came.
    pub(super) fn received(&self) {
        self.held().received(moment::now());
    }

    /// Bytes are written.
    pub(super) fn writing(&self) {
        self.held().writing(moment::now());
    }

    /// All that was written is with the system.
    pub(super) fn flushed(&self) {
        self.held().flushed(moment::now());
    }

    /// A request's header is complete. `multiplexed` is whether others can come before its answer (HTTP/2).
    pub(super) fn begin(self: &Arc<Self>, multiplexed: bool) -> Open {
        Open {
            number: self.held().begin(multiplexed),
            progress: Arc::clone(self),
        }
    }

    /// Some of the client's bytes will not be read: the connection ends with the next answer.
    pub(super) fn leave_unread(&self) {
        self.held().unread = true;
    }

    /// The server ends: a connection that is idle is closed without ceremony.
    pub(super) fn stop(&self) {
        self.stopping.store(true, Ordering::Relaxed);
    }

    /// Our side is closed. Tells whether bytes may still come that would undo what was answered.
    pub(super) fn close(&self) -> bool {
        let stopping = self.stopping.load(Ordering::Relaxed);
        self.held().close(moment::now(), stopping)
    }

    /// By when the client must have done what; `None` while it is our turn.
    pub(super) fn deadline(&self) -> Option<(Instant, Duty)> {
        self.held().deadline(&self.settings)
    }

    /// The client did not do it in time.
    pub(super) fn miss(&self, duty: Duty) {
        self.held().missed = Some(duty);
    }

    /// What the client did not do in time.
    pub(super) fn missed(&self) -> Option<Duty> {
        self.held().missed
    }

    /// The task that asks for deadlines, to be woken when there is a new one.
    pub(super) fn wake(&self, task: &Waker) {
        self.task.register(task);
    }

    fn held(&self) -> MutexGuard<'_, State> {
        // Nothing in here panics half-way.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A request that is not answered to the end. Drop it when the last byte of the answer is written.
pub(super) struct Open {
    progress: Arc<Progress>,
    number: u64,
}

impl Open {
    /// The answer is there: from now on the client must take it.
    pub(super) fn answered(&self) {
        self.progress.held().answered(self.number, moment::now());
        // With HTTP/2 this is another task than the connection's.
        self.progress.task.wake();
    }

    pub(super) fn progress(&self) -> &Progress {
        &self.progress
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.progress.held().end(self.number, moment::now());
        self.progress.task.wake();
    }
}

struct State {
    /// Since when no request was open.
    quiet_since: Instant,
    /// When an answer was last taken to its end.
    taken_at: Instant,
    /// When the first byte of a header came that is not complete.
    header_since: Option<Instant>,
    /// When the first byte was written that the client has not made room for.
    unflushed_since: Option<Instant>,
    /// An answer ended, and its last bytes may not be flushed.
    ended: bool,
    /// The open requests, and since when their answers are there to be taken.
    open: Vec<(u64, Option<Instant>)>,
    /// How many requests there were.
    begun: u64,
    /// HTTP/2: bytes between requests need not belong to a header.
    multiplexed: bool,
    /// Something that the client sent will never be read.
    unread: bool,
    closing_since: Option<Instant>,
    missed: Option<Duty>,
}

impl State {
    const fn new(now: Instant) -> Self {
        Self {
            quiet_since: now,
            taken_at: now,
            header_since: None,
            unflushed_since: None,
            ended: false,
            open: Vec::new(),
            begun: 0,
            multiplexed: false,
            unread: false,
            closing_since: None,
            missed: None,
        }
    }

    fn received(&mut self, now: Instant) {
        if self.open.is_empty() && !self.multiplexed {
            self.header_since.get_or_insert(now);
        }
    }

    fn writing(&mut self, now: Instant) {
        self.unflushed_since.get_or_insert(now);
    }

    fn flushed(&mut self, now: Instant) {
        self.unflushed_since = None;
        // What else is written (HTTP/2 answers every ping) is no answer.
        if std::mem::take(&mut self.ended) && self.open.is_empty() {
            self.quiet_since = now;
        }
    }

    fn begin(&mut self, multiplexed: bool) -> u64 {
        self.header_since = None;
        self.multiplexed = multiplexed;
        self.begun += 1;
        self.open.push((self.begun, None));
        self.begun
    }

    fn answered(&mut self, number: u64, now: Instant) {
        if let Some((_, since)) = self.open.iter_mut().find(|(open, _)| *open == number) {
            *since = Some(now);
        }
    }

    fn end(&mut self, number: u64, now: Instant) {
        self.open.retain(|(open, _)| *open != number);
        self.ended = true;
        self.taken_at = now;
        if self.open.is_empty() {
            self.quiet_since = now;
        }
    }

    fn close(&mut self, now: Instant, stopping: bool) -> bool {
        self.closing_since.get_or_insert(now);
        self.unread || self.header_since.is_some() || !stopping
    }

    fn deadline(&self, settings: &ConnectionSettings) -> Option<(Instant, Duty)> {
        if let Some(since) = self.closing_since {
            return Some((since + LINGER, Duty::Close));
        }
        let header = self
            .header_since
            .map(|since| since + settings.header_timeout);
        // One stream that is not read is no reason to end the others: it counts when nothing else goes on.
        let untaken = self
            .open
            .iter()
            .try_fold(None, |youngest: Option<Instant>, &(_, since)| {
                Some(youngest.max(Some(since?)))
            })
            .flatten()
            .map(|youngest| youngest.max(self.taken_at));
        let answer = untaken
            .into_iter()
            .chain(self.unflushed_since)
            .min()
            .map(|since| since + settings.answer_timeout);
        let waits = self.open.is_empty() && header.is_none() && answer.is_none();
        let idle = waits.then(|| self.quiet_since + settings.idle_timeout);
        [
            (header, Duty::SendHeader),
            (answer, Duty::TakeAnswer),
            (idle, Duty::SendRequest),
        ]
        .into_iter()
        .filter_map(|(at, duty)| Some((at?, duty)))
        .min_by_key(|&(at, _)| at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::listener::Cap;

    const SETTINGS: ConnectionSettings = ConnectionSettings {
        header_timeout: Duration::from_secs(10),
        body_timeout: Duration::from_secs(30),
        answer_timeout: Duration::from_secs(20),
        idle_timeout: Duration::from_secs(75),
        max_connections: Cap::Off,
        max_connections_per_address: Cap::Off,
        http2: true,
    };

    /// A connection whose time the test makes.
    struct Connection {
        state: State,
        start: Instant,
    }

    impl Connection {
        fn new() -> Self {
            let start = Instant::now();
            let state = State::new(start);
            Self { state, start }
        }

        fn at(&self, secs: u64) -> Instant {
            self.start + Duration::from_secs(secs)
        }

        /// Seconds from the start to the deadline, and the duty.
        fn due(&self) -> Option<(u64, Duty)> {
            let (at, duty) = self.state.deadline(&SETTINGS)?;
            Some(((at - self.start).as_secs(), duty))
        }
    }

    #[test]
    fn each_duty_has_its_time_and_no_trickle_renews_it() {
        let mut connection = Connection::new();
        let [at_5, at_9, at_12, at_20, at_31] = [5, 9, 12, 20, 31].map(|secs| connection.at(secs));
        assert_eq!(connection.due(), Some((75, Duty::SendRequest)));
        connection.state.received(at_5);
        connection.state.received(at_9);
        assert_eq!(connection.due(), Some((15, Duty::SendHeader)));

        let number = connection.state.begin(false);
        assert_eq!(connection.due(), None, "it is our turn");
        connection.state.answered(number, at_12);
        connection.state.writing(at_12);
        connection.state.writing(at_20);
        connection.state.end(number, at_20);
        assert_eq!(connection.due(), Some((32, Duty::TakeAnswer)));
        connection.state.flushed(at_20);
        connection.state.flushed(at_31);
        assert_eq!(connection.due(), Some((95, Duty::SendRequest)));
    }

    #[test]
    fn of_many_answers_the_youngest_counts_and_frames_between_requests_are_nothing() {
        let mut connection = Connection::new();
        let [at_1, at_5, at_9] = [1, 5, 9].map(|secs| connection.at(secs));
        connection.state.received(at_1);
        let first = connection.state.begin(true);
        let second = connection.state.begin(true);
        connection.state.answered(first, at_1);
        connection.state.answered(second, at_5);
        assert_eq!(connection.due(), Some((25, Duty::TakeAnswer)));
        let third = connection.state.begin(true);
        assert_eq!(connection.due(), None, "one of them is our turn");
        connection.state.end(third, at_5);
        connection.state.end(first, at_9);
        assert_eq!(connection.due(), Some((29, Duty::TakeAnswer)));
        connection.state.end(second, at_9);
        connection.state.flushed(at_9);
        let at_30 = connection.at(30);
        connection.state.received(at_30);
        connection.state.writing(at_30);
        connection.state.flushed(at_30);
        assert_eq!(connection.due(), Some((84, Duty::SendRequest)));
    }

    #[test]
    fn a_connection_that_is_closed_waits_for_the_client_unless_it_is_idle_and_the_server_ends() {
        let mut connection = Connection::new();
        let at_3 = connection.at(3);
        assert!(connection.state.close(at_3, false));
        assert_eq!(connection.due(), Some((5, Duty::Close)));
        assert!(!Connection::new().state.close(at_3, true));
        let mut begun = Connection::new().state;
        begun.received(at_3);
        assert!(begun.close(at_3, true), "a header that nobody will read");
        let mut unread = Connection::new().state;
        unread.unread = true;
        assert!(unread.close(at_3, true));
    }
}
