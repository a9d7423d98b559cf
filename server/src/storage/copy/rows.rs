//! The rows of one table: read in the order of their keys, summed up, and written many at once.

use std::pin::pin;

use aws_lc_rs::digest::{Context, Digest, SHA256};
use futures_util::TryStreamExt as _;
use sea_orm::sea_query::{Alias, Expr, ExprTrait as _, Query};
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbErr, QueryResult, Statement,
    StreamTrait as _, Value,
};

use super::backend;
use super::error::{CopyError, Side};
use super::progress::Progress;
use super::table::{Kind, Table};

/// Rows that are written at once.
pub(super) const ROWS: usize = 1000;

/// How many rows a table has, and a SHA-256 over all of them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sum {
    pub(super) rows: u64,
    digest: Digest,
}

impl PartialEq for Sum {
    fn eq(&self, other: &Self) -> bool {
        self.rows == other.rows && self.digest.as_ref() == other.digest.as_ref()
    }
}

/// One value of a row.
enum Field {
    Number(Option<i64>),
    Flag(bool),
    Text(Option<String>),
    Bytes(Option<Vec<u8>>),
}

impl From<Field> for Value {
    fn from(field: Field) -> Self {
        match field {
            Field::Number(number) => number.into(),
            Field::Flag(flag) => flag.into(),
            Field::Text(text) => text.into(),
            Field::Bytes(bytes) => bytes.into(),
        }
    }
}

/// A sum in the making.
struct Summing {
    rows: u64,
    context: Context,
}

impl Summing {
    fn new() -> Self {
        Self {
            rows: 0,
            context: Context::new(&SHA256),
        }
    }

    /// Each value has its length before it, so no two rows look alike.
    fn add(&mut self, row: &[Field]) {
        self.rows += 1;
        for field in row {
            match field {
                Field::Number(number) => self.value(number.map(i64::to_be_bytes).as_ref()),
                Field::Flag(flag) => self.value(Some(&[u8::from(*flag)])),
                Field::Text(text) => self.value(text.as_ref()),
                Field::Bytes(bytes) => self.value(bytes.as_ref()),
            }
        }
    }

    fn value(&mut self, bytes: Option<&impl AsRef<[u8]>>) {
        let bytes = bytes.map(AsRef::as_ref);
        let length = bytes.map_or(u64::MAX, |bytes| bytes.len() as u64);
        self.context.update(&length.to_be_bytes());
        self.context.update(bytes.unwrap_or_default());
    }

    fn sum(self) -> Sum {
        Sum {
            rows: self.rows,
            digest: self.context.finish(),
        }
    }
}

/// How many rows there are.
pub(super) async fn count(snapshot: &DatabaseTransaction, table: &Table) -> Result<u64, DbErr> {
    let mut count = Query::select();
    count
        .expr(Expr::val(1).count())
        .from(Alias::new(&table.name));
    let row = snapshot.query_one(&count).await?;
    let rows: i64 = row.map_or(Ok(0), |row| row.try_get_by_index(0))?;
    Ok(u64::try_from(rows).unwrap_or_default())
}

/// Copies all rows.
pub(super) async fn copy(
    snapshot: &DatabaseTransaction,
    writes: &DatabaseConnection,
    table: &Table,
    progress: &(dyn Fn(Progress<'_>) + Sync),
) -> Result<Sum, CopyError> {
    let broke = Side::Source.broke(&table.name);
    let rows = snapshot.stream_raw(select(snapshot, table)).await;
    let rows = rows.map_err(&broke)?;
    let mut chunks = pin!(rows.try_ready_chunks(ROWS));
    let mut summing = Summing::new();
    let mut waiting: Vec<Vec<Field>> = Vec::with_capacity(2 * ROWS);
    loop {
        let next = chunks.try_next().await.map_err(|error| broke(error.1))?;
        let last = next.is_none();
        for row in next.into_iter().flatten() {
            let row = fields(&row, table).map_err(&broke)?;
            summing.add(&row);
            waiting.push(row);
        }
        while waiting.len() >= ROWS || (last && !waiting.is_empty()) {
            let some: Vec<_> = waiting.drain(..ROWS.min(waiting.len())).collect();
            let written = some.len() as u64;
            write(writes, table, some).await?;
            progress(Progress::Made(written));
        }
        if last {
            return Ok(summing.sum());
        }
    }
}

/// Reads all rows.
pub(super) async fn sum(
    snapshot: &DatabaseTransaction,
    side: Side,
    table: &Table,
    progress: &(dyn Fn(Progress<'_>) + Sync),
) -> Result<Sum, CopyError> {
    let broke = side.broke(&table.name);
    let rows = snapshot.stream_raw(select(snapshot, table)).await;
    let mut rows = pin!(rows.map_err(&broke)?);
    let mut summing = Summing::new();
    while let Some(row) = rows.try_next().await.map_err(&broke)? {
        summing.add(&fields(&row, table).map_err(&broke)?);
        if summing.rows.is_multiple_of(ROWS as u64) {
            progress(Progress::Made(ROWS as u64));
        }
    }
    progress(Progress::Made(summing.rows % ROWS as u64));
    Ok(summing.sum())
}

fn select(snapshot: &DatabaseTransaction, table: &Table) -> Statement {
    let kind = ConnectionTrait::get_database_backend(snapshot);
    let quoted = |name: &str| format!("\"{name}\"");
    let columns = table.columns.iter();
    let read = columns.map(|column| backend::read(column.kind, &quoted(&column.name)));
    let read: Vec<String> = read.collect();
    let keys = table.columns.iter().filter(|column| column.key);
    let sorted = keys.map(|column| backend::sort(kind, column.kind, &quoted(&column.name)));
    let sorted: Vec<String> = sorted.collect();
    let sql = format!(
        "SELECT {} FROM \"{}\" ORDER BY {}",
        read.join(", "),
        table.name,
        sorted.join(", ")
    );
    Statement::from_string(kind, sql)
}

fn fields(row: &QueryResult, table: &Table) -> Result<Vec<Field>, DbErr> {
    let kinds = table.columns.iter().map(|column| column.kind).enumerate();
    let fields = kinds.map(|(index, kind)| {
        Ok(match kind {
            Kind::Number => Field::Number(row.try_get_by_index(index)?),
            Kind::Flag => Field::Flag(row.try_get_by_index::<i32>(index)? == 1),
            Kind::Text => Field::Text(row.try_get_by_index(index)?),
            Kind::Bytes => Field::Bytes(row.try_get_by_index(index)?),
        })
    });
    fields.collect()
}

async fn write(
    writes: &DatabaseConnection,
    table: &Table,
    rows: Vec<Vec<Field>>,
) -> Result<(), CopyError> {
    let mut insert = Query::insert();
    let columns = table.columns.iter();
    insert
        .into_table(Alias::new(&table.name))
        .columns(columns.map(|column| Alias::new(&column.name)));
    for row in rows {
        insert.values_panic(row.into_iter().map(Expr::val));
    }
    let written = writes.execute(&insert).await;
    written.map_err(Side::Target.broke(&table.name))?;
    Ok(())
}
