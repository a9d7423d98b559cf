//! What a caller without credentials makes grow, and where that ends.

use super::{Bench, OPAQUE_TOO, Outcome, SIGNED_TOO, nobody, secret};
use crate::authority::{Claimant, SecretError, Unavailable};
use crate::domain::{MachineSecret, PrincipalKind};
use sea_orm::{ConnectionTrait as _, Database};

use crate::authority::{MAX_CELLS, Proof, RefusalCell, RefusedTo, Source};

/// The cell of a name that nobody has, from a network of its own: the largest row there is.
fn cell(minute: u64, number: usize) -> RefusalCell {
    let name = minute * 1_000_003 + number as u64;
    RefusalCell {
        proof: Proof::Assertion,
        replayed: false,
        dialect: OPAQUE_TOO,
        to: RefusedTo::Unknown(name.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes()),
        source: Some(Source::V6((0x2001_0db8_0000_0000 + name).to_be_bytes())),
        actor: None,
    }
}

/// Bytes of all files of the database.
fn size(bench: &Bench) -> Result<u64, Box<dyn std::error::Error>> {
    let file = bench.ground.file().ok_or("no file")?;
    let mut sum = 0;
    for file in std::fs::read_dir(file.parent().ok_or("no folder")?)? {
        sum += file?.metadata()?.len();
    }
    Ok(sum)
}

#[tokio::test]
async fn nine_days_of_refusals_in_every_cell_take_fifty_megabytes_and_no_more() -> Outcome {
    let bench = Bench::in_a_file().await?;
    let refusals = &bench.authority.core.refusals;
    let mut largest = Vec::new();
    for day in 0..9 {
        let mut most = 0;
        for minute in day * 1440..(day + 1) * 1440 {
            // Five more than there is room for, each twice.
            for after_ms in [10_000, 40_000] {
                for number in 0..MAX_CELLS + 5 {
                    refusals.note(cell(minute, number), bench.authority.now_ms() + after_ms);
                }
            }
            bench.pass(60);
            // Every second in truth; the rows are the same.
            if minute % 5 == 4 {
                bench.authority.upkeep().write_ended_refusals().await?;
            }
            // Every minute in truth; later only makes it more.
            if minute % 60 == 59 {
                bench.authority.upkeep().sweep().await?;
                most = most.max(size(&bench)?);
            }
        }
        largest.push(most);
    }
    assert!(
        largest.iter().all(|size| *size <= 50_000_000),
        "{largest:?}"
    );
    let (eighth, ninth) = (largest.get(7), largest.get(8));
    assert!(ninth <= eighth, "{largest:?}");
    Ok(())
}

#[tokio::test]
async fn refusals_that_cannot_be_written_are_counted_and_take_no_more_memory() -> Outcome {
    let bench = Bench::in_a_file().await?;
    let path = bench.ground.file().ok_or("no file")?;
    let database = Database::connect(format!("sqlite://{}", path.display())).await?;
    let refusals = &bench.authority.core.refusals;
    database
        .execute_unprepared("ALTER TABLE refusals RENAME TO gone")
        .await?;
    let mut noted = 0;
    for minute in 0..30 {
        for number in 0..MAX_CELLS + 5 {
            refusals.note(cell(minute, number), bench.authority.now_ms());
            noted += 1;
        }
        bench.pass(60);
        let failed = bench.authority.upkeep().write_ended_refusals().await;
        assert_eq!(failed, Err(Unavailable));
        let rows = refusals.unwritten();
        assert!(rows.len() <= 10 * (MAX_CELLS + 1), "{} rows", rows.len());
        assert_eq!(rows.iter().map(|row| row.count).sum::<u32>(), noted);
    }
    database
        .execute_unprepared("ALTER TABLE gone RENAME TO refusals")
        .await?;
    // The writer waits a moment after several faults.
    while bench
        .authority
        .upkeep()
        .write_ended_refusals()
        .await
        .is_err()
    {
        tokio::task::yield_now().await;
    }
    assert!(refusals.unwritten().is_empty());
    let rows = bench.authority.upkeep().audit_rows(5000).await?;
    let refused = rows.iter().filter(|row| row.outcome == "refused");
    assert_eq!(refused.map(|row| row.count).sum::<u32>(), noted);
    Ok(())
}

#[tokio::test]
async fn a_wrong_machine_secret_writes_nothing_before_its_minute_is_over() -> Outcome {
    let bench = Bench::in_a_file().await?;
    let claimant = Claimant {
        dialect: SIGNED_TOO,
        kind: PrincipalKind::Merchant,
        name: "nobody",
    };
    let before = size(&bench)?;
    for _ in 0..50 {
        let (actor, wrong) = (nobody(), secret("wrong"));
        let sort = MachineSecret::Merchant;
        let refused = bench
            .authority
            .proofs()
            .secret(&actor, claimant, sort, &wrong);
        assert_eq!(refused.await, Err(SecretError::Wrong));
    }
    assert_eq!(size(&bench)?, before, "bytes of the database");
    Ok(())
}

#[tokio::test]
async fn changes_stay_a_year_and_refusals_a_week_whoever_makes_how_many() -> Outcome {
    let bench = Bench::in_a_file().await?;
    bench.user("alice", "right").await?;
    for number in 0..MAX_CELLS + 5 {
        let at_ms = bench.authority.now_ms();
        bench.authority.core.refusals.note(cell(0, number), at_ms);
    }
    let kept = async || -> Result<(usize, usize), Unavailable> {
        bench.authority.upkeep().write_ended_refusals().await?;
        bench.authority.upkeep().sweep().await?;
        let rows = bench.authority.upkeep().audit_rows(1000).await?;
        let refused = rows.iter().filter(|row| row.outcome == "refused").count();
        Ok((refused, rows.len() - refused))
    };
    let day = 24 * 3600;
    bench.pass(7 * day);
    let (refused, changes) = kept().await?;
    assert_eq!(refused, MAX_CELLS + 1);
    assert!(changes > 0);
    bench.pass(60);
    assert_eq!(kept().await?, (0, changes));
    bench.pass(358 * day - 60);
    assert_eq!(kept().await?, (0, changes));
    bench.pass(60);
    assert_eq!(kept().await?, (0, 0));
    Ok(())
}
