//! What the process has worked on: counters for those who measure it, and notes in unit tests of what costs time.
//!
//! Counters are the process's. Notes are kept per thread: a test that reads them runs everything on one, and a known name and an unknown one
//! must leave the same.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use super::KeyAlgorithm;

/// One piece of work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Work {
    /// A statement, as SQL text without its values.
    #[cfg(test)]
    Statement(String),
    /// A transaction that is to be durable, with how many change sets.
    Transaction(usize),
    /// Rows that a look-up gave.
    Rows(usize),
    /// A profile was read as JSON.
    Profile,
    /// An argon2id hash.
    PasswordHash,
    /// A SHA-256.
    Sha256,
    /// An HMAC-SHA-256.
    Mac,
    /// A one-time code was compared with those of a seed.
    Code,
    /// An AES-GCM decryption.
    Unseal,
    /// A JWT was taken apart.
    Parse,
    /// A public key was read from its PEM.
    PublicKey(KeyAlgorithm),
    /// A signature was made.
    Signed(KeyAlgorithm),
    /// A signature was verified.
    Signature(KeyAlgorithm),
}

/// What this process has done since it started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// SQL statements, each text once for each time that it was handed to the driver.
    pub statements: u64,
    /// Transactions that were to be durable.
    pub transactions: u64,
    /// Change sets in them.
    pub change_sets: u64,
    /// Signatures made.
    pub signatures_made: u64,
    /// Signatures verified.
    pub signatures_verified: u64,
    /// Password hashes.
    pub password_hashes: u64,
}

static STATEMENTS: AtomicU64 = AtomicU64::new(0);
static TRANSACTIONS: AtomicU64 = AtomicU64::new(0);
static CHANGE_SETS: AtomicU64 = AtomicU64::new(0);
static SIGNATURES_MADE: AtomicU64 = AtomicU64::new(0);
static SIGNATURES_VERIFIED: AtomicU64 = AtomicU64::new(0);
static PASSWORD_HASHES: AtomicU64 = AtomicU64::new(0);

/// What was counted up to now.
#[must_use]
pub fn counted() -> Counts {
    Counts {
        statements: STATEMENTS.load(Relaxed),
        transactions: TRANSACTIONS.load(Relaxed),
        change_sets: CHANGE_SETS.load(Relaxed),
        signatures_made: SIGNATURES_MADE.load(Relaxed),
        signatures_verified: SIGNATURES_VERIFIED.load(Relaxed),
        password_hashes: PASSWORD_HASHES.load(Relaxed),
    }
}

/// A statement is handed to the driver, whoever builds it; not BEGIN, COMMIT and savepoints, which belong to the transaction.
pub(crate) fn statement(sql: &str) {
    #[cfg(test)]
    note(Work::Statement(sql.to_owned()));
    #[cfg(not(test))]
    {
        let _ = sql;
        count(&STATEMENTS, 1);
    }
}

/// A piece of work is done now.
#[cfg_attr(
    not(test),
    expect(clippy::needless_pass_by_value, reason = "tests keep it")
)]
pub(crate) fn note(work: Work) {
    match &work {
        #[cfg(test)]
        Work::Statement(_) => count(&STATEMENTS, 1),
        Work::Transaction(change_sets) => {
            count(&TRANSACTIONS, 1);
            count(&CHANGE_SETS, *change_sets as u64);
        }
        Work::PasswordHash => count(&PASSWORD_HASHES, 1),
        Work::Signed(_) => count(&SIGNATURES_MADE, 1),
        Work::Signature(_) => count(&SIGNATURES_VERIFIED, 1),
        Work::Rows(_)
        | Work::Profile
        | Work::Sha256
        | Work::Mac
        | Work::Code
        | Work::Unseal
        | Work::Parse
        | Work::PublicKey(_) => {}
    }
    #[cfg(test)]
    NOTED.with_borrow_mut(|noted| noted.push(work));
}

fn count(counter: &AtomicU64, by: u64) {
    counter.fetch_add(by, Relaxed);
}

#[cfg(test)]
thread_local! {
    static NOTED: std::cell::RefCell<Vec<Work>> = const { std::cell::RefCell::new(Vec::new()) };
}

/// What was noted on this thread since the last call.
#[cfg(test)]
pub(crate) fn take() -> Vec<Work> {
    NOTED.take()
}
