//! Opens the authority on the configured database, and proves the master key against it first.

use std::{io, path::Path, sync::Arc};

use super::{Ports, StartError};
use crate::{
    authority::{self, AuthoritySettings, TokenAuthority},
    config::Config,
    dialects::REGISTRATIONS,
    domain::{Actor, Contents, Secret},
    keys::MasterKey,
    public_url::PublicUrl,
    storage::{Lock, Purpose, Schema, SqlStore, look_at},
    unlock,
};

/// The authority on the configured database.
pub struct Opened {
    /// The core.
    pub authority: TokenAuthority,
    /// The store, to close in the end.
    pub store: SqlStore,
    /// Nobody else makes or opens the database until this is dropped.
    pub making: Lock,
}

/// Opens the configured database; what it lacks (file, schema, keys, session secret) is made, by one process at a time.
/// Nothing is written before the master key is proved against what is there.
///
/// # Errors
/// [`StartError`] for the database, the master key or what does not fit between them.
pub async fn open_authority(
    config: &Config,
    ports: &Ports,
    issuer: &PublicUrl,
) -> Result<Opened, StartError> {
    let now_ms = ports.clock.now_ms();
    let making = Lock::take(config.database_url.expose(), Purpose::Making, now_ms).await?;
    let contents = look_at(config.database_url.expose()).await?;
    if !config.migrate {
        let schema = Schema::at(config.database_url.expose()).await?;
        schema.is_whole()?;
    }
    let master = unlock::master_key(config, &contents, ports.randomness.as_ref())?;
    let store = SqlStore::open(config.database_url.expose(), config.commits_per_checkpoint).await?;
    match authority_on(&store, master, config, ports, issuer).await {
        Ok(authority) => Ok(Opened {
            authority,
            store,
            making,
        }),
        Err(error) => {
            store.close().await;
            Err(error)
        }
    }
}

/// Proves the master key of the configured database against what is there. Nothing is written.
///
/// # Errors
/// [`StartError`]; also for a database that holds nothing yet, and has no key.
pub async fn prove_master_key(config: &Config, ports: &Ports) -> Result<(), StartError> {
    let contents = look_at(config.database_url.expose()).await?;
    if contents == Contents::Nothing {
        return Ok(());
    }
    let key = unlock::master_key(config, &contents, ports.randomness.as_ref());
    Ok(key.map(drop)?)
}

async fn authority_on(
    store: &SqlStore,
    master: MasterKey,
    config: &Config,
    ports: &Ports,
    issuer: &PublicUrl,
) -> Result<TokenAuthority, StartError> {
    let mut settings = AuthoritySettings::new(issuer.as_str());
    settings.password_cost = config.password_cost;
    settings.lockout = config.policy.lockout;
    let dialects = &config.policy.dialects;
    settings.dialects = REGISTRATIONS
        .iter()
        .map(|dialect| (dialect.id, (dialect.rules)(dialects)))
        .collect();
    settings.audit = config.policy.audit;
    settings.cache = config.policy.cache;
    let authority = TokenAuthority::open(
        Arc::new(store.clone()),
        Arc::clone(&ports.clock),
        Arc::clone(&ports.randomness),
        master,
        settings,
    )
    .await?;
    if let Some(path) = &config.session_secret_file {
        let secret = session_secret(path)?;
        let sessions = authority.sessions();
        let held = sessions.secret().await;
        if held.map_err(authority::OpenError::from)? != secret {
            let set = sessions.set_secret(&Actor::operator(), secret).await;
            set.map_err(authority::OpenError::from)?;
        }
    }
    Ok(authority)
}

/// The first line of the file, which must not be empty.
fn session_secret(path: &Path) -> Result<Secret, StartError> {
    let failed = |reason| StartError::SessionSecret {
        path: path.to_owned(),
        reason,
    };
    let text = Secret::new(std::fs::read_to_string(path).map_err(failed)?);
    match text.expose().lines().next() {
        Some(line) if !line.is_empty() => Ok(Secret::new(line)),
        _ => Err(failed(io::Error::new(
            io::ErrorKind::InvalidData,
            "its first line is empty",
        ))),
    }
}
