//! `m0009_compact_tokens`: a third of the bytes for each token, with its indexes.
//!
//! What repeats over tokens moves to `token_shapes`. A state is a number, an identifier the bytes behind its prefix, a family
//! that is the token's own and claims that are none are left out; so are the rows without a value in every index that can do
//! without them. Tokens lie in the order in which they are added (those of before in the order of their hashes, as they lay), so
//! pages are full, and an index repeats a small number. The migration needs room for the new table twice beside the old one: in the
//! write-ahead log, and then in the file. The index by hash has the first sixteen bytes: nobody finds two tokens that share them, and what is found is compared whole.
//!
//! Nothing here is `SQLite`'s own. `PostgreSQL` has partial indexes and indexes on `substr(hash, 1, 16)` in the same words; `number` is
//! an identity column there, a blob `bytea`, an integer `bigint`.

use std::collections::BTreeMap;

use sea_orm_migration::async_trait::async_trait;
use sea_orm_migration::sea_orm::{
    ConnectionTrait, DbBackend, DbErr, QueryResult, Statement, Value,
};
use sea_orm_migration::sea_query::{Alias, ColumnDef, ForeignKey, Table};
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager};

use super::{WHOLE_OR_NOT_AT_ALL, bytes, number, row_number, table, text};
use crate::storage::backend::Text;
use crate::storage::constant;
use crate::storage::token_row::split;
use crate::storage::token_shapes::Shape;

/// See the file.
pub(super) struct CompactTokens;

impl MigrationName for CompactTokens {
    fn name(&self) -> &'static str {
        "m0009_compact_tokens"
    }
}

/// A key that the database counts up by itself.
fn counted(backend: DbBackend) -> ColumnDef {
    let mut column = row_number("number", backend);
    if backend != DbBackend::Sqlite {
        column.auto_increment();
    }
    column
}

/// The name of the new table until the old one is gone.
const COMPACT: &str = "compact_tokens";

const INDEXES: [&str; 8] = [
    "CREATE UNIQUE INDEX tokens_by_hash ON tokens (substr(hash, 1, 16))",
    "CREATE UNIQUE INDEX tokens_by_id ON tokens (id)",
    "CREATE UNIQUE INDEX tokens_by_slot ON tokens (slot) WHERE slot IS NOT NULL",
    "CREATE INDEX tokens_by_family ON tokens (family) WHERE family IS NOT NULL",
    "CREATE INDEX tokens_by_parent ON tokens (parent) WHERE parent IS NOT NULL",
    "CREATE INDEX tokens_by_principal ON tokens (principal_id)",
    "CREATE INDEX tokens_by_subject ON tokens (subject_id) WHERE subject_id IS NOT NULL",
    "CREATE INDEX tokens_by_expiry ON tokens (expires_at_ms) WHERE expires_at_ms IS NOT NULL",
];

async fn make_tables(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let required = vec![
        counted(manager.get_database_backend()),
        bytes("digest"),
        number("kept_until_ms"),
        text("dialect"),
        text("class"),
        text("scopes"),
    ];
    let optional = [
        "audience",
        "header",
        "key_id",
        "id_prefix",
        "family_prefix",
        "parent_prefix",
    ];
    let shapes = table("token_shapes", required, optional.map(text).into());
    manager.create_table(shapes).await?;
    let required = vec![
        counted(manager.get_database_backend()),
        bytes("hash"),
        bytes("id"),
        number("shape"),
        number("principal_id"),
        number("state"),
        number("issued_at_ms"),
    ];
    let optional = vec![
        number("subject_id"),
        text("claims"),
        bytes("family"),
        bytes("parent"),
        text("slot"),
        number("not_before_ms"),
        number("expires_at_ms"),
        number("revoked_at_ms"),
    ];
    let mut tokens = table(COMPACT, required, optional);
    for column in ["principal_id", "subject_id"] {
        tokens.foreign_key(
            ForeignKey::create()
                .from_col(Alias::new(column))
                .to(Alias::new("principals"), Alias::new("id")),
        );
    }
    manager.create_table(tokens).await
}

/// Rows that are copied at once.
const COPIED: usize = 500;

static OLD: Text = Text::new(
    "SELECT hash, id, dialect, class, principal_id, subject_id, scopes, audience, claims, header, key_id, family, parent, slot, state, \
issued_at_ms, not_before_ms, expires_at_ms, revoked_at_ms FROM tokens WHERE hash > ? ORDER BY hash LIMIT ?",
);

/// Columns of a new row, beside its number.
const NEW: [&str; 14] = [
    "hash",
    "id",
    "shape",
    "principal_id",
    "subject_id",
    "claims",
    "family",
    "parent",
    "slot",
    "state",
    "issued_at_ms",
    "not_before_ms",
    "expires_at_ms",
    "revoked_at_ms",
];

static NEW_SHAPE: Text = Text::new(
    "INSERT INTO token_shapes (number, digest, kept_until_ms, dialect, class, scopes, audience, header, key_id, id_prefix, family_prefix, \
parent_prefix) VALUES (?, ?, 0, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
);

