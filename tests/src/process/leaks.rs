//! Every secret that a server may come to know: what was seeded, sent or issued, rightly or wrongly.

use std::collections::BTreeSet;

use super::errands::Errands;
use crate::{
    dialects::TRIALS,
    harness::{Reach, asked, assert_all_asked},
    proofs::{
        live::{oracle, request::Request},
        secrets::{Secret, traffic::Traffic},
    },
};

const SUITE: &str = "process";

/// Something that nobody may write down.
const WRONG: &str = "a-wrong-secret-that-nobody-may-write-down";

/// Uses every credential, right and wrong, and gives each text that may not be found afterwards, with a name.
pub async fn every_secret(errands: &Errands) -> Vec<(String, String)> {
    let mut secrets = seeded(&errands.server);
    for issued in errands.one_of_each().await {
        let name = format!("a token: {}", issued.name());
        secrets.push(Secret::new(&name, &issued.token.text));
    }
    let mut dialects = Vec::new();
    for operation in oracle::operations() {
        let passed = Traffic::of(&operation, &errands.server).await;
        let what = format!("{} with secrets and canaries", operation.id);
        asked(SUITE, &operation.dialect, &what);
        secrets.extend(passed.secrets());
        dialects.push(operation.dialect);
    }
    assert_all_asked(SUITE, dialects.iter().map(String::as_str));
    stray(&errands.server).await;
    secrets.push(Secret::new("what was sent to nobody", WRONG));
    let public = |secret: &Secret| !secret.is_public();
    let spelt = secrets.iter().filter(|secret| public(secret));
    let spelt: BTreeSet<(String, String)> = spelt
        .flat_map(|secret| {
            let texts = secret.spellings().into_iter();
            texts.map(|text| (secret.pointer.clone(), text))
        })
        .collect();
    spelt.into_iter().collect()
}

/// Every text of the demo's credentials but those that a trial calls public; of keys in lines, each line.
fn seeded(server: &Reach) -> Vec<Secret> {
    let mut found = Vec::new();
    for trial in TRIALS {
        let held = server.all_held()[trial.dialect()].as_object();
        let held = held.unwrap_or_else(|| panic!("the demo holds nothing of {}", trial.dialect()));
        for (member, _) in trial.public() {
            assert!(
                held.contains_key(*member),
                "{} has no {member}",
                trial.dialect()
            );
        }
        let is_public = |name: &str| trial.public().iter().any(|(member, _)| *member == name);
        for (member, text) in held.iter().filter(|(member, _)| !is_public(member)) {
            let pointer = format!("/{}/{member}", trial.dialect());
            asked(SUITE, trial.dialect(), &format!("{pointer} is looked for"));
            let lines = text.as_str().expect("a text").lines();
            let lines = lines.filter(|line| !line.starts_with("-----"));
            found.extend(lines.map(|line| Secret::new(&pointer, line)));
        }
    }
    found
}

/// Secrets where nothing is to be said: in paths, in names, in headers that nobody asked for.
async fn stray(server: &Reach) {
    for operation in oracle::operations() {
        let parameters = operation.parameters.iter();
        let in_path = parameters.filter(|parameter| parameter.location == "path");
        let path: Vec<(&str, String)> = in_path
            .map(|parameter| (parameter.name.as_str(), WRONG.to_owned()))
            .collect();
        let mut request = Request::new(&operation, &path);
        request.header("Authorization", format!("Bearer {WRONG}"));
        request.header("Cookie", format!("{WRONG}={WRONG}"));
        let mut nowhere = request.clone();
        nowhere.path = format!("{}/{WRONG}", operation.path);
        let mut named = request.clone();
        named.query.push((WRONG.to_owned(), WRONG.to_owned()));
        let media = operation.body.iter().flat_map(|body| &body.media);
        let member = serde_json::json!({ WRONG: WRONG });
        let bodies = media.map(|(media_type, _)| {
            let mut request = request.clone();
            request.set_body(media_type, &member);
            request
        });
        for request in bodies.chain([nowhere, named, request.clone()]) {
            request.call().send(server).await;
        }
    }
}
