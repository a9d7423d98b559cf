//! Changes to token rows: adding into a slot or a family, ending with everything that dies along.

use std::pin::pin;

use futures_util::TryStreamExt as _;
use sea_orm::{ConnectionTrait, DbBackend, QueryResult, Statement, StreamTrait, Value};

use super::backend::Text;
use super::failure::Failure;
use super::token_row::{Columns, id_bytes, state_number, written};
use super::token_shapes;
use super::token_statements::{
    END_FAMILY, END_HOLDER, END_PERSON, END_TOKEN, INSERT, IS_ACTIVE, IS_LIVE, TAKE_SLOT, WHY_NOT,
    WRITTEN_AFTER,
};
use super::{audit, constant, convert, many_rows};
use crate::authority::changes::TokenSelection;
use crate::authority::{Changed, EndedToken, StoreError};
use crate::domain::{
    AuditRecord, Dialect, PrincipalId, Standing, TokenClass, TokenHash, TokenId, TokenRecord,
    TokenState,
};

/// Ended tokens that a change set tells one by one.
const MOST_TOLD: usize = 2_000;

/// Text of a slot: unique among the rows that hold one.
pub(super) fn slot(dialect: Dialect, principal: PrincipalId, class: &TokenClass) -> String {
    format!("{dialect}:{principal}:{}", class.as_str())
}

/// A token that takes no slot, what must hold when it is written, and what the audit says of it.
#[derive(Clone, Copy)]
pub(super) struct Issue<'a> {
    pub(super) record: &'a TokenRecord,
    /// Must still be good, or the token is `Overtaken`.
    pub(super) standing: Option<&'a Standing>,
    /// A token that must be live at that moment (milliseconds), or this one is `Ended`.
    pub(super) asked_by: Option<(&'a TokenId, i64)>,
    pub(super) audit: &'a AuditRecord,
}

/// A token as the statements want it.
struct Wanted<'a> {
    record: &'a TokenRecord,
    /// Value by value as [`INSERT`] and [`WHY_NOT`] take them.
    values: Vec<Value>,
}

impl<'a> Wanted<'a> {
    fn new(
        record: &'a TokenRecord,
        standing: Option<&Standing>,
        asked_by: Option<(&TokenId, i64)>,
    ) -> Self {
        let row = written(record);
        let from_outside = record.parent.as_ref().is_some_and(TokenId::is_foreign);
        let (secret, session) = match standing {
            None => (None, None),
            Some(Standing::Secret(id)) => (Some(id.as_str()), None),
            Some(Standing::Session(hash)) => (None, Some(hash.0.to_vec())),
        };
        let (by, at_ms) = asked_by.unzip();
        let mut values = vec![row.shape.digest().into()];
        values.extend(row.values);
        values.extend([
            i64::from(from_outside).into(),
            secret.into(),
            session.into(),
            by.map_or(Value::Bytes(None), id_bytes),
            at_ms.into(),
        ]);
        Self { record, values }
    }

    /// Why it was not written; `None` if nothing is in its way, now that it has its shape.
    async fn why_not(&self, db: &impl ConnectionTrait) -> Result<Option<StoreError>, Failure> {
        let told = constant::all(db, &WHY_NOT, self.values.clone()).await?;
        let row = told.first().ok_or_else(|| Failure::unreadable("tokens"))?;
        let mut columns = Columns::from(row, 0);
        let (shaped, stands, lives): (bool, bool, bool) =
            (columns.take()?, columns.take()?, columns.take()?);
        if !stands {
            return Ok(Some(StoreError::Overtaken));
        }
        if !lives {
            return Ok(Some(StoreError::Ended));
        }
        if !shaped {
            let shape = written(self.record).shape;
            token_shapes::keep(db, &shape, self.record.expires_at_ms).await?;
        }
        Ok(None)
    }
}

