//! Wrong answers: tokens are asked for while they are revoked, and every answer is held against what was acknowledged before.
//!
//! A duel is one token, or one with a child, between those who ask and one who revokes. An answer is wrong when it was asked for after
//! the acknowledgement and says active, when it was given before the revocation was sent and says dead, or when there is none.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use futures_util::future::try_join_all;
use tokio::sync::Notify;
use tokio::time::timeout;

use crate::connection::Connection;
use crate::deeds::{Deeds, Doomed, Question};
use crate::fault::Fault;

/// Duels at once.
const DUELS: usize = 8;
/// Who asks in each of them.
const ASKERS: usize = 4;
/// How often each of them asks before the revocation is sent, and after its acknowledgement.
const BEFORE: usize = 2;
const AFTER: usize = 4;
/// An answer that takes longer is none: a writer that sleeps is not waited for.
const PATIENCE: Duration = Duration::from_secs(10);
/// So many wrong answers are shown.
const SHOWN: usize = 5;

/// What was seen.
#[derive(Debug, Default)]
pub struct Seen {
    /// Requests with an answer, or that should have had one.
    pub operations: u64,
    /// Answers that were wrong, by what was wrong with them.
    pub wrong: BTreeMap<&'static str, u64>,
    /// Some of them.
    pub shown: Vec<String>,
    /// Answers while the revocation was on its way: they may say either.
    pub in_flight: u64,
    /// Duels.
    pub duels: u64,
    /// How long it took.
    pub took: Duration,
}

impl Seen {
    /// All wrong answers.
    #[must_use]
    pub fn wrong(&self) -> u64 {
        self.wrong.values().sum()
    }
}

/// Where a token stands between its first answer and its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Nobody has asked for its end.
    Lives,
    /// Somebody has, and has no answer.
    Ending,
    /// The end is acknowledged.
    Ended,
}

/// Those who have not asked often enough yet for the revocation to be sent.
struct Overture {
    left: Cell<usize>,
    nobody: Notify,
}

impl Overture {
    fn of(askers: usize) -> Self {
        Self {
            left: Cell::new(askers),
            nobody: Notify::new(),
        }
    }

    fn one_less(&self) {
        self.left.set(self.left.get().saturating_sub(1));
        if self.left.get() == 0 {
            self.nobody.notify_one();
        }
    }

    async fn over(&self) {
        self.nobody.notified().await;
    }
}

/// Fights until so many requests were made.
///
/// # Errors
/// When a connection breaks, or something is refused that has to be allowed.
pub async fn fight(address: SocketAddr, deeds: &Deeds, operations: u64) -> Result<Seen, Fault> {
    let seen = RefCell::new(Seen::default());
    let started = Instant::now();
    let fighting = (0..DUELS).map(|number| {
        let seen = &seen;
        async move {
            let mut ring = Ring::open(address, deeds, seen).await?;
            let mut turn = number;
            while seen.borrow().operations < operations {
                ring.duel(turn).await?;
                turn += 1;
            }
            Ok::<_, Fault>(())
        }
    });
    try_join_all(fighting).await?;
    let mut seen = seen.into_inner();
    seen.took = started.elapsed();
    Ok(seen)
}

/// Those who take part in one duel after the other.
struct Ring<'a> {
    deeds: &'a Deeds,
    seen: &'a RefCell<Seen>,
    revoker: Connection,
    askers: Vec<Connection>,
}

impl<'a> Ring<'a> {
    async fn open(
        address: SocketAddr,
        deeds: &'a Deeds,
        seen: &'a RefCell<Seen>,
    ) -> Result<Self, Fault> {
        let connecting = (0..=ASKERS).map(|_| Connection::open(address));
        let mut askers = try_join_all(connecting)
            .await
            .map_err(Fault::io("connecting"))?;
        let revoker = askers
            .pop()
            .ok_or_else(|| Fault::Answer("nobody asks".to_owned()))?;
        Ok(Self {
            deeds,
            seen,
            revoker,
            askers,
        })
    }

