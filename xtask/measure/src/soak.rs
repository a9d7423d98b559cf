//! `soak`: the server is killed under load again and again, and what it acknowledged is held against what it knows afterwards.
//!
//! The journal is the clients': what they asked for and were answered. What was asked for and not answered may be so or not.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::time::{Duration, Instant};

use futures_util::future::{join_all, try_join_all};
use tokio::time::{sleep, timeout};

use crate::connection::Connection;
use crate::deeds::{Deeds, Doomed, KINDS};
use crate::fault::Fault;
use crate::served::{Served, Site};

/// Connections that issue and revoke.
const WRITERS: usize = 16;
/// Connections that look afterwards.
const READERS: usize = 8;
/// A server is killed at a moment between these two, which differs from cycle to cycle.
const EARLIEST_MS: u64 = 150;
const STEPS: u64 = 10;
const STEP_MS: u64 = 37;
/// How long a server may take to answer after it was killed.
const PATIENCE: Duration = Duration::from_secs(20);
/// Tokens of earlier cycles that are looked at again after each one.
const LOOKED_AT_AGAIN: usize = 40;
/// The status of what a full queue sheds.
const SHED: u16 = 503;
/// How long a writer waits then.
const PAUSE: Duration = Duration::from_millis(10);
/// At most one request in so many may be shed.
const SHED_AT_MOST: u64 = 10;
/// So much of what was wrong is shown.
const SHOWN: usize = 5;

/// What a client knows of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Known {
    /// Its issue was acknowledged, and nobody asked for its end.
    Lives,
    /// Its end was asked for, without an answer.
    Doubtful,
    /// Its end was acknowledged.
    Ended,
}

/// What was seen.
#[derive(Debug, Default)]
pub struct Survived {
    /// Times that the server was killed.
    pub cycles: u64,
    /// Issues and ends that were acknowledged.
    pub acknowledged: u64,
    /// Requests that a kill left without an answer.
    pub unanswered: u64,
    /// Requests that a full queue shed.
    pub shed: u64,
    /// Answers that were neither an acknowledgement nor shed, and connections that broke before the kill.
    pub wrong: u64,
    /// Cycles in which nothing was acknowledged, or nothing was looked at: they prove nothing.
    pub empty: u64,
    /// Looks at what was acknowledged.
    pub looks: u64,
    /// Acknowledged issues that are gone.
    pub lost: u64,
    /// Tokens that are taken although their end was acknowledged.
    pub accepted: u64,
    /// The longest time until a killed server answered again.
    pub longest_start: Duration,
    /// Some of what was wrong.
    pub shown: Vec<String>,
}

impl Survived {
    /// Whether every cycle has shown something, and nothing that it may not.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        let shows_something = self.cycles > 0 && self.empty == 0;
        let shed_is_bounded = self.shed * SHED_AT_MOST <= self.acknowledged;
        let all_right = self.lost == 0 && self.accepted == 0 && self.wrong == 0;
        shows_something && shed_is_bounded && all_right
    }

    fn show(&mut self, line: String) {
        if self.shown.len() < SHOWN {
            self.shown.push(line);
        }
    }
}

/// What the clients wrote down.
#[derive(Default)]
struct Journal {
    entries: Vec<(Doomed, Known)>,
    unanswered: u64,
    shed: u64,
    wrong: Vec<String>,
    /// From now on connections may break.
    killed: bool,
}

impl Journal {
    /// Counts a request that was not acknowledged; says whether its connection can be asked again.
    fn miss(&mut self, fault: &Fault) -> bool {
        match fault {
            Fault::Refused { status: SHED, .. } => self.shed += 1,
            Fault::Io { reason, .. } if self.killed && reason.kind() != ErrorKind::InvalidData => {
                self.unanswered += 1;
            }
            Fault::Io { .. } | Fault::Refused { .. } | Fault::NotStarted(..) | Fault::Answer(_) => {
                self.wrong.push(fault.to_string());
            }
        }
        !matches!(fault, Fault::Io { .. })
    }
}