/// Writes those that can be written, and says of the others why not; of them nothing is written.
async fn insert_wanted(
    db: &impl ConnectionTrait,
    wanted: &[Wanted<'_>],
) -> Result<Vec<Result<(), StoreError>>, Failure> {
    // What is in nobody's way and is not written either has a hash or identifier that is taken: somebody was faster.
    let mut outcomes = vec![Err(StoreError::Conflict); wanted.len()];
    let mut left: Vec<_> = wanted.iter().zip(&mut outcomes).collect();
    // The second time all of them have a shape.
    for _ in 0..2 {
        let mut written = insert_rows(db, left.iter().map(|(wanted, _)| *wanted)).await?;
        let mut again = Vec::new();
        for (wanted, outcome) in left {
            let hash = wanted.record.hash;
            if let Some(at) = written.iter().position(|written| *written == hash) {
                written.swap_remove(at);
                *outcome = Ok(());
            } else if let Some(error) = wanted.why_not(db).await? {
                *outcome = Err(error);
            } else {
                again.push((wanted, outcome));
            }
        }
        if again.is_empty() {
            break;
        }
        left = again;
    }
    Ok(outcomes)
}

/// The hashes of those that could be written.
async fn insert_rows<'a>(
    db: &impl ConnectionTrait,
    wanted: impl ExactSizeIterator<Item = &'a Wanted<'a>> + Clone,
) -> Result<Vec<TokenHash>, Failure> {
    let all = wanted.len();
    let values = wanted.clone().flat_map(|wanted| wanted.values.clone());
    if db.get_database_backend() == DbBackend::Postgres {
        return hashes(&INSERT.written(db, values.collect()).await?);
    }
    let done = INSERT.write(db, values.collect()).await?;
    let written = done.rows_affected();
    if written == all as u64 {
        return Ok(wanted.map(|wanted| wanted.record.hash).collect());
    }
    if written == 0 {
        return Ok(Vec::new());
    }
    // Rows are numbered one after the other, and nobody else writes while this transaction does.
    let before = done.last_insert_id().saturating_sub(written);
    let before = i64::try_from(before).map_err(|_| Failure::unreadable("tokens"))?;
    hashes(&constant::all(db, &WRITTEN_AFTER, vec![before.into()]).await?)
}

fn hashes(rows: &[QueryResult]) -> Result<Vec<TokenHash>, Failure> {
    rows.iter().map(hash).collect()
}

fn hash(row: &QueryResult) -> Result<TokenHash, Failure> {
    convert::hash(&Columns::from(row, 0).take::<Vec<u8>>()?)
}

fn note_written(record: &TokenRecord, changed: &mut Changed) {
    match record.state {
        TokenState::Active => changed.added.push(record.hash),
        state @ (TokenState::Revoked | TokenState::Superseded) => changed.ended.push(EndedToken {
            hash: record.hash,
            state,
            at_ms: record.revoked_at_ms.unwrap_or(record.issued_at_ms),
        }),
    }
}

/// Adds one token. Where it fails it has written nothing, unless it takes a slot.
pub(super) async fn insert(
    db: &(impl ConnectionTrait + StreamTrait),
    record: &TokenRecord,
    takes_slot: bool,
    changed: &mut Changed,
) -> Result<(), Failure> {
    let wanted = [Wanted::new(record, None, None)];
    for outcome in insert_wanted(db, &wanted).await? {
        outcome?;
    }
    if takes_slot {
        let slot = slot(record.dialect, record.principal, &record.class);
        let at_ms = record.issued_at_ms;
        let hash = record.hash.0.to_vec();
        let holder = (slot.clone().into(), hash.clone().into());
        end_where(
            db,
            &END_HOLDER,
            holder,
            TokenState::Superseded,
            at_ms,
            changed,
        )
        .await?;
        constant::all(db, &TAKE_SLOT, vec![slot.into(), hash.into()])
            .await
            .map_err(|failure| failure.if_taken(StoreError::Conflict))?;
    }
    note_written(record, changed);
    Ok(())
}

