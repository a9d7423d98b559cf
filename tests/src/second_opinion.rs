//! The trials behind a socket: judges in other languages are told what a good request of each operation is made of.
//!
//! `cargo xtask second-opinion` starts this beside a demo: `TESSERA_CREDENTIALS_FILE` names what the demo wrote about
//! itself, and `TESSERA_TRIALS_FILE` the file that gets the address. Without them the test asks for itself.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::Write as _,
    path::Path,
    sync::Arc,
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use poem::{
    EndpointExt as _, Route, Server, handler,
    listener::{Acceptor as _, Listener as _, TcpListener},
    web::{Data, Json, Query},
};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use tokio::sync::Mutex;

use crate::{
    harness::{Purse, Reach, Tessera, asked, assert_all_asked},
    proofs::live::{
        answers::{Outcome, outcome},
        lab::{Asking, State, trial_of},
        oracle::{self, Alternative, Operation},
        request::{Credential, Request, encode},
    },
};

const SUITE: &str = "second-opinion";

/// A server, and what was made on it for whoever asks here.
struct Trials {
    server: Reach,
    purse: Mutex<Purse>,
}

/// What is asked about.
#[derive(Debug, Deserialize)]
struct Question {
    /// The operationId.
    operation: String,
    /// Which of its security requirements; counted around.
    #[serde(default)]
    alternative: usize,
    /// Which of its bodies; counted around.
    #[serde(default)]
    body: usize,
}

impl Question {
    fn operation(&self) -> Option<Operation> {
        oracle::operations()
            .into_iter()
            .find(|one| one.id == self.operation)
    }

    fn alternative<'a>(&self, operation: &'a Operation) -> Option<&'a Alternative> {
        let count = operation.security.len().max(1);
        operation.security.get(self.alternative % count)
    }
}

impl Trials {
    /// The texts that travel for the schemes of a security requirement, by scheme.
    async fn credentials(&self, question: &Question, state: State) -> Value {
        let mut found = Map::new();
        let mut purse = self.purse.lock().await;
        let mut asking = Asking {
            server: &self.server,
            purse: &mut purse,
        };
        let Some(operation) = question.operation() else {
            return Value::Object(found);
        };
        asking.prepare(&operation).await;
        let alternative = question.alternative(&operation);
        for (scheme, _) in alternative.into_iter().flat_map(|one| &one.schemes) {
            let text = match asking.credential(&scheme.name, state).await {
                Some(Credential::Text(text)) => text,
                Some(Credential::Pair(name, secret)) => {
                    STANDARD.encode(format!("{}:{}", encode(&name), encode(&secret)))
                }
                None => continue,
            };
            found.insert(scheme.name.clone(), text.into());
        }
        // Where a request ends what it was asked with, the next one gets another.
        asking.used(&operation);
        Value::Object(found)
    }

    /// Path values and a body, and which members of a generated body do not go together with these.
    async fn input(&self, question: &Question) -> Value {
        let mut purse = self.purse.lock().await;
        let mut asking = Asking {
            server: &self.server,
            purse: &mut purse,
        };
        let Some(operation) = question.operation() else {
            return Value::Null;
        };
        let path: BTreeMap<_, _> = asking.path(&operation).await.into_iter().collect();
        let alternative = question.alternative(&operation);
        let mut bodies = Vec::new();
        if operation.body.is_some() {
            bodies = asking.bodies(&operation, alternative).await;
        }
        let count = bodies.len().max(1);
        let mut body = bodies.into_iter().nth(question.body % count);
        let trial = trial_of(&operation);
        for part in operation.owned().iter().filter(|part| part.in_body) {
            let thing = trial.and_then(|one| one.thing(&self.server, &operation.id, &part.name));
            if let (Some(thing), Some((_, body))) = (thing, &mut body) {
                body[part.name.as_str()] = thing.await.value.into();
            }
        }
        let meaningful = trial.map_or(&[][..], |trial| trial.meaningful());
        let apart: Vec<&str> = meaningful
            .iter()
            .filter(|(id, ..)| *id == operation.id)
            .filter_map(|(_, member, _)| member.strip_prefix('/'))
            .collect();
        asking.used(&operation);
        json!({ "path": path, "body": body.map(|(_, body)| body), "apart": apart })
    }
}

