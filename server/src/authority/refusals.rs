//! Refusals, counted: one cell for what was refused to whom, from where, in one minute; written once the minute is over.
//!
//! Whoever guesses makes no row of its own: a minute gives at most [`MAX_CELLS`] rows and one for the rest. Until they
//! are written they are in memory, so a process that is killed loses the refusals of the minute. (Failures that count
//! towards a lock-out are no part of this: each is durable before it is answered.)

use std::collections::HashMap;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::changes::{Change, ChangeSet};
use super::claimed::{ClaimantName, Claimed};
use super::{Core, StoreError, Unavailable, Upkeep};
use crate::domain::address_key;
use crate::domain::text_enum;
use crate::domain::{Actor, AuditRecord, Dialect, PrincipalId};
use crate::keys::hash::sha256_of_parts;

/// Cells of one minute; what fits in none of them is counted as the rest.
pub const MAX_CELLS: usize = 100;

/// Rows that wait while none can be written: ten minutes' worth. Further ones are counted as the rest.
const MAX_WAITING: usize = 10 * (MAX_CELLS + 1);

const MINUTE_MS: i64 = 60_000;

text_enum! {
    /// What was tried; the text is the audit's action.
    Proof {
        /// A human's password.
        Password = "password.verify",
        /// A machine's secret.
        Secret = "secret.verify",
        /// A one-time code.
        Totp = "totp.verify",
        /// A private-key JWT.
        Assertion = "assertion.verify",
    }
}

/// To whom something was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RefusedTo {
    /// Whoever claimed to be that principal.
    Principal(PrincipalId),
    /// Whoever claimed a name that nobody has: the first bytes of its hash under the master key. The name is not kept, it may
    /// be a password that was typed into the wrong field.
    Unknown([u8; 8]),
}

/// From where: an IPv4 address, or the first half of an IPv6 one (one client owns a /64).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Source {
    /// IPv4.
    V4([u8; 4]),
    /// IPv6, the /64.
    V6([u8; 8]),
}

impl Source {
    /// Of an address as text; `None` for text that is no address.
    #[must_use]
    pub fn of(address: &str) -> Option<Self> {
        Some(match address.parse::<IpAddr>().ok()?.to_canonical() {
            IpAddr::V4(v4) => Self::V4(v4.octets()),
            IpAddr::V6(v6) => Self::V6(*v6.octets().first_chunk()?),
        })
    }

    fn text(self) -> String {
        address_key(match self {
            Self::V4(octets) => Ipv4Addr::from_octets(octets).into(),
            Self::V6(half) => {
                let bits = u128::from(u64::from_be_bytes(half)) << 64;
                Ipv6Addr::from_bits(bits).into()
            }
        })
    }
}

/// What refusals of one minute have to have in common to be one row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RefusalCell {
    /// What was tried.
    pub proof: Proof,
    /// Whether it was right, but used before.
    pub replayed: bool,
    /// In which dialect.
    pub dialect: Dialect,
    /// To whom.
    pub to: RefusedTo,
    /// From where, if it came over the network.
    pub source: Option<Source>,
    /// Who tried, if that was a principal.
    pub actor: Option<PrincipalId>,
}

/// The refusals of one cell and minute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RefusalRow {
    /// The cell; `None` for what fitted in none.
    pub cell: Option<RefusalCell>,
    /// How many there were, at least 1.
    pub count: u32,
    /// When the first one was, milliseconds.
    pub first_ms: i64,
    /// When the last one was, milliseconds.
    pub last_ms: i64,
}

impl RefusalRow {
    /// The minute of the epoch.
    #[must_use]
    pub fn minute(&self) -> i64 {
        self.first_ms.div_euclid(MINUTE_MS)
    }

    fn one(cell: Option<RefusalCell>, at_ms: i64) -> Self {
        Self {
            cell,
            count: 1,
            first_ms: at_ms,
            last_ms: at_ms,
        }
    }

    fn add(&mut self, more: Self) {
        self.count = self.count.saturating_add(more.count);
        self.first_ms = self.first_ms.min(more.first_ms);
        self.last_ms = self.last_ms.max(more.last_ms);
    }
}

