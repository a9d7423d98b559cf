//! Schema changes, applied in order at start. A released one is never edited; the next one follows it.
//!
//! Columns are spelt out here, not derived from the entities: an entity follows the newest schema, a
//! migration stays what it was.

use sea_orm_migration::async_trait::async_trait;
use sea_orm_migration::sea_orm::{ConnectionTrait as _, DbBackend, DbErr};
use sea_orm_migration::sea_query::{
    Alias, ColumnDef, ForeignKey, Index, Query, Table, TableCreateStatement,
};
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
        ]
    }
}

/// Each migration is one transaction: a process that dies in it leaves nothing half-made. (SQLite's default is none.)
const WHOLE_OR_NOT_AT_ALL: Option<bool> = Some(true);

/// Every table of the first release.
struct FirstSchema;

impl MigrationName for FirstSchema {
    fn name(&self) -> &'static str {
        "m0001_first_schema"
    }
}

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

fn references(table: &mut TableCreateStatement, column: &str) {
    table.foreign_key(
        ForeignKey::create()
            .from_col(Alias::new(column))
            .to(Alias::new("principals"), Alias::new("id")),
    );
}

fn tables(backend: DbBackend) -> Vec<TableCreateStatement> {
    vec![
        principals(),
        secrets(),
        tokens(backend),
        sessions(),
        signing_keys(),
        grants(),
        table("settings", vec![text("name"), bytes("value")], vec![]),
        table(
            "single_use",
            vec![bytes("hash"), number("expires_at_ms")],
            vec![],
        ),
        table(
            "attempts",
            vec![
                bytes("hash"),
                number("failures"),
                number("forget_at_ms"),
                number("locked_until_ms"),
            ],
            vec![],
        ),
        audit(),
        table("epochs", vec![number("id"), number("value")], vec![]),
    ]
}

fn principals() -> TableCreateStatement {
    let mut enabled = ColumnDef::new(Alias::new("enabled"));
    enabled.boolean();
    let required = vec![
        number("id"),
        text("dialect"),
        text("kind"),
        text("name"),
        enabled,
        text("profile"),
        number("created_at_ms"),
    ];
    table("principals", required, vec![])
}

fn secrets() -> TableCreateStatement {
    let required = vec![
        text("id"),
        number("principal_id"),
        text("purpose"),
        text("state"),
        bytes("material"),
        number("created_at_ms"),
    ];
    let mut secrets = table(
        "secrets",
        required,
        vec![text("algorithm"), text("kid"), number("last_step")],
    );
    references(&mut secrets, "principal_id");
    secrets
}

fn tokens(backend: DbBackend) -> TableCreateStatement {
    let required = vec![
        bytes("hash"),
        text("id"),
        text("dialect"),
        text("class"),
        number("principal_id"),
        text("scopes"),
        text("claims"),
        text("family"),
        number("generation"),
        text("state"),
        number("issued_at_ms"),
    ];
    let optional = vec![
        number("subject_id"),
        text("audience"),
        text("header"),
        text("key_id"),
        text("parent"),
        text("slot"),
        number("not_before_ms"),
        number("expires_at_ms"),
        number("revoked_at_ms"),
    ];
    let mut tokens = table("tokens", required, optional);
    references(&mut tokens, "principal_id");
    references(&mut tokens, "subject_id");
    if backend == DbBackend::Sqlite {
        // The hash is the only way in on the hot path; a row id would be a second tree to walk and store.
        tokens.extra("WITHOUT ROWID");
    }
    tokens
}

fn sessions() -> TableCreateStatement {
    let required = vec![
        bytes("hash"),
        text("dialect"),
        number("principal_id"),
        number("created_at_ms"),
        number("expires_at_ms"),
    ];
    let mut sessions = table("sessions", required, vec![]);
    references(&mut sessions, "principal_id");
    sessions
}

fn signing_keys() -> TableCreateStatement {
    let required = vec![
        text("id"),
        text("dialect"),
        text("algorithm"),
        text("state"),
        bytes("sealed"),
        bytes("public"),
        number("created_at_ms"),
    ];
    table("signing_keys", required, vec![number("retired_at_ms")])
}

fn grants() -> TableCreateStatement {
    let mut grants = Table::create();
    grants
        .table(Alias::new("grants"))
        .col(number("user_id").not_null())
        .col(number("client_id").not_null())
        .col(text("scopes").not_null())
        .col(number("granted_at_ms").not_null())
        .primary_key(
            Index::create()
                .col(Alias::new("user_id"))
                .col(Alias::new("client_id")),
        );
    references(&mut grants, "user_id");
    references(&mut grants, "client_id");
    grants
}

fn audit() -> TableCreateStatement {
    let mut id = number("id");
    id.auto_increment();
    let required = vec![
        id,
        number("at_ms"),
        text("actor"),
        text("action"),
        text("target"),
        text("outcome"),
    ];
    table(
        "audit",
        required,
        vec![
            number("actor_id"),
            text("address"),
            text("dialect"),
            text("reason"),
        ],
    )
}

/// Name, table, columns, unique.
const INDEXES: &[(&str, &str, &[&str], bool)] = &[
    (
        "principals_by_name",
        "principals",
        &["dialect", "kind", "name"],
        true,
    ),
    (
        "secrets_by_principal",
        "secrets",
        &["principal_id", "purpose"],
        false,
    ),
    ("tokens_by_id", "tokens", &["id"], true),
    ("tokens_by_slot", "tokens", &["slot"], true),
    ("tokens_by_family", "tokens", &["family"], false),
    ("tokens_by_parent", "tokens", &["parent"], false),
    (
        "tokens_by_principal",
        "tokens",
        &["principal_id", "class", "generation"],
        false,
    ),
    ("tokens_by_subject", "tokens", &["subject_id"], false),
    ("tokens_by_expiry", "tokens", &["expires_at_ms"], false),
    ("sessions_by_expiry", "sessions", &["expires_at_ms"], false),
    (
        "single_use_by_expiry",
        "single_use",
        &["expires_at_ms"],
        false,
    ),
    ("attempts_by_expiry", "attempts", &["forget_at_ms"], false),
];

#[async_trait]
impl MigrationTrait for FirstSchema {
    fn use_transaction(&self) -> Option<bool> {
        WHOLE_OR_NOT_AT_ALL
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in tables(manager.get_database_backend()) {
            manager.create_table(table).await?;
        }
        for (name, table, columns, unique) in INDEXES {
            let mut index = Index::create();
            index.name(*name).table(Alias::new(*table));
            for column in *columns {
                index.col(Alias::new(*column));
            }
            if *unique {
                index.unique();
            }
            manager.create_index(index).await?;
        }
        let mut epoch = Query::insert();
        epoch
            .into_table(Alias::new("epochs"))
            .columns([Alias::new("id"), Alias::new("value")])
            .values_panic([1.into(), 0.into()]);
        manager.get_connection().execute(&epoch).await?;
        Ok(())
    }
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
        // "integer" alone makes the key the row's own number; a key beside it would cost each row as much again.
        let mut id = ColumnDef::new(Alias::new("id"));
        id.integer();
        let required = vec![
            id,
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
