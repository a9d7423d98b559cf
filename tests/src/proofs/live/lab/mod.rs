//! What a request needs that the document cannot give: real credentials, and state to act on.

mod aftermath;
mod credentials;
mod inputs;
mod people;

use std::{collections::BTreeMap, time::Duration};

use tessera_server::config::Config;

use self::people::Person;
pub use self::{
    credentials::State,
    people::{OWNED, Thing},
};

use super::oracle::Operation;
use crate::{
    dialects::{
        auth_api::{Issued, long_token, short_token},
        pnut,
    },
    harness::{Tessera, animeloop},
};

/// A server and what has been made on it.
pub struct Lab {
    /// The server.
    pub server: Tessera,
    /// Secrets and the shell variables that stand for them in curl lines.
    pub secrets: Vec<(String, String)>,
    live: BTreeMap<&'static str, String>,
    target: Option<Issued>,
    /// Who is not asking now, where there are two.
    other: Option<Person>,
}

/// The tokens of all dialects as bare texts, each under the scheme that accepts it.
const TOKENS: [&str; 7] = [
    "AnimeloopSession",
    "AnimeloopToken",
    "AuthApiLongToken",
    "AuthApiShortToken",
    "ManisToken",
    "PnutBearer",
    "TokenGeneratorToken",
];

impl Lab {
    /// A fresh server that never refuses for a rate.
    pub async fn new() -> Self {
        Self::with(|_| ()).await
    }

    /// The same with settings besides.
    pub async fn with(configure: impl FnOnce(&mut Config)) -> Self {
        let server = Tessera::start_with(|config| {
            config.policy.rates.enforced = false;
            config.policy.lockout = None;
            configure(config);
        })
        .await;
        let secrets = people::secrets(&server.credentials, "");
        Self {
            secrets,
            server,
            live: BTreeMap::new(),
            target: None,
            other: None,
        }
    }

    fn keep(&mut self, name: &'static str, token: String) -> String {
        let mut variable = String::new();
        for letter in name.chars() {
            if letter.is_ascii_uppercase() && !variable.is_empty() {
                variable.push('_');
            }
            variable.push(letter.to_ascii_uppercase());
        }
        self.secrets.push((token.clone(), variable));
        self.live.insert(name, token.clone());
        token
    }

    /// Makes a new live token for a scheme, as bare text.
    async fn mint(&mut self, name: &'static str) -> String {
        let server = &self.server;
        let token = match name {
            "AnimeloopSession" => animeloop::session(server).await,
            "AnimeloopToken" => {
                let cookie = match self.live.get("AnimeloopSession") {
                    Some(cookie) => cookie.clone(),
                    None => animeloop::session(server).await,
                };
                animeloop::new_token(server, &cookie).await
            }
            "AuthApiLongToken" => long_token(server).await.token,
            "AuthApiShortToken" => short_token(server, &long_token(server).await).await.token,
            "ManisToken" => {
                let answer = crate::dialects::manis::ask(server).send(server).await;
                answer.expect(200).string_at("/token")
            }
            "PnutBearer" => pnut::user_token(server, "email").await,
            _ => {
                let held = &server.credentials.token_generator;
                held.user_token.expose().to_owned()
            }
        };
        self.keep(name, token)
    }

    async fn token(&mut self, name: &'static str) -> String {
        match self.live.get(name) {
            Some(token) => token.clone(),
            None => self.mint(name).await,
        }
    }

    /// Forgets what a successful request may have used up.
    pub fn used(&mut self, operation: &Operation) {
        if operation.id == "pnut_delete_token" {
            self.live.remove("PnutBearer");
        }
    }

    /// Moves the clock beyond the end of everything that ends.
    pub fn outlive(&self) {
        self.server.clock.advance(Duration::from_hours(24 * 400));
    }
}
