//! `tessera migrate`: how a database's schema stands to this program, and bringing it up to the newest.

use std::io::{self, Write as _};

use super::{CliError, args::MigrateArgs};
use crate::{
    domain::DatabaseUrl,
    serve::{Ports, StartError},
    storage::{Lock, Purpose, Schema, SqlStore},
};

/// Prints how the schema stands. Works beside a server.
pub(super) async fn status(args: MigrateArgs) -> Result<(), CliError> {
    let url = args.database.url_or_default()?;
    let schema = at(&url).await?;
    if args.json {
        writeln!(io::stdout(), "{}", serde_json::json!(schema))?;
    } else {
        let Schema {
            applied,
            pending,
            newer,
        } = &schema;
        let mut out = io::stdout().lock();
        for (word, names) in [("applied", applied), ("pending", pending), ("newer", newer)] {
            for name in names {
                writeln!(out, "{word} {name}")?;
            }
        }
    }
    Ok(schema.is_known().map_err(StartError::from)?)
}

/// Applies what is pending. A file that is served is refused, so that nobody serves from a schema that changes under it.
pub(super) async fn up(args: MigrateArgs) -> Result<(), CliError> {
    let url = args.database.url_or_default()?;
    let now_ms = Ports::system().clock.now_ms();
    let lock = |purpose| Lock::take(url.expose(), purpose, now_ms);
    let _serving = lock(Purpose::Serving).await.map_err(StartError::from)?;
    let _making = lock(Purpose::Making).await.map_err(StartError::from)?;
    let before = at(&url).await?;
    before.is_known().map_err(StartError::from)?;
    let store = SqlStore::open(url.expose(), SqlStore::COMMITS_PER_CHECKPOINT).await;
    store.map_err(StartError::from)?.close().await;
    let applied = before.pending;
    let mut out = io::stdout().lock();
    if args.json {
        return Ok(writeln!(
            out,
            "{}",
            serde_json::json!({"applied": applied})
        )?);
    }
    for name in &applied {
        writeln!(out, "applied {name}")?;
    }
    if applied.is_empty() {
        writeln!(out, "nothing is pending")?;
    }
    Ok(())
}

async fn at(url: &DatabaseUrl) -> Result<Schema, StartError> {
    Ok(Schema::at(url.expose()).await?)
}
