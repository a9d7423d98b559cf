//! Cookie sessions: opening, finding (slides), closing, and the MAC that a cookie carries.

use std::sync::PoisonError;

use super::changes::{Change, ChangeSet};
use super::open::{SESSION_SECRET, SETTINGS};
use super::{AuthorityError, ProvenUser, Session, StoreError, TokenAuthority, audit};
use crate::domain::{Actor, Dialect, Secret, SessionRecord, Standing, TokenHash};
use crate::keys::hash::{hmac_sha256, same, sha256_of_parts};

/// A session just opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenSession {
    /// 24 random bytes in base64url: 32 characters.
    pub sid: Secret,
    /// First millisecond at which it is over unless used.
    pub expires_at_ms: i64,
}

/// A session slides in steps of a minute: one write a minute instead of one a request.
const SLIDE_STEP_MS: i64 = 60_000;

impl TokenAuthority {
    /// Opens a session for whoever has proved a password; the session `replaces`, if it is one of this dialect, ends in the
    /// same transaction.
    ///
    /// # Errors
    /// `WrongSecret` if the password was changed meanwhile, `Unavailable`.
    pub async fn open_session(
        &self,
        actor: &Actor,
        dialect: Dialect,
        proven: &ProvenUser,
        replaces: Option<&Secret>,
    ) -> Result<OpenSession, AuthorityError> {
        let sid = self.random_text::<24>()?;
        let at_ms = self.now_ms();
        let expires_at_ms = self.session_end_ms(at_ms, at_ms);
        let record = SessionRecord {
            hash: sid_hash(dialect, &sid),
            dialect,
            principal: proven.user.id,
            created_at_ms: at_ms,
            expires_at_ms,
        };
        let changes = ChangeSet::new()
            .with(Change::RequireStanding(proven.standing.clone()))
            .with_some(replaces.map(|old| Change::DeleteSession(sid_hash(dialect, old))))
            .with(Change::InsertSession(record))
            .with(audit::row(
                at_ms,
                actor,
                "session.open",
                Some(dialect),
                &proven.user.name,
                "done",
                None,
            ));
        match self.core.store.commit(changes).await {
            Ok(_) => Ok(OpenSession { sid, expires_at_ms }),
            Err(StoreError::Overtaken) => Err(AuthorityError::WrongSecret),
            Err(error) => Err(error.into()),
        }
    }

    /// The live session of that identifier, its life slid on; `None` if there is none or it is over.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn find_session(
        &self,
        dialect: Dialect,
        sid: &Secret,
    ) -> Result<Option<Session>, AuthorityError> {
        let hash = sid_hash(dialect, sid);
        let now_ms = self.now_ms();
        let Some(record) = self
            .core
            .store
            .session(hash)
            .await?
            .filter(|record| record.expires_at_ms > now_ms)
            // Also where it slid further than it may now, under another setting or an older version.
            .filter(|record| self.session_end_ms(record.created_at_ms, now_ms) > now_ms)
        else {
            return Ok(None);
        };
        let expires_at_ms = self.session_end_ms(record.created_at_ms, now_ms);
        if expires_at_ms.saturating_sub(record.expires_at_ms) >= SLIDE_STEP_MS {
            self.core
                .store
                .commit(ChangeSet::new().with(Change::SlideSession(hash, expires_at_ms)))
                .await?;
        }
        let principal = self
            .core
            .store
            .principal(record.principal)
            .await?
            .filter(|principal| principal.enabled);
        Ok(Some(Session {
            principal,
            expires_at_ms,
            standing: Standing::Session(hash),
        }))
    }

    /// Ends a session; one that is not there is fine.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn close_session(
        &self,
        actor: &Actor,
        dialect: Dialect,
        sid: &Secret,
    ) -> Result<(), AuthorityError> {
        let hash = sid_hash(dialect, sid);
        let Some(record) = self.core.store.session(hash).await? else {
            return Ok(());
        };
        let target = record.principal.to_string();
        let changes = ChangeSet::new()
            .with(Change::DeleteSession(hash))
            .with(audit::row(
                self.now_ms(),
                actor,
                "session.close",
                Some(dialect),
                &target,
                "done",
                None,
            ));
        self.core.store.commit(changes).await?;
        Ok(())
    }

    /// HMAC-SHA256 of a session identifier under the session secret.
    #[must_use]
    pub fn session_mac(&self, sid: &str) -> [u8; 32] {
        hmac_sha256(self.session_secret().as_bytes(), sid.as_bytes())
    }

    /// Whether `mac` is that HMAC, compared in constant time.
    #[must_use]
    pub fn verify_session_mac(&self, sid: &str, mac: &[u8]) -> bool {
        same(&self.session_mac(sid), mac)
    }

    /// The session secret as text (its UTF-8 bytes are the key), for the demo's credentials.
    #[must_use]
    pub fn session_secret(&self) -> Secret {
        self.core
            .session_secret
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Sets the session secret, durably; cookies signed under the old one are no longer accepted.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn set_session_secret(
        &self,
        actor: &Actor,
        secret: Secret,
    ) -> Result<(), AuthorityError> {
        let sealed = self.core.sealer.seal(
            self.core.randomness.as_ref(),
            SETTINGS,
            SESSION_SECRET,
            secret.as_bytes(),
        )?;
        let noted = audit::row(
            self.now_ms(),
            actor,
            "session_secret.set",
            None,
            SESSION_SECRET,
            "done",
            None,
        );
        self.core
            .store
            .commit(
                ChangeSet::new()
                    .with(Change::PutSetting(SESSION_SECRET, sealed))
                    .with(noted),
            )
            .await?;
        *self
            .core
            .session_secret
            .write()
            .unwrap_or_else(PoisonError::into_inner) = secret;
        Ok(())
    }

    /// Where a session ends that was opened at one moment and used at another.
    fn session_end_ms(&self, opened_at_ms: i64, used_at_ms: i64) -> i64 {
        let settings = &self.core.settings;
        let after = |at_ms: i64, secs: u32| at_ms.saturating_add(i64::from(secs) * 1000);
        after(used_at_ms, settings.session_secs).min(after(opened_at_ms, settings.session_max_secs))
    }
}

fn sid_hash(dialect: Dialect, sid: &Secret) -> TokenHash {
    TokenHash(sha256_of_parts(&[
        b"session",
        dialect.as_str().as_bytes(),
        sid.as_bytes(),
    ]))
}
