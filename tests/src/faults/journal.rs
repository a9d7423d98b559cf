//! What a server acknowledged, in order, and whether somebody else sees it.

use std::{collections::BTreeSet, fmt};

use aws_lc_rs::digest;
use sea_orm::{
    ConnectionTrait as _, Database, DatabaseBackend, DatabaseConnection, Statement, Value as Bound,
};

use crate::{
    harness::{Knock, Reach, Token, Trial, demo_asker},
    rules::makers::{makers, state},
};

/// One acknowledged change.
#[derive(Clone)]
pub enum Fact {
    /// This token was issued.
    Lives(String),
    /// This token was revoked.
    Ended(String),
    /// This text is a session of a dialect's class.
    Session(&'static dyn Trial, &'static str, String),
    /// This proof was used.
    Spent(&'static dyn Trial, Knock),
}

impl fmt::Debug for Fact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lives(token) => write!(f, "lives {token}"),
            Self::Ended(token) => write!(f, "ended {token}"),
            Self::Session(trial, class, text) => {
                write!(f, "{} {class} {text}", trial.dialect())
            }
            Self::Spent(trial, knock) => write!(f, "{} {knock:?}", trial.dialect()),
        }
    }
}

/// Acknowledged changes, oldest first.
#[derive(Clone, Debug, Default)]
pub struct Journal {
    facts: Vec<Fact>,
    revocable: Vec<String>,
    doubtful: BTreeSet<String>,
}

impl Journal {
    /// Remembers one.
    pub fn note(&mut self, fact: Fact) {
        self.facts.push(fact);
    }

    /// This token's end takes no other along.
    pub fn may_be_ended(&mut self, token: String) {
        self.revocable.push(token);
    }

    /// Whether there is a token that may be revoked.
    pub fn has_one_for_revocation(&self) -> bool {
        !self.revocable.is_empty()
    }

    /// A token that may be revoked, once.
    pub fn take_for_revocation(&mut self) -> String {
        // The oldest; the newest stay, so that there are some that must live.
        self.revocable.remove(0)
    }

    /// A revocation of this token was refused: it may be live or not.
    pub fn doubt(&mut self, token: String) {
        self.doubtful.insert(token);
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.facts.len()
    }

    /// Both together.
    pub fn join(&mut self, other: Self) {
        self.facts.extend(other.facts);
        self.doubtful.extend(other.doubtful);
    }

    /// What must be true in the end: a token that was revoked, or may be, need not live.
    fn lasting(&self) -> impl Iterator<Item = &Fact> {
        let ended: BTreeSet<&String> = self
            .facts
            .iter()
            .filter_map(|fact| match fact {
                Fact::Ended(token) => Some(token),
                Fact::Lives(_) | Fact::Session(..) | Fact::Spent(..) => None,
            })
            .chain(&self.doubtful)
            .collect();
        self.facts
            .iter()
            .filter(move |fact| !matches!(fact, Fact::Lives(token) if ended.contains(token)))
    }

    /// Panics unless a second connection sees every change, and can take the write lock.
    pub async fn is_seen_by_another_connection(&self, database_url: &str, context: &str) {
        let database = Database::connect(database_url)
            .await
            .expect("a second connection opens");
        let mut spent = 0;
        for fact in self.lasting() {
            let seen = match fact {
                Fact::Lives(token) => state(&database, token).await.as_deref() == Some("active"),
                Fact::Ended(token) => state(&database, token)
                    .await
                    .is_some_and(|state| state != "active"),
                Fact::Session(trial, _, text) => has_session(&database, *trial, text).await,
                Fact::Spent(..) => {
                    spent += 1;
                    true
                }
            };
            assert!(
                seen,
                "{context}: acknowledged and invisible to a second connection: {fact:?}"
            );
        }
        let used = number(&database, "SELECT count(*) FROM single_use").await;
        assert!(
            used >= spent,
            "{context}: {used} of {spent} one-time uses are visible"
        );
        database
            .execute_unprepared("BEGIN IMMEDIATE; ROLLBACK")
            .await
            .unwrap_or_else(|error| panic!("{context}: the write lock is held: {error}"));
        database.close().await.expect("a connection closes");
    }

    /// How many of the changes a database has, from the first on; panics when one is there and an earlier one is not.
    pub async fn surviving_prefix(&self, database_url: &str, context: &str) -> usize {
        let database = Database::connect(database_url)
            .await
            .expect("a second connection opens");
        let mut there = Vec::new();
        for fact in &self.facts {
            there.push(match fact {
                Fact::Lives(token) => state(&database, token).await.is_some(),
                Fact::Ended(token) => state(&database, token)
                    .await
                    .is_some_and(|state| state != "active"),
                Fact::Session(trial, _, text) => has_session(&database, *trial, text).await,
                // Committed before the long token, which follows.
                Fact::Spent(..) => continue,
            });
        }
        database.close().await.expect("a connection closes");
        let first_lost = there.iter().position(|there| !there).unwrap_or(there.len());
        assert!(
            there[first_lost..].iter().all(|there| !there),
            "{context}: what survived has a hole: {there:?}"
        );
        first_lost
    }

    /// Panics unless a server honours every change.
    pub async fn is_honoured(&self, server: &Reach, context: &str) {
        let (asker, known) = (demo_asker(server), makers().await);
        for fact in self.lasting() {
            let honoured = match fact {
                Fact::Lives(token) => asker.is_active(server, token).await,
                Fact::Ended(token) => !asker.is_active(server, token).await,
                Fact::Session(trial, class, text) => {
                    let held = Token::new(class, text);
                    trial.accepts(server, &held, text).await
                }
                Fact::Spent(trial, knock) => {
                    let answer = knock.call.send(server).await;
                    known.opened(*trial, knock, &answer) == Some(false)
                }
            };
            assert!(honoured, "{context}: acknowledged and lost: {fact:?}");
        }
    }
}

/// Whether a session has a row, by its id: a part of what the dialect hands out, or the whole.
async fn has_session(database: &DatabaseConnection, trial: &dyn Trial, text: &str) -> bool {
    let id = trial.as_good_as(text).into_iter().next();
    let id = id.unwrap_or_else(|| text.to_owned());
    let mut context = digest::Context::new(&digest::SHA256);
    for part in ["session", trial.dialect(), &id] {
        context.update(&(part.len() as u64).to_be_bytes());
        context.update(part.as_bytes());
    }
    let query = "SELECT count(*) AS n FROM sessions WHERE hash = ?";
    let row = database.query_one_raw(Statement::from_sql_and_values(
        DatabaseBackend::Sqlite,
        query,
        [Bound::from(context.finish().as_ref().to_vec())],
    ));
    let row = row.await.expect("sessions can be read");
    let found: i64 = row
        .and_then(|row| row.try_get("", "n").ok())
        .expect("a count");
    found == 1
}

async fn number(database: &DatabaseConnection, query: &str) -> i64 {
    let row = database.query_one_raw(Statement::from_string(DatabaseBackend::Sqlite, query));
    let row = row.await.expect("the table can be read").expect("one row");
    row.try_get_by_index(0).expect("a number")
}
