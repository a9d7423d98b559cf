//! What a client carries besides its connections: credentials, and whether it still has to look at the authority's
//! document.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::credentials::Credentials;

/// What a client is made with; any credentials become one.
#[derive(Debug, Clone)]
pub struct Setup {
    pub(crate) credentials: Credentials,
    /// Whether the document is still to be looked at; clones look once together.
    look: Arc<AtomicBool>,
}

impl<T: Into<Credentials>> From<T> for Setup {
    fn from(credentials: T) -> Self {
        Self {
            credentials: credentials.into(),
            look: Arc::new(AtomicBool::new(true)),
        }
    }
}

impl Setup {
    /// The same with other credentials.
    pub(crate) fn with(&self, credentials: Credentials) -> Self {
        Self {
            credentials,
            look: Arc::clone(&self.look),
        }
    }

    /// The same without the look at the authority's document.
    #[must_use]
    pub fn without_document_check(self) -> Self {
        self.look.store(false, Ordering::Relaxed);
        self
    }

    /// Whether it is this caller that looks: the first one, unless nobody is to.
    pub(crate) fn is_to_look(&self) -> bool {
        self.look.swap(false, Ordering::Relaxed)
    }
}
