//! What each operation makes a warm server do: statements, transactions, signatures, allocations.

use std::alloc::System;

use futures_util::future::try_join_all;
use measure::fault::Fault;
use measure::feed::{LANE, Row, Supply};
use measure::load::as_float;
use measure::median::median;
use measure::rows;
use measure::shot::Shot;
use stats_alloc::{Region, Stats, StatsAlloc};
use tessera_server::domain::work::{Counts, counted};

use super::asked::Asked;

/// Requests before anything is counted, and requests that are.
const WARMING: usize = 3;
const COUNTED: usize = 21;
/// Requests at once, for what a transaction has in it then.
const AT_ONCE: usize = 64;

/// What one request of a row does. Each figure is a median, so what the server does beside it now and then is in none.
struct Worked {
    statements: f64,
    transactions: f64,
    made: f64,
    verified: f64,
    hashes: f64,
    allocations: f64,
    bytes: f64,
}

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
        let one = worked(&asked, row, COUNTED, allocator).await?;
        let together = per_transaction(&asked, row).await?;
        println!(
            "{:36} {:>6} {:>6} {:>6} {:>6} {:>6} {:>8} {:>8} {:>8}",
            row.name,
            one.statements,
            one.transactions,
            one.made,
            one.verified,
            one.hashes,
            one.allocations,
            one.bytes,
            together.map_or_else(String::new, |sets| format!("{sets:.1}"))
        );
    }
    println!(
        "per tr.: change sets in a transaction when {AT_ONCE} ask at once; allocations are those of the request's objects too"
    );
    asked.server.close().await;
    Ok(())
}

/// Asks a row one request after the other, and counts each.
async fn worked(
    asked: &Asked,
    row: &Row,
    count: usize,
    allocator: &'static StatsAlloc<System>,
) -> Result<Worked, Fault> {
    let shots = shots(asked, row, WARMING + count).await?;
    let mut seen = Vec::with_capacity(count);
    for (number, shot) in shots.iter().enumerate() {
        let before = counted();
        let region = Region::new(allocator);
        right(asked, row, shot).await?;
        let (heap, after) = (region.change(), counted());
        if number >= WARMING {
            seen.push((before, after, heap));
        }
    }
    let of = |count: fn(&Counts) -> u64| {
        let each = seen.iter();
        median(
            each.map(|(before, after, _)| as_float(count(after) - count(before)))
                .collect(),
        )
    };
    let heap = |count: fn(&Stats) -> usize| {
        let each = seen.iter();
        median(
            each.map(|(_, _, heap)| as_float(count(heap) as u64))
                .collect(),
        )
    };
    Ok(Worked {
        statements: of(|all| all.statements),
        transactions: of(|all| all.transactions),
        made: of(|all| all.signatures_made),
        verified: of(|all| all.signatures_verified),
        hashes: of(|all| all.password_hashes),
        allocations: heap(|heap| heap.allocations + heap.reallocations),
        bytes: heap(|heap| heap.bytes_allocated),
    })
}

/// How many change sets share a transaction under load; `None` for what writes nothing.
async fn per_transaction(asked: &Asked, row: &Row) -> Result<Option<f64>, Fault> {
    let at_once = if row.passwords { LANE } else { AT_ONCE };
    let shots = shots(asked, row, at_once).await?;
    let before = counted();
    try_join_all(shots.iter().map(|shot| right(asked, row, shot))).await?;
    let after = counted();
    let transactions = after.transactions - before.transactions;
    let sets = as_float(after.change_sets - before.change_sets);
    Ok((transactions > 0).then(|| sets / as_float(transactions)))
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Of every row: statements, transactions that are durable, signatures made.
    const EXPECTED: &[(&str, [f64; 3])] = &[
        ("/healthz (the edge alone)", [0.0, 0.0, 0.0]),
        ("pnut GET token, warm", [0.0, 0.0, 0.0]),
        ("garbage in the shape of our tokens", [0.0, 0.0, 0.0]),
        ("garbage in the shape of older ones", [1.0, 0.0, 0.0]),
        ("pnut client credentials", [3.0, 1.0, 0.0]),
        ("pnut password grant", [16.0, 2.0, 0.0]),
        ("pnut DELETE token", [7.0, 1.0, 0.0]),
        ("introspection, warm", [0.0, 0.0, 0.0]),
        ("JWKS", [0.0, 0.0, 0.0]),
        ("metadata", [0.0, 0.0, 0.0]),
        ("oauth revoke", [6.0, 1.0, 0.0]),
        ("auth-api short (EdDSA)", [3.0, 1.0, 1.0]),
        ("auth-api long", [3.0, 1.0, 0.0]),
        ("auth-api revoke", [6.0, 1.0, 0.0]),
        ("manis issue", [3.0, 1.0, 1.0]),
        ("token generator (two tokens)", [3.0, 1.0, 2.0]),
        ("animeloop read token", [2.0, 0.0, 1.0]),
        ("animeloop get token", [2.0, 0.0, 1.0]),
        ("animeloop revoke token", [2.0, 0.0, 0.0]),
        ("animeloop new token", [8.0, 1.0, 1.0]),
        ("animeloop log-in (a password)", [15.0, 2.0, 0.0]),
        ("animeloop log-out", [5.0, 1.0, 0.0]),
    ];
    /// Issues of which 64 at once share a few transactions.
    const SHARED: &[&str] = &[
        "pnut client credentials",
        "auth-api short (EdDSA)",
        "manis issue",
        "token generator (two tokens)",
    ];

    #[tokio::test]
    async fn a_request_takes_no_more_statements_transactions_and_signatures_than_it_is_said_to() {
        let folder = tempfile::tempdir().expect("a folder");
        let asked = Asked::open(folder.path()).await.expect("a server");
        let held = asked.seed().await.expect("principals");
        let rows = rows::rows(&held, &mut &asked).await.expect("rows");
        let mut seen = Vec::new();
        for row in &rows {
            let one = worked(&asked, row, 5, crate::ALLOCATOR).await;
            let one = one.expect(row.name);
            seen.push((row.name, [one.statements, one.transactions, one.made]));
            if SHARED.contains(&row.name) {
                let together = per_transaction(&asked, row).await.expect(row.name);
                assert!(
                    together.is_some_and(|sets| sets >= 16.0),
                    "{}: {together:?}",
                    row.name
                );
            }
        }
        assert_eq!(seen, EXPECTED);
        asked.server.close().await;
    }
}