/// Kills the server so often.
///
/// # Errors
/// When it does not come up again, or refuses what has to be allowed.
pub async fn run(site: &Site, flags: &[&str], cycles: u64) -> Result<Survived, Fault> {
    let mut survived = Survived::default();
    let mut journal: Vec<(Doomed, Known)> = Vec::new();
    let mut server = site.serve(flags)?;
    let deeds = Deeds::of(site, server.address.to_string())?;
    for cycle in 0..cycles {
        let (before, looks) = (journal.len(), survived.looks);
        let new = load_and_kill(&mut server, &deeds, cycle).await?;
        survived.cycles += 1;
        survived.unanswered += new.unanswered;
        let ended = new
            .entries
            .iter()
            .filter(|(_, known)| *known == Known::Ended);
        let acknowledged = (new.entries.len() + ended.count()) as u64;
        survived.acknowledged += acknowledged;
        survived.shed += new.shed;
        survived.wrong += new.wrong.len() as u64;
        for line in new.wrong {
            survived.show(line);
        }
        journal.extend(new.entries);
        server = site.serve(flags)?;
        survived.longest_start = survived.longest_start.max(server.took);
        answers(&server).await?;
        let fresh = before..journal.len();
        let step = (before / LOOKED_AT_AGAIN).max(1);
        let old = (0..before).step_by(step);
        let looked_at: Vec<usize> = fresh.chain(old).collect();
        look(&server, &journal, &looked_at, &mut survived).await?;
        survived.empty += u64::from(acknowledged == 0 || survived.looks == looks);
    }
    let all: Vec<usize> = (0..journal.len()).collect();
    look(&server, &journal, &all, &mut survived).await?;
    Ok(survived)
}

/// Has tokens issued and ended on all connections until the process is killed.
async fn load_and_kill(server: &mut Served, deeds: &Deeds, cycle: u64) -> Result<Journal, Fault> {
    let journal = RefCell::new(Journal::default());
    let address = server.address;
    let opening = (0..WRITERS).map(|_| Connection::open(address));
    let connections = try_join_all(opening)
        .await
        .map_err(Fault::io("connecting"))?;
    let writing = connections
        .into_iter()
        .enumerate()
        .map(|(number, connection)| {
            let journal = &journal;
            async move { write(connection, deeds, journal, number).await }
        });
    let moment = EARLIEST_MS + cycle * 7 % STEPS * STEP_MS;
    let killing = async {
        sleep(Duration::from_millis(moment)).await;
        journal.borrow_mut().killed = true;
        server.kill()
    };
    let (_, killed) = tokio::join!(join_all(writing), killing);
    killed?;
    Ok(journal.into_inner())
}

/// Issues tokens and ends about half of each kind, until the connection breaks.
async fn write(
    mut connection: Connection,
    deeds: &Deeds,
    journal: &RefCell<Journal>,
    number: usize,
) {
    let mut turn = number;
    loop {
        // Users' tokens take a password, which is slow.
        turn += if turn % 4 == 3 { 2 } else { 1 };
        let made = deeds.make(turn, &mut connection, &|| ()).await;
        let doomed = match made {
            Ok(doomed) => doomed,
            Err(fault) => {
                if journal.borrow_mut().miss(&fault) {
                    sleep(PAUSE).await;
                    continue;
                }
                return;
            }
        };
        let mut known = Known::Lives;
        let mut goes_on = true;
        if !(turn / KINDS).is_multiple_of(2) {
            let ended = end(&mut connection, &doomed).await;
            known = if ended.is_ok() {
                Known::Ended
            } else {
                Known::Doubtful
            };
            if let Err(fault) = ended {
                goes_on = journal.borrow_mut().miss(&fault);
            }
        }
        journal.borrow_mut().entries.push((doomed, known));
        if !goes_on {
            return;
        }
    }
}

/// Asks for a token's end.
async fn end(connection: &mut Connection, doomed: &Doomed) -> Result<(), Fault> {
    let answer = connection.ask(&doomed.end).await;
    let answer = answer.map_err(Fault::io("ending"))?;
    if answer.status == doomed.ended_with {
        Ok(())
    } else {
        Err(Fault::Refused {
            status: answer.status,
            shown: answer.shown(),
        })
    }
}

