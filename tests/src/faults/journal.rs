//! What a server acknowledged, in order, and whether somebody else sees it.

use std::{collections::BTreeSet, net::SocketAddr};

use aws_lc_rs::digest;
use sea_orm::{
    ConnectionTrait as _, Database, DatabaseBackend, DatabaseConnection, Statement, Value as Bound,
};
use serde_json::{Value, json};

use super::deeds::{credential, present};
use crate::harness::Call;

/// One acknowledged change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fact {
    /// This token was issued.
    Lives(String),
    /// This token was revoked.
    Ended(String),
    /// This cookie is a session's.
    Session(String),
    /// This assertion was used.
    Spent(String),
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
        if let Fact::Lives(token) = &fact
            && !token.starts_with("lt_")
        {
            self.revocable.push(token.clone());
        }
        self.facts.push(fact);
    }

    /// A token that may be revoked, once.
    pub fn take_for_revocation(&mut self) -> Option<String> {
        // The oldest; the newest stay, so that there are some that must live.
        (!self.revocable.is_empty()).then(|| self.revocable.remove(0))
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
                Fact::Lives(_) | Fact::Session(_) | Fact::Spent(_) => None,
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
                Fact::Session(cookie) => has_session(&database, cookie).await,
                Fact::Spent(_) => {
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
                Fact::Session(cookie) => has_session(&database, cookie).await,
                // Committed before the long token, which follows.
                Fact::Spent(_) => continue,
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
    pub async fn is_honoured(&self, credentials: &Value, address: SocketAddr, context: &str) {
        for fact in self.lasting() {
            let honoured = match fact {
                Fact::Lives(token) => is_active(credentials, address, token).await,
                Fact::Ended(token) => !is_active(credentials, address, token).await,
                Fact::Session(cookie) => {
                    let call = Call::post("/api/v2/auth/token")
                        .header("Cookie", format!("animeloop.auth.sid={cookie}"));
                    call.send_to(address).await.json()["code"] != json!(1_940_103)
                }
                Fact::Spent(assertion) => {
                    present(credentials, address, assertion).await.status == 401
                }
            };
            assert!(honoured, "{context}: acknowledged and lost: {fact:?}");
        }
    }
}

async fn is_active(credentials: &Value, address: SocketAddr, token: &str) -> bool {
    let call = Call::post("/oauth/introspect")
        .basic(
            &credential(credentials, "/oauth/client_id"),
            &credential(credentials, "/oauth/client_secret"),
        )
        .form(&[("token", token)]);
    call.send_to(address).await.expect(200).json()["active"] == json!(true)
}

/// The state of a token's row.
async fn state(database: &DatabaseConnection, token: &str) -> Option<String> {
    let hash = digest::digest(&digest::SHA256, token.as_bytes());
    let query = "SELECT state FROM tokens WHERE hash = ?";
    let row = database.query_one_raw(Statement::from_sql_and_values(
        DatabaseBackend::Sqlite,
        query,
        [Bound::from(hash.as_ref().to_vec())],
    ));
    let row = row.await.expect("tokens can be read")?;
    Some(row.try_get("", "state").expect("a token has a state"))
}

async fn has_session(database: &DatabaseConnection, cookie: &str) -> bool {
    let decoded = percent_encoding::percent_decode_str(cookie).decode_utf8_lossy();
    let sid = decoded.trim_start_matches("s:").split('.').next();
    let mut context = digest::Context::new(&digest::SHA256);
    for part in ["session", "animeloop", sid.unwrap_or_default()] {
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
