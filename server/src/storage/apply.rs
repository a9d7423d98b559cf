//! Applies one change with its preconditions inside a transaction, and says what it changed.

use sea_orm::ActiveValue::{Set, Unchanged};
use sea_orm::sea_query::{Expr, OnConflict, Query};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _,
    QueryResult, QueryTrait as _, UpdateMany,
};
use serde_json::Value;

use super::entities::{key, principal, secret, session, setting};
use super::failure::Failure;
use super::rows::{add, alter, hash_key};
use super::{attempts, clock_notes, convert, grants, refusals, sweep, tokens};
use crate::authority::changes::Change;
use crate::authority::{Changed, ChangedSecret, ClockNote, StoreError};
use crate::domain::{
    KeyId, KeyRecord, KeyState, PrincipalId, SecretPurpose, SecretState, Standing, TokenHash,
};

pub(super) async fn change(
    db: &impl ConnectionTrait,
    change: Change,
    changed: &mut Changed,
) -> Result<(), Failure> {
    match change {
        Change::InsertPrincipal(record) => {
            changed.principals.push(record.id);
            add(db, convert::principal_row(record)).await
        }
        Change::UpdateProfile(id, profile) => {
            changed.principals.push(id);
            let profile = Set(Value::Object(profile).to_string());
            alter(
                db,
                principal::ActiveModel {
                    id: Unchanged(id.0),
                    profile,
                    ..Default::default()
                },
            )
            .await
        }
        Change::SetEnabled(id, enabled) => {
            changed.principals.push(id);
            let enabled = Set(enabled);
            alter(
                db,
                principal::ActiveModel {
                    id: Unchanged(id.0),
                    enabled,
                    ..Default::default()
                },
            )
            .await
        }
        Change::InsertSecret(record) => {
            changed.secrets.push(ChangedSecret {
                id: record.id.clone(),
                principal: record.principal,
                purpose: record.purpose,
            });
            add(db, convert::secret_row(record)).await
        }
        Change::EndSecrets(owner, purpose, state) => {
            end_secrets(db, owner, purpose, state, changed).await
        }
        Change::EndSecret(id, state) => end_secret(db, &id, state, changed).await,
        Change::InsertToken { record, takes_slot } => {
            tokens::insert(db, &record, takes_slot, changed).await
        }
        Change::RequireLive(id, at_ms) => tokens::require_live(db, &id, at_ms).await,
        Change::RequireActive(id) => tokens::require_active(db, &id).await,
        Change::EndTokens {
            selection,
            state,
            at_ms,
        } => tokens::end(db, selection, state, at_ms, changed).await,
        Change::RaiseStep(id, step) => attempts::raise_step(db, &id, step).await,
        Change::SpendOnce {
            hash,
            expires_at_ms,
        } => attempts::spend_once(db, hash, expires_at_ms).await,
        Change::RequireUnlocked(tries, policy) => {
            attempts::require_unlocked(db, tries, policy).await
        }
        Change::CountFailure(tries, policy) => attempts::count_failure(db, tries, policy).await,
        Change::NoteSuccess(tries, policy) => attempts::note_success(db, tries, policy).await,
        Change::RequireStanding(standing) => require_standing(db, standing).await,
        Change::InsertSession(record) => add(db, convert::session_row(&record)).await,
        Change::SlideSession(hash, expires_at_ms) => slide_session(db, hash, expires_at_ms).await,
        Change::DeleteSession(hash) => {
            session::Entity::delete_by_id(hash_key(hash))
                .exec(db)
                .await?;
            Ok(())
        }
        Change::DeleteSessions(principal) => {
            session::Entity::delete_many()
                .filter(session::Column::PrincipalId.eq(principal.0))
                .exec(db)
                .await?;
            Ok(())
        }
        Change::InsertKey(record) => {
            changed.keys = true;
            insert_key(db, record).await
        }
        Change::SetKeyState(id, state, at_ms) => {
            changed.keys = true;
            set_key_state(db, &id, state, at_ms).await
        }
        Change::MergeGrant {
            user,
            client,
            scopes,
            at_ms,
        } => grants::merge(db, user, client, &scopes, at_ms).await,
        Change::DropGrantIfUnused {
            user,
            client,
            at_ms,
        } => grants::drop_unused(db, user, client, at_ms).await,
        Change::DropGrants(user) => grants::drop_all(db, user).await,
        Change::PutSetting(name, value) => {
            changed.settings = true;
            put_setting(db, name, value).await
        }
        Change::Sweep(what) => sweep::slice(db, what, changed).await,
        Change::InsertRefusals(rows) => refusals::insert(db, rows).await,
        Change::AcceptClock(at_ms) => clock_notes::put(db, ClockNote::Accepted, at_ms).await,
        Change::Audit(record) => add(db, convert::audit_row(record)).await,
        #[cfg(test)]
        #[expect(clippy::panic, reason = "what the writing task has to survive")]
        Change::Panic => panic!("a change that panics"),
    }
}

