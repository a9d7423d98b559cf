//! Changes to token rows: adding into a slot or a family, ending with everything that dies along.

use std::iter::once;
use std::pin::pin;

use futures_util::TryStreamExt as _;
use sea_orm::{ConnectionTrait, DbBackend, QueryResult, Statement, StreamTrait, Value};

use super::backend::Text;
use super::failure::Failure;
use super::token_row::{Columns, id_bytes, state_number, written};
use super::token_shapes::{self, Digests};
use super::token_statements::{
    END_FAMILY, END_HOLDER, END_PERSON, END_TOKEN, INSERT, IS_ACTIVE, IS_LIVE, TAKE_BACK,
    TAKE_SLOT, WHY_NOT, WRITTEN_AFTER,
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

/// A token that is to be written, and what must hold when it is.
#[derive(Clone, Copy)]
pub(super) struct Wanted<'a> {
    pub(super) record: &'a TokenRecord,
    /// Must still be good, or the token is `Overtaken`.
    pub(super) standing: Option<&'a Standing>,
    /// A token that must be live at that moment (milliseconds), or this one is `Ended`.
    pub(super) asked_by: Option<(&'a TokenId, i64)>,
}

/// A token that takes no slot, and what the audit says of it.
#[derive(Clone, Copy)]
pub(super) struct Issue<'a> {
    pub(super) wanted: Wanted<'a>,
    pub(super) audit: &'a AuditRecord,
}

impl<'a> Wanted<'a> {
    /// On which nothing depends but what its row says.
    const fn alone(record: &'a TokenRecord) -> Self {
        Self {
            record,
            standing: None,
            asked_by: None,
        }
    }

    /// Value by value as [`INSERT`] and [`WHY_NOT`] take them.
    fn values(&self, digests: &mut Digests<'a>) -> impl Iterator<Item = Value> + use<> {
        let row = written(self.record);
        let parent = self.record.parent.as_ref();
        let from_outside = parent.is_some_and(TokenId::is_foreign);
        let (secret, session) = match self.standing {
            None => (None, None),
            Some(Standing::Secret(id)) => (Some(id.as_str()), None),
            Some(Standing::Session(hash)) => (None, Some(hash.0.to_vec())),
        };
        let (by, at_ms) = self.asked_by.unzip();
        let depends = [
            i64::from(from_outside).into(),
            secret.into(),
            session.into(),
            by.map_or(Value::Bytes(None), id_bytes),
            at_ms.into(),
        ];
        let digest = Value::from(digests.of(row.shape));
        once(digest).chain(row.values).chain(depends)
    }

    /// Why it was not written; `None` if nothing is in its way, now that it has its shape.
    async fn why_not(&self, db: &impl ConnectionTrait) -> Result<Option<StoreError>, Failure> {
        let told =
            constant::all(db, &WHY_NOT, self.values(&mut Digests::default()).collect()).await?;
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

/// Which of some rows could be written.
enum Inserted {
    All,
    /// Those of these hashes.
    Only(Vec<TokenHash>),
}

impl Inserted {
    fn only(rows: &[QueryResult]) -> Result<Self, Failure> {
        let hashes: Result<_, _> = rows.iter().map(hash).collect();
        Ok(Self::Only(hashes?))
    }

    /// Whether the row of that hash is among them. Of two with one hash the first is.
    fn take(&mut self, hash: &TokenHash) -> bool {
        match self {
            Self::All => true,
            Self::Only(hashes) => {
                let place = hashes.iter().position(|written| written == hash);
                place.map(|place| hashes.swap_remove(place)).is_some()
            }
        }
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
        let mut inserted = insert_rows(db, left.iter().map(|(wanted, _)| *wanted)).await?;
        let mut again = Vec::new();
        for (wanted, outcome) in left {
            if inserted.take(&wanted.record.hash) {
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

async fn insert_rows<'a>(
    db: &impl ConnectionTrait,
    wanted: impl ExactSizeIterator<Item = &'a Wanted<'a>>,
) -> Result<Inserted, Failure> {
    let all = wanted.len();
    let mut values = Vec::with_capacity(INSERT.room(all));
    let mut digests = Digests::default();
    values.extend(wanted.flat_map(|one| one.values(&mut digests)));
    if db.get_database_backend() == DbBackend::Postgres {
        return Inserted::only(&INSERT.written(db, values).await?);
    }
    let done = INSERT.write(db, values).await?;
    let written = done.rows_affected();
    if written == all as u64 {
        return Ok(Inserted::All);
    }
    if written == 0 {
        return Ok(Inserted::Only(Vec::new()));
    }
    // Rows are numbered one after the other, and nobody else writes while this transaction does.
    let before = done.last_insert_id().saturating_sub(written);
    let before = i64::try_from(before).map_err(|_| Failure::unreadable("tokens"))?;
    Inserted::only(&constant::all(db, &WRITTEN_AFTER, vec![before.into()]).await?)
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
    let wanted = [Wanted::alone(record)];
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

/// Adds sets of tokens with their audit rows: whichever set can be added as a whole, and of the others nothing. None of the tokens
/// sees another as its parent.
pub(super) async fn issue(
    db: &impl ConnectionTrait,
    sets: &[Vec<Issue<'_>>],
) -> Result<Vec<Result<Changed, StoreError>>, Failure> {
    let all: Vec<_> = sets.iter().flatten().map(|issue| issue.wanted).collect();
    let mut outcomes = Vec::with_capacity(all.len());
    for wanted in all.chunks(many_rows::MOST) {
        outcomes.extend(insert_wanted(db, wanted).await?);
    }
    let mut outcomes = outcomes.into_iter();
    let (mut told, mut audits) = (Vec::with_capacity(sets.len()), Vec::new());
    for set in sets {
        let each: Vec<_> = set.iter().zip(outcomes.by_ref()).collect();
        let refused = each.iter().find_map(|(_, outcome)| outcome.clone().err());
        if let Some(error) = refused {
            take_back(db, &each).await?;
            told.push(Err(error));
            continue;
        }
        let mut changed = Changed::default();
        for issue in set {
            note_written(issue.wanted.record, &mut changed);
            audits.push(issue.audit);
        }
        told.push(Ok(changed));
    }
    for audits in audits.chunks(many_rows::MOST) {
        audit::insert(db, audits).await?;
    }
    Ok(told)
}

/// Removes what was written of a set that cannot be written as a whole. A savepoint would keep a copy of every page of every set.
async fn take_back(
    db: &impl ConnectionTrait,
    set: &[(&Issue<'_>, Result<(), StoreError>)],
) -> Result<(), Failure> {
    for (issue, _) in set.iter().filter(|(_, outcome)| outcome.is_ok()) {
        let hash = issue.wanted.record.hash.0.to_vec();
        constant::run(db, &TAKE_BACK, vec![hash.into()]).await?;
    }
    Ok(())
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
