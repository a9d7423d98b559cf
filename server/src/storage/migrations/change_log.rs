//! `m0008_change_log`: what commits have changed, for those who follow them; and one active key for each dialect, also among writers
//! that do not wait for each other.

use sea_orm_migration::async_trait::async_trait;
use sea_orm_migration::sea_orm::{ConnectionTrait as _, DbBackend, DbErr};
use sea_orm_migration::sea_query::{
    Alias, ConditionalStatement as _, Expr, ExprTrait as _, Index, Query, Table,
};
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager};

use super::{WHOLE_OR_NOT_AT_ALL, bytes, number, text};

/// See the file.
pub(super) struct ChangeLog;

impl MigrationName for ChangeLog {
    fn name(&self) -> &'static str {
        "m0008_change_log"
    }
}

#[async_trait]
impl MigrationTrait for ChangeLog {
    fn use_transaction(&self) -> Option<bool> {
        WHOLE_OR_NOT_AT_ALL
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut log = Table::create();
        log.table(Alias::new("change_log"))
            .col(number("epoch").not_null())
            .col(number("place").not_null())
            .col(text("kind").not_null())
            .col(bytes("key"))
            .col(text("word"))
            .col(number("number"))
            .primary_key(
                Index::create()
                    .col(Alias::new("epoch"))
                    .col(Alias::new("place")),
            );
        if manager.get_database_backend() == DbBackend::Sqlite {
            // The rows lie in the order in which they are read and swept.
            log.extra("WITHOUT ROWID");
        }
        manager.create_table(log).await?;
        let (epochs, logged_after) = (Alias::new("epochs"), Alias::new("logged_after"));
        let mut column = number("logged_after");
        column.not_null().default(0);
        let mut table = Table::alter();
        table.table(epochs.clone()).add_column(column);
        manager.alter_table(table).await?;
        // Nothing is known of the commits of before.
        let mut update = Query::update();
        update
            .table(epochs)
            .value(logged_after, Expr::col(Alias::new("value")));
        manager.get_connection().execute(&update).await?;
        let mut one_active = Index::create();
        one_active
            .name("signing_keys_active")
            .table(Alias::new("signing_keys"))
            .col(Alias::new("dialect"))
            .unique()
            .and_where(Expr::col(Alias::new("state")).eq("active"));
        manager.create_index(one_active).await
    }
}
