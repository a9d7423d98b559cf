//! Clients that speak several dialects: what they show of each is what its trial expects.

use serde_json::{Value, json};

use super::{Facts, script::Script};
use crate::{
    dialects::TRIALS,
    harness::{Reach, Tessera, Trial, asked, assert_all_asked},
};

/// Runs a script, and compares what it says with what the trials expect of it, and with facts about none of them.
pub async fn agrees(
    test: &str,
    script: &'static str,
    server: &Tessera,
    settings: &Value,
    ours: Facts,
) {
    let Some(client) = Script::ready(test, script) else {
        return;
    };
    let mut expected = ours;
    for trial in TRIALS {
        let Some(spoken) = trial.clients() else {
            continue;
        };
        for (name, fact) in spoken.facts(script, server) {
            asked("clients", trial.dialect(), &format!("{script} {name}"));
            let known = expected.insert(name.clone(), fact);
            assert!(known.is_none(), "{script}: two facts are named {name}");
        }
    }
    assert!(!expected.is_empty(), "no dialect is spoken by {script}");
    let found = client.facts(settings).await;
    assert_eq!(found, Value::Object(expected), "{script}");
}

/// The demo's credentials without objects in objects: `<dialect>_<member>`.
fn flat(server: &Reach) -> Value {
    let mut flat = Facts::new();
    for (name, value) in server.all_held().as_object().into_iter().flatten() {
        match value {
            Value::Object(members) => {
                let members = members.iter();
                flat.extend(
                    members.map(|(member, text)| (format!("{name}_{member}"), text.clone())),
                );
            }
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::String(_)
            | Value::Array(_) => {
                flat.insert(name.clone(), value.clone());
            }
        }
    }
    Value::Object(flat)
}

/// A session through every dialect on one connection.
async fn session(test: &str, script: &'static str) {
    let server = Tessera::start_today().await;
    let speaks = |trial: &&&dyn Trial| {
        let spoken = trial.clients();
        spoken.is_some_and(|spoken| !spoken.facts(script, &server).is_empty())
    };
    let spoken = TRIALS.iter().filter(speaks);
    assert_all_asked("clients", spoken.map(|trial| trial.dialect()));
    let ours = super::facts(json!({ "connections": 1 }));
    agrees(test, script, &server, server.all_held(), ours).await;
}

/// What a script says of each dialect, and of nothing else.
async fn says(test: &str, script: &'static str) {
    let server = Tessera::start_today().await;
    agrees(test, script, &server, server.all_held(), Facts::new()).await;
}

#[tokio::test]
async fn httpx_keeps_one_connection_through_every_dialect() {
    let test = "httpx_keeps_one_connection_through_every_dialect";
    session(test, "httpx_session.py").await;
}

#[tokio::test]
async fn urllib3_keeps_one_connection_through_every_dialect() {
    let test = "urllib3_keeps_one_connection_through_every_dialect";
    session(test, "urllib3_pool.py").await;
}

#[tokio::test]
async fn the_jdk_with_an_authenticator_reads_every_refusal() {
    let test = "the_jdk_with_an_authenticator_reads_every_refusal";
    let server = Tessera::start_today().await;
    agrees(test, "jdk.java", &server, &flat(&server), Facts::new()).await;
}

#[tokio::test]
async fn pyjwt_makes_tokens_whose_dates_have_fractions() {
    says("pyjwt_makes_tokens_whose_dates_have_fractions", "pyjwt.py").await;
}

#[tokio::test]
async fn axios_narrows_in_documented_spellings_and_is_refused_in_others() {
    let test = "axios_narrows_in_documented_spellings_and_is_refused_in_others";
    says(test, "axios.mjs").await;
}

#[tokio::test]
async fn superagent_narrows_in_documented_spellings_and_is_refused_in_others() {
    let test = "superagent_narrows_in_documented_spellings_and_is_refused_in_others";
    says(test, "superagent.mjs").await;
}