async fn slide_session(
    db: &impl ConnectionTrait,
    hash: TokenHash,
    expires_at_ms: i64,
) -> Result<(), Failure> {
    session::Entity::update_many()
        .col_expr(session::Column::ExpiresAtMs, Expr::value(expires_at_ms))
        .filter(session::Column::Hash.eq(hash_key(hash)))
        .filter(session::Column::ExpiresAtMs.lt(expires_at_ms))
        .exec(db)
        .await?;
    Ok(())
}

async fn require_standing(db: &impl ConnectionTrait, standing: Standing) -> Result<(), Failure> {
    let stands = match standing {
        Standing::Secret(id) => secret::Entity::find_by_id(id.as_str().to_owned())
            .filter(secret::Column::State.eq(SecretState::Live.as_str()))
            .one(db)
            .await?
            .is_some(),
        Standing::Session(hash) => session::Entity::find_by_id(hash_key(hash))
            .one(db)
            .await?
            .is_some(),
    };
    if stands {
        Ok(())
    } else {
        Err(StoreError::Overtaken.into())
    }
}

/// A dialect has one active key: two processes that start at once must not make one each.
async fn insert_key(db: &impl ConnectionTrait, record: KeyRecord) -> Result<(), Failure> {
    if record.state == KeyState::Active {
        let active = key::Entity::find()
            .filter(key::Column::Dialect.eq(record.dialect.as_str()))
            .filter(key::Column::State.eq(KeyState::Active.as_str()))
            .one(db)
            .await?;
        if active.is_some() {
            return Err(StoreError::Conflict.into());
        }
    }
    add(db, convert::key_row(record)).await
}

async fn put_setting(
    db: &impl ConnectionTrait,
    name: &'static str,
    value: Vec<u8>,
) -> Result<(), Failure> {
    let row = setting::ActiveModel {
        name: Set(name.to_owned()),
        value: Set(value),
    };
    let on_conflict = OnConflict::column(setting::Column::Name)
        .update_column(setting::Column::Value)
        .to_owned();
    setting::Entity::insert(row)
        .on_conflict(on_conflict)
        .exec_without_returning(db)
        .await?;
    Ok(())
}

async fn end_secrets(
    db: &impl ConnectionTrait,
    owner: PrincipalId,
    purpose: SecretPurpose,
    state: SecretState,
    changed: &mut Changed,
) -> Result<(), Failure> {
    let ending = secret::Entity::update_many()
        .col_expr(secret::Column::State, Expr::value(state.as_str()))
        .filter(secret::Column::PrincipalId.eq(owner.0))
        .filter(secret::Column::Purpose.eq(purpose.as_str()))
        .filter(secret::Column::State.eq(SecretState::Live.as_str()));
    changed.secrets.extend(ended(db, ending).await?);
    Ok(())
}

async fn end_secret(
    db: &impl ConnectionTrait,
    id: &KeyId,
    state: SecretState,
    changed: &mut Changed,
) -> Result<(), Failure> {
    let ending = secret::Entity::update_many()
        .col_expr(secret::Column::State, Expr::value(state.as_str()))
        .filter(secret::Column::Id.eq(id.as_str()));
    let ended = ended(db, ending).await?;
    if ended.is_empty() {
        return Err(StoreError::Conflict.into());
    }
    changed.secrets.extend(ended);
    Ok(())
}

/// Runs an update that ends secrets, and gives those that it found.
async fn ended(
    db: &impl ConnectionTrait,
    ending: UpdateMany<secret::Entity>,
) -> Result<Vec<ChangedSecret>, Failure> {
    let mut ending = ending.into_query();
    let columns = [
        secret::Column::Id,
        secret::Column::PrincipalId,
        secret::Column::Purpose,
    ];
    let rows = db
        .query_all(ending.returning(Query::returning().columns(columns)))
        .await?;
    let read = |row: QueryResult| {
        let purpose: String = row.try_get_by_index(2)?;
        let purpose = SecretPurpose::parse(&purpose);
        Ok(ChangedSecret {
            id: KeyId::new(row.try_get_by_index::<String>(0)?),
            principal: PrincipalId(row.try_get_by_index(1)?),
            purpose: purpose.ok_or_else(|| Failure::unreadable("secrets.purpose"))?,
        })
    };
    rows.into_iter().map(read).collect()
}

async fn set_key_state(
    db: &impl ConnectionTrait,
    id: &KeyId,
    state: KeyState,
    at_ms: i64,
) -> Result<(), Failure> {
    let over = matches!(state, KeyState::Retiring | KeyState::Retired);
    let row = key::ActiveModel {
        id: Unchanged(id.as_str().to_owned()),
        state: Set(state.as_str().to_owned()),
        retired_at_ms: Set(over.then_some(at_ms)),
        ..Default::default()
    };
    row.update(db).await?;
    Ok(())
}