/// The rows of the old table, copied into the new one.
struct Copy<'a, C> {
    db: &'a C,
    /// Numbers of the shapes that were met, by their digests.
    shapes: BTreeMap<Vec<u8>, i64>,
}

impl<C: ConnectionTrait> Copy<'_, C> {
    fn statement(&self, text: &Text, values: Vec<Value>) -> Statement {
        constant::statement(self.db, text, values)
    }

    async fn all(&mut self) -> Result<(), DbErr> {
        let mut after = Vec::<u8>::new();
        loop {
            let limit = COPIED as u64;
            let next = self.statement(&OLD, vec![after.into(), limit.into()]);
            let old = self.db.query_all_raw(next).await?;
            let Some(last) = old.last() else {
                return Ok(());
            };
            after = last.try_get_by_index(0)?;
            let mut values = Vec::with_capacity(old.len() * NEW.len());
            for row in &old {
                values.extend(self.compact(row).await?);
            }
            let marks = format!("({})", ["?"; NEW.len()].join(", "));
            let insert = format!(
                "INSERT INTO {COMPACT} ({}) VALUES {}",
                NEW.join(", "),
                vec![marks; old.len()].join(", ")
            );
            let insert = self.statement(&Text::made(insert), values);
            self.db.execute_raw(insert).await?;
        }
    }

    async fn compact(&mut self, old: &QueryResult) -> Result<[Value; NEW.len()], DbErr> {
        let texts = |index| old.try_get_by_index::<Option<String>>(index);
        let numbers = |index| old.try_get_by_index::<Option<i64>>(index).map(Value::from);
        let required = |index| old.try_get_by_index::<String>(index);
        let hash: Vec<u8> = old.try_get_by_index(0)?;
        let (id, family, parent) = (required(1)?, required(11)?, texts(12)?);
        let (audience, header, key_id) = (texts(7)?, texts(9)?, texts(10)?);
        let claims = Some(required(8)?).filter(|claims| claims != "{}");
        let state = match required(14)?.as_str() {
            "active" => 0_i64,
            "superseded" => 1,
            "revoked" => 2,
            other => return Err(DbErr::Custom(format!("a token's state is {other}"))),
        };
        let (id_prefix, id_bytes) = split(&id);
        let family = (family != id).then_some(family);
        let family = family.as_deref().map(split);
        let parent = parent.as_deref().map(split);
        let prefix = |part: &Option<(Option<&str>, _)>| {
            let prefix = part.as_ref().and_then(|(prefix, _)| *prefix);
            prefix.map(|prefix| prefix.to_owned().into())
        };
        let shape = Shape {
            dialect: required(2)?.into(),
            class: required(3)?.into(),
            scopes: required(6)?.into(),
            audience: audience.map(Into::into),
            header: header.map(Into::into),
            key_id: key_id.map(Into::into),
            id_prefix: id_prefix.map(Into::into),
            family_prefix: prefix(&family),
            parent_prefix: prefix(&parent),
        };
        Ok([
            hash.into(),
            id_bytes.into(),
            self.number(&shape).await?.into(),
            numbers(4)?,
            numbers(5)?,
            claims.into(),
            family.map(|(_, bytes)| bytes).into(),
            parent.map(|(_, bytes)| bytes).into(),
            texts(13)?.into(),
            state.into(),
            numbers(15)?,
            numbers(16)?,
            numbers(17)?,
            numbers(18)?,
        ])
    }

    async fn number(&mut self, shape: &Shape<'_>) -> Result<i64, DbErr> {
        let digest = shape.digest();
        if let Some(number) = self.shapes.get(&digest) {
            return Ok(*number);
        }
        let number = i64::try_from(self.shapes.len()).unwrap_or(i64::MAX) + 1;
        let mut values = vec![number.into(), digest.clone().into()];
        values.extend(shape.values());
        self.db
            .execute_raw(self.statement(&NEW_SHAPE, values))
            .await?;
        self.shapes.insert(digest, number);
        Ok(number)
    }
}

#[async_trait]
impl MigrationTrait for CompactTokens {
    fn use_transaction(&self) -> Option<bool> {
        WHOLE_OR_NOT_AT_ALL
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        make_tables(manager).await?;
        let db = manager.get_connection();
        let shapes = BTreeMap::new();
        Copy { db, shapes }.all().await?;
        db.execute_unprepared(
            "UPDATE token_shapes SET kept_until_ms = last.kept_until_ms FROM (SELECT shape, \
             max(coalesce(expires_at_ms, 9223372036854775807)) AS kept_until_ms FROM compact_tokens GROUP BY shape) AS last \
             WHERE last.shape = token_shapes.number",
        )
        .await?;
        let old = Table::drop().table(Alias::new("tokens")).to_owned();
        manager.drop_table(old).await?;
        let rename = Table::rename()
            .table(Alias::new(COMPACT), Alias::new("tokens"))
            .to_owned();
        manager.rename_table(rename).await?;
        db.execute_unprepared(
            "CREATE UNIQUE INDEX token_shapes_by_digest ON token_shapes (digest)",
        )
        .await?;
        for index in INDEXES {
            db.execute_unprepared(index).await?;
        }
        Ok(())
    }
}