/// Waits until the server says that it is well.
async fn answers(server: &Served) -> Result<(), Fault> {
    let started = Instant::now();
    let request = b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n";
    while started.elapsed() < PATIENCE {
        if let Ok(mut connection) = Connection::open(server.address).await
            && let Ok(Ok(answer)) = timeout(PATIENCE, connection.ask(request)).await
            && answer.status == 200
        {
            return Ok(());
        }
        sleep(Duration::from_millis(5)).await;
    }
    Err(Fault::Answer(
        "a killed server is not well again".to_owned(),
    ))
}

/// Holds what the clients know against what the server says.
async fn look(
    server: &Served,
    journal: &[(Doomed, Known)],
    which: &[usize],
    survived: &mut Survived,
) -> Result<(), Fault> {
    let found = RefCell::new(BTreeMap::new());
    let share = which.len().div_ceil(READERS).max(1);
    let looking = which.chunks(share).map(|part| {
        let found = &found;
        async move {
            let opened = Connection::open(server.address).await;
            let mut connection = opened.map_err(Fault::io("connecting"))?;
            for at in part {
                let Some((doomed, _)) = journal.get(*at) else {
                    continue;
                };
                for question in doomed.questions() {
                    let asked = connection.ask(&question.shot).await;
                    let answer = asked.map_err(Fault::io("looking"))?;
                    let active = question.says_active(&answer);
                    let active = active.ok_or_else(|| Fault::Answer(answer.shown()))?;
                    found
                        .borrow_mut()
                        .entry(*at)
                        .or_insert_with(Vec::new)
                        .push(active);
                }
            }
            Ok::<_, Fault>(())
        }
    });
    try_join_all(looking).await?;
    for (at, answers) in found.into_inner() {
        let Some((doomed, known)) = journal.get(at) else {
            continue;
        };
        for active in answers {
            survived.looks += 1;
            let what = match (known, active) {
                (Known::Lives, false) => {
                    survived.lost += 1;
                    "lost"
                }
                (Known::Ended, true) => {
                    survived.accepted += 1;
                    "accepted after its end"
                }
                (Known::Lives | Known::Doubtful, true)
                | (Known::Ended | Known::Doubtful, false) => continue,
            };
            survived.show(format!("{what}: {}", doomed.told));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::io::{self, ErrorKind};

    use super::{Journal, Survived};
    use crate::fault::Fault;

    fn sound() -> Survived {
        Survived {
            cycles: 2,
            acknowledged: 100,
            unanswered: 32,
            looks: 50,
            shed: 10,
            ..Survived::default()
        }
    }

    #[test]
    fn a_soak_is_sound_that_shows_something_and_nothing_wrong() {
        assert!(sound().is_sound());
        let unsound: [fn(&mut Survived); 6] = [
            |survived| survived.cycles = 0,
            |survived| survived.empty = 1,
            |survived| survived.shed = 11,
            |survived| survived.wrong = 1,
            |survived| survived.lost = 1,
            |survived| survived.accepted = 1,
        ];
        for (number, change) in unsound.iter().enumerate() {
            let mut survived = sound();
            change(&mut survived);
            assert!(!survived.is_sound(), "{number}");
        }
    }

    #[test]
    fn only_a_connection_that_the_kill_broke_is_unanswered() {
        let broken = |kind| Fault::io("issuing")(io::Error::from(kind));
        let refused = |status| Fault::Refused {
            status,
            shown: String::new(),
        };
        let counted = |fault: &Fault, killed| {
            let mut journal = Journal {
                killed,
                ..Journal::default()
            };
            let goes_on = journal.miss(fault);
            (
                journal.unanswered,
                journal.shed,
                journal.wrong.len(),
                goes_on,
            )
        };
        let reset = broken(ErrorKind::ConnectionReset);
        assert_eq!(counted(&reset, true), (1, 0, 0, false));
        assert_eq!(counted(&reset, false), (0, 0, 1, false));
        let malformed = broken(ErrorKind::InvalidData);
        assert_eq!(counted(&malformed, true), (0, 0, 1, false));
        assert_eq!(counted(&refused(503), false), (0, 1, 0, true));
        assert_eq!(counted(&refused(500), true), (0, 0, 1, true));
        assert_eq!(counted(&refused(401), false), (0, 0, 1, true));
    }
}
