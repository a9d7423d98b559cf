//! Proof "live": a running server does what the document says, and nothing else.

mod accepted;
pub mod answers;
pub mod cases;
pub mod cors;
pub mod lab;
mod ledger;
mod observed;
pub mod oracle;
mod owners;
pub mod probe;
mod rates;
mod replayed;
pub mod request;
pub mod security;
mod transport;
pub mod unmatched;
pub mod values;

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Mutex,
    thread,
    time::Instant,
};

use ledger::Ledger;
use oracle::{Operation, Tag};

use crate::{
    dialects::TRIALS,
    harness::{asked, document, replay::Scenario},
    proofs::report::{self, Finding},
    wire::replayed,
};

/// One thing to do, on a server of its own.
#[derive(Clone, Copy)]
enum Job<'a> {
    Situation(&'static Scenario),
    Unmatched(&'a Tag),
    Rates(&'a Operation),
    Owners(&'a Operation),
    Operation(&'a Operation),
}

impl Job<'_> {
    /// Enters into the ledger of the suites what it asked.
    fn note(&self, requests: usize) {
        let (dialect, what, of) = match self {
            Job::Situation(scenario) => {
                let dialect = document::dialect_of(scenario.operation);
                (dialect, "a situation", scenario.operation)
            }
            Job::Unmatched(tag) => (tag.name.as_str(), "what nobody has", ""),
            Job::Rates(one) => (one.dialect.as_str(), "rates", one.id.as_str()),
            Job::Owners(one) => (one.dialect.as_str(), "owners", one.id.as_str()),
            Job::Operation(one) => (one.dialect.as_str(), "everything", one.id.as_str()),
        };
        asked(
            "live",
            dialect,
            &format!("{of} {what}: {requests} requests"),
        );
    }
}

/// What the jobs have found together.
#[derive(Default)]
struct Found {
    findings: Vec<Finding>,
    ledger: Ledger,
    asked: usize,
}

#[test]
fn holds() {
    let started = Instant::now();
    let operations = oracle::operations();
    let seed = report::seed();
    let chosen = chosen(&operations);
    let mut jobs: Vec<Job> = replayed()
        .filter(|scenario| chosen.iter().any(|one| one.id == scenario.operation))
        .map(Job::Situation)
        .collect();
    let situations = jobs.len();
    let tags = match std::env::var_os(CHOICE) {
        Some(_) => Vec::new(),
        None => oracle::tags(),
    };
    jobs.extend(tags.iter().map(Job::Unmatched));
    shuffle(&mut jobs, seed);
    // Taken from the end: the long ones first.
    jobs.extend(chosen.iter().map(Job::Owners));
    jobs.extend(chosen.iter().map(Job::Rates));
    jobs.extend(chosen.iter().map(Job::Operation));
    let mut found = run(jobs, &operations, seed);
    found.findings.extend(found.ledger.unwitnessed(&chosen));
    found.findings.extend(security::unknown(&operations));
    found.findings.extend(without_trial());
    let extent = format!(
        "{} operations, {} requests, {situations} situations, {}",
        chosen.len(),
        found.asked,
        found.ledger.extent(),
    );
    report::conclude("live", extent, started.elapsed(), found.findings);
}

/// The dialects of which nobody knows how to ask them.
fn without_trial() -> Vec<Finding> {
    let tried = |tag: &Tag| TRIALS.iter().any(|trial| trial.dialect() == tag.name);
    let tags = oracle::tags().into_iter().filter(|tag| !tried(tag));
    tags.map(|tag| {
        let message = format!("{} has no trial in tests/src/dialects/", tag.name);
        Finding::new("live-untried", tag.at, message)
    })
    .collect()
}

/// Names the operations that are looked at.
const CHOICE: &str = "TESSERA_OPERATIONS";

/// The operations that are looked at: all, unless [`CHOICE`] names some, as the search for mutants does.
fn chosen(operations: &[Operation]) -> Vec<Operation> {
    let Some(wanted) = std::env::var_os(CHOICE) else {
        return operations.to_vec();
    };
    let wanted = wanted.to_string_lossy();
    let is_wanted = |one: &&Operation| wanted.split(',').any(|id| one.id == id);
    operations.iter().filter(is_wanted).cloned().collect()
}

/// Does all jobs on as many threads as there are processors; each job has a server and a runtime to itself.
fn run(jobs: Vec<Job>, operations: &[Operation], seed: u64) -> Found {
    let jobs = Mutex::new(jobs);
    let found = Mutex::new(Found::default());
    let threads = thread::available_parallelism().map_or(2, usize::from);
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let Some(job) = jobs.lock().expect("no holder panics").pop() else {
                        return;
                    };
                    let mut ledger = Ledger::default();
                    let (findings, asked) = attempt(job, operations, seed, &mut ledger);
                    if asked > 0 {
                        job.note(asked);
                    }
                    let mut found = found.lock().expect("no holder panics");
                    found.asked += asked;
                    found.findings.extend(findings);
                    found.ledger.merge(ledger);
                }
            });
        }
    });
    found.into_inner().expect("no holder panics")
}

fn attempt(
    job: Job,
    operations: &[Operation],
    seed: u64,
    ledger: &mut Ledger,
) -> (Vec<Finding>, usize) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime can be made");
    let done = catch_unwind(AssertUnwindSafe(|| {
        runtime.block_on(async {
            match job {
                Job::Situation(scenario) => (replayed::run(scenario, operations, ledger).await, 1),
                Job::Unmatched(tag) => unmatched::run(tag, operations, ledger).await,
                Job::Rates(operation) => rates::run(operation, ledger).await,
                Job::Owners(operation) => owners::run(operation, ledger).await,
                Job::Operation(operation) => probe::run(operation, seed, ledger).await,
            }
        })
    }));
    done.unwrap_or_else(|panic| {
        let said = panic.downcast_ref::<String>().map(String::as_str);
        let said = said.or_else(|| panic.downcast_ref::<&str>().copied());
        let said = said.unwrap_or("a panic").lines().next().unwrap_or_default();
        let (name, id) = match job {
            Job::Situation(scenario) => (scenario.name, scenario.operation),
            Job::Unmatched(tag) => ("what it does not have", tag.name.as_str()),
            Job::Rates(operation) => ("its rates", operation.id.as_str()),
            Job::Owners(operation) => ("its owners", operation.id.as_str()),
            Job::Operation(operation) => ("the requests", operation.id.as_str()),
        };
        let operation = operations.iter().find(|one| one.id == id);
        let at = operation.map_or("/paths", |operation| operation.node.at.as_str());
        let message = format!("{name}: {said}");
        (vec![Finding::new("live-scenario", at, message)], 0)
    })
}

/// Fisher and Yates' shuffle with Vigna's splitmix64.
fn shuffle<T>(items: &mut [T], seed: u64) {
    let mut state = seed;
    for last in (1..items.len()).rev() {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        let below = u64::try_from(last + 1).unwrap_or(u64::MAX);
        items.swap(last, usize::try_from(mixed % below).unwrap_or(0));
    }
}
