//! Which statements a change is. An exhaustive list; the statements are in the files of what they are about.

use sea_orm::{ConnectionTrait, StreamTrait};

use super::failure::Failure;
use super::{
    attempts, audit, clock_notes, end_listed, grants, keys, principals, refusals, secrets,
    sessions, settings, sweep, tokens,
};
use crate::authority::changes::Change;
use crate::authority::{Changed, ClockNote};

/// Applies one change with its preconditions inside a transaction, and notes what it changed.
pub(super) async fn change(
    db: &(impl ConnectionTrait + StreamTrait),
    change: Change,
    changed: &mut Changed,
) -> Result<(), Failure> {
    match change {
        Change::InsertPrincipal(record) => principals::insert(db, record, changed).await,
        Change::UpdateProfile(id, profile) => {
            principals::update_profile(db, id, profile, changed).await
        }
        Change::ReplaceProfile { principal, was, is } => {
            principals::replace_profile(db, principal, was, is, changed).await
        }
        Change::SetEnabled(id, enabled) => principals::set_enabled(db, id, enabled, changed).await,
        Change::InsertSecret(record) => secrets::insert(db, record, changed).await,
        Change::EndSecrets(owner, purpose, state) => {
            secrets::end_all(db, owner, purpose, state, changed).await
        }
        Change::EndSecret(id, state) => secrets::end(db, &id, state, changed).await,
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
        Change::EndListed {
            tokens,
            at_ms,
            audit,
        } => end_listed::end(db, &tokens, at_ms, &audit, changed).await,
        Change::LiftLock(key) => attempts::lift(db, key).await,
        Change::RaiseStep(id, step) => secrets::raise_step(db, &id, step).await,
        Change::SpendOnce {
            hash,
            expires_at_ms,
        } => attempts::spend_once(db, hash, expires_at_ms).await,
        Change::RequireUnlocked(tries, policy) => {
            attempts::require_unlocked(db, tries, policy).await
        }
        Change::CountFailure(tries, policy) => attempts::count_failure(db, tries, policy).await,
        Change::NoteSuccess(tries, policy) => attempts::note_success(db, tries, policy).await,
        Change::RequireStanding(standing) => sessions::require_standing(db, standing).await,
        Change::InsertSession(record) => sessions::insert(db, &record).await,
        Change::SlideSession(hash, expires_at_ms) => sessions::slide(db, hash, expires_at_ms).await,
        Change::DeleteSession(hash) => sessions::delete(db, hash).await,
        Change::DeleteSessions(owner) => sessions::delete_all(db, owner).await,
        Change::InsertKey(record) => keys::insert(db, record, changed).await,
        Change::ActivateKey(id, at_ms) => keys::activate(db, &id, at_ms, changed).await,
        Change::RetireKey(id, at_ms) => keys::retire(db, &id, at_ms, changed).await,
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
        Change::PutSetting(name, value) => settings::put(db, name, value, changed).await,
        Change::Sweep(what) => sweep::slice(db, what, changed).await,
        Change::InsertRefusals(rows) => refusals::insert(db, rows).await,
        Change::AcceptClock(at_ms) => clock_notes::put(db, ClockNote::Accepted, at_ms).await,
        Change::Audit(record) => audit::insert(db, &[&record]).await,
        #[cfg(test)]
        Change::Panic => panic!("a change that panics"),
    }
}
