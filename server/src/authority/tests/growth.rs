//! What a caller without credentials makes grow, and where that ends.

use std::path::Path;

use super::{Bench, Outcome};
use crate::authority::Dialect;
use crate::authority::refusals::{MAX_CELLS, Proof, RefusalCell, RefusedTo, Source};

/// The cell of a name that nobody has, from a network of its own: the largest row there is.
fn cell(minute: u64, number: usize) -> RefusalCell {
    let name = minute * 1_000_003 + number as u64;
    RefusalCell {
        proof: Proof::Assertion,
        replayed: false,
        dialect: Dialect::Oauth,
        to: RefusedTo::Unknown(name.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes()),
        source: Some(Source::V6((0x2001_0db8_0000_0000 + name).to_be_bytes())),
        actor: None,
    }
}

/// Bytes of all files of the database.
fn size(folder: &Path) -> Result<u64, Box<dyn std::error::Error>> {
    let mut sum = 0;
    for file in std::fs::read_dir(folder)? {
        sum += file?.metadata()?.len();
    }
    Ok(sum)
}

#[tokio::test]
async fn nine_days_of_refusals_in_every_cell_take_fifty_megabytes_and_no_more() -> Outcome {
    let bench = Bench::new().await?;
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
            bench.authority.write_ended_refusals().await?;
            // Each minute in truth: later only makes it more.
            if minute % 60 == 59 {
                bench.authority.sweep().await?;
                most = most.max(size(bench.folder.path())?);
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
