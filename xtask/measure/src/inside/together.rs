//! What one durable transaction for many change sets gives: the same issues one after the other, and 64 at once.

use std::time::Instant;

use futures_util::future::try_join_all;
use measure::fault::Fault;
use measure::load::as_float;
use measure::machine;
use measure::median::median;
use measure::rows;
use measure::shot::Shot;
use tessera_server::domain::work::counted;

use super::asked::Asked;

/// Issues at once.
const AT_ONCE: usize = 64;
/// Issues in one round of one way.
const ISSUES: usize = 20 * AT_ONCE;
/// Rounds; in each both ways take their turn.
const ROUNDS: usize = 5;
/// The row that is asked: an opaque token, for a client that is known.
const ROW: &str = "pnut client credentials";

/// What a way costs.
struct Way {
    /// Issues in a second.
    rate: f64,
    /// Processor time of an issue, in microseconds.
    cost: f64,
    /// Issues in a transaction.
    together: f64,
}

/// Prints both ways and what lies between them.
pub async fn print() -> Result<(), Fault> {
    let folder = tempfile::tempdir_in(measure::cli::folder()?).map_err(Fault::io("a folder"))?;
    let asked = Asked::open(folder.path()).await?;
    let held = asked.seed().await?;
    let rows = rows::rows(&held, &mut &asked).await?;
    let shot = rows.iter().find(|row| row.name == ROW);
    let shot = shot.and_then(|row| row.shots.first());
    let shot = shot.ok_or_else(|| Fault::Answer(format!("no row is called {ROW}")))?;
    let (mut alone, mut at_once) = (Vec::new(), Vec::new());
    taken(&asked, shot, AT_ONCE).await?;
    for _ in 0..ROUNDS {
        alone.push(taken(&asked, shot, 1).await?);
        at_once.push(taken(&asked, shot, AT_ONCE).await?);
    }
    asked.server.close().await;
    println!("\n{ROW}, {} issues each way", ROUNDS * ISSUES);
    println!(
        "{:20} {:>9} {:>9} {:>8}",
        "", "a second", "µs each", "per tr."
    );
    let (alone, at_once) = (middle(&alone), middle(&at_once));
    for (name, way) in [
        ("one after the other".to_owned(), &alone),
        (format!("{AT_ONCE} at once"), &at_once),
    ] {
        let Way {
            rate,
            cost,
            together,
        } = way;
        println!("{name:20} {rate:>9.0} {cost:>9.1} {together:>8.1}");
    }
    println!(
        "throughput {:.1} times (gate 4), processor time {:.1} times less (gate 2.5); load {:.1}",
        at_once.rate / alone.rate,
        alone.cost / at_once.cost,
        machine::load()?
    );
    Ok(())
}

/// One round with so many at once.
async fn taken(asked: &Asked, shot: &Shot, at_once: usize) -> Result<Way, Fault> {
    let own = std::process::id();
    let (before, processor) = (counted(), machine::processor_time(own)?);
    let started = Instant::now();
    let each = ISSUES / at_once;
    try_join_all((0..at_once).map(|_| async move {
        for _ in 0..each {
            asked.answer(shot).await?.text_at("/access_token")?;
        }
        Ok::<(), Fault>(())
    }))
    .await?;
    let took = started.elapsed();
    let (after, spent) = (counted(), machine::processor_time(own)?);
    let spent = spent.saturating_sub(processor);
    let issues = as_float(ISSUES as u64);
    let transactions = as_float(after.transactions - before.transactions);
    Ok(Way {
        rate: issues / took.as_secs_f64(),
        cost: spent.as_secs_f64() * 1e6 / issues,
        together: issues / transactions.max(1.0),
    })
}

fn middle(ways: &[Way]) -> Way {
    let of = |figure: fn(&Way) -> f64| median(ways.iter().map(figure).collect());
    Way {
        rate: of(|way| way.rate),
        cost: of(|way| way.cost),
        together: of(|way| way.together),
    }
}
