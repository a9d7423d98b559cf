//! What costs time where names are proved, noted in unit tests: a known name and an unknown one must cost the same.
//!
//! Elsewhere a note compiles to nothing. Notes are kept per thread: a test that reads them runs everything on one.

use super::KeyAlgorithm;

/// One piece of work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Work {
    /// A statement, as SQL text without its values.
    #[cfg(test)]
    Statement(String),
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
    /// A signature was verified.
    Signature(KeyAlgorithm),
}

#[cfg(not(test))]
pub(crate) const fn note(_: Work) {}

#[cfg(test)]
thread_local! {
    static NOTED: std::cell::RefCell<Vec<Work>> = const { std::cell::RefCell::new(Vec::new()) };
}

#[cfg(test)]
pub(crate) fn note(work: Work) {
    NOTED.with_borrow_mut(|noted| noted.push(work));
}

/// What was noted on this thread since the last call.
#[cfg(test)]
pub(crate) fn take() -> Vec<Work> {
    NOTED.take()
}
