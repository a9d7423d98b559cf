//! What guesses at merchants leave behind: rows of refusals, the same as the core writes.

use std::time::Duration;

use sea_orm::{ConnectionTrait as _, DatabaseConnection, Statement};
use tessera_server::authority::{Claimant, SecretError};
use tessera_server::domain::{Actor, MachineSecret, PrincipalKind};

use super::{DIALECT, call};
use crate::{growth::number, harness::Tessera};

/// Names that nobody has, more than a minute has cells for.
const NAMES: usize = 130;

/// Guesses at each of them.
const GUESSES: u32 = 2;

/// Where the guesses come from.
const SOURCES: [[u8; 4]; 2] = [[127, 0, 0, 2], [127, 0, 0, 3]];

fn merchant(number: usize) -> String {
    format!("merchant-{number}")
}

/// One minute of guesses over sockets.
async fn guess_over_sockets(server: &Tessera) {
    for number in 0..NAMES {
        let guess = call(&merchant(number), "wrong");
        for _ in 0..GUESSES {
            for source in SOURCES {
                let answer = guess.send_from(source, server.address()).await;
                answer.expect(401);
            }
        }
    }
}

/// The same guesses, fed to the core.
async fn guess_at_the_core(server: &Tessera) {
    for number in 0..NAMES {
        let (name, wrong) = (merchant(number), "wrong".into());
        let claimant = Claimant {
            dialect: DIALECT,
            kind: PrincipalKind::Merchant,
            name: &name,
        };
        for _ in 0..GUESSES {
            for [a, b, c, d] in SOURCES {
                let actor = Actor::anonymous(Some(format!("{a}.{b}.{c}.{d}")));
                let (authority, purpose) = (server.authority(), MachineSecret::Merchant);
                let refused = authority.proofs().secret(&actor, claimant, purpose, &wrong);
                assert_eq!(refused.await, Err(SecretError::Wrong));
            }
        }
    }
}

/// Every row of refusals but for its number, as text.
async fn refusals(database: &DatabaseConnection) -> Vec<String> {
    const NUMBERS: [&str; 7] = [
        "proof",
        "dialect",
        "replayed",
        "count",
        "first_secs",
        "last_secs",
        "principal_id",
    ];
    let rows = database.query_all_raw(Statement::from_string(
        database.get_database_backend(),
        "SELECT * FROM refusals",
    ));
    let rows = rows.await.expect("a query");
    let text = |row: &sea_orm::QueryResult| {
        let number = |name| row.try_get::<Option<i64>>("", name).expect("a number");
        let bytes = |name| row.try_get::<Option<Vec<u8>>>("", name).expect("bytes");
        let bytes = ["name_hash", "address"].map(bytes);
        format!("{:?} {bytes:?}", NUMBERS.map(number))
    };
    let mut texts: Vec<_> = rows.iter().map(text).collect();
    texts.sort();
    texts
}

#[tokio::test]
async fn a_minute_of_guesses_is_a_hundred_rows_and_one_for_the_rest() {
    let (asked, fed) = (Tessera::start().await, Tessera::start().await);
    let database = asked.database().await;
    let refused = "SELECT count(*) FROM audit WHERE outcome = 'refused'";
    guess_over_sockets(&asked).await;
    assert_eq!(
        number(&database, refused).await,
        0,
        "rows of single refusals"
    );
    guess_at_the_core(&fed).await;
    for server in [&asked, &fed] {
        server.clock.advance(Duration::from_mins(1));
        let written = server.authority().upkeep().write_ended_refusals().await;
        written.expect("the minute is written");
    }
    let all = NAMES * SOURCES.len() * usize::try_from(GUESSES).expect("few");
    let sum = "SELECT CAST(sum(count) AS bigint) FROM refusals";
    assert_eq!(
        number(&database, sum).await,
        i64::try_from(all).expect("few")
    );
    let rows = refusals(&database).await;
    assert_eq!(rows.len(), 101);
    assert_eq!(rows, refusals(&fed.database().await).await);
    // The operator's list tells the same.
    let listed = asked
        .authority()
        .upkeep()
        .audit_rows(1000)
        .await
        .expect("rows");
    let listed = listed.iter().filter(|row| row.outcome == "refused");
    let counts: Vec<_> = listed.map(|row| row.count).collect();
    assert_eq!(counts.len(), 101);
    assert_eq!(
        counts.iter().filter(|count| **count == GUESSES).count(),
        100
    );
}

#[tokio::test]
async fn refusals_of_the_last_minute_are_written_when_the_server_stops() {
    let mut server = Tessera::start().await;
    guess_over_sockets(&server).await;
    server.stop().await;
    let database = server.database().await;
    assert_eq!(
        number(&database, "SELECT count(*) FROM refusals").await,
        101
    );
}
