//! Credentials in each state: live, wrong, malformed, ended, of another dialect, of other scopes.

use serde_json::json;

use super::{
    super::{oracle::Operation, request::Credential},
    Lab, TOKENS,
};
use crate::{
    dialects::{
        auth_api::{long_token, long_token_with, revoke, short_token, short_token_with},
        oauth::demo_asker,
        pnut, token_generator,
    },
    harness::{Call, animeloop},
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

impl Lab {
    /// A credential of a scheme in a state; `None` where the scheme has no such state.
    pub async fn credential(&mut self, scheme: &str, state: State) -> Option<Credential> {
        let held = self.server.credentials.clone();
        let secret = |live: &str| match state {
            State::Live => Some(live.to_owned()),
            State::Wrong => Some("not-the-secret".to_owned()),
            State::Malformed | State::Revoked => None,
        };
        Some(match scheme {
            "ManisMerchantId" => Credential::Text(secret(&held.manis.merchant_id)?),
            "ManisSecret" => Credential::Text(secret(held.manis.secret.expose())?),
            "AuthApiClientKey" => Credential::Text(secret(&held.auth_api.client_id)?),
            "OauthClientBasic" if state == State::Malformed => Credential::Text("%%%".to_owned()),
            "OauthClientBasic" => {
                let secret = secret(held.oauth.client_secret.expose())?;
                Credential::Pair(held.oauth.client_id.clone(), secret)
            }
            _ => {
                let token = self.bearer(scheme, state).await?;
                dressed(scheme, &token)
            }
        })
    }

    async fn bearer(&mut self, scheme: &str, state: State) -> Option<String> {
        let name = named(scheme)?;
        match state {
            State::Live => Some(self.token(name).await),
            State::Malformed => Some("\u{1}".replace('\u{1}', "a b")),
            State::Wrong => {
                // One character of a live one is another: as plausible as a wrong token can be.
                let live = self.token(name).await;
                let middle = live.len() / 2;
                let other = if live[middle..].starts_with('A') {
                    "B"
                } else {
                    "A"
                };
                Some(format!("{}{other}{}", &live[..middle], &live[middle + 1..]))
            }
            State::Revoked => self.revoked(name).await,
        }
    }

    async fn revoked(&mut self, name: &'static str) -> Option<String> {
        let server = &self.server;
        match name {
            "AnimeloopSession" => {
                let cookie = animeloop::session(server).await;
                animeloop::post(animeloop::LOGOUT, &cookie)
                    .send(server)
                    .await
                    .expect(200);
                Some(cookie)
            }
            "AuthApiLongToken" => {
                let long = long_token(server).await;
                revoke(&long, &long).send(server).await.expect(204);
                Some(long.token)
            }
            "AuthApiShortToken" => {
                let long = long_token(server).await;
                let short = short_token(server, &long).await;
                revoke(&long, &short).send(server).await.expect(204);
                Some(short.token)
            }
            "PnutBearer" => {
                let token = pnut::user_token(server, "").await;
                let call = Call::delete(pnut::TOKEN).bearer(&token);
                call.send(server).await.expect(200);
                Some(token)
            }
            "TokenGeneratorToken" => {
                let held = server.credentials.token_generator.user_token.expose();
                let answer = token_generator::derive(server, held, json!({})).await;
                let token = token_generator::token_of(&answer);
                demo_asker(server).revoke(server, &token).await;
                Some(token)
            }
            _ => None,
        }
    }

    /// Live tokens that none of an operation's schemes accepts, as that scheme would present them.
    pub async fn foreign(
        &mut self,
        operation: &Operation,
        scheme: &str,
    ) -> Vec<(&'static str, Credential)> {
        let accepted: Vec<Option<&str>> = operation
            .security
            .iter()
            .flat_map(|one| &one.schemes)
            .map(|(scheme, _)| named(&scheme.name))
            .collect();
        let mut found = Vec::new();
        for name in TOKENS {
            if !accepted.contains(&Some(name)) {
                let token = self.token(name).await;
                let credential = if scheme == "OauthClientBasic" {
                    Credential::Pair(self.server.credentials.oauth.client_id.clone(), token)
                } else {
                    dressed(scheme, &token)
                };
                found.push((name, credential));
            }
        }
        found
    }

    /// A live token of a scheme that has scopes: exactly these, or one that is none of them.
    pub async fn scoped(&mut self, scheme: &str, scopes: Option<&[String]>) -> Option<Credential> {
        let scopes: Vec<&str> = match scopes {
            Some(scopes) => scopes.iter().map(String::as_str).collect(),
            None => vec!["jobs:submit"],
        };
        let server = &self.server;
        let token = match scheme {
            "AuthApiLongToken" => {
                long_token_with(server, json!({ "scopes": scopes }))
                    .await
                    .token
            }
            "AuthApiShortToken" => {
                let long = long_token(server).await;
                short_token_with(server, &long, &scopes).await.token
            }
            _ => return None,
        };
        Some(Credential::Text(token))
    }
}

/// The name under which a scheme's tokens are kept.
fn named(scheme: &str) -> Option<&'static str> {
    let scheme = if scheme == "PnutQueryToken" {
        "PnutBearer"
    } else {
        scheme
    };
    TOKENS.into_iter().find(|name| *name == scheme)
}

/// A bare token as its scheme presents it.
fn dressed(scheme: &str, token: &str) -> Credential {
    Credential::Text(match scheme {
        "TokenGeneratorToken" => format!("Token token=\"{token}\""),
        _ => token.to_owned(),
    })
}
