//! Refusals, counted: one cell for what was refused to whom, from where, in one minute; written once the minute is over.
//!
//! Whoever guesses makes no row of its own: a minute gives at most [`MAX_CELLS`] rows and one for the rest. Until they
//! are written they are in memory, so a process that is killed loses the refusals of the minute. (Failures that count
//! towards a lock-out are no part of this: each is durable before it is answered.)

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::changes::{Change, ChangeSet};
use super::claimed::{ClaimantName, Claimed};
use super::refusal_row::{MINUTE_MS, Proof, RefusalCell, RefusalRow, RefusedTo, Source};
use super::{AuditFilter, Core, Page, StoreError, Unavailable, Upkeep};
use crate::domain::{Actor, AuditRecord, PrincipalId};
use crate::keys::hash::sha256_of_parts;

/// Cells of one minute; what fits in none of them is counted as the rest.
pub const MAX_CELLS: usize = 100;

/// Rows that wait while none can be written: ten minutes' worth. Further ones are counted as the rest.
const MAX_WAITING: usize = 10 * (MAX_CELLS + 1);

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
        refusals.extend(self.0.store.refusals(None, limit).await?.rows);
        drop(writing);
        let mut rows = Vec::new();
        for refusal in refusals {
            rows.push(self.0.audit_record(refusal).await?);
        }
        let filter = AuditFilter {
            limit,
            ..AuditFilter::default()
        };
        rows.extend(self.0.store.audit(filter).await?.rows);
        // Stable: of one moment the refusals that are not written come first, the changes last.
        rows.sort_by_key(|row| std::cmp::Reverse(row.at_ms));
        rows.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        Ok(rows)
    }
}

impl Upkeep<'_> {
    /// A page of the audit of changes by filter, newest first.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn changes(self, filter: AuditFilter) -> Result<Page<AuditRecord>, Unavailable> {
        Ok(self.0.store.audit(filter).await?)
    }

    /// A page of the refusals that are written, one row for each cell and minute, newest minute first, after a page that ended so.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn refused(
        self,
        after: Option<i64>,
        limit: u64,
    ) -> Result<Page<AuditRecord>, Unavailable> {
        let page = self.0.store.refusals(after, limit).await?;
        let mut rows = Vec::with_capacity(page.rows.len());
        for refusal in page.rows {
            rows.push(self.0.audit_record(refusal).await?);
        }
        Ok(Page {
            rows,
            next: page.next,
        })
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
        let principal = self.store.principal(id).await?.found;
        Ok(principal.map_or_else(|| id.to_string(), |principal| principal.name))
    }
}
