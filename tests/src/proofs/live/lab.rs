//! What a request needs that the document cannot give: real credentials, and state to act on.

use std::{collections::BTreeMap, time::Duration};

use serde_json::{Value, json};
use tessera_server::config::Config;

use super::{
    oracle::{Alternative, Node, Operation},
    request::{Credential, Request},
};
use crate::{
    dialects::{
        auth_api::{
            Issued, assertion, assertion_claims, body, exchange, long_token, long_token_with,
            one_time_code, revoke, short_token, short_token_with, with_assertion,
        },
        oauth::demo_asker,
        pnut, token_generator,
    },
    harness::{Call, Tessera, animeloop},
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

/// A server and what has been made on it.
pub struct Lab {
    /// The server.
    pub server: Tessera,
    /// Secrets and the shell variables that stand for them in curl lines.
    pub secrets: Vec<(String, String)>,
    live: BTreeMap<&'static str, String>,
    target: Option<Issued>,
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
        let held = &server.credentials;
        let secrets = [
            (held.animeloop.password.expose(), "ANIMELOOP_PASSWORD"),
            (held.pnut.client_secret.expose(), "PNUT_CLIENT_SECRET"),
            (
                held.pnut.password_grant_secret.expose(),
                "PNUT_PASSWORD_GRANT_SECRET",
            ),
            (held.pnut.password.expose(), "PNUT_PASSWORD"),
            (
                held.auth_api.client_secret.expose(),
                "AUTH_API_CLIENT_SECRET",
            ),
            (held.manis.secret.expose(), "MANIS_SECRET"),
            (held.oauth.client_secret.expose(), "OAUTH_CLIENT_SECRET"),
        ];
        let secrets = secrets.map(|(secret, name)| (secret.to_owned(), name.to_owned()));
        Self {
            secrets: secrets.into(),
            server,
            live: BTreeMap::new(),
            target: None,
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

    /// The values of an operation's path parameters with which it succeeds.
    pub async fn path(&mut self, operation: &Operation) -> Vec<(&'static str, String)> {
        if operation.id != "auth_api_revoke_token" {
            return Vec::new();
        }
        if self.target.is_none() {
            self.target = Some(long_token(&self.server).await);
        }
        let target = self.target.as_ref();
        vec![(
            "tokenId",
            target.map(|target| target.id.clone()).unwrap_or_default(),
        )]
    }

    /// The bodies with which an operation succeeds under a security requirement; each with a name.
    pub async fn bodies(
        &mut self,
        operation: &Operation,
        alternative: Option<&Alternative>,
    ) -> Vec<(&'static str, Value)> {
        let uses = |scheme: &str| {
            alternative.is_some_and(|one| one.schemes.iter().any(|(found, _)| found.name == scheme))
        };
        let held = self.server.credentials.clone();
        match operation.id.as_str() {
            "animeloop_create_session" => vec![(
                "",
                json!({
                    "username": held.animeloop.username,
                    "password": held.animeloop.password.expose(),
                }),
            )],
            "auth_api_issue_long_token" if uses("AuthApiShortToken") => vec![(
                "",
                json!({
                    "grant_type": "client_credentials",
                    "client_id": held.auth_api.client_id,
                }),
            )],
            "auth_api_issue_long_token" => vec![(
                "",
                json!({
                    "grant_type": "client_credentials",
                    "client_id": held.auth_api.client_id,
                    "client_secret": held.auth_api.client_secret.expose(),
                }),
            )],
            "auth_api_issue_short_token" if !uses("AuthApiLongToken") => {
                vec![(
                    "",
                    json!({ "long_token": self.token("AuthApiLongToken").await }),
                )]
            }
            "auth_api_issue_short_token" | "auth_api_revoke_token" => vec![("", json!({}))],
            "oauth_introspect_token" | "oauth_revoke_token" => {
                let mut body = json!({ "token": "not-a-token" });
                if operation.id == "oauth_introspect_token" {
                    body["token"] = self.token("AuthApiLongToken").await.into();
                }
                if !uses("OauthClientBasic") {
                    body["client_id"] = held.oauth.client_id.into();
                    body["client_secret"] = held.oauth.client_secret.expose().into();
                }
                vec![("", body)]
            }
            "pnut_create_access_token" => vec![
                (
                    "client_credentials",
                    json!({
                        "grant_type": "client_credentials",
                        "client_id": held.pnut.client_id,
                        "client_secret": held.pnut.client_secret.expose(),
                    }),
                ),
                (
                    "password",
                    json!({
                        "grant_type": "password",
                        "client_id": held.pnut.client_id,
                        "password_grant_secret": held.pnut.password_grant_secret.expose(),
                        "username": held.pnut.username,
                        "password": held.pnut.password.expose(),
                        "scope": every_scope(),
                    }),
                ),
            ],
            "token_generator_create_token" => vec![(
                "",
                json!({
                    "permission": r#"{"abilities": {"album_id": {"Access": {"see": true}}}}"#,
                }),
            )],
            _ => Vec::new(),
        }
    }

    /// More bodies with which an operation succeeds, but once only; each with the member that it is about.
    pub fn bodies_for_once(
        &self,
        operation: &Operation,
        alternative: Option<&Alternative>,
    ) -> Vec<(&'static str, Value)> {
        let is_proof = |scheme: &str| scheme == "AuthApiShortToken";
        let proven = alternative.is_some_and(|one| {
            let mut schemes = one.schemes.iter();
            schemes.any(|(scheme, _)| is_proof(&scheme.name))
        });
        if operation.id != "auth_api_issue_long_token" || proven {
            return Vec::new();
        }
        let server = &self.server;
        let asserted = |kind: &'static str| {
            let token = assertion(server, &assertion_claims(server, kind));
            let mut body = with_assertion(server, &token);
            body["assertion_type"] = kind.into();
            ("assertion_type", body)
        };
        let kinds = listed("/components/schemas/AuthApiAssertionType");
        let mut bodies: Vec<_> = kinds.into_iter().map(asserted).collect();
        let code = json!({
            "grant_type": "client_credentials",
            "otp_code": one_time_code(server, 0),
        });
        bodies.push(("otp_code", body(server, code)));
        bodies
    }

    /// Makes what an operation acts on, where it is used up by the request before.
    pub async fn prepare(&mut self, operation: &Operation) {
        if matches!(
            operation.id.as_str(),
            "animeloop_get_token" | "animeloop_read_token"
        ) {
            self.token("AnimeloopToken").await;
        }
    }

    /// Moves the clock beyond the end of everything that ends.
    pub fn outlive(&self) {
        self.server.clock.advance(Duration::from_hours(24 * 400));
    }

    /// What a request changed beyond its answer; the request is pointed at fresh state first.
    pub async fn aftermath(&self, operation: &Operation, request: &mut Request) -> Aftermath {
        if operation.id != "auth_api_revoke_token" {
            return Aftermath::None;
        }
        let first = long_token(&self.server).await;
        let short = short_token(&self.server, &first).await;
        let call = Call::post(crate::dialects::auth_api::LONG)
            .bearer(&short.token)
            .json(&json!({
                "grant_type": "client_credentials",
                "client_id": self.server.credentials.auth_api.client_id,
            }));
        let second = Issued::from(call.send(&self.server).await);
        request.path = crate::dialects::auth_api::revoke_path(&second.id);
        Aftermath::Family(first)
    }
}

/// What to look at after a request.
pub enum Aftermath {
    /// Nothing.
    None,
    /// Whether the relatives of the revoked token are alive.
    Family(Issued),
}

impl Aftermath {
    /// Looks.
    pub async fn look(&self, lab: &Lab) -> Value {
        match self {
            Self::None => Value::Null,
            Self::Family(first) => exchange(&first.token).send(&lab.server).await.status.into(),
        }
    }
}

/// All scopes that the document lists for pnut, so that each is in an answer.
fn every_scope() -> String {
    listed("/components/schemas/PnutScope").join(",")
}

/// The texts that a schema of the document lists.
fn listed(schema: &str) -> Vec<&'static str> {
    let listed = Node::at(schema).and_then(|schema| schema.child("enum"));
    let listed = listed.and_then(|listed| listed.value.as_array());
    let values = listed.into_iter().flatten();
    values.filter_map(Value::as_str).collect()
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
