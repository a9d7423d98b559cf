//! Calls of the two dialects that browsers and apps speak: animeloop and pnut.

use serde_json::json;
use tessera_client::{Credential, types::PnutGrantType};

use super::super::case::{Case, sends};
use super::{HOSTILE, everything};

const SESSION: &str = "s%3Asession.mac%2Fx";

fn session(case: Case) -> Case {
    case.holding([Credential::animeloop_session(SESSION)])
        .carrying("AnimeloopSession", SESSION)
}

/// A call with its session alone, with every credential held, and with none.
macro_rules! under_session {
    ($($operation:ident),+) => {
        vec![$(
            session(Case::new(stringify!($operation), "session", sends!(c => c.$operation()))),
            Case::new(stringify!($operation), "everything_held", sends!(c => c.$operation()))
                .holding(everything())
                .carrying("AnimeloopSession", SESSION),
            Case::new(stringify!($operation), "nothing_held", sends!(c => c.$operation())),
        )+]
    };
}

fn animeloop() -> Vec<Case> {
    let id = "animeloop_create_session";
    let mut cases = under_session!(
        animeloop_delete_session,
        animeloop_read_token,
        animeloop_get_token,
        animeloop_create_token,
        animeloop_revoke_token
    );
    cases.push(
        Case::new(
            id,
            "minimal",
            sends!(c => c.animeloop_create_session().body_map(|b| b.username("u-name").password("p-word"))),
        )
        .saying(json!({"username": "u-name", "password": "p-word"})),
    );
    cases.push(session(
        Case::new(
            id,
            "session",
            sends!(c => c.animeloop_create_session().body_map(|b| b.username(HOSTILE).password("p-word"))),
        )
        .saying(json!({"username": HOSTILE, "password": "p-word"})),
    ));
    cases.push(
        Case::new(
            id,
            "without_a_password",
            sends!(c => c.animeloop_create_session().body_map(|b| b.username("u-name"))),
        )
        .never_sent(),
    );
    cases
}

/// The two operations that describe the token they are called with.
macro_rules! with_token {
    ($($operation:ident),+) => {
        vec![$(
            Case::new(stringify!($operation), "bearer", sends!(c => c.$operation()))
                .holding([Credential::pnut("pnut-token")])
                .carrying("PnutBearer", "pnut-token"),
            Case::new(stringify!($operation), "query", sends!(c => c.$operation()))
                .holding([Credential::pnut_query(HOSTILE)])
                .carrying("PnutQueryToken", HOSTILE),
            Case::new(
                stringify!($operation),
                "everything_held",
                sends!(c => c.$operation().x_pretty_json("yes, please")),
            )
            .holding(everything())
            .carrying("PnutBearer", "pnut-token")
            .with("header", "X-Pretty-Json", "yes, please"),
            Case::new(stringify!($operation), "nothing_held", sends!(c => c.$operation())),
        )+]
    };
}

fn pnut() -> Vec<Case> {
    let id = "pnut_create_access_token";
    let mut cases = with_token!(pnut_get_token, pnut_delete_token);
    cases.push(
        Case::new(
            id,
            "minimal",
            sends!(c => c.pnut_create_access_token().body_map(|b| b.grant_type(PnutGrantType::ClientCredentials).client_id("c-id"))),
        )
        .holding(everything())
        .saying(json!({"grant_type": "client_credentials", "client_id": "c-id"})),
    );
    cases.push(
        Case::new(
            id,
            "maximal",
            sends!(c => c.pnut_create_access_token().x_pretty_json("1").body_map(|b| b
                .grant_type(PnutGrantType::Password)
                .client_id("c-id")
                .client_secret(tessera_client::Secret::from("c-secret"))
                .password_grant_secret(tessera_client::Secret::from("pg-secret"))
                .username(HOSTILE.to_owned())
                .password(tessera_client::Secret::from("p&word=+%"))
                .scope("basic,email".to_owned()))),
        )
        .with("header", "X-Pretty-Json", "1")
        .saying(json!({
            "grant_type": "password", "client_id": "c-id", "client_secret": "c-secret",
            "password_grant_secret": "pg-secret", "username": HOSTILE, "password": "p&word=+%",
            "scope": "basic,email",
        })),
    );
    cases
}

/// All of them.
pub fn cases() -> Vec<Case> {
    let mut cases = animeloop();
    cases.extend(pnut());
    cases
}