/// The refusals that are not written yet. It never grows beyond two minutes' cells and [`MAX_WAITING`] rows.
#[derive(Default)]
pub(super) struct Refusals {
    counted: Mutex<Counted>,
    /// Held by whoever writes: rows are in memory, or written, or in one pair of hands.
    writing: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct Counted {
    minute: i64,
    cells: HashMap<RefusalCell, RefusalRow>,
    rest: Option<RefusalRow>,
    /// Rows of minutes that are over, oldest first.
    waiting: Vec<RefusalRow>,
}

impl Counted {
    fn end_minute_unless(&mut self, minute: i64) {
        if self.minute != minute {
            self.end_minute();
            self.minute = minute;
        }
    }

    fn end_minute(&mut self) {
        let rows = self.rows_of_this_minute();
        self.cells.clear();
        self.rest = None;
        self.waiting.extend(rows);
        self.fold();
    }

    fn rows_of_this_minute(&self) -> Vec<RefusalRow> {
        let mut rows: Vec<_> = self.cells.values().copied().collect();
        rows.sort_by_key(|row| row.first_ms);
        rows.extend(self.rest);
        rows
    }

    /// Counts the oldest rows as one where there are too many.
    fn fold(&mut self) {
        let excess = self.waiting.len().saturating_sub(MAX_WAITING);
        if excess == 0 {
            return;
        }
        let mut folded: Option<RefusalRow> = None;
        for row in self.waiting.drain(..=excess) {
            let row = RefusalRow { cell: None, ..row };
            match &mut folded {
                Some(sum) => sum.add(row),
                None => folded = Some(row),
            }
        }
        self.waiting.splice(0..0, folded);
    }
}

impl Refusals {
    /// Counts a refusal.
    pub(super) fn note(&self, cell: RefusalCell, at_ms: i64) {
        let mut counted = self.counted();
        counted.end_minute_unless(at_ms.div_euclid(MINUTE_MS));
        let room = counted.cells.len() < MAX_CELLS;
        if let Some(row) = counted.cells.get_mut(&cell) {
            row.add(RefusalRow::one(Some(cell), at_ms));
        } else if room {
            counted
                .cells
                .insert(cell, RefusalRow::one(Some(cell), at_ms));
        } else {
            let one = RefusalRow::one(None, at_ms);
            match &mut counted.rest {
                Some(rest) => rest.add(one),
                None => counted.rest = Some(one),
            }
        }
    }

    /// Everything that is not written yet, oldest first.
    pub(super) fn unwritten(&self) -> Vec<RefusalRow> {
        let counted = self.counted();
        let mut rows = counted.waiting.clone();
        rows.extend(counted.rows_of_this_minute());
        rows
    }

    /// Takes the rows of the minutes that are over; with `None`, those of this minute as well.
    fn take(&self, now_ms: Option<i64>) -> Vec<RefusalRow> {
        let mut counted = self.counted();
        match now_ms {
            Some(now_ms) => counted.end_minute_unless(now_ms.div_euclid(MINUTE_MS)),
            None => counted.end_minute(),
        }
        std::mem::take(&mut counted.waiting)
    }

    fn put_back(&self, rows: Vec<RefusalRow>) {
        let mut counted = self.counted();
        counted.waiting.splice(0..0, rows);
        counted.fold();
    }

    fn counted(&self) -> MutexGuard<'_, Counted> {
        // Counts are changed whole, so a panic elsewhere cannot have left half of one.
        self.counted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Upkeep<'_> {
    /// Writes the refusals of the minutes that are over, in one transaction; call it every second or so.
    ///
    /// # Errors
    /// `Unavailable`; what is not written is kept for the next call, the oldest of it as one row when it gets too much.
    pub async fn write_ended_refusals(self) -> Result<(), Unavailable> {
        self.0.write_refusals(Some(self.0.now_ms())).await
    }

    /// Writes all refusals; call it when nothing is answered any more.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn write_all_refusals(self) -> Result<(), Unavailable> {
        self.0.write_refusals(None).await
    }

