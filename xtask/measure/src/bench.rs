//! `bench`: alternating rounds over all rows, each slot beside one of the floor, and the medians of what they cost.

use std::path::{Path, PathBuf};
use std::time::Duration;

use hdrhistogram::Histogram;

use crate::ask::Behind;
use crate::deeds::Deeds;
use crate::duel::{self, Seen};
use crate::fault::Fault;
use crate::feed::{Goal, Row};
use crate::floor::Stack;
use crate::load::{self, Slot, Target, slot};
use crate::machine;
use crate::median::median;
use crate::peer;
use crate::rows;
use crate::served::{Served, Site, free_address};

/// Up to this load a ratio is believed; above it nothing is judged.
pub const HIGHEST_LOAD: f64 = 3.0;
/// The table that is judged: what is demanded is of so many connections.
pub const JUDGED: usize = 64;

/// What to measure.
#[derive(Debug)]
pub struct Plan {
    /// The server's binary.
    pub server: PathBuf,
    /// Where files may be kept.
    pub folder: PathBuf,
    /// How many connections, one table each.
    pub connections: Vec<usize>,
    /// How often every row is asked.
    pub rounds: usize,
    /// For how long each time.
    pub slot: Duration,
    /// Only rows whose name has this.
    pub only: Option<String>,
    /// Whether node oidc-provider is measured too.
    pub peer: bool,
    /// How many requests are made while tokens are revoked.
    pub operations: u64,
}

/// What was measured of one row.
#[derive(Debug)]
pub struct Measured {
    /// Its name.
    pub name: &'static str,
    /// What the issue demands.
    pub goal: Option<Goal>,
    /// Processor time per request, in microseconds.
    pub cost: f64,
    /// That cost over the floor's in the same round.
    pub ratio: f64,
    /// Answers per second.
    pub rate: f64,
    /// All waits, in nanoseconds.
    pub waits: Histogram<u64>,
    /// Answers.
    pub answered: u64,
    /// Answers that were not right.
    pub wrong: u64,
    /// The first of them.
    pub shown: Option<String>,
}

impl Measured {
    /// The wait that so large a part of all requests did not exceed, in nanoseconds.
    #[must_use]
    pub fn waited(&self, part: f64) -> u64 {
        self.waits.value_at_quantile(part)
    }
}

/// One table.
#[derive(Debug)]
pub struct Table {
    /// Connections.
    pub connections: usize,
    /// Its rows.
    pub rows: Vec<Measured>,
}

impl Table {
    /// The row of that name.
    #[must_use]
    pub fn row(&self, name: &str) -> Option<&Measured> {
        self.rows.iter().find(|row| row.name == name)
    }
}

/// The whole.
#[derive(Debug)]
pub struct Report {
    /// The load before and after.
    pub load: (f64, f64),
    /// One per number of connections.
    pub tables: Vec<Table>,
    /// What was answered while tokens were revoked.
    pub seen: Seen,
    /// Memory of the server before the first request, and after the rows without passwords of the table that is judged, in MiB.
    pub resident: (f64, Option<f64>),
    /// From the start of the server's process to its first answer, in milliseconds.
    pub start_ms: f64,
    /// What could not be measured.
    pub missing: Vec<String>,
}

impl Report {
    /// Whether the machine was quiet enough for a judgement.
    #[must_use]
    pub fn can_be_judged(&self) -> bool {
        self.load.0.max(self.load.1) <= HIGHEST_LOAD
    }

    /// The table of as many connections as the demands are made for.
    #[must_use]
    pub fn judged_table(&self) -> Option<&Table> {
        let mut tables = self.tables.iter();
        tables.find(|table| table.connections == JUDGED)
    }

    /// Answers that were not right.
    #[must_use]
    pub fn wrong(&self) -> u64 {
        let rows = self.tables.iter().flat_map(|table| &table.rows);
        rows.map(|row| row.wrong).sum::<u64>() + self.seen.wrong()
    }
}

/// A row with whom to ask it.
struct Seat {
    target: Target,
    row: Row,
    slots: Vec<(Slot, f64)>,
}

