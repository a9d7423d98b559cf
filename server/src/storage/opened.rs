//! What the handles of an open store, its writing task and its following task share.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

use super::change_log::Followers;
use super::files::Files;
use super::health::Health;
use super::known::Known;
use super::lock::Lock;
use super::pool::Pool;

/// How long a server may answer nobody until those who wait for it give it up. A statement may take longer, while it answers others.
const SILENCE: Duration = Duration::from_secs(4);

/// An open store.
pub(super) struct Opened {
    pub(super) reads: Pool,
    /// What the following task reads with. Of a file it is a connection of its own: however many long reads there are, it need not
    /// wait for one of theirs, and copies stay believed.
    pub(super) follows: Pool,
    /// `None` for a database in memory or of a server.
    pub(super) files: Option<Files>,
    pub(super) health: Health,
    pub(super) known: Known,
    pub(super) followers: Followers,
    /// Somebody follows who has not been told anything yet.
    pub(super) followed: Notify,
    /// When the last look at what others have committed has worked.
    answered: Mutex<Instant>,
    /// Something was committed that others have to know.
    pub(super) news: Notify,
    #[cfg(test)]
    deaf: std::sync::atomic::AtomicBool,
    /// What the store holds until nobody works on it any more.
    serving: Mutex<Option<Lock>>,
}

impl Opened {
    pub(super) fn new((reads, follows): (Pool, Pool), files: Option<Files>, known: Known) -> Self {
        Self {
            reads,
            follows,
            files,
            health: Health::new(),
            known,
            followers: Followers::default(),
            followed: Notify::new(),
            answered: Mutex::new(Instant::now()),
            news: Notify::new(),
            #[cfg(test)]
            deaf: std::sync::atomic::AtomicBool::new(false),
            serving: Mutex::new(None),
        }
    }

    /// Whether nothing that is heard of others is listened to.
    #[cfg(test)]
    pub(super) fn is_deaf(&self) -> bool {
        self.deaf.load(std::sync::atomic::Ordering::Relaxed)
    }

    #[cfg(test)]
    pub(super) fn hear_nothing(&self) {
        self.deaf.store(true, std::sync::atomic::Ordering::Relaxed);
    }

    /// The database has answered the following task.
    pub(super) fn answers(&self) {
        *self.answered.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    /// Waits until the database has answered the following task nothing for so long, from now on.
    pub(super) async fn silence(&self) {
        let begun = Instant::now();
        loop {
            let answered = *self.answered.lock().unwrap_or_else(PoisonError::into_inner);
            let end = begun.max(answered) + SILENCE;
            if Instant::now() >= end {
                return;
            }
            sleep_until(end).await;
        }
    }

    /// Holds a lock until it is let go, or until both tasks have ended and no handle is left.
    pub(super) fn hold(&self, lock: Lock) {
        *self.serving.lock().unwrap_or_else(PoisonError::into_inner) = Some(lock);
    }

    /// Lets the lock go.
    pub(super) fn let_go(&self) {
        let mut serving = self.serving.lock().unwrap_or_else(PoisonError::into_inner);
        drop(serving.take());
    }
}
