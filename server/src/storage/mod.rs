//! Durable storage behind the authority's `Store` port: sea-orm, its entities and migrations, the only place with SQL.

/// Why a database cannot be opened; the text is for operators.
#[derive(Debug, thiserror::Error)]
#[error("database: {0}")]
pub struct OpenError(pub(crate) String);

/// The authority's store in an SQL database.
#[derive(Debug)]
pub struct SqlStore;

impl SqlStore {
    /// Opens (and makes, mode 0600) the database at a `sqlite://path` URL and migrates it to the newest schema.
    ///
    /// # Errors
    /// [`OpenError`] with a text for the operator.
    #[expect(clippy::unused_async, reason = "skeleton")]
    pub async fn open(url: &str) -> Result<Self, OpenError> {
        Err(OpenError(format!("{url}: not yet")))
    }
}