/// Measures.
///
/// # Errors
/// When something that has to be there does not start, or breaks.
pub async fn run(plan: &Plan) -> Result<Report, Fault> {
    let before = machine::load()?;
    machine::stay_with_the_clients()?;
    let folder = tempfile::tempdir_in(&plan.folder).map_err(Fault::io("a folder"))?;
    let site = Site::make(&plan.server, folder.path(), &[])?;
    let server = site.serve(&[])?;
    let start_ms = server.took.as_secs_f64() * 1e3;
    let idle = machine::resident_mib(server.id())?;
    let mut missing = Vec::new();
    let openapi = bare(folder.path(), Stack::PoemOpenapi)?;
    let hyper = bare(folder.path(), Stack::Hyper)?;
    let peer = if plan.peer {
        peer::start(&plan.folder.join("node"))
            .map_err(|fault| missing.push(format!("node oidc-provider: {fault}")))
            .ok()
    } else {
        missing.push("node oidc-provider: not asked for".to_owned());
        None
    };
    let mut seats = vec![seat(&hyper, rows::hyper())];
    let mut asker = Behind::connect(server.address).await?;
    for row in rows::rows(&site.held, &mut asker).await? {
        seats.push(seat(&server, row));
    }
    if let Some(peer) = &peer {
        seats.extend(peer::rows()?.into_iter().map(|row| seat(peer, row)));
    }
    if let Some(part) = &plan.only {
        seats.retain(|seat| seat.row.name.contains(part.as_str()));
        missing.push(format!(
            "rows without {part:?} in their name: not asked for"
        ));
    }
    let mut floor = seat(&openapi, rows::floor());
    let mut loaded = None;
    let mut tables = Vec::new();
    for connections in in_order(&plan.connections) {
        // Passwords come last: they take memory that nothing else does.
        for passwords in [false, true] {
            for round in 1..=plan.rounds {
                let these = seats
                    .iter_mut()
                    .filter(|seat| seat.row.passwords == passwords);
                for seat in these {
                    let beside = slot(floor.target, &floor.row, connections, plan.slot / 2).await?;
                    let taken = slot(seat.target, &seat.row, connections, plan.slot).await?;
                    seat.slots.push((taken, beside.cost()));
                    floor.slots.push((beside, 0.0));
                }
                eprintln!(
                    "{connections} connections, round {round} of {}",
                    plan.rounds
                );
            }
            if !passwords && connections == JUDGED {
                loaded = Some(machine::resident_mib(server.id())?);
            }
        }
        let mut measured = vec![conclude(&mut floor)?];
        for seat in &mut seats {
            measured.push(conclude(seat)?);
        }
        tables.push(Table {
            connections,
            rows: measured,
        });
    }
    let deeds = Deeds::of(&site, server.address.to_string())?;
    let seen = duel::fight(server.address, &deeds, plan.operations).await?;
    Ok(Report {
        load: (before, machine::load()?),
        tables,
        seen,
        resident: (idle, loaded),
        start_ms,
        missing,
    })
}

/// The table that is judged comes first: the passwords of another one would be in its memory. None comes twice.
fn in_order(connections: &[usize]) -> Vec<usize> {
    let mut all: Vec<usize> = Vec::with_capacity(connections.len());
    for number in connections {
        if !all.contains(number) {
            all.push(*number);
        }
    }
    all.sort_by_key(|number| *number != JUDGED);
    all
}

fn seat(served: &Served, row: Row) -> Seat {
    Seat {
        target: Target {
            process: served.id(),
            address: served.address,
        },
        row,
        slots: Vec::new(),
    }
}

fn bare(folder: &Path, stack: Stack) -> Result<Served, Fault> {
    let own = std::env::current_exe().map_err(Fault::io("our own binary"))?;
    let address = free_address()?;
    let at = address.to_string();
    let stack = match stack {
        Stack::Hyper => "hyper",
        Stack::PoemOpenapi => "poem-openapi",
    };
    Served::start(&own, &["floor", stack, &at], address, &folder.join(stack))
}

/// The medians of a row's slots, which are taken from it.
fn conclude(seat: &mut Seat) -> Result<Measured, Fault> {
    let slots = std::mem::take(&mut seat.slots);
    let mut waits = load::waits()?;
    for (slot, _) in &slots {
        waits
            .add(&slot.waits)
            .map_err(|error| Fault::Answer(error.to_string()))?;
    }
    let ratios = slots.iter().filter(|(_, beside)| *beside > 0.0);
    let ratios: Vec<f64> = ratios.map(|(slot, beside)| slot.cost() / beside).collect();
    Ok(Measured {
        name: seat.row.name,
        goal: seat.row.goal,
        cost: median(slots.iter().map(|(slot, _)| slot.cost()).collect()),
        ratio: if ratios.is_empty() {
            1.0
        } else {
            median(ratios)
        },
        rate: median(slots.iter().map(|(slot, _)| slot.rate()).collect()),
        waits,
        answered: slots.iter().map(|(slot, _)| slot.answered).sum(),
        wrong: slots.iter().map(|(slot, _)| slot.wrong).sum(),
        shown: slots.into_iter().find_map(|(slot, _)| slot.shown),
    })
}

#[cfg(test)]
mod tests {
    use super::in_order;

    #[test]
    fn the_table_that_is_judged_comes_first() {
        assert_eq!(in_order(&[1, 8, 64, 256, 8]), [64, 1, 8, 256]);
        assert_eq!(in_order(&[8, 1]), [8, 1]);
    }
}
