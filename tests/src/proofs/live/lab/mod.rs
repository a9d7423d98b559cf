//! A server of the proof's own, and one or two principals that ask there.

mod asking;

use std::time::Duration;

use serde_json::Value;
use tessera_server::config::Config;

pub use self::asking::{Asking, State, trial_of};
use super::{oracle::Operation, request::Request};
use crate::{
    dialects::TRIALS,
    harness::{Purse, Tessera, Thing, Token, second},
};

/// A server and what has been made on it.
pub struct Lab {
    /// The server.
    pub server: Tessera,
    purse: Purse,
    /// Who is not asking now, where there are two.
    other: Option<Person>,
}

/// A principal of every dialect, with what was made for it.
struct Person {
    held: Value,
    purse: Purse,
}

impl Lab {
    /// A fresh server that never refuses for a rate.
    pub async fn new() -> Self {
        Self::with(|_| ()).await
    }

    /// The same with settings besides.
    pub async fn with(configure: impl FnOnce(&mut Config)) -> Self {
        Self::of(
            Tessera::start_with(|config| {
                config.policy.rates.enforced = false;
                config.policy.lockout = None;
                configure(config);
            })
            .await,
        )
    }

    /// On a server that is there.
    pub fn of(server: Tessera) -> Self {
        Self {
            server,
            purse: Purse::default(),
            other: None,
        }
    }

    /// Who asks now.
    pub fn asking(&mut self) -> Asking<'_> {
        Asking {
            server: &self.server,
            purse: &mut self.purse,
        }
    }

    /// Secrets, and the shell variables that stand for them in curl lines.
    pub fn secrets(&self) -> Vec<(String, String)> {
        let mut secrets = secrets(self.server.all_held(), "");
        secrets.extend_from_slice(self.purse.made());
        if let Some(other) = &self.other {
            secrets.extend(self::secrets(&other.held, "OTHER_"));
            secrets.extend_from_slice(other.purse.made());
        }
        secrets
    }

    /// Makes a second principal of every dialect.
    pub async fn acquaint(&mut self) {
        self.other = Some(Person {
            held: second::principals(&self.server).await,
            purse: Purse::default(),
        });
    }

    /// From now on the other principal asks.
    pub fn swap(&mut self) {
        if let Some(other) = &mut self.other {
            other.held = self.server.hold(other.held.take());
            std::mem::swap(&mut self.purse, &mut other.purse);
        }
    }

    /// Has the next request present tokens that none before it did, of the same principal.
    pub fn renew(&mut self) {
        self.purse.empty();
    }

    /// Something of who asks now that a request names in that place; `None` if the place is unknown here.
    pub async fn thing(&self, operation: &Operation, place: &str) -> Option<Thing> {
        let thing = trial_of(operation)?.thing(&self.server, &operation.id, place)?;
        Some(thing.await)
    }

    /// What a request changed beyond its answer; the request is pointed at fresh state first.
    pub async fn aftermath(&self, operation: &Operation, request: &mut Request) -> Aftermath {
        let trial = trial_of(operation);
        let Some(stage) = trial.and_then(|trial| trial.stage(&self.server, &operation.id)) else {
            return Aftermath(None);
        };
        let stage = stage.await;
        request.path = Request::new(operation, &stage.path).path;
        Aftermath(Some(stage.witness))
    }

    /// Moves the clock beyond the end of everything that ends.
    pub fn outlive(&self) {
        self.server.clock.advance(Duration::from_hours(24 * 400));
    }
}

/// What to look at after a request: a token that it may have ended.
pub struct Aftermath(Option<Token>);

impl Aftermath {
    /// Looks.
    pub async fn look(&self, lab: &Lab, operation: &Operation) -> Value {
        match (&self.0, trial_of(operation)) {
            (Some(token), Some(trial)) => {
                let accepted = trial.accepts(&lab.server, token, &token.text);
                accepted.await.into()
            }
            _ => Value::Null,
        }
    }
}

/// The secrets among the demo's credentials, and the shell variables that stand for them in curl lines.
fn secrets(held: &Value, of: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for trial in TRIALS {
        let members = held[trial.dialect()].as_object().into_iter().flatten();
        for (name, text) in members {
            let is_public = trial.public().iter().any(|(known, _)| known == name);
            if let (Some(text), false) = (text.as_str(), is_public) {
                let variable = format!("{of}{}_{name}", trial.dialect()).to_ascii_uppercase();
                found.push((text.to_owned(), variable));
            }
        }
    }
    found
}
