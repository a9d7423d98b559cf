//! Opening the authority on a store: keys and secrets that are missing are made, the others unsealed.

use std::sync::{Arc, RwLock};

use super::changes::{Change, ChangeSet};
use super::decoys::Decoys;
use super::mint::Mint;
use super::password_checks::PasswordChecks;
use super::refusals::Refusals;
use super::{
    Actor, AuthorityError, AuthoritySettings, Clock, Core, Dialect, KeyAlgorithm, KeyState,
    PlainSecret, Randomness, Store, StoreError, TokenAuthority, audit,
};
use crate::keys::hash::random_text;
use crate::keys::password::PasswordError;
use crate::keys::ring::{self, KeyRing};
use crate::keys::{MasterKey, SealError, Sealer};

/// Name of the setting that holds the sealed session secret.
pub(super) const SESSION_SECRET: &str = "session_secret";
/// Table name that sealed settings are bound to.
pub(super) const SETTINGS: &str = "settings";

/// The algorithm of a dialect's own signing key; `None` for dialects whose tokens are all opaque.
///
/// Animeloop and token-generator tokens are HS256 by their formats; the others are ours to choose.
pub(super) const fn signing_algorithm(dialect: Dialect) -> Option<KeyAlgorithm> {
    match dialect {
        Dialect::Animeloop | Dialect::TokenGenerator => Some(KeyAlgorithm::Hs256),
        Dialect::AuthApi | Dialect::Manis => Some(KeyAlgorithm::EdDsa),
        Dialect::Pnut | Dialect::Oauth => None,
    }
}

const WRONG_MASTER_KEY: AuthorityError =
    AuthorityError::Refused("the master key does not fit the database");

impl TokenAuthority {
    /// Opens the authority on a store: makes the signing keys and the session secret that are missing, unseals the rest.
    ///
    /// # Errors
    /// [`AuthorityError::Unavailable`] when the store fails; [`AuthorityError::Refused`] for an empty issuer or
    /// a master key that does not fit the store.
    pub async fn open(
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        randomness: Arc<dyn Randomness>,
        master: MasterKey,
        settings: AuthoritySettings,
    ) -> Result<Self, AuthorityError> {
        if settings.issuer.is_empty() {
            return Err(AuthorityError::Refused("empty issuer"));
        }
        let sealer = Sealer::new(&master).map_err(unavailable)?;
        drop(master);
        make_missing_keys(store.as_ref(), clock.as_ref(), randomness.as_ref(), &sealer).await?;
        let ring =
            KeyRing::open(&sealer, &store.keys().await?).map_err(|SealError| WRONG_MASTER_KEY)?;
        let session_secret =
            session_secret(store.as_ref(), clock.as_ref(), randomness.as_ref(), &sealer).await?;
        let decoys = Decoys::make(&Mint {
            sealer: &sealer,
            randomness: randomness.as_ref(),
            password_cost: settings.password_cost,
            at_ms: clock.now_ms(),
        })
        .await?;
        let password_checks = PasswordChecks::new(settings.password_concurrency);
        Ok(Self {
            core: Arc::new(Core {
                store,
                clock,
                randomness,
                settings,
                sealer,
                ring: RwLock::new(ring),
                session_secret: RwLock::new(session_secret),
                password_checks,
                decoys,
                refusals: Refusals::default(),
            }),
        })
    }
}

fn unavailable<E>(_: E) -> AuthorityError {
    AuthorityError::Unavailable
}

async fn make_missing_keys(
    store: &dyn Store,
    clock: &dyn Clock,
    randomness: &dyn Randomness,
    sealer: &Sealer,
) -> Result<(), AuthorityError> {
    let present = store.keys().await?;
    let mut changes = ChangeSet::new();
    for dialect in Dialect::ALL.iter().copied() {
        let Some(algorithm) = signing_algorithm(dialect) else {
            continue;
        };
        if present
            .iter()
            .any(|key| key.dialect == dialect && key.state == KeyState::Active)
        {
            continue;
        }
        let key = ring::generate(sealer, randomness, dialect, algorithm, clock.now_ms())
            .map_err(unavailable)?;
        let noted = audit::row(
            clock.now_ms(),
            &Actor::operator(),
            "key.create",
            Some(dialect),
            key.id.as_str(),
            "done",
            None,
        );
        changes = changes.with(Change::InsertKey(key)).with(noted);
    }
    if changes.0.is_empty() {
        return Ok(());
    }
    match store.commit(changes).await {
        // Another process made them first; its keys are read next.
        Ok(_) | Err(StoreError::Conflict) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

async fn session_secret(
    store: &dyn Store,
    clock: &dyn Clock,
    randomness: &dyn Randomness,
    sealer: &Sealer,
) -> Result<PlainSecret, AuthorityError> {
    if let Some(sealed) = store.setting(SESSION_SECRET).await? {
        let clear = sealer
            .unseal(SETTINGS, SESSION_SECRET, &sealed)
            .map_err(|SealError| WRONG_MASTER_KEY)?;
        let text = std::str::from_utf8(&clear).map_err(unavailable)?;
        return Ok(PlainSecret::new(text));
    }
    let secret = random_text::<32>(randomness).map_err(unavailable)?;
    let at_rest = sealer
        .seal(randomness, SETTINGS, SESSION_SECRET, secret.as_bytes())
        .map_err(unavailable)?;
    let noted = audit::row(
        clock.now_ms(),
        &Actor::operator(),
        "session_secret.set",
        None,
        SESSION_SECRET,
        "done",
        None,
    );
    store
        .commit(
            ChangeSet::new()
                .with(Change::PutSetting(SESSION_SECRET, at_rest))
                .with(noted),
        )
        .await?;
    Ok(secret)
}

impl From<PasswordError> for AuthorityError {
    fn from(error: PasswordError) -> Self {
        match error {
            PasswordError::Cost => Self::Refused("password cost out of range"),
            PasswordError::Interrupted => Self::Unavailable,
        }
    }
}

impl From<SealError> for AuthorityError {
    fn from(SealError: SealError) -> Self {
        Self::Unavailable
    }
}
