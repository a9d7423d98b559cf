//! Every table of the first release.

use sea_orm_migration::async_trait::async_trait;
use sea_orm_migration::sea_orm::{ConnectionTrait as _, DbBackend, DbErr};
use sea_orm_migration::sea_query::{
    Alias, ColumnDef, ForeignKey, Index, Query, Table, TableCreateStatement,
};
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager};

use super::{WHOLE_OR_NOT_AT_ALL, bytes, number, table, text};

/// Every table of the first release.
pub(super) struct FirstSchema;

impl MigrationName for FirstSchema {
    fn name(&self) -> &'static str {
        "m0001_first_schema"
    }
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
