//! A clock that leaps and comes back: what was swept as over stays over, and a leap suspends sweeping.

use sea_orm::{ConnectionTrait as _, DatabaseBackend, Statement};
use serde_json::json;
use tessera_server::authority::Sweeping;
use tessera_server::domain::Actor;

use super::{
    auth_api::{
        assertion, assertion_claims, body, long_call, long_token_with, one_time_code, short_token,
        with_assertion,
    },
    manis,
    oauth::demo_asker,
    token_generator::{
        assert_denied, call, derive, now_secs, renewed_of, revoke, secret_token, token_of,
    },
};
use crate::harness::{
    Answer, Call, Tessera,
    animeloop::{LOGOUT, TOKEN, assert_code, login, post, session},
};

const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;

async fn present(server: &Tessera, assertion: &str) -> u16 {
    let call = long_call(&with_assertion(server, assertion));
    call.send(server).await.status
}

async fn enter(server: &Tessera, code: &str) -> u16 {
    let call = long_call(&body(server, json!({ "otp_code": code })));
    call.send(server).await.status
}

async fn fresh_assertion(server: &Tessera, jti: &str) -> u16 {
    present(server, &assertion(server, &assertion_claims(server, jti))).await
}

async fn count(server: &Tessera, table: &str) -> i64 {
    let database = server.database().await;
    let count = format!("SELECT count(*) FROM {table}");
    let count = Statement::from_string(DatabaseBackend::Sqlite, count);
    let row = database.query_one_raw(count).await.expect("a query");
    let row = row.expect("a row").try_get_by_index(0);
    database.close().await.expect("the database closes");
    row.expect("a number")
}

/// The children go before their parents.
async fn sweep_all(server: &Tessera) {
    for _ in 0..3 {
        assert_eq!(server.sweep().await, Sweeping::On);
    }
}

async fn accept(server: &Tessera) {
    let operator = Actor::operator();
    let accepted = server.authority().upkeep().accept_clock(&operator);
    accepted.await.expect("the clock is accepted");
}

async fn readiness(server: &Tessera) -> Answer {
    Call::get("/readyz").send(server).await.expect(200)
}

#[tokio::test]
async fn what_was_swept_as_over_stays_over_when_the_clock_goes_back() {
    let server = Tessera::start().await;
    let used = assertion(&server, &assertion_claims(&server, "used"));
    let code = one_time_code(&server, 0);
    assert_eq!(present(&server, &used).await, 201);
    assert_eq!(enter(&server, &code).await, 201);
    let cookie = session(&server).await;
    let long = long_token_with(&server, json!({ "ttl_seconds": HOUR })).await;
    let short = short_token(&server, &long).await;
    let merchant = manis::ask(&server).send(&server).await.expect(200);
    let derived = derive(
        &server,
        server.credentials.token_generator.user_token.expose(),
        json!({}),
    )
    .await;
    // Signed with the holder's secret, as what the holder signs itself is, which needs no row.
    let in_an_hour = json!({ "exp": now_secs(&server) + HOUR });
    let of_a_secret = derive(&server, &secret_token(&server, in_an_hour), json!({})).await;
    let revoked = json!({ "exp": now_secs(&server) + HOUR, "n": "revoked" });
    let revoked = secret_token(&server, revoked);
    revoke(&server, &revoked).await;
    let endless = secret_token(&server, json!({}));
    let tokens = [
        long.token,
        short.token,
        merchant.string_at("/token"),
        token_of(&derived),
        renewed_of(&derived),
        token_of(&of_a_secret),
        renewed_of(&of_a_secret),
    ];
    let asker = demo_asker(&server);
    for token in &tokens {
        assert_eq!(asker.introspect(&server, token).await["active"], true);
    }

    // Less than a leap: what was spent is still noted.
    server.clock.step_wall(20 * HOUR);
    sweep_all(&server).await;
    server.clock.step_wall(-20 * HOUR);
    assert_eq!(
        present(&server, &used).await,
        401,
        "the assertion lives again"
    );
    assert_eq!(enter(&server, &code).await, 401, "the code lives again");
    // Nothing else was bound.
    server.clock.advance(std::time::Duration::from_secs(1));
    assert_eq!(fresh_assertion(&server, "new").await, 201);
    for token in &tokens {
        assert_eq!(asker.introspect(&server, token).await["active"], true);
    }

    server.clock.step_wall(40 * DAY);
    accept_a_leap(&server).await;
    sweep_all(&server).await;
    for swept in ["sessions", "single_use"] {
        assert_eq!(count(&server, swept).await, 0, "{swept}");
    }
    server.clock.step_wall(-40 * DAY);
    assert_eq!(
        present(&server, &used).await,
        401,
        "the assertion lives again"
    );
    assert_eq!(enter(&server, &code).await, 401, "the code lives again");
    assert_code(&post(TOKEN, &cookie).send(&server).await, 1_940_103);
    for token in tokens.iter().chain([&revoked]) {
        let told = asker.introspect(&server, token).await;
        assert_eq!(told["active"], false, "{token} lives again");
    }
    for dead in [&revoked, &tokens[5], &tokens[6]] {
        assert_denied(&call(dead).send(&server).await);
    }
    // And all that is new works.
    server.clock.advance(std::time::Duration::from_secs(30));
    assert_eq!(fresh_assertion(&server, "newer").await, 201);
    assert_eq!(enter(&server, &one_time_code(&server, 0)).await, 201);
    token_of(&call(&endless).send(&server).await);
    let later = json!({ "exp": now_secs(&server) + 5 * HOUR });
    token_of(&call(&secret_token(&server, later)).send(&server).await);
    assert_code(&login(&server).send(&server).await, 1_220_001);
}

async fn accept_a_leap(server: &Tessera) {
    assert_eq!(server.sweep().await, Sweeping::Suspended);
    accept(server).await;
    assert_eq!(server.sweep().await, Sweeping::On);
}

#[tokio::test]
async fn a_leap_of_more_than_a_day_suspends_sweeping_until_it_is_accepted() {
    for there in [2 * DAY, DAY + 1, -DAY - 1] {
        let server = Tessera::start().await;
        assert_eq!(fresh_assertion(&server, "used").await, 201);
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
    let mut server = Tessera::start().await;
    assert_eq!(fresh_assertion(&server, "used").await, 201);
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
    let cookie = session(&server).await;
    for (index, step) in [1, -1, HOUR, -HOUR, -HOUR, HOUR, 23 * HOUR, -23 * HOUR]
        .into_iter()
        .enumerate()
    {
        server.clock.step_wall(step);
        assert_eq!(server.sweep().await, Sweeping::On, "{step}");
        let ready = readiness(&server).await;
        assert_eq!(ready.text(), r#"{"status":"ready"}"#, "{step}");
        assert_eq!(fresh_assertion(&server, &index.to_string()).await, 201);
    }
    assert_code(&post(LOGOUT, &cookie).send(&server).await, 1_220_002);
}

#[tokio::test]
async fn an_older_database_gets_the_notes_of_the_clock() {
    let mut server = Tessera::start().await;
    let used = assertion(&server, &assertion_claims(&server, "used"));
    assert_eq!(present(&server, &used).await, 201);
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
    assert_eq!(present(&server, &used).await, 401);
    server.clock.step_wall(3 * DAY);
    accept_a_leap(&server).await;
    assert_eq!(count(&server, "single_use").await, 0);
    server.clock.step_wall(-3 * DAY);
    assert_eq!(present(&server, &used).await, 401);
}
