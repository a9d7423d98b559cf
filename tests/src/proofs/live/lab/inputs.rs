//! The path values and bodies with which an operation succeeds.

use serde_json::{Value, json};

use super::{
    super::oracle::{Alternative, Node, Operation},
    Lab,
};
use crate::dialects::auth_api::{
    assertion, assertion_claims, body, long_token, one_time_code, with_assertion,
};

impl Lab {
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
