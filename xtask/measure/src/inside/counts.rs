//! What each operation makes a warm server do: statements, transactions, signatures, allocations.

use std::alloc::System;

use futures_util::future::try_join_all;
use measure::fault::Fault;
use measure::feed::{LANE, Row, Supply};
use measure::load::as_float;
use measure::rows;
use measure::shot::Shot;
use stats_alloc::{Region, StatsAlloc};
use tessera_server::domain::work::{Counts, counted};

use super::asked::Asked;

/// Requests before anything is counted, and requests that are.
const WARMING: usize = 3;
const COUNTED: usize = 20;
/// Requests at once, for what a transaction has in it then.
const AT_ONCE: usize = 64;

/// Prints a line for each row.
pub async fn print(allocator: &'static StatsAlloc<System>) -> Result<(), Fault> {
    let folder = tempfile::tempdir().map_err(Fault::io("a folder"))?;
    let asked = Asked::open(folder.path()).await?;
    let held = asked.seed().await?;
    let rows = rows::rows(&held, &mut &asked).await?;
    println!(
        "\n{:36} {:>6} {:>6} {:>6} {:>6} {:>6} {:>8} {:>8} {:>8}",
        "per request, warm",
        "SQL",
        "trans.",
        "signed",
        "verif.",
        "hashed",
        "allocs",
        "bytes",
        "per tr."
    );
    for row in &rows {
        let shots = shots(&asked, row, WARMING + COUNTED).await?;
        for shot in shots.iter().take(WARMING) {
            right(&asked, row, shot).await?;
        }
        let before = counted();
        let region = Region::new(allocator);
        for shot in shots.iter().skip(WARMING) {
            right(&asked, row, shot).await?;
        }
        let (heap, after) = (region.change(), counted());
        let each = |number: u64| as_float(number) / as_float(COUNTED as u64);
        let of = |count: fn(&Counts) -> u64| each(count(&after) - count(&before));
        println!(
            "{:36} {:>6.2} {:>6.2} {:>6.2} {:>6.2} {:>6.2} {:>8.1} {:>8.0} {:>8}",
            row.name,
            of(|all| all.statements),
            of(|all| all.transactions),
            of(|all| all.signatures_made),
            of(|all| all.signatures_verified),
            of(|all| all.password_hashes),
            each((heap.allocations + heap.reallocations) as u64),
            each(heap.bytes_allocated as u64),
            per_transaction(&asked, row).await?
        );
    }
    println!(
        "per tr.: change sets in a transaction when {AT_ONCE} ask at once; allocations are those of the request's objects too"
    );
    asked.server.close().await;
    Ok(())
}

/// How many change sets share a transaction under load; empty for what writes nothing.
async fn per_transaction(asked: &Asked, row: &Row) -> Result<String, Fault> {
    let at_once = if row.passwords { LANE } else { AT_ONCE };
    let shots = shots(asked, row, at_once).await?;
    let before = counted();
    try_join_all(shots.iter().map(|shot| right(asked, row, shot))).await?;
    let after = counted();
    let transactions = after.transactions - before.transactions;
    if transactions == 0 {
        return Ok(String::new());
    }
    let sets = as_float(after.change_sets - before.change_sets);
    Ok(format!("{:.1}", sets / as_float(transactions)))
}

async fn shots(asked: &Asked, row: &Row, count: usize) -> Result<Vec<Shot>, Fault> {
    match &row.supply {
        None => Ok(row.shots.iter().cycle().take(count).cloned().collect()),
        Some(Supply {
            issue,
            found,
            spend,
            ..
        }) => {
            let mut made = Vec::with_capacity(count);
            for _ in 0..count {
                let text = found.of(&asked.answer(issue).await?)?;
                made.push(spend(&text));
            }
            Ok(made)
        }
    }
}

async fn right(asked: &Asked, row: &Row, shot: &Shot) -> Result<(), Fault> {
    let answer = asked.answer(shot).await?;
    if row.is_right(&answer) {
        Ok(())
    } else {
        Err(Fault::Answer(format!("{}: {}", row.name, answer.shown())))
    }
}
