//! What a caller has on a server: live tokens by dialect and class, and things by name, made when first asked for.

use std::collections::BTreeMap;

use super::{Reach, Token};
use crate::dialects::trial;

/// See above. Two principals have two of them.
#[derive(Debug, Default)]
pub struct Purse {
    tokens: BTreeMap<(String, String), Token>,
    things: BTreeMap<String, String>,
    made: Vec<(String, String)>,
}

impl Purse {
    /// A live token of a dialect's class, issued unless there is one.
    pub async fn token(&mut self, server: &Reach, dialect: &str, class: &str) -> &Token {
        let key = (dialect.to_owned(), class.to_owned());
        if !self.tokens.contains_key(&key) {
            let trial = trial(dialect);
            let known = trial.classes().iter().find(|known| known.name == class);
            let known = known.unwrap_or_else(|| panic!("{dialect} has no class {class}"));
            let token = trial.issue(server, known.name).await;
            let variable = format!("{dialect}_{class}").to_ascii_uppercase();
            self.made.push((token.text.clone(), variable));
            self.tokens.insert(key.clone(), token);
        }
        &self.tokens[&key]
    }

    /// Something that was kept under a name of its dialect's own, such as the id of what a request will end.
    pub fn thing(&self, name: &str) -> Option<&str> {
        self.things.get(name).map(String::as_str)
    }

    /// Keeps something under a name.
    pub fn keep(&mut self, name: &str, thing: impl Into<String>) {
        self.things.insert(name.to_owned(), thing.into());
    }

    /// Forgets a dialect's token of that class and the thing of that name: a request has used them up.
    pub fn forget(&mut self, dialect: &str, name: &str) {
        let key = (dialect.to_owned(), name.to_owned());
        self.tokens.remove(&key);
        self.things.remove(name);
    }

    /// Forgets everything, so that the next request has tokens that none before it had.
    pub fn empty(&mut self) {
        self.tokens.clear();
        self.things.clear();
    }

    /// Every token that was ever in it, with the name of a shell variable for it.
    pub fn made(&self) -> &[(String, String)] {
        &self.made
    }
}
