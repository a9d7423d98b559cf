//! Refusals as small rows: numbers for words, and the minute in the row's own number. A minute may have a hundred of them.

use std::collections::BTreeMap;

use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, ExprTrait as _, OnConflict};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _,
};

use super::entities::refusal::{ActiveModel, Column, Entity, Model};
use super::failure::Failure;
use super::refusal_dialects;
use super::rows::{asked, page};
use crate::authority::{Page, Proof, RefusalCell, RefusalRow, RefusedTo, Source};
use crate::domain::{Dialect, PrincipalId};

/// Rows that a minute has numbers for. Starts within one minute add to it; what is beyond is added to its last row.
const NUMBERS: i64 = 1024;

const MINUTE_MS: i64 = 60_000;

/// The first row number that is not before that moment.
pub(super) fn first_number(at_ms: i64) -> i64 {
    at_ms.div_euclid(MINUTE_MS).saturating_mul(NUMBERS)
}

/// The number of the rest, which is no proof.
const REST: i64 = 0;

const fn proof_number(proof: Proof) -> i64 {
    match proof {
        Proof::Password => 1,
        Proof::Secret => 2,
        Proof::Totp => 3,
        Proof::Assertion => 4,
    }
}

pub(super) async fn insert(
    db: &impl ConnectionTrait,
    rows: Vec<RefusalRow>,
) -> Result<(), Failure> {
    let cells = rows.iter().filter_map(|row| row.cell.as_ref());
    let dialects = refusal_dialects::numbers(db, cells.map(|cell| cell.dialect)).await?;
    for minute in rows.chunk_by(|one, next| one.minute() == next.minute()) {
        let Some(start) = minute.first().map(|row| first_number(row.first_ms)) else {
            continue;
        };
        let end = start.saturating_add(NUMBERS - 1);
        let last: Option<i64> = Entity::find()
            .select_only()
            .column(Column::Id)
            .filter(Column::Id.between(start, end))
            .order_by_desc(Column::Id)
            .limit(1)
            .into_tuple()
            .one(db)
            .await?;
        let free = last.map_or(start, |last| last.saturating_add(1));
        let numbered = (free..).zip(minute);
        let all = numbered.map(|(id, row)| active(Ord::min(id, end), row, &dialects));
        let count = Expr::col((Entity, Column::Count)).add(Expr::cust("excluded.\"count\""));
        let on_conflict = OnConflict::column(Column::Id)
            .value(Column::Count, count)
            .to_owned();
        Entity::insert_many(all)
            .on_conflict(on_conflict)
            .exec_without_returning(db)
            .await?;
    }
    Ok(())
}

/// A page of the rows, the newest minutes' first.
pub(super) async fn newest(
    db: &impl ConnectionTrait,
    after: Option<i64>,
    limit: u64,
) -> Result<Page<RefusalRow>, Failure> {
    let mut found = Entity::find();
    if let Some(after) = after {
        found = found.filter(Column::Id.lt(after));
    }
    let asked = u64::try_from(asked(limit)).unwrap_or(u64::MAX);
    let rows = found.order_by_desc(Column::Id).limit(asked).all(db).await?;
    let dialects = refusal_dialects::by_number(db).await?;
    let rows = rows.iter().map(|row| Ok((row.id, read(row, &dialects)?)));
    Ok(page(limit, rows.collect::<Result<_, Failure>>()?))
}

fn active(id: i64, row: &RefusalRow, dialects: &BTreeMap<Dialect, i64>) -> ActiveModel {
    let seconds = |at_ms: i64| {
        let into = at_ms.saturating_sub(row.minute().saturating_mul(MINUTE_MS));
        into.div_euclid(1000)
    };
    let cell = row.cell.as_ref();
    ActiveModel {
        id: Set(id),
        proof: Set(cell.map_or(REST, |cell| proof_number(cell.proof))),
        replayed: Set(i64::from(cell.is_some_and(|cell| cell.replayed))),
        dialect: Set(cell
            .and_then(|cell| dialects.get(&cell.dialect).copied())
            .unwrap_or(REST)),
        count: Set(i64::from(row.count)),
        first_secs: Set(seconds(row.first_ms)),
        last_secs: Set(seconds(row.last_ms)),
        principal_id: Set(cell.and_then(|cell| match cell.to {
            RefusedTo::Principal(id) => Some(id.0),
            RefusedTo::Unknown(_) => None,
        })),
        name_hash: Set(cell.and_then(|cell| match cell.to {
            RefusedTo::Principal(_) => None,
            RefusedTo::Unknown(hash) => Some(hash.to_vec()),
        })),
        address: Set(cell
            .and_then(|cell| cell.source)
            .map(|source| match source {
                Source::V4(octets) => octets.to_vec(),
                Source::V6(octets) => octets.to_vec(),
            })),
        actor_id: Set(cell.and_then(|cell| cell.actor).map(|id| id.0)),
    }
}

fn read(row: &Model, dialects: &BTreeMap<i64, Dialect>) -> Result<RefusalRow, Failure> {
    let minute_ms = row.id.div_euclid(NUMBERS).saturating_mul(MINUTE_MS);
    let moment = |secs: i64| minute_ms.saturating_add(secs.saturating_mul(1000));
    Ok(RefusalRow {
        cell: cell(row, dialects)?,
        count: u32::try_from(row.count).unwrap_or(u32::MAX),
        first_ms: moment(row.first_secs),
        last_ms: moment(row.last_secs),
    })
}

fn cell(row: &Model, dialects: &BTreeMap<i64, Dialect>) -> Result<Option<RefusalCell>, Failure> {
    if row.proof == REST {
        return Ok(None);
    }
    let unreadable = Failure::unreadable;
    let mut proofs = Proof::ALL.iter().copied();
    let proof = proofs.find(|proof| proof_number(*proof) == row.proof);
    let dialect = dialects.get(&row.dialect).copied();
    let hash = row.name_hash.as_deref();
    let to = match (row.principal_id, hash.and_then(|hash| hash.try_into().ok())) {
        (Some(id), None) => Some(RefusedTo::Principal(PrincipalId(id))),
        (None, Some(hash)) => Some(RefusedTo::Unknown(hash)),
        (Some(_), Some(_)) | (None, None) => None,
    };
    let source = match row.address.as_deref() {
        None => None,
        Some(bytes) => {
            let v4 = bytes.try_into().ok().map(Source::V4);
            let source = v4.or_else(|| bytes.try_into().ok().map(Source::V6));
            Some(source.ok_or_else(|| unreadable("refusals.address"))?)
        }
    };
    Ok(Some(RefusalCell {
        proof: proof.ok_or_else(|| unreadable("refusals.proof"))?,
        replayed: row.replayed != 0,
        dialect: dialect.ok_or_else(|| unreadable("refusals.dialect"))?,
        to: to.ok_or_else(|| unreadable("refusals.name_hash"))?,
        source,
        actor: row.actor_id.map(PrincipalId),
    }))
}
