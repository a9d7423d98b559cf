//! Removes what is over, a slice at a time: one writer serves everybody.

use sea_orm::sea_query::{
    Alias, DeleteStatement, Expr, ExprTrait as _, IntoCondition, Query, SelectStatement,
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, IdenStatic as _, Order, QueryFilter as _,
    QuerySelect as _, QueryTrait as _,
};

use super::clock_notes;
use super::entities::{
    attempt, audit, known_address, refusal, session, single_use, token, token_shape,
};
use super::failure::Failure;
use super::refusals::first_number;
use super::rows::has_children;
use crate::authority::Changed;
use crate::authority::changes::Sweep;

/// Rows of one table that are removed in one transaction, which holds up other writers for some ten milliseconds. A row that
/// is found by a hash costs a page for itself in each index.
const SLICE: u64 = 400;

/// The same of shapes: for each of them tokens are looked through that are over and wait for their children to go.
const SLICE_OF_SHAPES: u64 = 16;

/// The same of rows that lie side by side.
const SLICE_IN_ORDER: u64 = 4_000;

/// Rows of failed tries that are kept until they are forgotten. Beyond it those whose last failure is the oldest go early,
/// but none that locks anybody out: to make one name's failures forgotten takes as many failures under other names.
pub(super) const MOST_ATTEMPTS: u64 = 100_000;

/// Rows of one table that are over.
struct Over {
    table: Alias,
    key: Alias,
    keys: SelectStatement,
    slice: u64,
}

impl Over {
    fn delete(mut self) -> DeleteStatement {
        self.keys.limit(self.slice);
        let mut delete = Query::delete();
        delete
            .from_table(self.table)
            .and_where(Expr::col(self.key).in_subquery(self.keys));
        delete
    }
}

/// Removes one slice: what is over in every table, until one of them has had as much as a transaction should take.
pub(super) async fn slice(
    db: &impl ConnectionTrait,
    sweep: Sweep,
    changed: &mut Changed,
) -> Result<(), Failure> {
    let swept_ms =
        clock_notes::before_sweeping(db, sweep.at_ms, sweep.tokens_ended_before_ms).await?;
    changed.tokens_swept_ms = Ord::max(changed.tokens_swept_ms, swept_ms);
    for over in everything_over(sweep) {
        let at_most = over.slice;
        let removed = db.execute(&over.delete()).await?.rows_affected();
        if removed >= at_most {
            break;
        }
    }
    Ok(())
}

/// Whether another slice would remove anything.
pub(super) async fn left(db: &impl ConnectionTrait, sweep: Sweep) -> Result<bool, Failure> {
    for Over { mut keys, .. } in everything_over(sweep) {
        if db.query_one(keys.limit(1)).await?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

fn everything_over(sweep: Sweep) -> Vec<Over> {
    let Sweep { at_ms, .. } = sweep;
    // Only by their own end: a revoked token without one must stay known as revoked. And only after
    // what hangs on it: an end of its parent must still find the way down.
    let tokens = Condition::all()
        .add(token::Column::ExpiresAtMs.lt(sweep.tokens_ended_before_ms))
        .add(has_children().not());
    let aged = |outcome: &str, before_ms: i64| {
        let old = audit::Column::AtMs.lt(before_ms);
        over::<audit::Entity>(
            audit::Column::Id,
            old.and(audit::Column::Outcome.eq(outcome)),
        )
    };
    vec![
        over::<session::Entity>(
            session::Column::Hash,
            session::Column::ExpiresAtMs.lte(at_ms),
        ),
        over::<single_use::Entity>(
            single_use::Column::Hash,
            single_use::Column::ExpiresAtMs.lte(at_ms),
        ),
        over::<attempt::Entity>(
            attempt::Column::Hash,
            attempt::Column::ForgetAtMs.lte(at_ms),
        ),
        over::<attempt::Entity>(attempt::Column::Hash, too_many_attempts(at_ms)),
        over::<known_address::Entity>(
            known_address::Column::Hash,
            known_address::Column::ForgetAtMs.lte(at_ms),
        ),
        over::<token::Entity>(token::Column::Number, tokens),
        Over {
            slice: SLICE_OF_SHAPES,
            ..over::<token_shape::Entity>(
                token_shape::Column::Number,
                shapes_of_none(sweep.tokens_ended_before_ms),
            )
        },
        Over {
            slice: SLICE_IN_ORDER,
            ..over::<refusal::Entity>(
                refusal::Column::Id,
                refusal::Column::Id.lt(first_number(sweep.refusals_before_ms)),
            )
        },
        // Refusals that were written one by one, before they were counted.
        aged("refused", sweep.refusals_before_ms),
        aged("done", sweep.changes_before_ms),
    ]
}

fn over<E: EntityTrait>(key: E::Column, over: impl IntoCondition) -> Over {
    let condition: Condition = over.into_condition();
    Over {
        table: Alias::new(E::default().table_name()),
        key: Alias::new(key.as_str()),
        keys: E::find()
            .select_only()
            .column(key)
            .filter(condition)
            .into_query(),
        slice: SLICE,
    }
}

/// Failed tries that lock nobody and are older than the newest so many.
fn too_many_attempts(at_ms: i64) -> Condition {
    let oldest_kept = Query::select()
        .column(attempt::Column::ForgetAtMs)
        .from(attempt::Entity)
        .order_by(attempt::Column::ForgetAtMs, Order::Desc)
        .limit(1)
        .offset(MOST_ATTEMPTS - 1)
        .take();
    Condition::all()
        .add(attempt::Column::LockedUntilMs.lte(at_ms))
        .add(
            Expr::col(attempt::Column::ForgetAtMs)
                .lt(Expr::SubQuery(None, Box::new(oldest_kept.into()))),
        )
}

/// Shapes that are kept no longer and that no token has any more: tokens that are over go before them, but those that have
/// children, and no token outlives its shape.
fn shapes_of_none(tokens_ended_before_ms: i64) -> Condition {
    let kept_until = (token_shape::Entity, token_shape::Column::KeptUntilMs);
    let shape = (token_shape::Entity, token_shape::Column::Number);
    let token = Query::select()
        .column(token::Column::Number)
        .from(token::Entity)
        .and_where(
            Expr::col((token::Entity, token::Column::ExpiresAtMs)).lte(Expr::col(kept_until)),
        )
        .and_where(Expr::col((token::Entity, token::Column::Shape)).equals(shape))
        .take();
    Condition::all()
        .add(token_shape::Column::KeptUntilMs.lt(tokens_ended_before_ms))
        .add(Expr::exists(token).not())
}
