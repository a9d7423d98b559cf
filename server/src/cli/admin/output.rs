//! What commands print: a table for people, one JSON object for scripts.

use std::io::{self, Write as _};

use serde_json::{Map, Value};

/// Rows with the same members in the same order, and by what the list goes on.
pub(super) struct Listing {
    pub(super) rows: Vec<Map<String, Value>>,
    pub(super) next: Option<String>,
}

impl Listing {
    /// Everything there is.
    pub(super) fn whole(rows: Vec<Map<String, Value>>) -> Self {
        Self { rows, next: None }
    }

    /// Prints it.
    pub(super) fn print(self, json: bool) -> io::Result<()> {
        let mut out = io::stdout().lock();
        if json {
            let next = self.next.map_or(Value::Null, Value::from);
            let all = serde_json::json!({"rows": self.rows, "next": next});
            return writeln!(out, "{all:#}");
        }
        out.write_all(table(&self.rows).as_bytes())?;
        if let Some(next) = self.next {
            writeln!(io::stderr(), "there is more: --after {next}")?;
        }
        Ok(())
    }
}

/// Prints one thing, a member a line.
pub(super) fn print_one(one: Map<String, Value>, json: bool) -> io::Result<()> {
    let mut out = io::stdout().lock();
    if json {
        return writeln!(out, "{:#}", Value::Object(one));
    }
    let width = one.keys().map(|name| name.chars().count()).max();
    let width = width.unwrap_or_default();
    for (name, value) in &one {
        writeln!(out, "{name:width$}  {}", cell(value))?;
    }
    Ok(())
}

/// A row of a listing.
pub(super) fn row<const N: usize>(members: [(&str, Value); N]) -> Map<String, Value> {
    let members = members.into_iter();
    members
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

fn table(rows: &[Map<String, Value>]) -> String {
    let Some(first) = rows.first() else {
        return String::new();
    };
    let head: Vec<String> = first.keys().map(|name| name.to_uppercase()).collect();
    let body = rows.iter().map(|row| row.values().map(cell).collect());
    let lines: Vec<Vec<String>> = std::iter::once(head).chain(body).collect();
    let widths: Vec<usize> = (0..first.len())
        .map(|at| {
            let cells = lines.iter().filter_map(|line| line.get(at));
            cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
        })
        .collect();
    let mut text = String::new();
    for line in lines {
        let cells = line.iter().zip(&widths);
        let cells: Vec<_> = cells
            .map(|(cell, &width)| format!("{cell:width$}"))
            .collect();
        text.push_str(cells.join("  ").trim_end());
        text.push('\n');
    }
    text
}

/// A value in a table. What a client has named may hold what moves a terminal's cursor.
fn cell(value: &Value) -> String {
    let text = match value {
        Value::Null => "-".to_owned(),
        Value::String(text) => text.clone(),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => value.to_string(),
    };
    let shown = text
        .chars()
        .map(|c| if c.is_control() { '\u{fffd}' } else { c });
    shown.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_under_each_other_and_nothing_moves_the_cursor() {
        let rows = [
            row([("id", "a".into()), ("state", "active".into())]),
            row([("id", "long\u{1b}[2J".into()), ("state", Value::Null)]),
        ];
        assert_eq!(
            table(&rows),
            "ID        STATE\na         active\nlong\u{fffd}[2J  -\n"
        );
        assert_eq!(table(&[]), "");
    }
}
