//! Texts that write up to 64 rows at once: a few lengths serve any number of rows, and each text is prepared once.

use sea_orm::{ConnectionTrait, ExecResult, Value};

use super::constant;
use super::failure::Failure;

/// The most rows that one statement writes.
pub(super) const MOST: usize = 64;

/// The numbers of rows for which there are texts. A row of nothing is bound and looked at like any other, so the steps are small.
const NUMBERS: [usize; 16] = [1, 2, 3, 4, 6, 8, 12, 16, 20, 24, 28, 32, 40, 48, 56, MOST];

/// One statement in all its lengths.
pub(super) struct ManyRows {
    columns: usize,
    texts: [String; NUMBERS.len()],
}

impl ManyRows {
    /// The statement whose text is made of the marks of its rows. It has to write nothing for a row of nothing.
    pub(super) fn new(columns: usize, text: impl Fn(&str) -> String) -> Self {
        let texts = NUMBERS.map(|rows| text(&marks(columns, rows)));
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
        mut values: Vec<Value>,
    ) -> Result<ExecResult, Failure> {
        let mut texts = self
            .texts
            .iter()
            .zip(NUMBERS.map(|rows| rows * self.columns));
        let (text, room) = texts
            .find(|(_, room)| *room >= values.len())
            .ok_or_else(|| Failure::unreadable("rows"))?;
        values.resize(room, Value::BigInt(None));
        constant::run(db, text, values).await
    }
}

/// What stands after `VALUES`.
pub(super) fn marks(columns: usize, rows: usize) -> String {
    let row = format!("({})", vec!["?"; columns].join(", "));
    vec![row; rows].join(", ")
}
