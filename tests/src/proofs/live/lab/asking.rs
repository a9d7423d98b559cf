//! A caller of one server, in this process or not, with what the trials know: credentials, path values and bodies with
//! which each operation succeeds.

use serde_json::Value;

use super::super::{
    cases::give,
    oracle::{Alternative, Operation},
    probe::Base,
    request::{Credential, Request},
    values::sample,
};
use crate::{
    dialects::TRIALS,
    harness::{Class, Key, Purse, Reach, Trial, demo_asker, document},
};

/// In which state a credential is presented.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Good for everything.
    Live,
    /// Well formed and unknown.
    Wrong,
    /// Not even well formed.
    Malformed,
    /// Ended before its time.
    Revoked,
}

/// See above.
pub struct Asking<'a> {
    /// Where it asks.
    pub server: &'a Reach,
    /// What it has there.
    pub purse: &'a mut Purse,
}

impl Asking<'_> {
    /// A credential of a scheme in a state; `None` where the scheme has no such state.
    pub async fn credential(&mut self, scheme: &str, state: State) -> Option<Credential> {
        if let Some(key) = key_of(scheme) {
            return of_key(self.server, key, state);
        }
        let (trial, class) = class_of(scheme)?;
        let text = match state {
            State::Live => self.live(trial, class).await,
            State::Malformed => "a b".to_owned(),
            State::Wrong => nearly(&self.live(trial, class).await),
            State::Revoked => {
                let token = trial.issue(self.server, class.name).await;
                if let Some(ending) = trial.end_it(self.server, &token) {
                    ending.await;
                } else {
                    let asker = demo_asker(self.server);
                    asker.revoke(self.server, &token.text).await;
                }
                token.text
            }
        };
        Some(self.dressed(scheme, &text))
    }

    async fn live(&mut self, trial: &dyn Trial, class: &Class) -> String {
        let token = self.purse.token(self.server, trial.dialect(), class.name);
        token.await.text.clone()
    }

    /// A bare token as a scheme presents it.
    pub fn dressed(&self, scheme: &str, text: &str) -> Credential {
        match key_of(scheme).and_then(|key| key.name) {
            Some(name) => Credential::Pair(self.server.held(name).to_owned(), text.to_owned()),
            None => Credential::Text(document::dressed(scheme, text)),
        }
    }

    /// Live tokens of all dialects that none of an operation's schemes accepts, as that scheme would present them.
    pub async fn foreign(
        &mut self,
        operation: &Operation,
        scheme: &str,
    ) -> Vec<(String, Credential)> {
        let alternatives = operation.security.iter();
        let asked: Vec<&str> = alternatives
            .flat_map(|one| &one.schemes)
            .map(|(scheme, _)| scheme.name.as_str())
            .collect();
        let mut found = Vec::new();
        for trial in TRIALS {
            for class in trial.classes() {
                if class.schemes.iter().any(|known| asked.contains(known)) {
                    continue;
                }
                let text = self.live(*trial, class).await;
                let name = format!("{} {}", trial.dialect(), class.name);
                found.push((name, self.dressed(scheme, &text)));
            }
        }
        found
    }

    /// A live token of a scheme that has scopes: exactly these, or one that is none of them.
    pub async fn scoped(&mut self, scheme: &str, scopes: Option<&[String]>) -> Option<Credential> {
        let (trial, _) = class_of(scheme)?;
        let text = trial.scoped(self.server, scheme, scopes)?.await;
        Some(self.dressed(scheme, &text))
    }

    /// A token that an operation refuses after it has counted it, where one that it accepts is used up by it.
    pub async fn lasting(&self, operation: &Operation) -> Option<Credential> {
        let text = trial_of(operation)?.lasting(self.server, &operation.id)?;
        Some(Credential::Text(text.await))
    }

    /// The values of an operation's path parameters with which it succeeds.
    pub async fn path(&mut self, operation: &Operation) -> Vec<(&'static str, String)> {
        match trial_of(operation) {
            Some(trial) => trial.path(self.server, self.purse, &operation.id).await,
            None => Vec::new(),
        }
    }

    /// The bodies with which an operation succeeds under a security requirement; each with a name.
    pub async fn bodies(
        &mut self,
        operation: &Operation,
        alternative: Option<&Alternative>,
    ) -> Vec<(&'static str, Value)> {
        let mut bodies = Vec::new();
        if let Some(trial) = trial_of(operation) {
            let schemes = names(alternative);
            let known = trial.bodies(self.server, self.purse, &operation.id, &schemes);
            bodies = known.await;
        }
        let media = operation.body.as_ref().and_then(|body| body.media.first());
        if let (Some((_, schema)), true) = (media, bodies.is_empty()) {
            bodies.push(("", sample(schema)));
        }
        bodies
    }

    /// More bodies with which an operation succeeds, but once only; each with the member that it is about.
    pub fn bodies_for_once(
        &self,
        operation: &Operation,
        alternative: Option<&Alternative>,
    ) -> Vec<(&'static str, Value)> {
        let trial = trial_of(operation);
        let known =
            trial.map(|one| one.bodies_for_once(self.server, &operation.id, &names(alternative)));
        known.unwrap_or_default()
    }

    /// Makes what an operation acts on, where it is used up by the request before.
    pub async fn prepare(&mut self, operation: &Operation) {
        if let Some(trial) = trial_of(operation) {
            trial.prepare(self.server, self.purse, &operation.id).await;
        }
    }

    /// Forgets what a successful request has used up.
    pub fn used(&mut self, operation: &Operation) {
        if let Some(trial) = trial_of(operation) {
            for name in trial.used(&operation.id) {
                self.purse.forget(trial.dialect(), name);
            }
        }
    }

    /// A request that succeeds.
    pub async fn succeeding(&mut self, operation: &Operation, base: &Base) -> Request {
        let path = self.path(operation).await;
        let mut request = Request::new(operation, &path);
        let alternative = base
            .alternative
            .and_then(|index| operation.security.get(index));
        for (scheme, _) in alternative.into_iter().flat_map(|one| &one.schemes) {
            if let Some(credential) = self.credential(&scheme.name, State::Live).await {
                request.present(&scheme.carrier, &credential);
            }
        }
        for parameter in operation.parameters.iter().filter(|one| one.required) {
            let given = path.iter().any(|(name, _)| *name == parameter.name);
            if !given {
                give(&mut request, parameter, &sample(&parameter.node));
            }
        }
        if let Some((name, media_type)) = &base.body {
            let bodies = self.bodies(operation, alternative).await;
            if let Some((_, body)) = bodies.iter().find(|(found, _)| found == name) {
                request.set_body(media_type, body);
            }
        }
        request
    }
}

