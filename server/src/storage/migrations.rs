//! Schema changes, applied in order at start. A released one is never edited; the next one follows it.
//!
//! Columns are spelt out here, not derived from the entities: an entity follows the newest schema, a
//! migration stays what it was.

mod change_log;
mod compact_tokens;
mod first_schema;
mod late_references;
mod refusal_dialects;

use change_log::ChangeLog;
use compact_tokens::CompactTokens;
use first_schema::FirstSchema;
use late_references::LateReferences;
use refusal_dialects::RefusalDialects;
#[cfg(test)]
pub(super) use refusal_dialects::WRITTEN;
use sea_orm_migration::async_trait::async_trait;
use sea_orm_migration::sea_orm::{ConnectionTrait as _, DbBackend, DbErr};
use sea_orm_migration::sea_query::{Alias, ColumnDef, Index, Query, Table, TableCreateStatement};
use sea_orm_migration::{MigrationName, MigrationTrait, MigratorTrait, SchemaManager};

/// All migrations, oldest first.
#[derive(Debug)]
pub struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(FirstSchema),
            Box::new(Checkpoints),
            Box::new(CountedRefusals),
            Box::new(ClockNotes),
            Box::new(LockoutsByAddress),
            Box::new(NoGenerations),
            Box::new(RefusalDialects),
            Box::new(ChangeLog),
            Box::new(CompactTokens),
            Box::new(LateReferences),
        ]
    }
}

/// Each migration is one transaction: a process that dies in it leaves nothing half-made. (SQLite's default is none.)
const WHOLE_OR_NOT_AT_ALL: Option<bool> = Some(true);

fn text(name: &str) -> ColumnDef {
    let mut column = ColumnDef::new(Alias::new(name));
    column.text();
    column
}

fn number(name: &str) -> ColumnDef {
    let mut column = ColumnDef::new(Alias::new(name));
    column.big_integer();
    column
}

fn bytes(name: &str) -> ColumnDef {
    let mut column = ColumnDef::new(Alias::new(name));
    column.blob();
    column
}

/// A key that is the row's own number. "integer" alone makes it that in SQLite; a key beside it would cost each row as much again.
fn row_number(name: &str, backend: DbBackend) -> ColumnDef {
    let mut column = ColumnDef::new(Alias::new(name));
    if backend == DbBackend::Sqlite {
        column.integer();
    } else {
        column.big_integer();
    }
    column
}

/// A table; columns in `required` are NOT NULL, the first of them is the primary key.
fn table(name: &str, required: Vec<ColumnDef>, optional: Vec<ColumnDef>) -> TableCreateStatement {
    let mut table = Table::create();
    table.table(Alias::new(name));
    for (index, mut column) in required.into_iter().enumerate() {
        column.not_null();
        if index == 0 {
            column.primary_key();
        }
        table.col(column);
    }
    for column in optional {
        table.col(column);
    }
    table
}

/// Which commit a checkpoint carries, and which checkpoint a commit stands on; see `checkpoint.rs`.
struct Checkpoints;

impl MigrationName for Checkpoints {
    fn name(&self) -> &'static str {
        "m0002_checkpoints"
    }
}

#[async_trait]
impl MigrationTrait for Checkpoints {
    fn use_transaction(&self) -> Option<bool> {
        WHOLE_OR_NOT_AT_ALL
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for name in ["checkpoints_even", "checkpoints_odd"] {
            let columns = vec![number("id"), number("epoch")];
            manager.create_table(table(name, columns, vec![])).await?;
            let mut first = Query::insert();
            first
                .into_table(Alias::new(name))
                .columns([Alias::new("id"), Alias::new("epoch")])
                .values_panic([1.into(), 0.into()]);
            manager.get_connection().execute(&first).await?;
        }
        let mut stands_on = number("checkpoint");
        stands_on.not_null().default(0);
        let mut epochs = Table::alter();
        epochs.table(Alias::new("epochs")).add_column(stands_on);
        manager.alter_table(epochs).await
    }
}

/// Refusals, counted by the minute in small rows, and what finds old audit rows. Refusals of before stay where they are until
/// they are as old.
struct CountedRefusals;

