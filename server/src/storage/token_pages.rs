//! Lists of tokens by what they have in common, a page at a time: by the number of their rows, which grows as they are written.

use sea_orm::{ConnectionTrait, Value};

use super::backend::Text;
use super::constant;
use super::failure::Failure;
use super::many_rows::marks;
use super::rows::{asked, page};
use super::token_row::{COLUMN_COUNT, COLUMNS, Columns, id_bytes, read};
use crate::authority::{Page, TokenFilter};
use crate::domain::TokenRecord;

/// What narrows a list, and the values that it is narrowed by.
#[derive(Default)]
struct Conditions {
    texts: Vec<String>,
    values: Vec<Value>,
}

impl Conditions {
    fn add(&mut self, text: impl Into<String>, values: impl IntoIterator<Item = Value>) {
        self.texts.push(text.into());
        self.values.extend(values);
    }

    fn of(filter: &TokenFilter) -> Self {
        let TokenFilter {
            id,
            hash,
            dialect,
            principal,
            subject,
            person,
            class,
            family,
            parents,
            issued_before_ms,
            live_at_ms,
            endable_at_ms,
            after,
            limit: _,
        } = filter;
        let mut all = Self::default();
        if let Some(id) = id {
            all.add("t.id = ?", [id_bytes(id)]);
        }
        if let Some(hash) = hash {
            let hash = || Value::from(hash.0.to_vec());
            let text = "substr(t.hash, 1, 16) = substr(?, 1, 16) AND t.hash = ?";
            all.add(text, [hash(), hash()]);
        }
        if let Some(dialect) = dialect {
            all.add("s.dialect = ?", [dialect.as_str().into()]);
        }
        if let Some(class) = class {
            all.add("s.class = ?", [class.as_str().into()]);
        }
        if let Some(subject) = subject {
            all.add("t.subject_id = ?", [subject.0.into()]);
        }
        if let Some(person) = person {
            let text = "(t.principal_id = ? OR t.subject_id = ?)";
            all.add(text, [person.0.into(), person.0.into()]);
        }
        if let Some(principal) = principal {
            // An owner may have millions: the sign keeps its index out where there is a narrower one.
            let narrower = family.is_some() || subject.is_some();
            let sign = if narrower { "+" } else { "" };
            all.add(format!("{sign}t.principal_id = ?"), [principal.0.into()]);
        }
        if let Some(family) = family {
            // The first of a family does not name it.
            let text = "(t.family = ? OR (t.id = ? AND t.family IS NULL))";
            all.add(text, [id_bytes(family), id_bytes(family)]);
        }
        if !parents.is_empty() {
            let text = format!("t.parent IN {}", marks(parents.len(), 1));
            all.add(text, parents.iter().map(id_bytes));
        }
        if let Some(at_ms) = issued_before_ms {
            all.add("t.issued_at_ms < ?", [(*at_ms).into()]);
        }
        if let Some(at_ms) = live_at_ms {
            let text = "t.state = 0 AND (t.expires_at_ms IS NULL OR t.expires_at_ms > ?)";
            all.add(text, [(*at_ms).into()]);
        }
        if let Some(at_ms) = endable_at_ms {
            let text = "t.state = 0 AND (t.expires_at_ms IS NULL OR t.expires_at_ms > ? \
                        OR EXISTS (SELECT 1 FROM tokens g WHERE g.parent = t.id AND g.state = 0))";
            all.add(text, [(*at_ms).into()]);
        }
        if let Some(after) = after {
            all.add("t.number < ?", [(*after).into()]);
        }
        all
    }
}

/// The newest first.
pub(super) async fn list(
    db: &impl ConnectionTrait,
    filter: TokenFilter,
) -> Result<Page<TokenRecord>, Failure> {
    let Conditions { texts, mut values } = Conditions::of(&filter);
    let conditions = if texts.is_empty() {
        "1 = 1".to_owned()
    } else {
        texts.join(" AND ")
    };
    let text = Text::made(format!(
        "SELECT {COLUMNS}, t.number FROM tokens t LEFT JOIN token_shapes s ON s.number = t.shape \
         WHERE {conditions} ORDER BY t.number DESC LIMIT ?"
    ));
    values.push(asked(filter.limit).into());
    let rows = constant::all(db, &text, values).await?;
    let rows = rows.iter().map(|row| {
        let number = Columns::from(row, COLUMN_COUNT).take()?;
        Ok((number, read(&mut Columns::from(row, 0))?))
    });
    let mut page = page(filter.limit, rows.collect::<Result<_, Failure>>()?);
    // Of an identifier its beginning stands in the shape.
    if let Some(id) = &filter.id {
        page.rows.retain(|record: &TokenRecord| record.id == *id);
    }
    Ok(page)
}
