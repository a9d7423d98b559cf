//! Taking turns at the schema of a server: any number of processes may start at once, and one of them migrates.
//!
//! A turn is a locked row, which the server gives back when its holder ends, however it ends. (Of a file it is a lock of the operating
//! system: `lock.rs`.)

use std::time::Duration;

use sea_orm::{
    ConnectionTrait as _, DatabaseConnection, DatabaseTransaction, DbErr, TransactionTrait as _,
};
use sea_orm_migration::SchemaManager;
use tokio::time::sleep;

use super::backend::{Text, code};
use super::connection::connect;
use super::constant;
use super::failure::Failure;
use super::role::Role;
use super::source::Source;

/// The table of the row. It is made by whoever starts first, outside of all migrations.
pub(super) const TURNS: &str = "schema_turns";

const MAKE: [&str; 2] = [
    "CREATE TABLE IF NOT EXISTS schema_turns (id bigint PRIMARY KEY)",
    "INSERT INTO schema_turns (id) VALUES (1) ON CONFLICT DO NOTHING",
];

static TAKE: Text = Text::new("SELECT id FROM schema_turns WHERE id = 1 FOR UPDATE");

/// How often making the table is tried, and what lies between two tries: of several that make it at once all but one are refused.
const TRIES: u32 = 50;
const PAUSE: Duration = Duration::from_millis(50);

/// A turn, until it is ended or dropped.
pub(super) struct Turn {
    connection: DatabaseConnection,
    /// Holds the row.
    taken: DatabaseTransaction,
}

impl Turn {
    /// Waits for a turn; `None` where nobody else can be there.
    pub(super) async fn take(source: &Source) -> Result<Option<Self>, Failure> {
        let Source::Postgres(_) = source else {
            return Ok(None);
        };
        let connection = connect(source, Role::Making).await?;
        make(&connection).await?;
        let taken = connection.begin().await?;
        constant::all(&taken, &TAKE, vec![]).await?;
        Ok(Some(Self { connection, taken }))
    }

    /// Gives it to the next.
    pub(super) async fn end(self) -> Result<(), Failure> {
        self.taken.rollback().await?;
        self.connection.close_by_ref().await?;
        Ok(())
    }
}

async fn make(connection: &DatabaseConnection) -> Result<(), DbErr> {
    // "IF NOT EXISTS" asks for the right to make one, also where there is one.
    let there = SchemaManager::new(connection).has_table(TURNS).await?;
    for sql in &MAKE[usize::from(there)..] {
        let mut tries = 1;
        while let Err(error) = connection.execute_unprepared(sql).await {
            if tries == TRIES || !met_another(&error) {
                return Err(error);
            }
            tries += 1;
            sleep(PAUSE).await;
        }
    }
    Ok(())
}

/// Whether another process was making the same at that moment: its name or its type was taken, or it could not be put in order.
fn met_another(error: &DbErr) -> bool {
    let code = code(error);
    matches!(
        code.as_deref(),
        Some("23505" | "42P07" | "42710" | "XX000" | "40001" | "40P01")
    )
}
