//! Doing many alike things: a progress bar, several at a time, and a fair choice of some of them.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;

use indicatif::{ProgressBar, ProgressStyle};

use super::outcome::{Kind, Outcome, Verdict};
use crate::artefact::digest;

/// A progress bar on stderr, when that is a terminal.
#[derive(Debug)]
pub struct Bar {
    bar: ProgressBar,
    missed: usize,
}

impl Bar {
    /// A bar for that many mutants of a kind.
    #[must_use]
    pub fn new(kind: Kind, mutants: usize) -> Self {
        let bar = ProgressBar::new(u64::try_from(mutants).unwrap_or(u64::MAX));
        let template = "{prefix} {wide_bar} {pos}/{len} {eta} {msg}";
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar.set_prefix(kind.name());
        Self { bar, missed: 0 }
    }

    /// One more is done.
    pub fn step(&mut self, outcome: &Outcome) {
        if matches!(outcome.verdict, Verdict::Missed { .. }) {
            self.missed += 1;
        }
        self.bar.set_message(format!("{} missed", self.missed));
        self.bar.inc(1);
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// Does the work for each item on `jobs` threads; `sink` gets the results as they come, on this thread.
///
/// # Errors
/// The first that `sink` returns; what is under way is finished and dropped.
pub fn parallel<T: Sync, R: Send, E>(
    items: &[T],
    jobs: usize,
    work: impl Fn(&T) -> R + Sync,
    mut sink: impl FnMut(R) -> Result<(), E>,
) -> Result<(), E> {
    let next = AtomicUsize::new(0);
    let (sender, receiver) = mpsc::channel();
    let sender = Mutex::new(sender);
    thread::scope(|scope| {
        for _ in 0..jobs.clamp(1, items.len().max(1)) {
            let Ok(sender) = sender.lock().map(|sender| sender.clone()) else {
                continue;
            };
            let (next, work) = (&next, &work);
            scope.spawn(move || {
                while let Some(item) = items.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if sender.send(work(item)).is_err() {
                        break;
                    }
                }
            });
        }
        drop(sender);
        // An error drops the receiver, which ends the threads after what they are doing.
        receiver.into_iter().try_for_each(&mut sink)
    })
}

/// At most `wanted` of the items: in turn from each stratum, within it by the seed.
///
/// The same items and seed give the same choice, whatever the order of the items.
pub fn pick<T>(
    items: Vec<T>,
    wanted: Option<usize>,
    seed: u64,
    id: impl Fn(&T) -> String,
    stratum: impl Fn(&T) -> String,
) -> Vec<T> {
    let Some(wanted) = wanted else { return items };
    let mut strata: BTreeMap<String, BTreeMap<String, T>> = BTreeMap::new();
    for item in items {
        let key = digest(&format!("{seed} {}", id(&item)));
        strata.entry(stratum(&item)).or_default().insert(key, item);
    }
    let mut picked = Vec::new();
    while picked.len() < wanted && !strata.is_empty() {
        strata.retain(|_, stratum| {
            if picked.len() < wanted {
                picked.extend(stratum.pop_first().map(|(_, item)| item));
            }
            !stratum.is_empty()
        });
    }
    picked
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_item_is_done_once_whatever_the_number_of_threads() {
        for jobs in [1, 2, 7] {
            let items: Vec<usize> = (0..50).collect();
            let mut done = Vec::new();
            let result: Result<(), ()> = parallel(
                &items,
                jobs,
                |item| item * 2,
                |twice| {
                    done.push(twice);
                    Ok(())
                },
            );
            done.sort_unstable();
            assert_eq!((result, done), (Ok(()), (0..100).step_by(2).collect()));
        }
    }

    #[test]
    fn the_first_error_ends_the_work() {
        let items: Vec<usize> = (0..1000).collect();
        let result = parallel(
            &items,
            2,
            |item| *item,
            |item| if item == 3 { Err(item) } else { Ok(()) },
        );
        assert_eq!(result, Err(3));
    }

    #[test]
    fn a_sample_has_something_of_everything_and_is_the_same_for_one_seed() {
        let items = || (0..90).map(|n| format!("{n}")).collect::<Vec<_>>();
        let choose = |seed| {
            pick(items(), Some(6), seed, Clone::clone, |item| {
                item.chars().last().map(String::from).unwrap_or_default()
            })
        };
        let mut last: Vec<_> = choose(1)
            .iter()
            .filter_map(|item| item.chars().last())
            .collect();
        last.dedup();
        assert_eq!(last.len(), 6);
        assert_eq!(choose(1), choose(1));
        assert_ne!(choose(1), choose(2));
        assert_eq!(pick(items(), None, 1, Clone::clone, Clone::clone).len(), 90);
    }
}
