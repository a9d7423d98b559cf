//! Animeloop through the SDK: calls, and a credential of each scheme.

use serde_json::json;
use tessera_client::Credential;

use crate::proofs::sdk::{
    case::{Case, sends},
    cases::{HOSTILE, everything},
};

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

/// Its calls.
pub fn cases() -> Vec<Case> {
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

/// One credential of each of its schemes.
pub fn credentials() -> Vec<Credential> {
    vec![Credential::animeloop_session(SESSION)]
}
