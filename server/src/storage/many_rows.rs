//! Texts that write 1, 2, 4 … 64 rows at once: few of them serve any number, and each is prepared once.

use sea_orm::{ConnectionTrait, ExecResult, Value};

use super::constant;
use super::failure::Failure;

/// The most rows that one statement writes.
pub(super) const MOST: usize = 64;

/// The numbers of rows for which there are texts.
const NUMBERS: [usize; 7] = [1, 2, 4, 8, 16, 32, MOST];

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
