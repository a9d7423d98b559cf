//! `m0010_late_references`: whether the principals of a token are there is looked at when its transaction ends.
//!
//! In `SQLite` a statement on many rows that could fail by a reference keeps a copy of every page that it changes, to take itself back.
//! (Other databases keep none.) No row and no page of the table changes: its text does, as
//! <https://www.sqlite.org/lang_altertable.html> describes for constraints.

use sea_orm_migration::async_trait::async_trait;
use sea_orm_migration::sea_orm::{ConnectionTrait as _, DbBackend, DbErr, Statement};
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager};

use super::WHOLE_OR_NOT_AT_ALL;

/// See the file.
pub(super) struct LateReferences;

impl MigrationName for LateReferences {
    fn name(&self) -> &'static str {
        "m0010_late_references"
    }
}

const REWRITE: &str = "\
UPDATE sqlite_schema SET sql = replace(sql, 'REFERENCES \"principals\" (\"id\")', \
'REFERENCES \"principals\" (\"id\") DEFERRABLE INITIALLY DEFERRED') WHERE type = 'table' AND name = 'tokens'";

#[async_trait]
impl MigrationTrait for LateReferences {
    fn use_transaction(&self) -> Option<bool> {
        WHOLE_OR_NOT_AT_ALL
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let db = manager.get_connection();
        if db.get_database_backend() != DbBackend::Sqlite {
            return Ok(());
        }
        let version = Statement::from_string(DbBackend::Sqlite, "PRAGMA schema_version");
        let version = db.query_one_raw(version).await?;
        let version = version.ok_or_else(|| DbErr::Custom("the schema has no version".into()))?;
        let version: i64 = version.try_get_by_index(0)?;
        db.execute_unprepared("PRAGMA writable_schema = ON").await?;
        db.execute_unprepared(REWRITE).await?;
        db.execute_unprepared(&format!("PRAGMA schema_version = {}", version + 1))
            .await?;
        db.execute_unprepared("PRAGMA writable_schema = RESET")
            .await?;
        Ok(())
    }
}
