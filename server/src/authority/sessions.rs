//! Cookie sessions: opening, finding (slides), closing. What a cookie carries of a session is its identifier and a MAC
//! of it under the session secret; nothing is looked up unless the MAC holds.

use super::changes::{Change, ChangeSet};
use super::loaded::{SESSION_SECRET, SETTINGS};
use super::{Core, ProvenUser, Session, SessionError, Sessions, StoreError, Unavailable, audit};
use crate::domain::{Actor, Dialect, Secret, SessionRecord, TokenHash};
use crate::keys::hash::{hmac_sha256, same, sha256_of_parts};

/// A session's identifier with what is, or claims to be, its MAC.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedSid {
    /// 24 random bytes in base64url: 32 characters.
    pub sid: Secret,
    /// HMAC-SHA256 of the identifier's text under the session secret.
    pub mac: Vec<u8>,
}

/// A session just opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenSession {
    /// What its holder presents.
    pub signed: SignedSid,
    /// First millisecond at which it is over unless used.
    pub expires_at_ms: i64,
}

/// A session slides in steps of a minute: one write a minute instead of one a request.
const SLIDE_STEP_MS: i64 = 60_000;

impl Sessions<'_> {
    /// Opens a session for whoever has proved a password; the session `replaces`, if its MAC holds and it is one of this
    /// dialect, ends in the same transaction.
    ///
    /// # Errors
    /// [`SessionError`].
    pub async fn open(
        self,
        actor: &Actor,
        dialect: Dialect,
        proven: &ProvenUser,
        replaces: Option<&SignedSid>,
    ) -> Result<OpenSession, SessionError> {
        let sid = self.0.random_text::<24>()?;
        let secret = self.0.session_secret().await?;
        let at_ms = self.0.now_ms();
        let expires_at_ms = self.0.session_end_ms(dialect, at_ms, at_ms);
        let record = SessionRecord {
            hash: sid_hash(dialect, &sid),
            dialect,
            principal: proven.user.id,
            created_at_ms: at_ms,
            expires_at_ms,
        };
        let ended = replaces.and_then(|old| verified(&secret, dialect, old));
        let signed = signed(&secret, sid);
        let changes = ChangeSet::new()
            .with(Change::RequireStanding(proven.standing.clone()))
            .with_some(ended.map(Change::DeleteSession))
            .with(Change::InsertSession(record))
            .with(audit::done(at_ms, actor, "session.open").on(dialect, &proven.user.name));
        match self.0.store.commit(changes).await {
            Ok(_) => Ok(OpenSession {
                signed,
                expires_at_ms,
            }),
            Err(StoreError::Overtaken) => Err(SessionError::Overtaken),
            Err(error) => Err(error.into()),
        }
    }

    /// The live session of that identifier, its life slid on; `None` if the MAC does not hold, there is none or it is over.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn find(
        self,
        dialect: Dialect,
        signed: &SignedSid,
    ) -> Result<Option<Session>, Unavailable> {
        let secret = self.0.session_secret().await?;
        let Some(hash) = verified(&secret, dialect, signed) else {
            return Ok(None);
        };
        let now_ms = self.0.now_ms();
        let end_ms =
            |record: &SessionRecord| self.0.session_end_ms(dialect, record.created_at_ms, now_ms);
        let record = self.0.store.session(hash).await?;
        let Some(record) = record
            .filter(|record| record.expires_at_ms > now_ms)
            // Also where it slid further than it may now, under another setting or an older version.
            .filter(|record| end_ms(record) > now_ms)
        else {
            return Ok(None);
        };
        let expires_at_ms = end_ms(&record);
        if expires_at_ms.saturating_sub(record.expires_at_ms) >= SLIDE_STEP_MS {
            let slid = ChangeSet::new().with(Change::SlideSession(hash, expires_at_ms));
            self.0.store.commit(slid).await?;
        }
        let principal = self.0.principal(record.principal).await?;
        Ok(Some(Session {
            principal: principal.filter(|principal| principal.enabled),
            expires_at_ms,
            record,
        }))
    }

    /// Ends a session that was found; one that has ended meanwhile is fine.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn close(self, actor: &Actor, session: &Session) -> Result<(), Unavailable> {
        let record = &session.record;
        let target = record.principal.to_string();
        let changes = ChangeSet::new()
            .with(Change::RequireStanding(session.standing()))
            .with(Change::DeleteSession(record.hash))
            .with(audit::done(self.0.now_ms(), actor, "session.close").on(record.dialect, &target));
        match self.0.store.commit(changes).await {
            Ok(_) | Err(StoreError::Overtaken) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// The session secret as text (its UTF-8 bytes are the key), for the demo's credentials.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn secret(self) -> Result<Secret, Unavailable> {
        Ok(Secret::clone(&*self.0.session_secret().await?))
    }

    /// Sets the session secret, durably; cookies signed under the old one are no longer accepted.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn set_secret(self, actor: &Actor, secret: Secret) -> Result<(), Unavailable> {
        let sealed = self.0.sealer.seal(
            self.0.randomness.as_ref(),
            SETTINGS,
            SESSION_SECRET,
            secret.as_bytes(),
        )?;
        let noted =
            audit::done(self.0.now_ms(), actor, "session_secret.set").on_all(SESSION_SECRET);
        self.0
            .store
            .commit(
                ChangeSet::new()
                    .with(Change::PutSetting(SESSION_SECRET, sealed))
                    .with(noted),
            )
            .await?;
        Ok(())
    }
}

impl Core {
    /// Where a session ends that was opened at one moment and used at another; at once, where the dialect has none or is served no more.
    fn session_end_ms(&self, dialect: Dialect, opened_at_ms: i64, used_at_ms: i64) -> i64 {
        let rules = self.rules(dialect);
        let max_secs = rules.and_then(|rules| rules.session_max_secs).unwrap_or(0);
        let after = |at_ms: i64, secs: u32| at_ms.saturating_add(i64::from(secs) * 1000);
        after(used_at_ms, self.settings.session_secs).min(after(opened_at_ms, max_secs))
    }
}

/// The key of the session's row, if the MAC is ours; compared in constant time.
fn verified(secret: &Secret, dialect: Dialect, signed: &SignedSid) -> Option<TokenHash> {
    let SignedSid { sid, mac } = signed;
    same(&session_mac(secret, sid), mac).then(|| sid_hash(dialect, sid))
}

fn signed(secret: &Secret, sid: Secret) -> SignedSid {
    let mac = session_mac(secret, &sid).to_vec();
    SignedSid { sid, mac }
}

pub(super) fn session_mac(secret: &Secret, sid: &Secret) -> [u8; 32] {
    hmac_sha256(secret.as_bytes(), sid.as_bytes())
}

fn sid_hash(dialect: Dialect, sid: &Secret) -> TokenHash {
    TokenHash(sha256_of_parts(&[
        b"session",
        dialect.as_str().as_bytes(),
        sid.as_bytes(),
    ]))
}
