//! Two principals of every dialect: who asks now, what is the other's, and fresh credentials for each request.

use std::collections::BTreeMap;

use crate::harness::credentials::Credentials;
use serde_json::json;

use super::{
    super::{
        oracle::{Alternative, Operation},
        request::Credential,
    },
    Lab,
};
use crate::{
    dialects::{
        auth_api::{Issued, long_token},
        oauth::Asker,
        pnut, token_generator,
    },
    harness::second,
};

/// A principal of every dialect, with what was made for it.
pub(super) struct Person {
    credentials: Credentials,
    live: BTreeMap<&'static str, String>,
    target: Option<Issued>,
}

/// Something that belongs to who asked for it.
pub struct Thing {
    /// The value that names it in a request.
    pub value: String,
    /// The token that it is, if it is one.
    pub token: Option<String>,
}

/// Every part of a request that is known to name something of a caller: operation, parameter or member.
pub const OWNED: [(&str, &str); 3] = [
    ("auth_api_issue_long_token", "client_id"),
    ("auth_api_revoke_token", "tokenId"),
    ("oauth_revoke_token", "token"),
];

impl Lab {
    /// Makes a second principal of every dialect.
    pub async fn acquaint(&mut self) {
        let credentials = second::principals(&self.server).await;
        self.secrets.extend(secrets(&credentials, "SECOND_"));
        self.other = Some(Person {
            credentials,
            live: BTreeMap::new(),
            target: None,
        });
    }

    /// From now on the other principal asks.
    pub fn swap(&mut self) {
        if let Some(other) = &mut self.other {
            std::mem::swap(&mut self.server.credentials, &mut other.credentials);
            std::mem::swap(&mut self.live, &mut other.live);
            std::mem::swap(&mut self.target, &mut other.target);
        }
    }

    /// Has the next request present tokens that none before it did, of the same principal.
    pub async fn renew(&mut self, alternative: Option<&Alternative>) {
        self.live.clear();
        self.target = None;
        let mut schemes = alternative.into_iter().flat_map(|one| &one.schemes);
        if schemes.any(|(scheme, _)| scheme.name == "TokenGeneratorToken") {
            let held = self.server.credentials.token_generator.user_token.clone();
            let answer = token_generator::derive(&self.server, held.expose(), json!({})).await;
            self.keep("TokenGeneratorToken", token_generator::token_of(&answer));
        }
    }

    /// A token that an operation refuses after it has counted it, where one that it accepts is used up by it.
    pub async fn lasting(&self, operation: &Operation) -> Option<Credential> {
        if operation.id != "pnut_delete_token" {
            return None;
        }
        Some(Credential::Text(pnut::app_token(&self.server).await))
    }

    /// Something of who asks now that a request names in that place; `None` if the place is unknown here.
    pub async fn thing(&self, operation: &Operation, place: &str) -> Option<Thing> {
        let held = &self.server.credentials.auth_api;
        match (operation.id.as_str(), place) {
            ("auth_api_issue_long_token", "client_id") => Some(Thing {
                value: held.client_id.clone(),
                token: None,
            }),
            ("auth_api_revoke_token", "tokenId") => {
                let Issued { token, id } = long_token(&self.server).await;
                Some(Thing {
                    value: id,
                    token: Some(token),
                })
            }
            ("oauth_revoke_token", "token") => {
                let Issued { token, .. } = long_token(&self.server).await;
                Some(Thing {
                    value: token.clone(),
                    token: Some(token),
                })
            }
            _ => None,
        }
    }

    /// Whether a token is alive, by the word of the client that may ask about all of them.
    pub async fn is_alive(&self, asker: &Asker, token: &str) -> bool {
        asker.introspect(&self.server, token).await["active"] == true
    }
}

/// Secrets, and the shell variables that stand for them in curl lines.
pub(super) fn secrets(held: &Credentials, of: &str) -> Vec<(String, String)> {
    let secrets = [
        (&held.animeloop.password, "ANIMELOOP_PASSWORD"),
        (&held.pnut.client_secret, "PNUT_CLIENT_SECRET"),
        (
            &held.pnut.password_grant_secret,
            "PNUT_PASSWORD_GRANT_SECRET",
        ),
        (&held.pnut.password, "PNUT_PASSWORD"),
        (&held.auth_api.client_secret, "AUTH_API_CLIENT_SECRET"),
        (&held.manis.secret, "MANIS_SECRET"),
        (&held.oauth.client_secret, "OAUTH_CLIENT_SECRET"),
    ];
    secrets
        .into_iter()
        .map(|(secret, name)| (secret.expose().to_owned(), format!("{of}{name}")))
        .collect()
}
