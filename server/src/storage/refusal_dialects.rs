//! The numbers that stand for dialects in `refusals`: a dialect gets the next one when the first refusal of it is written.

use std::collections::BTreeMap;

use sea_orm::{ActiveModelTrait as _, ActiveValue::Set, ConnectionTrait, EntityTrait as _};

use super::entities::refusal_dialect::{ActiveModel, Entity};
use super::failure::Failure;
use crate::domain::Dialect;

/// What each number stands for.
pub(super) async fn by_number(
    db: &impl ConnectionTrait,
) -> Result<BTreeMap<i64, Dialect>, Failure> {
    let rows = Entity::find().all(db).await?;
    let named = rows
        .iter()
        .map(|row| (row.number, Dialect::stored(&row.name)));
    Ok(named.collect())
}

/// The numbers of these dialects; those that have none yet are given one.
pub(super) async fn numbers(
    db: &impl ConnectionTrait,
    dialects: impl Iterator<Item = Dialect>,
) -> Result<BTreeMap<Dialect, i64>, Failure> {
    let stored = by_number(db).await?;
    let mut last = stored.keys().next_back().copied().unwrap_or_default();
    let mut numbers: BTreeMap<_, _> = stored.into_iter().map(|(n, name)| (name, n)).collect();
    for dialect in dialects {
        if numbers.contains_key(&dialect) {
            continue;
        }
        last += 1;
        let row = ActiveModel {
            number: Set(last),
            name: Set(dialect.as_str().to_owned()),
        };
        row.insert(db).await?;
        numbers.insert(dialect, last);
    }
    Ok(numbers)
}