/// Adds tokens with their audit rows, whichever of them can be: of the others nothing is written. None sees another as its
/// parent.
pub(super) async fn insert_all(
    db: &impl ConnectionTrait,
    issues: &[Issue<'_>],
) -> Result<Vec<Result<Changed, StoreError>>, Failure> {
    let mut told = Vec::with_capacity(issues.len());
    for issues in issues.chunks(many_rows::MOST) {
        told.extend(insert_at_once(db, issues).await?);
    }
    Ok(told)
}

async fn insert_at_once(
    db: &impl ConnectionTrait,
    issues: &[Issue<'_>],
) -> Result<Vec<Result<Changed, StoreError>>, Failure> {
    let wanted: Vec<_> = issues
        .iter()
        .map(|issue| Wanted::new(issue.record, issue.standing, issue.asked_by))
        .collect();
    let outcomes = insert_wanted(db, &wanted).await?;
    let (mut told, mut audits) = (Vec::with_capacity(issues.len()), Vec::new());
    for (issue, outcome) in issues.iter().zip(outcomes) {
        told.push(outcome.map(|()| {
            let mut changed = Changed::default();
            note_written(issue.record, &mut changed);
            audits.push(issue.audit);
            changed
        }));
    }
    audit::insert(db, &audits).await?;
    Ok(told)
}

/// Fails with `Ended` unless that token is active and not over.
pub(super) async fn require_live(
    db: &impl ConnectionTrait,
    id: &TokenId,
    at_ms: i64,
) -> Result<(), Failure> {
    required(db, &IS_LIVE, vec![id_bytes(id), at_ms.into()]).await
}

/// Fails with `Ended` unless that token is active, over or not.
pub(super) async fn require_active(db: &impl ConnectionTrait, id: &TokenId) -> Result<(), Failure> {
    required(db, &IS_ACTIVE, vec![id_bytes(id)]).await
}

async fn required(
    db: &impl ConnectionTrait,
    text: &Text,
    values: Vec<Value>,
) -> Result<(), Failure> {
    if constant::all(db, text, values).await?.is_empty() {
        return Err(StoreError::Ended.into());
    }
    Ok(())
}

/// Ends the active ones among the selected tokens; ended ones keep their state and time.
pub(super) async fn end(
    db: &impl StreamTrait,
    selection: TokenSelection,
    state: TokenState,
    at_ms: i64,
    changed: &mut Changed,
) -> Result<(), Failure> {
    let nothing = || Value::Bytes(None);
    let (text, which): (&Text, _) = match selection {
        TokenSelection::TokenAndChildren(id) => {
            (&END_TOKEN, (id_bytes(&id), Vec::<u8>::new().into()))
        }
        TokenSelection::Family { family, principal } => {
            (&END_FAMILY, (id_bytes(&family), principal.0.into()))
        }
        TokenSelection::Person(person) => (&END_PERSON, (person.0.into(), nothing())),
    };
    end_where(db, text, which, state, at_ms, changed).await
}

/// The hashes are taken one by one: a person may have millions of tokens. What is more than can be told is told as everything.
async fn end_where(
    db: &impl StreamTrait,
    text: &Text,
    (which, and): (Value, Value),
    state: TokenState,
    at_ms: i64,
    changed: &mut Changed,
) -> Result<(), Failure> {
    let values = vec![at_ms.into(), state_number(state).into(), which, and];
    let backend = db.get_database_backend();
    let statement = Statement::from_sql_and_values(backend, text.on(backend), values);
    let mut rows = pin!(db.stream_raw(statement).await?);
    while let Some(row) = rows.try_next().await? {
        if changed.everything {
            continue;
        }
        if changed.ended.len() >= MOST_TOLD {
            changed.everything = true;
            changed.ended = Vec::new();
            continue;
        }
        let hash = hash(&row)?;
        changed.ended.push(EndedToken { hash, state, at_ms });
    }
    Ok(())
}
