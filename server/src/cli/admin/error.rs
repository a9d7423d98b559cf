//! Why an operator's command was not done; each text says what to do.

use std::io;

use super::super::database::UrlFileError;
use crate::authority::Unavailable;
use crate::serve::StartError;
use crate::storage::OpenError;

/// Why an operator's command was not done. Nothing was changed, unless the text says otherwise.
#[derive(Debug, thiserror::Error)]
pub enum AdminError {
    /// The database does not open.
    #[error(transparent)]
    Start(#[from] StartError),
    /// It cannot be looked at.
    #[error(transparent)]
    Storage(#[from] OpenError),
    /// Nobody can tell where the database is.
    #[error(transparent)]
    DatabaseUrl(#[from] UrlFileError),
    /// There is none.
    #[error(
        "there is no database at {0}: name it with --database-url, or make it with `tessera serve`"
    )]
    NoDatabase(String),
    /// Nothing is called so.
    #[error("{0}")]
    NotFound(String),
    /// It cannot be done; the text says why, and what to do.
    #[error("{0}")]
    Refused(String),
    /// Nobody said yes.
    #[error("nothing was changed, as nobody said yes: give --yes where nobody can be asked")]
    NotConfirmed,
    /// The doctor found what is wrong.
    #[error("{0} of the findings say what is wrong, and what to do")]
    Unwell(usize),
    /// Storage failed on the way.
    #[error(
        "the database fails: the log says why. What was told as done is done; say the same again for the rest"
    )]
    Unavailable,
    /// Input or output fails.
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl From<Unavailable> for AdminError {
    fn from(Unavailable: Unavailable) -> Self {
        Self::Unavailable
    }
}

impl AdminError {
    /// What the process ends with.
    pub(in crate::cli) fn exit_code(&self) -> u8 {
        match self {
            Self::Start(StartError::Storage(error)) | Self::Storage(error) => match error {
                OpenError::Newer(_) => 3,
                OpenError::Pending(_) => 4,
                OpenError::Failed(_) | OpenError::Unfinished(_) => 1,
            },
            Self::NotFound(_) => 5,
            Self::Refused(_) => 6,
            Self::NotConfirmed => 7,
            Self::Unwell(_) => 8,
            Self::Start(_)
            | Self::DatabaseUrl(_)
            | Self::NoDatabase(_)
            | Self::Unavailable
            | Self::Io(_) => 1,
        }
    }
}
