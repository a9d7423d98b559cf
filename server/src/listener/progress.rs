//! What a connection is doing, and by when it must have done it.
//!
//! The socket, the requests and the answers report here; the connection's task asks for the next deadline.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::Waker,
    time::Duration,
};

use futures_util::task::AtomicWaker;
use tokio::time::Instant;

use super::ConnectionSettings;

/// How long a closed connection's last bytes are awaited, so that they cannot undo an answer.
pub(super) const LINGER: Duration = Duration::from_secs(2);

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
    task: AtomicWaker,
}

struct State {
    /// Since when no request was open.
    quiet_since: Instant,
    /// When the first byte of a header came that is not complete.
    header_since: Option<Instant>,
    /// When the first byte was written that the client has not made room for.
    unflushed_since: Option<Instant>,
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

impl Progress {
    pub(super) fn new(settings: ConnectionSettings) -> Arc<Self> {
        Arc::new(Self {
            settings,
            state: Mutex::new(State {
                quiet_since: Instant::now(),
                header_since: None,
                unflushed_since: None,
                open: Vec::new(),
                begun: 0,
                multiplexed: false,
                unread: false,
                closing_since: None,
                missed: None,
            }),
            task: AtomicWaker::new(),
        })
    }

    /// Bytes came.
    pub(super) fn received(&self) {
        let mut state = self.held();
        if state.open.is_empty() && !state.multiplexed && state.header_since.is_none() {
            state.header_since = Some(Instant::now());
        }
    }

    /// Bytes are written.
    pub(super) fn writing(&self) {
        let mut state = self.held();
        if state.unflushed_since.is_none() {
            state.unflushed_since = Some(Instant::now());
        }
    }

    /// All that was written is with the system.
    pub(super) fn flushed(&self) {
        let mut state = self.held();
        if state.unflushed_since.take().is_some() && state.open.is_empty() {
            state.quiet_since = Instant::now();
        }
    }

    /// A request's header is complete.
    pub(super) fn begin(self: &Arc<Self>, multiplexed: bool) -> Open {
        let mut state = self.held();
        state.header_since = None;
        state.multiplexed = multiplexed;
        state.begun += 1;
        let number = state.begun;
        state.open.push((number, None));
        Open {
            progress: Arc::clone(self),
            number,
        }
    }

    /// Some of the client's bytes will not be read: the connection ends with the next answer.
    pub(super) fn leave_unread(&self) {
        self.held().unread = true;
    }

    /// Our side is closed. Tells whether bytes may still come that would undo what was answered.
    pub(super) fn close(&self) -> bool {
        let mut state = self.held();
        if state.closing_since.is_none() {
            state.closing_since = Some(Instant::now());
        }
        state.unread || state.header_since.is_some()
    }

    /// By when the client must have done what; `None` while it is our turn.
    pub(super) fn deadline(&self) -> Option<(Instant, Duty)> {
        let state = self.held();
        if let Some(since) = state.closing_since {
            return Some((since + LINGER, Duty::Close));
        }
        let settings = &self.settings;
        let header = state
            .header_since
            .map(|since| since + settings.header_timeout);
        let answers = state.open.iter().filter_map(|&(_, since)| since);
        let answer = answers
            .chain(state.unflushed_since)
            .min()
            .map(|since| since + settings.answer_timeout);
        let waits = state.open.is_empty() && header.is_none() && answer.is_none();
        let idle = waits.then(|| state.quiet_since + settings.idle_timeout);
        [
            (header, Duty::SendHeader),
            (answer, Duty::TakeAnswer),
            (idle, Duty::SendRequest),
        ]
        .into_iter()
        .filter_map(|(at, duty)| Some((at?, duty)))
        .min_by_key(|&(at, _)| at)
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
        // Each change is one assignment, so a panic elsewhere cannot have left half of one.
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
        let mut state = self.progress.held();
        let own = state
            .open
            .iter_mut()
            .find(|(number, _)| *number == self.number);
        if let Some((_, since)) = own {
            *since = Some(Instant::now());
        }
        drop(state);
        // With HTTP/2 this is another task than the connection's.
        self.progress.task.wake();
    }

    pub(super) fn progress(&self) -> &Progress {
        &self.progress
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        let mut state = self.progress.held();
        state.open.retain(|(number, _)| *number != self.number);
        if state.open.is_empty() {
            state.quiet_since = Instant::now();
        }
        drop(state);
        self.progress.task.wake();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SETTINGS: ConnectionSettings = ConnectionSettings {
        header_timeout: Duration::from_secs(10),
        body_timeout: Duration::from_secs(30),
        answer_timeout: Duration::from_secs(20),
        idle_timeout: Duration::from_secs(75),
        max_connections: super::super::Cap::Off,
        max_connections_per_address: super::super::Cap::Off,
        http2: true,
    };

    /// Seconds from now to the deadline, and the duty.
    fn due(progress: &Progress) -> Option<(u64, Duty)> {
        let (at, duty) = progress.deadline()?;
        Some(((at - Instant::now()).as_secs(), duty))
    }

    async fn pass(secs: u64) {
        tokio::time::advance(Duration::from_secs(secs)).await;
    }

    #[tokio::test(start_paused = true)]
    async fn each_duty_has_its_time_and_none_is_renewed_by_a_trickle() {
        let progress = Progress::new(SETTINGS);
        assert_eq!(due(&progress), Some((75, Duty::SendRequest)));
        pass(5).await;
        progress.received();
        pass(4).await;
        progress.received();
        assert_eq!(due(&progress), Some((6, Duty::SendHeader)));

        let open = progress.begin(false);
        assert_eq!(due(&progress), None, "it is our turn");
        pass(3).await;
        open.answered();
        progress.writing();
        pass(7).await;
        progress.writing();
        drop(open);
        assert_eq!(due(&progress), Some((13, Duty::TakeAnswer)));
        progress.flushed();
        assert_eq!(due(&progress), Some((75, Duty::SendRequest)));
        pass(1).await;
        progress.flushed();
        assert_eq!(due(&progress), Some((74, Duty::SendRequest)));
    }

    #[tokio::test(start_paused = true)]
    async fn the_oldest_answer_of_a_multiplexed_connection_counts_and_frames_between_requests_do_not()
     {
        let progress = Progress::new(SETTINGS);
        progress.received();
        let first = progress.begin(true);
        let second = progress.begin(true);
        first.answered();
        pass(5).await;
        second.answered();
        assert_eq!(due(&progress), Some((15, Duty::TakeAnswer)));
        drop(first);
        assert_eq!(due(&progress), Some((20, Duty::TakeAnswer)));
        drop(second);
        progress.received();
        assert_eq!(due(&progress), Some((75, Duty::SendRequest)));
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_lingers_only_when_something_stays_unread() {
        let progress = Progress::new(SETTINGS);
        assert!(!progress.close());
        assert_eq!(due(&progress), Some((2, Duty::Close)));
        let progress = Progress::new(SETTINGS);
        progress.received();
        assert!(progress.close(), "a header that cannot be parsed");
        let progress = Progress::new(SETTINGS);
        progress.leave_unread();
        assert!(progress.close());
    }
}
