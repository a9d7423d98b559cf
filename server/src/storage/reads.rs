//! The reading half of the `Store` port.

use std::pin::Pin;
use std::sync::Weak;

use sea_orm::{
    ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
};

use super::entities::{audit, grant, key, principal, secret, session, setting};
use super::failure::Failure;
use super::open::SqlStore;
use super::rows::hash_key;
use super::{attempts, claims, clock_notes, contents, convert, refusals, sweep, token_reads};
use crate::authority::changes::{ChangeSet, Sweep, Tries};
use crate::authority::{
    ClockNote, Committed, Follower, FoundToken, LockoutPolicy, NotReady, RefusalRow, Seen, Store,
    StoreFuture, TokenFilter,
};
use crate::domain::{
    AuditRecord, Claim, Contents, Dialect, KeyId, KeyRecord, Principal, PrincipalId, PrincipalKind,
    ScopeSet, SecretPurpose, SecretRecord, SecretState, SessionRecord, TokenClass, TokenHash,
    TokenId, TokenRecord,
};

impl SqlStore {
    async fn principal_row(&self, id: PrincipalId) -> Result<Option<Principal>, Failure> {
        let row = principal::Entity::find_by_id(id.0).one(&self.reads).await?;
        row.map(convert::principal).transpose()
    }
}

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

    fn token_by_hash(&self, hash: TokenHash) -> StoreFuture<'_, Option<TokenRecord>> {
        Box::pin(self.read(token_reads::by_hash(&self.reads, hash)))
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

    fn tokens(&self, filter: TokenFilter) -> StoreFuture<'_, Vec<TokenRecord>> {
        Box::pin(self.read(token_reads::list(&self.reads, filter)))
    }

    fn principal(&self, id: PrincipalId) -> StoreFuture<'_, Seen<Option<Principal>>> {
        Box::pin(self.read_seen(self.principal_row(id)))
    }

    fn principal_by_name(
        &self,
        dialect: Dialect,
        kind: PrincipalKind,
        name: String,
    ) -> StoreFuture<'_, Option<Principal>> {
        Box::pin(self.read(async move {
            let query = principal::Entity::find()
                .filter(principal::Column::Dialect.eq(dialect.as_str()))
                .filter(principal::Column::Kind.eq(kind.as_str()))
                .filter(principal::Column::Name.eq(name));
            query
                .one(&self.reads)
                .await?
                .map(convert::principal)
                .transpose()
        }))
    }

    fn claim(
        &self,
        dialect: Dialect,
        kind: PrincipalKind,
        name: String,
        decoy: &SecretRecord,
    ) -> StoreFuture<'_, Seen<Claim>> {
        let values = claims::of_name(dialect, kind, name, decoy);
        Box::pin(self.read_seen(claims::claim(&self.reads, &claims::BY_NAME, values)))
    }

    fn claim_by_secret(&self, id: &KeyId, decoy: &SecretRecord) -> StoreFuture<'_, Seen<Claim>> {
        let values = claims::of_secret(id, decoy);
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
        Box::pin(self.read(async move {
            let query = secret::Entity::find()
                .filter(secret::Column::PrincipalId.eq(principal.0))
                .filter(secret::Column::Purpose.eq(purpose.as_str()))
                .filter(secret::Column::State.eq(SecretState::Live.as_str()))
                .order_by_asc(secret::Column::CreatedAtMs)
                .order_by_asc(secret::Column::Id);
            query
                .all(&self.reads)
                .await?
                .into_iter()
                .map(convert::secret)
                .collect()
        }))
    }

    fn secret(&self, id: KeyId) -> StoreFuture<'_, Seen<Option<SecretRecord>>> {
        Box::pin(self.read_seen(async move {
            let row = secret::Entity::find_by_id(id.as_str().to_owned())
                .one(&self.reads)
                .await?;
            row.map(convert::secret).transpose()
        }))
    }

    fn session(&self, hash: TokenHash) -> StoreFuture<'_, Option<SessionRecord>> {
        Box::pin(self.read(async move {
            let row = session::Entity::find_by_id(hash_key(hash))
                .one(&self.reads)
                .await?;
            row.as_ref().map(convert::session).transpose()
        }))
    }

    fn keys(&self) -> StoreFuture<'_, Seen<Vec<KeyRecord>>> {
        Box::pin(self.read_seen(async move {
            let rows = key::Entity::find()
                .order_by_asc(key::Column::CreatedAtMs)
                .all(&self.reads)
                .await?;
            rows.into_iter().map(convert::key).collect()
        }))
    }

    fn setting(&self, name: &'static str) -> StoreFuture<'_, Option<Vec<u8>>> {
        Box::pin(self.read(async move {
            let row = setting::Entity::find_by_id(name.to_owned())
                .one(&self.reads)
                .await?;
            Ok(row.map(|row| row.value))
        }))
    }

    fn clock_note(&self, note: ClockNote) -> StoreFuture<'_, Option<i64>> {
        Box::pin(self.read(clock_notes::read(&self.reads, note)))
    }

    fn contents(&self) -> StoreFuture<'_, Contents> {
        Box::pin(self.read(contents::of(&self.reads)))
    }

    fn grant(&self, user: PrincipalId, client: PrincipalId) -> StoreFuture<'_, Option<ScopeSet>> {
        Box::pin(self.read(async move {
            let row = grant::Entity::find_by_id((user.0, client.0))
                .one(&self.reads)
                .await?;
            Ok(row.map(|row| ScopeSet::parse(&row.scopes)))
        }))
    }

    fn locked_for_secs(&self, tries: Tries, policy: LockoutPolicy) -> StoreFuture<'_, u64> {
        Box::pin(self.read(attempts::locked_for_secs(&self.reads, tries, policy)))
    }

    fn refusals(&self, limit: u64) -> StoreFuture<'_, Vec<RefusalRow>> {
        Box::pin(self.read(refusals::newest(&self.reads, limit)))
    }

    fn left_to_sweep(&self, sweep: Sweep) -> StoreFuture<'_, bool> {
        Box::pin(self.read(sweep::left(&self.reads, sweep)))
    }

    fn audit(&self, limit: u64) -> StoreFuture<'_, Vec<AuditRecord>> {
        Box::pin(self.read(async move {
            let rows = audit::Entity::find()
                .order_by_desc(audit::Column::Id)
                .limit(limit)
                .all(&self.reads)
                .await?;
            Ok(rows.into_iter().map(convert::audit).collect())
        }))
    }
}
