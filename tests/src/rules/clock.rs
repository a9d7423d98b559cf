//! A clock that leaps and comes back: what was swept as over stays over, and a leap suspends sweeping.

use aws_lc_rs::digest;
use sea_orm::sea_query::{Alias, Expr, ExprTrait as _, Query};
use sea_orm::{ConnectionTrait as _, DatabaseBackend, Statement};
use serde_json::json;
use tessera_server::authority::Sweeping;
use tessera_server::domain::Actor;

use crate::{
    dialects::TRIALS,
    harness::{Answer, Call, Knock, Tessera, Token, Trial, asked, demo_asker},
    proofs::live::{
        answers::{self, Outcome},
        oracle,
    },
};

pub const HOUR: i64 = 3600;
pub const DAY: i64 = 24 * HOUR;

/// A dialect with proofs that are good for one request.
#[derive(Clone, Copy)]
struct Once(&'static dyn Trial);

/// Every such dialect.
fn all() -> Vec<Once> {
    let all = TRIALS.iter().copied();
    all.filter(|trial| trial.has_proofs_for_once())
        .map(Once)
        .collect()
}

/// Every such dialect with each of some cases.
fn everywhere<T: Copy>(cases: impl IntoIterator<Item = T>) -> Vec<(Once, T)> {
    let cases = cases.into_iter();
    cases
        .flat_map(|case| all().into_iter().map(move |once| (once, case)))
        .collect()
}

impl Once {
    fn knock(self, server: &Tessera, name: &str) -> Knock {
        self.0.once(server, name)
    }

    /// Whether a request opens.
    async fn opens(self, server: &Tessera, knock: &Knock) -> bool {
        let mut operations = oracle::operations().into_iter();
        let operation = operations.find(|one| one.id == knock.operation);
        let operation = operation.expect("it is an operation of the document");
        let answer = knock.call.send(server).await;
        match answers::outcome(&operation, &answer) {
            Outcome::Success => true,
            Outcome::Refusal => false,
            Outcome::Failure => panic!("{}: {}", operation.id, answer.text()),
        }
    }

    /// Whether a new proof is good, and a second time is not.
    async fn is_good(self, server: &Tessera, name: &str) -> bool {
        asked("clock", self.0.dialect(), name);
        let knock = self.knock(server, name);
        self.opens(server, &knock).await && !self.opens(server, &knock).await
    }
}

/// A session of each dialect that has some.
async fn sessions(server: &Tessera) -> Vec<(&'static dyn Trial, Token)> {
    let mut held = Vec::new();
    for trial in TRIALS {
        for class in trial.classes().iter().filter(|class| !class.introspected) {
            held.push((*trial, trial.issue(server, class.name).await));
        }
    }
    held
}

/// How many rows a table has.
pub async fn count(server: &Tessera, table: &str) -> i64 {
    let database = server.database().await;
    let count = format!("SELECT count(*) FROM {table}");
    let count = Statement::from_string(DatabaseBackend::Sqlite, count);
    let row = database.query_one_raw(count).await.expect("a query");
    let row = row.expect("a row").try_get_by_index(0);
    database.close().await.expect("the database closes");
    row.expect("a number")
}

/// Whether a token has a row.
async fn has_row(server: &Tessera, token: &str) -> bool {
    let hash = digest::digest(&digest::SHA256, token.as_bytes());
    let database = server.database().await;
    let mut row = Query::select();
    row.expr(Expr::val(1))
        .from(Alias::new("tokens"))
        .and_where(Expr::col(Alias::new("hash")).eq(hash.as_ref().to_vec()));
    let found = database.query_one(&row).await.expect("a query").is_some();
    database.close().await.expect("the database closes");
    found
}

/// The children go before their parents.
pub async fn sweep_all(server: &Tessera) {
    for _ in 0..3 {
        assert_eq!(server.sweep().await, Sweeping::On);
    }
}

async fn accept(server: &Tessera) {
    let operator = Actor::operator();
    let accepted = server.authority().upkeep().accept_clock(&operator);
    accepted.await.expect("the clock is accepted");
}

/// Has the operator accept a leap that was made.
pub async fn accept_a_leap(server: &Tessera) {
    assert_eq!(server.sweep().await, Sweeping::Suspended);
    accept(server).await;
    assert_eq!(server.sweep().await, Sweeping::On);
}

async fn readiness(server: &Tessera) -> Answer {
    Call::get("/readyz").send(server).await.expect(200)
}

/// Which of these tokens live.
async fn living(server: &Tessera, tokens: &[(&'static dyn Trial, Token, bool)]) -> Vec<bool> {
    let mut living = Vec::new();
    for (trial, token, introspected) in tokens {
        living.push(if *introspected {
            demo_asker(server).is_active(server, &token.text).await
        } else {
            trial.accepts(server, token, &token.text).await
        });
    }
    living
}

#[tokio::test]
async fn what_was_swept_as_over_stays_over_when_the_clock_goes_back() {
    let server = Tessera::start().await;
    let mut tokens = Vec::new();
    for trial in TRIALS {
        for class in trial.classes() {
            let token = trial.issue(&server, class.name).await;
            tokens.push((*trial, token, class.introspected));
        }
    }
    let mut spent = Vec::new();
    for once in all() {
        let knock = once.knock(&server, "used");
        assert!(once.opens(&server, &knock).await);
        spent.push((once, knock));
    }
    assert!(living(&server, &tokens).await.iter().all(|lives| *lives));

    // Less than a leap: what was spent is still noted, and nothing else was bound.
    server.clock.step_wall(20 * HOUR);
    sweep_all(&server).await;
    server.clock.step_wall(-20 * HOUR);
    for (once, knock) in &spent {
        assert!(!once.opens(&server, knock).await, "a proof lives again");
    }
    server.clock.advance(std::time::Duration::from_secs(1));
    for once in all() {
        assert!(once.is_good(&server, "new").await);
    }
    assert!(living(&server, &tokens).await.iter().all(|lives| *lives));

    server.clock.step_wall(40 * DAY);
    accept_a_leap(&server).await;
    sweep_all(&server).await;
    for swept in ["sessions", "single_use"] {
        assert_eq!(count(&server, swept).await, 0, "{swept}");
    }
    let then = living(&server, &tokens).await;
    assert!(then.contains(&false) && then.contains(&true), "{then:?}");
    // What is over and has a row all the same was not swept yet.
    let mut kept = Vec::new();
    for (_, token, _) in &tokens {
        kept.push(has_row(&server, &token.text).await);
    }
    server.clock.step_wall(-40 * DAY);
    for (once, knock) in &spent {
        assert!(!once.opens(&server, knock).await, "a proof lives again");
    }
    let now = living(&server, &tokens).await;
    for (index, (trial, token, _)) in tokens.iter().enumerate() {
        let about = format!("{} {}", trial.dialect(), token.class);
        assert!(now[index] || !then[index], "{about} does not go on");
        assert!(
            !now[index] || then[index] || kept[index],
            "{about} lives again"
        );
        asked("clock", trial.dialect(), token.class);
    }
    // And all that is new works.
    server.clock.advance(std::time::Duration::from_secs(30));
    for once in all() {
        assert!(once.is_good(&server, "newer").await);
    }
    for trial in TRIALS {
        for class in trial.classes() {
            let token = trial.issue(&server, class.name).await;
            // What its holder signed has no row, and the notes of the clock may bind it.
            let is_bound = class.introspected && !has_row(&server, &token.text).await;
            let is_good = trial.accepts(&server, &token, &token.text).await;
            assert!(is_good || is_bound, "{} {}", trial.dialect(), class.name);
        }
    }
}

#[tokio::test]
async fn a_leap_of_more_than_a_day_suspends_sweeping_until_it_is_accepted() {
    for (once, there) in everywhere([2 * DAY, DAY + 1, -DAY - 1]) {
        let server = Tessera::start().await;
        assert!(once.is_good(&server, "used").await);
        server.clock.advance(std::time::Duration::from_secs(600));
        let healthy = readiness(&server).await.text().to_owned();
        assert_eq!(healthy, r#"{"status":"ready"}"#);
        server.clock.step_wall(there);
        for _ in 0..3 {
            assert_eq!(server.sweep().await, Sweeping::Suspended, "{there}");
        }
        assert_eq!(count(&server, "single_use").await, 1, "{there}");
        let suspended = json!({ "status": "ready", "sweeping": "suspended" });
        assert_eq!(readiness(&server).await.json(), suspended);
        accept(&server).await;
        assert_eq!(server.sweep().await, Sweeping::On, "{there}");
        assert_eq!(readiness(&server).await.text(), healthy);
        if there > 0 {
            assert_eq!(count(&server, "single_use").await, 0, "{there}");
        }
        // The next leap is another one.
        server.clock.step_wall(2 * DAY);
        assert_eq!(server.sweep().await, Sweeping::Suspended);
        // Put right by hand.
        server.clock.step_wall(-2 * DAY);
        assert_eq!(server.sweep().await, Sweeping::On);
    }
}

#[tokio::test]
async fn time_spent_stopped_and_time_that_passes_are_no_leap() {
    for once in all() {
        time_passes(once).await;
    }
}

async fn time_passes(once: Once) {
    let mut server = Tessera::start().await;
    assert!(once.is_good(&server, "used").await);
    server.stop().await;
    server.clock.step_wall(40 * DAY);
    server.restart().await;
    assert_eq!(server.sweep().await, Sweeping::On);
    assert_eq!(count(&server, "single_use").await, 0);
    server
        .clock
        .advance(std::time::Duration::from_hours(40 * 24));
    assert_eq!(server.sweep().await, Sweeping::On);
    let ready = readiness(&server).await;
    assert_eq!(ready.text(), r#"{"status":"ready"}"#);
}

#[tokio::test]
async fn small_steps_of_the_clock_change_nothing() {
    let server = Tessera::start().await;
    let held = sessions(&server).await;
    for (index, step) in [1, -1, HOUR, -HOUR, -HOUR, HOUR, 23 * HOUR, -23 * HOUR]
        .into_iter()
        .enumerate()
    {
        server.clock.step_wall(step);
        assert_eq!(server.sweep().await, Sweeping::On, "{step}");
        let ready = readiness(&server).await;
        assert_eq!(ready.text(), r#"{"status":"ready"}"#, "{step}");
        for once in all() {
            assert!(once.is_good(&server, &index.to_string()).await, "{step}");
        }
    }
    for (trial, session) in held {
        let is_good = trial.accepts(&server, &session, &session.text).await;
        assert!(is_good, "{}", trial.dialect());
    }
}

#[tokio::test]
async fn an_older_database_gets_the_notes_of_the_clock() {
    for once in all() {
        notes_are_made(once).await;
    }
}

async fn notes_are_made(once: Once) {
    let mut server = Tessera::start().await;
    let used = once.knock(&server, "used");
    assert!(once.opens(&server, &used).await);
    server.stop().await;
    let database = server.database().await;
    for older in [
        "DROP TABLE clock_notes",
        "DELETE FROM seaql_migrations WHERE version = 'm0004_clock_notes'",
    ] {
        let done = database.execute_unprepared(older).await;
        done.expect("the schema can be put back");
    }
    database.close().await.expect("the database closes");
    server.restart().await;
    assert!(!once.opens(&server, &used).await);
    server.clock.step_wall(3 * DAY);
    accept_a_leap(&server).await;
    assert_eq!(count(&server, "single_use").await, 0);
    server.clock.step_wall(-3 * DAY);
    assert!(!once.opens(&server, &used).await);
}
