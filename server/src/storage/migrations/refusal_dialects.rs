//! `m0007_refusal_dialects`: the numbers of dialects in `refusals` move from the program into the database.

use sea_orm_migration::async_trait::async_trait;
use sea_orm_migration::sea_orm::{ConnectionTrait as _, DbErr};
use sea_orm_migration::sea_query::{Alias, Index, Query};
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager};

use super::{WHOLE_OR_NOT_AT_ALL, number, table, text};

/// The numbers that earlier versions wrote.
pub(in crate::storage) const WRITTEN: [(i64, &str); 6] = [
    (1, "animeloop"),
    (2, "pnut"),
    (3, "token_generator"),
    (4, "auth_api"),
    (5, "manis"),
    (6, "oauth"),
];

/// See the file.
pub(super) struct RefusalDialects;

impl MigrationName for RefusalDialects {
    fn name(&self) -> &'static str {
        "m0007_refusal_dialects"
    }
}

#[async_trait]
impl MigrationTrait for RefusalDialects {
    fn use_transaction(&self) -> Option<bool> {
        WHOLE_OR_NOT_AT_ALL
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let dialects = Alias::new("refusal_dialects");
        let columns = vec![number("number"), text("name")];
        manager
            .create_table(table("refusal_dialects", columns, vec![]))
            .await?;
        let mut by_name = Index::create();
        by_name
            .name("refusal_dialects_by_name")
            .table(dialects.clone())
            .col(Alias::new("name"))
            .unique();
        manager.create_index(by_name).await?;
        let mut rows = Query::insert();
        rows.into_table(dialects)
            .columns([Alias::new("number"), Alias::new("name")]);
        for (number, name) in WRITTEN {
            rows.values_panic([number.into(), name.into()]);
        }
        manager.get_connection().execute(&rows).await?;
        Ok(())
    }
}