/// The trial of the dialect that an operation is of.
pub fn trial_of(operation: &Operation) -> Option<&'static dyn Trial> {
    let mut known = TRIALS.iter().copied();
    known.find(|trial| trial.dialect() == operation.dialect)
}

/// The class that a scheme is asked with.
fn class_of(scheme: &str) -> Option<(&'static dyn Trial, &'static Class)> {
    let classes = TRIALS.iter().copied().flat_map(|trial| {
        let classes = trial.classes().iter();
        classes.map(move |class| (trial, class))
    });
    let mut taken = classes.filter(|(_, class)| class.schemes.contains(&scheme));
    taken.next()
}

/// The key of a scheme whose credential is no token.
pub fn key_of(scheme: &str) -> Option<&'static Key> {
    let mut keys = TRIALS.iter().flat_map(|trial| trial.keys());
    keys.find(|key| key.scheme == scheme)
}

/// A principal's own credential: no operation ends it.
fn of_key(server: &Reach, key: &Key, state: State) -> Option<Credential> {
    let secret = match state {
        State::Live => server.held(key.secret),
        State::Wrong => "not-the-secret",
        State::Malformed if key.name.is_some() => return Some(Credential::Text("%%%".to_owned())),
        State::Malformed | State::Revoked => return None,
    };
    let secret = secret.to_owned();
    Some(match key.name {
        Some(name) => Credential::Pair(server.held(name).to_owned(), secret),
        None => Credential::Text(secret),
    })
}

/// One character of a live token is another: as plausible as a wrong token can be.
fn nearly(live: &str) -> String {
    let middle = live.len() / 2;
    let other = if live[middle..].starts_with('A') {
        "B"
    } else {
        "A"
    };
    format!("{}{other}{}", &live[..middle], &live[middle + 1..])
}

fn names(alternative: Option<&Alternative>) -> Vec<&str> {
    let schemes = alternative.into_iter().flat_map(|one| &one.schemes);
    schemes.map(|(scheme, _)| scheme.name.as_str()).collect()
}
