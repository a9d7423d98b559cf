//! The reading half of the `Store` port.

use std::pin::Pin;
use std::sync::Weak;

use sea_orm::ConnectionTrait as _;

use super::open::SqlStore;
use super::{
    attempts, audit, claims, clock_notes, contents, grants, keys, principals, refusals, secrets,
    sessions, settings, sweep, token_pages, token_reads,
};
use crate::authority::changes::{ChangeSet, Sweep, Tries};
use crate::authority::{
    AuditFilter, ClockNote, Committed, Follower, FoundToken, Lock, LockoutPolicy, NotReady, Page,
    PrincipalFilter, RefusalRow, Seen, SignedTokens, Store, StoreFuture, TokenFilter,
};
use crate::domain::{
    AuditRecord, Claim, Contents, Dialect, KeyId, KeyRecord, Principal, PrincipalId, PrincipalKind,
    ScopeSet, SecretPurpose, SecretRecord, SessionRecord, TokenClass, TokenHash, TokenId,
    TokenRecord,
};

impl Store for SqlStore {
    fn commit(&self, changes: ChangeSet) -> StoreFuture<'_, Committed> {
        Box::pin(self.commit_all(changes))
    }

    fn follow(&self, follower: Weak<dyn Follower>) {
        self.tell(follower);
    }

    fn look_up(&self, hash: TokenHash) -> StoreFuture<'_, Seen<Option<FoundToken>>> {
        Box::pin(self.read(token_reads::look_up(&self.reads, hash)))
    }

    fn probe(&self) -> Pin<Box<dyn Future<Output = Result<(), NotReady>> + Send + '_>> {
        Box::pin(self.probe_at_most_once_a_second())
    }

    fn token_by_id(&self, id: TokenId) -> StoreFuture<'_, Option<TokenRecord>> {
        Box::pin(self.read(async move { token_reads::by_id(&self.reads, &id).await }))
    }

    fn token_in_slot(
        &self,
        dialect: Dialect,
        principal: PrincipalId,
        class: TokenClass,
    ) -> StoreFuture<'_, Option<TokenRecord>> {
        Box::pin(self.read(async move {
            token_reads::in_slot(&self.reads, dialect, principal, &class).await
        }))
    }

    fn tokens(&self, filter: TokenFilter) -> StoreFuture<'_, Page<TokenRecord>> {
        Box::pin(self.read(token_pages::list(&self.reads, filter)))
    }

    fn principal(&self, id: PrincipalId) -> StoreFuture<'_, Seen<Option<Principal>>> {
        Box::pin(self.read_seen(principals::by_id(&self.reads, id)))
    }

    fn principals(&self, filter: PrincipalFilter) -> StoreFuture<'_, Page<Principal>> {
        Box::pin(self.read(principals::list(&self.reads, filter)))
    }

    fn principal_by_name(
        &self,
        dialect: Dialect,
        kind: PrincipalKind,
        name: String,
    ) -> StoreFuture<'_, Option<Principal>> {
        Box::pin(self.read(principals::by_name(&self.reads, dialect, kind, name)))
    }

    fn claim(
        &self,
        dialect: Dialect,
        kind: PrincipalKind,
        name: String,
        decoy: &SecretRecord,
    ) -> StoreFuture<'_, Seen<Claim>> {
        let backend = self.reads.get_database_backend();
        let values = claims::of_name(backend, (dialect, kind, &name), decoy);
        Box::pin(self.read_seen(claims::claim(&self.reads, &claims::BY_NAME, values)))
    }

    fn claim_by_secret(&self, id: &KeyId, decoy: &SecretRecord) -> StoreFuture<'_, Seen<Claim>> {
        let values = claims::of_secret(self.reads.get_database_backend(), id, decoy);
        Box::pin(self.read_seen(claims::claim(&self.reads, &claims::BY_SECRET, values)))
    }

    fn name_or_email(
        &self,
        dialect: Dialect,
        kind: PrincipalKind,
        text: String,
    ) -> StoreFuture<'_, Option<String>> {
        Box::pin(self.read(claims::name_or_email(&self.reads, dialect, kind, text)))
    }

    fn live_secrets(
        &self,
        principal: PrincipalId,
        purpose: SecretPurpose,
    ) -> StoreFuture<'_, Vec<SecretRecord>> {
        Box::pin(self.read(secrets::live(&self.reads, principal, purpose)))
    }

    fn secret(&self, id: KeyId) -> StoreFuture<'_, Seen<Option<SecretRecord>>> {
        Box::pin(self.read_seen(async move { secrets::by_id(&self.reads, &id).await }))
    }

    fn session(&self, hash: TokenHash) -> StoreFuture<'_, Option<SessionRecord>> {
        Box::pin(self.read(sessions::by_hash(&self.reads, hash)))
    }

    fn keys(&self) -> StoreFuture<'_, Seen<Vec<KeyRecord>>> {
        Box::pin(self.read_seen(keys::all(&self.reads)))
    }

    fn signed_by(&self, key: KeyId, live_at_ms: i64) -> StoreFuture<'_, SignedTokens> {
        Box::pin(self.read(async move { keys::signed(&self.reads, &key, live_at_ms).await }))
    }

    fn setting(&self, name: &'static str) -> StoreFuture<'_, Option<Vec<u8>>> {
        Box::pin(self.read(settings::read(&self.reads, name)))
    }

    fn clock_note(&self, note: ClockNote) -> StoreFuture<'_, Option<i64>> {
        Box::pin(self.read(clock_notes::read(&self.reads, note)))
    }

    fn contents(&self) -> StoreFuture<'_, Contents> {
        Box::pin(self.read(contents::of(&self.reads)))
    }

    fn grant(&self, user: PrincipalId, client: PrincipalId) -> StoreFuture<'_, Option<ScopeSet>> {
        Box::pin(self.read(grants::scopes(&self.reads, user, client)))
    }

    fn locked_for_secs(&self, tries: Tries, policy: LockoutPolicy) -> StoreFuture<'_, u64> {
        Box::pin(self.read(attempts::locked_for_secs(&self.reads, tries, policy)))
    }

    fn refusals(&self, after: Option<i64>, limit: u64) -> StoreFuture<'_, Page<RefusalRow>> {
        Box::pin(self.read(refusals::newest(&self.reads, after, limit)))
    }

    fn locks(
        &self,
        at_ms: i64,
        after: Option<TokenHash>,
        limit: u64,
    ) -> StoreFuture<'_, Vec<Lock>> {
        Box::pin(self.read(attempts::locks(&self.reads, at_ms, after, limit)))
    }

    fn session_count(&self, principal: PrincipalId, at_ms: i64) -> StoreFuture<'_, u64> {
        Box::pin(self.read(sessions::count(&self.reads, principal, at_ms)))
    }

    fn left_to_sweep(&self, sweep: Sweep) -> StoreFuture<'_, bool> {
        Box::pin(self.read(sweep::left(&self.reads, sweep)))
    }

    fn audit(&self, filter: AuditFilter) -> StoreFuture<'_, Page<AuditRecord>> {
        Box::pin(self.read(audit::list(&self.reads, filter)))
    }
}
