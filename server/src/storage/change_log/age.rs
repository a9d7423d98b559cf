//! How old the change log is, by a clock that nobody sets: which commit was the newest an hour ago.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

use crate::authority::Epoch;

/// How long rows are kept at least. A follower looks four times a second.
const KEPT: Duration = Duration::from_hours(1);

/// Between two commits whose moment is remembered.
const STEP: Duration = Duration::from_mins(1);

/// When some of the commits of this process were made. What others have written before is as old as the first.
#[derive(Default)]
pub(in crate::storage) struct LogAge {
    marks: VecDeque<(Instant, Epoch)>,
}

impl LogAge {
    /// A commit was made.
    pub(in crate::storage) fn made(&mut self, epoch: Epoch, at: Instant) {
        let last = self.marks.back();
        if last.is_none_or(|(last, _)| at.saturating_duration_since(*last) >= STEP) {
            self.marks.push_back((at, epoch));
        }
    }

    /// The newest commit that is known to be older than what is kept.
    pub(in crate::storage) fn over(&self, now: Instant) -> Option<Epoch> {
        let old = |(at, _): &&(Instant, Epoch)| now.saturating_duration_since(*at) > KEPT;
        self.marks
            .iter()
            .take_while(old)
            .last()
            .map(|(_, epoch)| *epoch)
    }

    /// Everything up to that commit has been swept.
    pub(in crate::storage) fn swept(&mut self, up_to: Epoch) {
        self.marks.retain(|(_, epoch)| *epoch > up_to);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_older_than_an_hour_is_over_and_sixty_moments_are_remembered() {
        let mut age = LogAge::default();
        let start = Instant::now();
        let at = |secs| start + Duration::from_secs(secs);
        for secs in 0..3600_u64 {
            age.made(Epoch(i64::try_from(secs).unwrap_or_default()), at(secs));
        }
        assert_eq!(age.marks.len(), 60);
        assert_eq!(age.over(at(3600)), None);
        assert_eq!(age.over(at(3601)), Some(Epoch(0)));
        assert_eq!(age.over(at(3725)), Some(Epoch(120)));
        age.swept(Epoch(120));
        assert_eq!(age.over(at(3725)), None);
        assert_eq!(age.over(at(3781)), Some(Epoch(180)));
    }
}
