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
use crate::deeds::{Deeds, Doomed, KINDS, Question};
use crate::fault::Fault;

/// One request in so many is made in duels that are alone.
const ALONE: u64 = 25;
/// Duels at once.
const DUELS: usize = 8;
/// Who asks in each of them.
const ASKERS: usize = 6;
/// How often each of them asks after the acknowledgement.
const AFTER: usize = 5;
/// Longest run-up, in questions for another token: those who ask come in at different moments of the revocation.
const RUN_UP: usize = 9;
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
        if self.left.get() > 0 {
            self.nobody.notified().await;
        }
    }
}

/// Fights until so many requests were made: first one duel after the other, where a writer that sleeps on is woken by nobody else, and
/// then several at once.
///
/// # Errors
/// When a connection breaks, or something is refused that has to be allowed.
pub async fn fight(address: SocketAddr, deeds: &Deeds, operations: u64) -> Result<Seen, Fault> {
    let seen = RefCell::new(Seen::default());
    let started = Instant::now();
    for (rings, until) in [(1, operations / ALONE), (DUELS, operations)] {
        let fighting = (0..rings).map(|number| {
            let seen = &seen;
            async move {
                let mut ring = Ring::open(address, deeds, seen).await?;
                let mut turn = number;
                while seen.borrow().operations < until {
                    ring.duel(turn).await?;
                    turn += 1;
                }
                Ok::<_, Fault>(())
            }
        });
        let fought = try_join_all(fighting).await;
        // Whoever breaks off has noted why, where that is an answer that did not come.
        if let Err(fault) = fought
            && seen.borrow().wrong.is_empty()
        {
            return Err(fault);
        }
    }
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
    standing: Question,
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
        let mut revoker = askers
            .pop()
            .ok_or_else(|| Fault::Answer("nobody asks".to_owned()))?;
        let standing = deeds.standing(&mut revoker).await?;
        Ok(Self {
            deeds,
            seen,
            revoker,
            askers,
            standing,
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
        // In every other round the first question for the token meets its revocation: what is read then must not be kept.
        let before = if (turn / KINDS).is_multiple_of(2) {
            0
        } else {
            2
        };
        let life = Life::new(before);
        let asking = self
            .askers
            .iter_mut()
            .enumerate()
            .map(|(number, connection)| {
                let asker = Asker {
                    seen,
                    life: &life,
                    told: doomed.told,
                    run_up: (turn * 7 + number * 4) % RUN_UP,
                };
                asker.ask(connection, &self.standing, doomed.question(number))
            });
        let ending = end(&mut self.revoker, &doomed, &life, seen);
        tokio::try_join!(try_join_all(asking), ending)?;
        self.seen.borrow_mut().duels += 1;
        Ok(())
    }
}

/// Of a token under questions.
struct Life {
    stage: Cell<Stage>,
    /// How often everybody asks before the revocation is sent.
    before: usize,
    overture: Overture,
}

impl Life {
    fn new(before: usize) -> Self {
        Self {
            stage: Cell::new(Stage::Lives),
            before,
            overture: Overture::of(if before == 0 { 0 } else { ASKERS }),
        }
    }
}

fn count(seen: &RefCell<Seen>) {
    seen.borrow_mut().operations += 1;
}

/// Sends the revocation once everybody has asked often enough.
async fn end(
    revoker: &mut Connection,
    doomed: &Doomed,
    life: &Life,
    seen: &RefCell<Seen>,
) -> Result<(), Fault> {
    life.overture.over().await;
    life.stage.set(Stage::Ending);
    let asked = timeout(PATIENCE, revoker.ask(&doomed.end)).await;
    count(seen);
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
    life.stage.set(Stage::Ended);
    Ok(())
}

/// One who asks.
struct Asker<'a> {
    seen: &'a RefCell<Seen>,
    life: &'a Life,
    told: &'static str,
    run_up: usize,
}

impl Asker<'_> {
    /// Asks for one token until it has been dead for a while.
    async fn ask(
        self,
        connection: &mut Connection,
        standing: &Question,
        question: Option<&Question>,
    ) -> Result<(), Fault> {
        let question = question.ok_or_else(|| Fault::Answer("nothing to ask".to_owned()))?;
        if self.life.before == 0 {
            for _ in 0..self.run_up {
                let (active, shown) = self.answer(connection, standing).await?;
                if active != Some(true) {
                    note(self.seen, "dead although nobody ends it", || shown);
                }
            }
        }
        let (mut times, mut after) = (0, 0);
        while after < AFTER {
            let sent_at = self.life.stage.get();
            let (active, shown) = self.answer(connection, question).await?;
            self.judge(sent_at, active, &shown);
            after += usize::from(sent_at == Stage::Ended);
            times += 1;
            if times == self.life.before {
                self.life.overture.one_less();
            }
        }
        Ok(())
    }

    async fn answer(
        &self,
        connection: &mut Connection,
        question: &Question,
    ) -> Result<(Option<bool>, String), Fault> {
        let asked = timeout(PATIENCE, connection.ask(&question.shot)).await;
        count(self.seen);
        let Ok(answer) = asked else {
            note(self.seen, "a question without an answer", || {
                self.told.to_owned()
            });
            return Err(Fault::Answer("a question was not answered".to_owned()));
        };
        let answer = answer.map_err(Fault::io("asking"))?;
        Ok((question.says_active(&answer), answer.shown()))
    }

    fn judge(&self, sent_at: Stage, active: Option<bool>, shown: &str) {
        let said = || format!("{}: {shown}", self.told);
        match (sent_at, self.life.stage.get(), active) {
            (Stage::Ended, _, Some(true)) => {
                note(self.seen, "active after its end was acknowledged", said);
            }
            (_, Stage::Lives, Some(false)) => note(self.seen, "dead while it lived", said),
            (_, _, None) => note(self.seen, "neither active nor dead", said),
            (_, Stage::Lives, Some(true)) | (Stage::Ended, _, Some(false)) => {}
            (Stage::Lives | Stage::Ending, Stage::Ending | Stage::Ended, Some(_)) => {
                self.seen.borrow_mut().in_flight += 1;
            }
        }
    }
}

fn note(seen: &RefCell<Seen>, what: &'static str, shown: impl FnOnce() -> String) {
    let mut seen = seen.borrow_mut();
    *seen.wrong.entry(what).or_default() += 1;
    if seen.shown.len() < SHOWN {
        let line = format!("{what}: {}", shown());
        seen.shown.push(line);
    }
}
