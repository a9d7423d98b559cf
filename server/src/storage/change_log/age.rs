//! How old the rows of the change log are, by a clock that nobody sets, and how many they are: up to which commit it is over.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

use crate::authority::Epoch;

/// How long rows are kept, unless they are too many. A follower looks four times a second; one that was away for longer is told that it
/// is lost, and is safe.
const KEPT: Duration = Duration::from_mins(2);

/// Between two commits whose moment is remembered.
const STEP: Duration = Duration::from_secs(2);

/// Rows that are kept.
const MOST_ROWS: u64 = 100_000;

/// Rows between two commits that are remembered.
const ROWS_STEP: u64 = MOST_ROWS / 50;

/// When some commits were made, and how many rows were there by then.
pub(in crate::storage) struct LogAge {
    marks: VecDeque<Mark>,
    /// Rows that are there.
    rows: u64,
}

/// A commit.
struct Mark {
    at: Instant,
    epoch: Epoch,
    /// Rows up to it.
    rows: u64,
}

impl LogAge {
    /// What is there when a store is opened, up to that commit, is as old as that.
    pub(in crate::storage) fn new(newest: Epoch, at: Instant, rows: u64) -> Self {
        let mark = Mark {
            at,
            epoch: newest,
            rows,
        };
        Self {
            marks: VecDeque::from([mark]),
            rows,
        }
    }

    /// A commit was made, which has added so many rows.
    pub(in crate::storage) fn made(&mut self, epoch: Epoch, at: Instant, rows: u64) {
        self.rows = self.rows.saturating_add(rows);
        let due = |last: &Mark| {
            at.saturating_duration_since(last.at) >= STEP
                || self.rows.saturating_sub(last.rows) >= ROWS_STEP
        };
        if self.marks.back().is_none_or(due) {
            let rows = self.rows;
            self.marks.push_back(Mark { at, epoch, rows });
        }
    }

    /// The newest commit of those that are not kept any more.
    pub(in crate::storage) fn over(&self, now: Instant) -> Option<Epoch> {
        let over = |mark: &&Mark| {
            now.saturating_duration_since(mark.at) > KEPT
                || (self.rows > MOST_ROWS && self.rows.saturating_sub(mark.rows) >= MOST_ROWS)
        };
        let newest = self.marks.iter().take_while(over).last();
        let first = self.marks.front().filter(|_| self.rows > MOST_ROWS);
        newest.or(first).map(|mark| mark.epoch)
    }

    /// Everything up to that commit has been swept.
    pub(in crate::storage) fn swept(&mut self, up_to: Epoch) {
        let mut gone = 0;
        self.marks.retain(|mark| {
            let stays = mark.epoch > up_to;
            if !stays {
                gone = mark.rows;
            }
            stays
        });
        self.rows = self.rows.saturating_sub(gone);
        for mark in &mut self.marks {
            mark.rows = mark.rows.saturating_sub(gone);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_older_than_two_minutes_is_over_and_sixty_moments_are_remembered() {
        let start = Instant::now();
        let at = |secs| start + Duration::from_secs(secs);
        let mut age = LogAge::new(Epoch(0), start, 7);
        for secs in 1..120_u64 {
            age.made(Epoch(i64::try_from(secs).unwrap_or_default()), at(secs), 1);
        }
        assert_eq!(age.marks.len(), 60);
        assert_eq!(age.over(at(120)), None);
        // What others had written before, too.
        assert_eq!(age.over(at(121)), Some(Epoch(0)));
        assert_eq!(age.over(at(125)), Some(Epoch(4)));
        age.swept(Epoch(4));
        assert_eq!((age.over(at(125)), age.rows), (None, 115));
        assert_eq!(age.over(at(127)), Some(Epoch(6)));
    }

    #[test]
    fn rows_beyond_a_hundred_thousand_are_over_at_once() {
        let now = Instant::now();
        let mut age = LogAge::new(Epoch(5), now, 100_001);
        assert_eq!(age.over(now), Some(Epoch(5)));
        age.swept(Epoch(5));
        assert_eq!((age.over(now), age.rows), (None, 0));
        for epoch in 6..=66 {
            age.made(Epoch(epoch), now, 2_000);
            while let Some(over) = age.over(now) {
                age.swept(over);
            }
            assert!(age.rows <= MOST_ROWS, "{}", age.rows);
        }
        assert!(age.rows > MOST_ROWS / 2);
    }
}