impl MigrationName for CountedRefusals {
    fn name(&self) -> &'static str {
        "m0003_counted_refusals"
    }
}

#[async_trait]
impl MigrationTrait for CountedRefusals {
    fn use_transaction(&self) -> Option<bool> {
        WHOLE_OR_NOT_AT_ALL
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let required = vec![
            row_number("id", manager.get_database_backend()),
            number("proof"),
            number("replayed"),
            number("dialect"),
            number("count"),
            number("first_secs"),
            number("last_secs"),
        ];
        let optional = vec![
            number("principal_id"),
            bytes("name_hash"),
            bytes("address"),
            number("actor_id"),
        ];
        manager
            .create_table(table("refusals", required, optional))
            .await?;
        let mut by_age = Index::create();
        by_age
            .name("audit_by_outcome")
            .table(Alias::new("audit"))
            .col(Alias::new("outcome"))
            .col(Alias::new("at_ms"));
        manager.create_index(by_age).await
    }
}

/// What has been swept as over, and when the operator accepted the clock; see `clock_notes.rs`.
struct ClockNotes;

impl MigrationName for ClockNotes {
    fn name(&self) -> &'static str {
        "m0004_clock_notes"
    }
}

#[async_trait]
impl MigrationTrait for ClockNotes {
    fn use_transaction(&self) -> Option<bool> {
        WHOLE_OR_NOT_AT_ALL
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let columns = vec![text("name"), number("at_ms")];
        manager
            .create_table(table("clock_notes", columns, vec![]))
            .await
    }
}

/// Failures by their times, the addresses that have succeeded for a name, and a way from a principal to its sessions.
struct LockoutsByAddress;

impl MigrationName for LockoutsByAddress {
    fn name(&self) -> &'static str {
        "m0005_lockouts_by_address"
    }
}

#[async_trait]
impl MigrationTrait for LockoutsByAddress {
    fn use_transaction(&self) -> Option<bool> {
        WHOLE_OR_NOT_AT_ALL
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // A lock that stands goes on as one of the name; what was counted towards one begins anew.
        let mut times = bytes("times");
        times.not_null().default(Vec::<u8>::new());
        let mut attempts = Table::alter();
        attempts.table(Alias::new("attempts")).add_column(times);
        manager.alter_table(attempts).await?;
        let mut attempts = Table::alter();
        attempts
            .table(Alias::new("attempts"))
            .drop_column(Alias::new("failures"));
        manager.alter_table(attempts).await?;
        let columns = vec![bytes("hash"), bytes("name_hash"), number("forget_at_ms")];
        manager
            .create_table(table("known_addresses", columns, vec![]))
            .await?;
        for (name, table, columns) in [
            (
                "known_addresses_by_name",
                "known_addresses",
                ["name_hash", "forget_at_ms"].as_slice(),
            ),
            (
                "known_addresses_by_expiry",
                "known_addresses",
                &["forget_at_ms"],
            ),
            ("sessions_by_principal", "sessions", &["principal_id"]),
        ] {
            let mut index = Index::create();
            index.name(name).table(Alias::new(table));
            for column in columns {
                index.col(Alias::new(*column));
            }
            manager.create_index(index).await?;
        }
        Ok(())
    }
}

/// Nobody counts the tokens of a slot any more: the one that is live is the one that holds it.
struct NoGenerations;

impl MigrationName for NoGenerations {
    fn name(&self) -> &'static str {
        "m0006_no_generations"
    }
}

#[async_trait]
impl MigrationTrait for NoGenerations {
    fn use_transaction(&self) -> Option<bool> {
        WHOLE_OR_NOT_AT_ALL
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let (tokens, by_principal) = (Alias::new("tokens"), "tokens_by_principal");
        let mut old = Index::drop();
        old.name(by_principal).table(tokens.clone());
        manager.drop_index(old).await?;
        let mut table = Table::alter();
        table
            .table(tokens.clone())
            .drop_column(Alias::new("generation"));
        manager.alter_table(table).await?;
        let mut new = Index::create();
        new.name(by_principal)
            .table(tokens)
            .col(Alias::new("principal_id"))
            .col(Alias::new("class"));
        manager.create_index(new).await
    }
}
