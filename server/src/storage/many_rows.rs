//! Texts that write up to 64 rows at once: a few lengths serve any number of rows, and each text is prepared once.

use sea_orm::{ConnectionTrait, ExecResult, QueryResult, Value};

use super::backend::Text;
use super::constant;
use super::failure::Failure;

/// The most rows that one statement writes.
pub(super) const MOST: usize = 64;

/// The numbers of rows for which there are texts. A row of nothing is bound and looked at like any other, so the steps are small.
const NUMBERS: [usize; 16] = [1, 2, 3, 4, 6, 8, 12, 16, 20, 24, 28, 32, 40, 48, 56, MOST];

/// One statement in all its lengths.
pub(super) struct ManyRows {
    columns: usize,
    texts: [Text; NUMBERS.len()],
}

impl ManyRows {
    /// The statement whose text is made of the marks of its rows, with an end that only PostgreSQL is told. It has to write nothing
    /// for a row of nothing.
    pub(super) fn new(
        columns: usize,
        ending_in_postgres: &'static str,
        text: impl Fn(&str) -> String,
    ) -> Self {
        let texts = NUMBERS.map(|rows| {
            let text = Text::made(text(&marks(columns, rows)));
            text.ending_in_postgres(ending_in_postgres)
        });
        Self { columns, texts }
    }

    /// How many values the text for so many rows takes.
    pub(super) fn room(&self, rows: usize) -> usize {
        let longer = NUMBERS.into_iter().find(|number| *number >= rows);
        longer.unwrap_or(MOST) * self.columns
    }

    /// Writes rows, of which the values follow each other; what is missing to the next length is filled with nothing.
    pub(super) async fn write(
        &self,
        db: &impl ConnectionTrait,
        values: Vec<Value>,
    ) -> Result<ExecResult, Failure> {
        let (text, values) = self.filled(values)?;
        constant::run(db, text, values).await
    }

    /// The same where the statement tells what it has written.
    pub(super) async fn written(
        &self,
        db: &impl ConnectionTrait,
        values: Vec<Value>,
    ) -> Result<Vec<QueryResult>, Failure> {
        let (text, values) = self.filled(values)?;
        constant::all(db, text, values).await
    }

    fn filled(&self, mut values: Vec<Value>) -> Result<(&Text, Vec<Value>), Failure> {
        let mut texts = self
            .texts
            .iter()
            .zip(NUMBERS.map(|rows| rows * self.columns));
        let (text, room) = texts
            .find(|(_, room)| *room >= values.len())
            .ok_or_else(|| Failure::unreadable("rows"))?;
        // Nothing has a type too: that of its column.
        let given = values.len();
        while values.len() < room {
            let above = values.get(values.len() % self.columns);
            let nothing = above.map_or(Value::BigInt(None), Value::as_null);
            values.push(nothing);
        }
        debug_assert!(given > 0, "no rows");
        Ok((text, values))
    }
}

/// What stands after `VALUES`.
pub(super) fn marks(columns: usize, rows: usize) -> String {
    let row = format!("({})", vec!["?"; columns].join(", "));
    vec![row; rows].join(", ")
}
