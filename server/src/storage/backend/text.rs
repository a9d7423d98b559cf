//! A constant statement, written once: with the marks of SQLite, from which the text of PostgreSQL is made.

use std::borrow::Cow;
use std::sync::OnceLock;

use sea_orm::{DbBackend, Value};

/// A constant statement in the words that both databases know.
///
/// A mark is `?` for the next value or `?3` for the third, and stands in no quoted text. Values that meet in one column (of `VALUES`, or in
/// an expression) are of one type in every call: PostgreSQL prepares a text for the types of its first call.
pub(in crate::storage) struct Text {
    written: Cow<'static, str>,
    /// What PostgreSQL is told instead, where it has other words.
    other: Option<&'static str>,
    /// What only PostgreSQL is told, at the end.
    also: &'static str,
    numbered: OnceLock<String>,
}

impl Text {
    pub(in crate::storage) const fn new(text: &'static str) -> Self {
        Self {
            written: Cow::Borrowed(text),
            other: None,
            also: "",
            numbered: OnceLock::new(),
        }
    }

    /// A text for each, where they have no words in common; the marks are those of SQLite in both.
    pub(in crate::storage) const fn each(
        of_sqlite: &'static str,
        of_postgres: &'static str,
    ) -> Self {
        Self {
            written: Cow::Borrowed(of_sqlite),
            other: Some(of_postgres),
            also: "",
            numbered: OnceLock::new(),
        }
    }

    /// A text that is made by the program.
    pub(in crate::storage) const fn made(text: String) -> Self {
        Self {
            written: Cow::Owned(text),
            other: None,
            also: "",
            numbered: OnceLock::new(),
        }
    }

    /// The same, with an end that only PostgreSQL is told.
    pub(in crate::storage) fn ending_in_postgres(self, also: &'static str) -> Self {
        Self { also, ..self }
    }

    /// As that database is told.
    pub(in crate::storage) fn on(&self, backend: DbBackend) -> &str {
        match backend {
            DbBackend::Sqlite => &self.written,
            _ => self.numbered.get_or_init(|| {
                let mut text = numbered(self.other.unwrap_or(&self.written));
                text.push_str(self.also);
                text
            }),
        }
    }
}

/// Whether a database may hold that text. PostgreSQL holds none with a NUL, and refuses to look for one: it is nobody's.
pub(in crate::storage) fn may_hold(backend: DbBackend, text: &str) -> bool {
    backend == DbBackend::Sqlite || !text.contains('\0')
}

/// A text that is looked for, by which nothing is found where there can be none.
pub(in crate::storage) fn sought(backend: DbBackend, text: &str) -> Value {
    may_hold(backend, text).then_some(text).into()
}

/// The same statement in the words of PostgreSQL.
fn numbered(written: &str) -> String {
    // How a statement of SQLite takes itself back has no other meaning elsewhere.
    let written = written.replace("INSERT OR FAIL INTO", "INSERT INTO");
    let mut text = String::with_capacity(written.len() + 64);
    let (mut rest, mut count) = (written.as_str(), 0_u32);
    while let Some((before, after)) = rest.split_once('?') {
        let digits = after.len() - after.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let (number, after) = after.split_at(digits);
        text.push_str(before);
        text.push('$');
        if number.is_empty() {
            count += 1;
            text.push_str(&count.to_string());
        } else {
            text.push_str(number);
        }
        rest = after;
    }
    text.push_str(rest);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_numbered_in_their_order_and_keep_their_numbers() {
        for (written, told) in [
            ("SELECT 1", "SELECT 1"),
            ("SELECT ?, (?) WHERE ?", "SELECT $1, ($2) WHERE $3"),
            ("SELECT ?2, ?1, ?12x", "SELECT $2, $1, $12x"),
            (
                "INSERT OR FAIL INTO t VALUES (?)",
                "INSERT INTO t VALUES ($1)",
            ),
        ] {
            let text = Text::new(written);
            assert_eq!(text.on(DbBackend::Sqlite), written);
            assert_eq!(text.on(DbBackend::Postgres), told);
        }
        let text = Text::each("SELECT ?", "TABLE ?");
        assert_eq!(text.on(DbBackend::Sqlite), "SELECT ?");
        assert_eq!(text.on(DbBackend::Postgres), "TABLE $1");
        let text = Text::made("SELECT ?".to_owned()).ending_in_postgres(" FOR SHARE");
        assert_eq!(text.on(DbBackend::Sqlite), "SELECT ?");
        assert_eq!(text.on(DbBackend::Postgres), "SELECT $1 FOR SHARE");
    }
}