    /// The newest audit rows, newest first: changes, and refusals as one row for each cell and minute, written or not.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn audit_rows(self, limit: u64) -> Result<Vec<AuditRecord>, Unavailable> {
        // What is being written is seen in memory or in the store, not in neither.
        let writing = self.0.refusals.writing.lock().await;
        let mut refusals = self.0.refusals.unwritten();
        refusals.reverse();
        refusals.extend(self.0.store.refusals(limit).await?);
        drop(writing);
        let mut rows = Vec::new();
        for refusal in refusals {
            rows.push(self.0.audit_record(refusal).await?);
        }
        rows.extend(self.0.store.audit(limit).await?);
        // Stable: of one moment the refusals that are not written come first, the changes last.
        rows.sort_by_key(|row| std::cmp::Reverse(row.at_ms));
        rows.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        Ok(rows)
    }
}

impl Core {
    /// Counts a refusal. The same work is done for a name that nobody has.
    pub(super) fn note_refusal(
        &self,
        actor: &Actor,
        proof: Proof,
        replayed: bool,
        claimant: &ClaimantName,
        claimed: &Claimed,
    ) {
        let (dialect, kind) = (claimant.dialect.as_str(), claimant.kind.as_str());
        let parts = ["refused name", dialect, kind, &claimant.name];
        let hash = sha256_of_parts(&parts.map(str::as_bytes));
        let hash = self.sealer.secret_hash(&hash);
        let unknown = RefusedTo::Unknown(hash.first_chunk().copied().unwrap_or_default());
        let cell = RefusalCell {
            proof,
            replayed,
            dialect: claimant.dialect,
            to: claimed.named.map_or(unknown, RefusedTo::Principal),
            source: actor.address.as_deref().and_then(Source::of),
            actor: actor.principal,
        };
        self.refusals.note(cell, self.now_ms());
    }

    async fn write_refusals(&self, now_ms: Option<i64>) -> Result<(), Unavailable> {
        let _writing = self.refusals.writing.lock().await;
        let rows = self.refusals.take(now_ms);
        if rows.is_empty() {
            return Ok(());
        }
        let changes = ChangeSet::new().with(Change::InsertRefusals(rows.clone()));
        match self.store.commit(changes).await {
            Ok(_) => Ok(()),
            Err(error) => {
                self.refusals.put_back(rows);
                Err(error.into())
            }
        }
    }

    async fn audit_record(&self, row: RefusalRow) -> Result<AuditRecord, StoreError> {
        let mut actor = Actor::anonymous(None);
        let mut record = AuditRecord {
            at_ms: row.last_ms,
            first_at_ms: row.first_ms,
            count: row.count,
            actor: actor.clone(),
            action: "refusals.rest".into(),
            dialect: None,
            target: "many".to_owned(),
            outcome: "refused".into(),
            reason: None,
        };
        let Some(cell) = row.cell else {
            return Ok(record);
        };
        if let Some(id) = cell.actor {
            actor.principal = Some(id);
            actor.name = self.name_of(id).await?;
        }
        actor.address = cell.source.map(Source::text);
        record.target = match cell.to {
            RefusedTo::Principal(id) => self.name_of(id).await?,
            RefusedTo::Unknown(hash) => format!("unknown:{:016x}", u64::from_be_bytes(hash)),
        };
        record.actor = actor;
        record.action = cell.proof.as_str().into();
        record.dialect = Some(cell.dialect);
        record.reason = cell.replayed.then(|| "used before".to_owned());
        Ok(record)
    }

    async fn name_of(&self, id: PrincipalId) -> Result<String, StoreError> {
        let principal = self.store.principal(id).await?;
        Ok(principal.map_or_else(|| id.to_string(), |principal| principal.name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_is_an_address_or_its_network() {
        let text = |address: &str| Source::of(address).map(Source::text);
        assert_eq!(text("192.0.2.1").as_deref(), Some("192.0.2.1"));
        assert_eq!(text("::ffff:192.0.2.1").as_deref(), Some("192.0.2.1"));
        let network = "2001:db8:1:2::/64";
        assert_eq!(text("2001:db8:1:2:3:4:5:6").as_deref(), Some(network));
        assert_eq!(text("elsewhere"), None);
    }
}
