//! Finds the master key that fits a database; makes one for a database that holds nothing.

use std::path::{Path, PathBuf};

use crate::{
    config::Config,
    domain::{Contents, PrivateFileError, Randomness},
    keys::{MasterKey, MasterKeyError, Misfit, Sealer},
};

/// Why there is no master key for a database; the text is for operators. Nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum UnlockError {
    /// The file that there is cannot be used.
    #[error("the master key file {} {reason}", .file.display())]
    File {
        /// The key file.
        file: PathBuf,
        /// What is wrong with it.
        reason: MasterKeyError,
    },
    /// There is none, and a new key would open nothing.
    #[error(
        "the master key file {} is missing, and without it the database {database} cannot be opened: put the file back \
         from its backup, or name the place where it is with --master-key-file; no new key was made",
        .file.display()
    )]
    Missing {
        /// Where it should be.
        file: PathBuf,
        /// The database.
        database: String,
    },
    /// There is one, of another database.
    #[error(
        "the master key in {} does not fit the database {database}: {misfit}; put the right file there, or name the \
         place where it is with --master-key-file; nothing was written",
        .file.display()
    )]
    Misfit {
        /// The key file.
        file: PathBuf,
        /// The database.
        database: String,
        /// What does not fit.
        misfit: Misfit,
    },
    /// Nobody says where it is, and the database is not beside it.
    #[error(
        "a database on a server has no master key beside it: name the file with --master-key-file; every server on the \
         database has the same one"
    )]
    NoPlace,
    /// None can be made.
    #[error("the master key {0}")]
    NoKey(MasterKeyError),
}

/// The master key of the configured database, proved against its contents.
///
/// # Errors
/// [`UnlockError`].
pub fn master_key(
    config: &Config,
    contents: &Contents,
    randomness: &dyn Randomness,
) -> Result<MasterKey, UnlockError> {
    let places = config.master_key_places();
    let Some(first) = places.first() else {
        if !config.database_url.is_sqlite() {
            return Err(UnlockError::NoPlace);
        }
        return MasterKey::random(randomness).map_err(UnlockError::NoKey);
    };
    let failed = |file: &Path| {
        let file = file.to_owned();
        move |reason| UnlockError::File { file, reason }
    };
    let database = || {
        let file = crate::storage::database_file(config.database_url.expose());
        file.map_or_else(
            || config.database_url.to_string(),
            |file| file.display().to_string(),
        )
    };
    let mut refused = None;
    for file in &places {
        let key = match MasterKey::load(file) {
            Ok(Some(key)) => key,
            Ok(None) => continue,
            // Missing as well, and it matters more what is lost than how.
            Err(MasterKeyError::File(PrivateFileError::Dangling))
                if *contents != Contents::Nothing =>
            {
                continue;
            }
            Err(reason) => return Err(failed(file)(reason)),
        };
        let sealer = Sealer::new(&key);
        match sealer.map_or(Err(Misfit::Other), |sealer| sealer.prove(contents)) {
            Ok(()) => {
                MasterKey::clear_away_unfinished(file);
                return Ok(key);
            }
            Err(misfit) => {
                refused.get_or_insert(UnlockError::Misfit {
                    file: file.clone(),
                    database: database(),
                    misfit,
                });
            }
        }
    }
    match (refused, contents) {
        (Some(refused), _) => Err(refused),
        (None, Contents::Rows(_)) => Err(UnlockError::Missing {
            file: first.clone(),
            database: database(),
        }),
        (None, Contents::Nothing) => {
            MasterKey::clear_away_unfinished(first);
            MasterKey::create(first, randomness).map_err(failed(first))
        }
    }
}
