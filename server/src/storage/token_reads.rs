//! Looking tokens up: by hash, identifier or slot. (Lists of them are in `token_pages.rs`.)

use sea_orm::sqlx::{self, AssertSqlSafe};
use sea_orm::{ConnectionTrait, DbBackend, DbErr, QueryResult, RuntimeErr};

use super::constant;
use super::convert;
use super::entities::principal;
use super::failure::Failure;
use super::pool::Pool;
use super::token_row::{COLUMN_COUNT, Columns, id_bytes, read};
use super::token_statements::{BY_ID, IN_SLOT, LOOK_UP, PERSON};
use super::tokens::slot;
use crate::authority::{Epoch, FoundToken, Seen};
use crate::domain::work::statement;
use crate::domain::{Dialect, Principal, PrincipalId, TokenClass, TokenHash, TokenId, TokenRecord};

/// The token of a hash, its owner, whom it speaks for, and which commit is seen: one statement.
pub(super) async fn look_up(
    reads: &Pool,
    hash: TokenHash,
) -> Result<Seen<Option<FoundToken>>, Failure> {
    let backend = reads.get_database_backend();
    let sql = LOOK_UP.on(backend);
    statement(sql);
    // The pool's own way: everything that is not cached comes by here.
    let (sql, key) = (AssertSqlSafe(sql), hash.0.to_vec());
    let reads = reads.now();
    let row = if backend == DbBackend::Postgres {
        let pool = reads.get_postgres_connection_pool();
        let row = sqlx::query(sql).bind(key).fetch_one(pool).await;
        row.map(QueryResult::from)
    } else {
        let pool = reads.get_sqlite_connection_pool();
        let row = sqlx::query(sql).bind(key).fetch_one(pool).await;
        row.map(QueryResult::from)
    };
    let row = row.map_err(|error| DbErr::Query(RuntimeErr::SqlxError(error.into())))?;
    let epoch = Epoch(Columns::from(&row, 0).take()?);
    let found = Columns::from(&row, 1).take::<Option<Vec<u8>>>()?.is_some();
    let found = if found {
        Some(FoundToken {
            record: read(&mut Columns::from(&row, 1))?,
            owner: person(&mut Columns::from(&row, 1 + COLUMN_COUNT))?,
            subject: person(&mut Columns::from(&row, 1 + COLUMN_COUNT + PERSON.len()))?,
        })
    } else {
        None
    };
    Ok(Seen { epoch, found })
}

/// The principal whose columns come next, if there is one.
fn person(columns: &mut Columns<'_>) -> Result<Option<Principal>, Failure> {
    let Some(id) = columns.take()? else {
        return Ok(None);
    };
    let row = principal::Model {
        id,
        dialect: columns.take()?,
        kind: columns.take()?,
        name: columns.take()?,
        enabled: columns.take()?,
        profile: columns.take()?,
        created_at_ms: columns.take()?,
    };
    convert::principal(row).map(Some)
}

pub(super) async fn by_id(
    db: &impl ConnectionTrait,
    id: &TokenId,
) -> Result<Option<TokenRecord>, Failure> {
    let found = token(constant::first(db, &BY_ID, vec![id_bytes(id)]).await?)?;
    // Its beginning stands in the shape.
    Ok(found.filter(|record| record.id == *id))
}

pub(super) async fn in_slot(
    db: &impl ConnectionTrait,
    dialect: Dialect,
    principal: PrincipalId,
    class: &TokenClass,
) -> Result<Option<TokenRecord>, Failure> {
    let slot = slot(dialect, principal, class);
    token(constant::first(db, &IN_SLOT, vec![slot.into()]).await?)
}

fn token(row: Option<QueryResult>) -> Result<Option<TokenRecord>, Failure> {
    row.map(|row| read(&mut Columns::from(&row, 0))).transpose()
}