    /// One token's life, under questions.
    async fn duel(&mut self, turn: usize) -> Result<(), Fault> {
        let seen = self.seen;
        let counted = || count(seen);
        let doomed = self.deeds.make(turn, &mut self.revoker, &counted);
        let Ok(doomed) = timeout(PATIENCE, doomed).await else {
            note(seen, "an issue without an answer", String::new);
            return Err(Fault::Answer("an issue was not answered".to_owned()));
        };
        let doomed = doomed?;
        let (stage, waiting) = (Cell::new(Stage::Lives), Overture::of(ASKERS));
        let (stage, waiting) = (&stage, &waiting);
        let asking = self
            .askers
            .iter_mut()
            .enumerate()
            .map(|(number, connection)| {
                ask(
                    connection,
                    doomed.question(number),
                    &doomed,
                    stage,
                    waiting,
                    seen,
                )
            });
        let ending = end(&mut self.revoker, &doomed, stage, waiting, seen);
        tokio::try_join!(try_join_all(asking), ending)?;
        self.seen.borrow_mut().duels += 1;
        Ok(())
    }
}

fn count(seen: &RefCell<Seen>) {
    seen.borrow_mut().operations += 1;
}

/// Sends the revocation once everybody has asked often enough.
async fn end(
    revoker: &mut Connection,
    doomed: &Doomed,
    stage: &Cell<Stage>,
    waiting: &Overture,
    seen: &RefCell<Seen>,
) -> Result<(), Fault> {
    waiting.over().await;
    stage.set(Stage::Ending);
    let asked = timeout(PATIENCE, revoker.ask(&doomed.end)).await;
    seen.borrow_mut().operations += 1;
    let Ok(answer) = asked else {
        note(seen, "a revocation without an answer", || {
            doomed.told.to_owned()
        });
        return Err(Fault::Answer("a revocation was not answered".to_owned()));
    };
    let answer = answer.map_err(Fault::io("revoking"))?;
    if answer.status != doomed.ended_with {
        note(seen, "a revocation that was refused", || answer.shown());
    }
    stage.set(Stage::Ended);
    Ok(())
}

/// Asks for one token until it has been dead for a while.
async fn ask(
    connection: &mut Connection,
    question: Option<&Question>,
    doomed: &Doomed,
    stage: &Cell<Stage>,
    waiting: &Overture,
    seen: &RefCell<Seen>,
) -> Result<(), Fault> {
    let question = question.ok_or_else(|| Fault::Answer("nothing to ask".to_owned()))?;
    let mut times = 0;
    let mut after = 0;
    while after < AFTER {
        let sent_at = stage.get();
        let asked = timeout(PATIENCE, connection.ask(&question.shot)).await;
        let given_at = stage.get();
        seen.borrow_mut().operations += 1;
        let Ok(answer) = asked else {
            note(seen, "a question without an answer", || {
                doomed.told.to_owned()
            });
            return Err(Fault::Answer("a question was not answered".to_owned()));
        };
        let answer = answer.map_err(Fault::io("asking"))?;
        let active = question.says_active(&answer);
        match (sent_at, given_at, active) {
            (Stage::Ended, _, Some(true)) => {
                note(seen, "active after its end was acknowledged", || {
                    doomed.told.to_owned()
                });
            }
            (_, Stage::Lives, Some(false)) => {
                note(seen, "dead while it lived", || {
                    format!("{}: {}", doomed.told, answer.shown())
                });
            }
            (_, _, None) => note(seen, "neither active nor dead", || answer.shown()),
            (_, Stage::Lives, Some(true)) | (Stage::Ended, _, Some(false)) => {}
            (Stage::Lives | Stage::Ending, Stage::Ending | Stage::Ended, Some(_)) => {
                seen.borrow_mut().in_flight += 1;
            }
        }
        after += usize::from(sent_at == Stage::Ended);
        times += 1;
        if times == BEFORE {
            waiting.one_less();
        }
    }
    Ok(())
}

fn note(seen: &RefCell<Seen>, what: &'static str, shown: impl FnOnce() -> String) {
    let mut seen = seen.borrow_mut();
    *seen.wrong.entry(what).or_default() += 1;
    if seen.shown.len() < SHOWN {
        let line = format!("{what}: {}", shown());
        seen.shown.push(line);
    }
}
