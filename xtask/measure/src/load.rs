//! The load: so many connections that ask as soon as they are answered, and what that cost the server.

use std::cell::RefCell;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::future::try_join_all;
use hdrhistogram::Histogram;

use crate::connection::Connection;
use crate::fault::Fault;
use crate::feed::{LANE, Row, Shots, Supply};
use crate::machine;
use crate::shot::Answer;

/// Whom to ask.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// Its process.
    pub process: u32,
    /// Where it answers.
    pub address: SocketAddr,
}

/// What was seen in one slot.
#[derive(Debug)]
pub struct Slot {
    /// Answers.
    pub answered: u64,
    /// Those that were not right, the first of each connection too, which is not timed.
    pub wrong: u64,
    /// The first of them.
    pub shown: Option<String>,
    /// How long it took.
    pub took: Duration,
    /// The server's processor time.
    pub processor: Duration,
    /// From each request to its answer, in nanoseconds.
    pub waits: Histogram<u64>,
}

impl Slot {
    /// Processor time per answer, in microseconds.
    #[must_use]
    pub fn cost(&self) -> f64 {
        self.processor.as_secs_f64() * 1e6 / as_float(self.answered.max(1))
    }

    /// Answers per second.
    #[must_use]
    pub fn rate(&self) -> f64 {
        as_float(self.answered) / self.took.as_secs_f64()
    }
}

/// Counts as a figure to calculate with.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
pub fn as_float(count: u64) -> f64 {
    count as f64
}

/// Asks one row for so long, or until what it uses up is used up.
///
/// # Errors
/// When a connection breaks, or the server is gone.
pub async fn slot(
    target: Target,
    row: &Row,
    connections: usize,
    time: Duration,
) -> Result<Slot, Fault> {
    let shots = RefCell::new(shots(target, row).await?);
    // What is prepared has its passwords behind it.
    let on_the_lane = row.passwords && row.supply.is_none();
    let connections = if on_the_lane {
        LANE.min(connections)
    } else {
        connections
    };
    let opened = (0..connections).map(|_| Connection::open(target.address));
    let mut opened = try_join_all(opened)
        .await
        .map_err(Fault::io("connecting"))?;
    let seen = RefCell::new(Seen::new()?);
    if row.supply.is_none() {
        // The first answer of a connection is not like the others.
        for connection in &mut opened {
            let Some(shot) = shots.borrow_mut().take() else {
                break;
            };
            let answer = connection.ask(&shot).await.map_err(Fault::io(row.name))?;
            seen.borrow_mut().judge(row, &answer);
        }
    }
    let before = machine::processor_time(target.process)?;
    let started = Instant::now();
    let until = started + time;
    let asking = opened.into_iter().map(|mut connection| {
        let (shots, seen) = (&shots, &seen);
        async move {
            while Instant::now() < until {
                let Some(shot) = shots.borrow_mut().take() else {
                    break;
                };
                let asked = Instant::now();
                let answer = connection.ask(&shot).await.map_err(Fault::io(row.name))?;
                seen.borrow_mut().note(row, &answer, asked.elapsed());
            }
            Ok::<_, Fault>(())
        }
    });
    try_join_all(asking).await?;
    let took = started.elapsed();
    let after = machine::processor_time(target.process)?;
    let seen = seen.into_inner();
    Ok(Slot {
        answered: seen.waits.len(),
        wrong: seen.wrong,
        shown: seen.shown,
        took,
        processor: machine::used(before, after)?,
        waits: seen.waits,
    })
}

struct Seen {
    waits: Histogram<u64>,
    wrong: u64,
    shown: Option<String>,
}

impl Seen {
    fn new() -> Result<Self, Fault> {
        Ok(Self {
            waits: waits()?,
            wrong: 0,
            shown: None,
        })
    }

    fn note(&mut self, row: &Row, answer: &Answer, wait: Duration) {
        self.waits
            .saturating_record(u64::try_from(wait.as_nanos()).unwrap_or(u64::MAX));
        self.judge(row, answer);
    }

    fn judge(&mut self, row: &Row, answer: &Answer) {
        if !row.is_right(answer) {
            self.wrong += 1;
            self.shown.get_or_insert_with(|| answer.shown());
        }
    }
}

/// An empty histogram of waits up to a minute, exact to three digits.
///
/// # Errors
/// Never for these bounds.
pub fn waits() -> Result<Histogram<u64>, Fault> {
    Histogram::new_with_bounds(1_000, 60_000_000_000, 3)
        .map_err(|error| Fault::Answer(error.to_string()))
}

async fn shots(target: Target, row: &Row) -> Result<Shots, Fault> {
    let host = target.address.to_string();
    Ok(match &row.supply {
        None => Shots::Again(row.shots.iter().map(|shot| shot.bytes(&host)).collect(), 0),
        Some(supply) => {
            let made = make(target.address, supply, supply.prepared).await?;
            let spent = made.iter().map(|text| (supply.spend)(text).bytes(&host));
            Shots::Once(spent.collect())
        }
    })
}

/// Has so many things made that are to be used up.
///
/// # Errors
/// When one of them is refused.
pub async fn make(
    address: SocketAddr,
    supply: &Supply,
    count: usize,
) -> Result<Vec<String>, Fault> {
    let made = Rc::new(RefCell::new(Vec::with_capacity(count)));
    let request: Bytes = supply.issue.bytes(&address.to_string());
    let making = (0..supply.at_once).map(|_| {
        let (made, request) = (Rc::clone(&made), request.clone());
        async move {
            let mut connection = Connection::open(address)
                .await
                .map_err(Fault::io("connecting"))?;
            while made.borrow().len() < count {
                let answer = connection
                    .ask(&request)
                    .await
                    .map_err(Fault::io("preparing"))?;
                made.borrow_mut().push(supply.found.of(&answer)?);
            }
            Ok::<_, Fault>(())
        }
    });
    try_join_all(making).await?;
    Ok(made.take())
}