#[handler]
async fn give_credentials(
    trials: Data<&Arc<Trials>>,
    Query(question): Query<Question>,
) -> Json<Value> {
    Json(trials.credentials(&question, State::Live).await)
}

#[handler]
async fn give_wrong(trials: Data<&Arc<Trials>>, Query(question): Query<Question>) -> Json<Value> {
    Json(trials.credentials(&question, State::Wrong).await)
}

#[handler]
async fn give_input(trials: Data<&Arc<Trials>>, Query(question): Query<Question>) -> Json<Value> {
    Json(trials.input(&question).await)
}

#[tokio::test]
async fn trials_answer() {
    let file = |name| std::env::var_os(name).map(std::path::PathBuf::from);
    let demo = file("TESSERA_CREDENTIALS_FILE").zip(file("TESSERA_TRIALS_FILE"));
    match demo {
        Some((credentials, address)) => serve(&credentials, &address).await,
        None => ask().await,
    }
}

/// Answers about a demo until the process is ended.
async fn serve(demo: &Path, address: &Path) {
    let text = std::fs::read_to_string(demo).expect("the demo wrote its credentials");
    let held: Value = serde_json::from_str(&text).expect("the credentials are JSON");
    let url = held["base_url"].as_str().unwrap_or_default().to_owned();
    let server = url.trim_start_matches("http://").parse();
    let server = server.unwrap_or_else(|error| panic!("{url}: {error}"));
    let trials = Arc::new(Trials {
        server: Reach::today(server, held).known_as(&url),
        purse: Mutex::default(),
    });
    let acceptor = TcpListener::bind("127.0.0.1:0").into_acceptor().await;
    let acceptor = acceptor.expect("a port is free");
    let local = acceptor.local_addr();
    let local = local.iter().find_map(|addr| addr.as_socket_addr());
    let local = local.expect("a listener has an address").to_string();
    let half = address.with_extension("half");
    std::fs::File::create(&half)
        .and_then(|mut out| out.write_all(local.as_bytes()))
        .and_then(|()| std::fs::rename(&half, address))
        .expect("the address can be written");
    let routes = Route::new()
        .at("/credentials", poem::get(give_credentials))
        .at("/wrong", poem::get(give_wrong))
        .at("/input", poem::get(give_input))
        .data(trials);
    let ended = Server::new_with_acceptor(acceptor).run(routes).await;
    ended.expect("the trials are served");
}

/// Builds a request of each operation from what is told, and expects its success.
async fn ask() {
    let server = Tessera::start_today().await;
    let reach = Reach::today(server.address(), server.all_held().clone());
    let trials = Trials {
        server: reach,
        purse: Mutex::default(),
    };
    let mut dialects = BTreeSet::new();
    for operation in oracle::operations() {
        for alternative in 0..operation.security.len().max(1) {
            let question = Question {
                operation: operation.id.clone(),
                alternative,
                body: 0,
            };
            let request = good(&trials, &question, &operation).await;
            let answer = request.call().send(&server).await;
            let shown = format!("{}: {}", operation.id, answer.text());
            assert_eq!(outcome(&operation, &answer), Outcome::Success, "{shown}");
            asked(SUITE, &operation.dialect, &operation.id);
            dialects.insert(operation.dialect.clone());
        }
    }
    assert_all_asked(SUITE, dialects.iter().map(String::as_str));
}

async fn good(trials: &Trials, question: &Question, operation: &Operation) -> Request {
    let credentials = trials.credentials(question, State::Live).await;
    let input = trials.input(question).await;
    let path = input["path"].as_object().into_iter().flatten();
    let path: Vec<(&str, String)> = path
        .map(|(name, value)| (name.as_str(), value.as_str().unwrap_or_default().to_owned()))
        .collect();
    let mut request = Request::new(operation, &path);
    let alternative = question.alternative(operation);
    for (scheme, _) in alternative.into_iter().flat_map(|one| &one.schemes) {
        let text = credentials[&scheme.name].as_str().unwrap_or_default();
        request.present(&scheme.carrier, &Credential::Text(text.to_owned()));
    }
    let media = operation.body.as_ref().and_then(|body| body.media.first());
    if let (Some((media_type, _)), false) = (media, input["body"].is_null()) {
        request.set_body(media_type, &input["body"]);
    }
    request
}
