//! The standard endpoints: who may ask, what is told, what is ended, hostile requests.

mod authentication;
mod published;
mod requests;
mod rights;

use serde_json::{Value, json};
use tessera_server::{
    authority::NewSecret,
    domain::{Actor, Dialect, MachineSecret, PrincipalKind},
};

use crate::harness::{Answer, Call, Tessera};

pub const INTROSPECT: &str = "/oauth/introspect";
pub const REVOKE: &str = "/oauth/revoke";
pub const KEYS: &str = "/.well-known/jwks.json";
pub const METADATA: &str = "/.well-known/oauth-authorization-server";

/// A client of the standard endpoints.
#[derive(Debug, Clone)]
pub struct Asker {
    pub id: String,
    pub secret: String,
}

impl Asker {
    /// The call about a token.
    pub fn call(&self, path: &str, token: &str) -> Call {
        let call = Call::post(path).basic(&self.id, &self.secret);
        call.form(&[("token", token)])
    }

    /// What introspection tells.
    pub async fn introspect(&self, server: &Tessera, token: &str) -> Value {
        let answer = self.call(INTROSPECT, token).send(server).await.expect(200);
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        answer.json()
    }

    /// Ends a token.
    pub async fn revoke(&self, server: &Tessera, token: &str) {
        let answer = self.call(REVOKE, token).send(server).await.expect(200);
        assert!(answer.body.is_empty());
    }
}

/// The demo's resource server, which may do everything.
pub fn demo_asker(server: &Tessera) -> Asker {
    let held = &server.credentials.oauth;
    Asker {
        id: held.client_id.clone(),
        secret: held.client_secret.expose().to_owned(),
    }
}

/// A client with those rights.
pub async fn asker(server: &Tessera, id: &str, scopes: &[&str]) -> Asker {
    let profile = json!({ "scopes": scopes });
    let profile = profile.as_object().cloned().unwrap_or_default();
    let (authority, operator) = (server.authority(), Actor::operator());
    let (dialect, kind) = (Dialect::new("oauth"), PrincipalKind::Client);
    let principal = authority
        .registry()
        .create_principal(&operator, dialect, kind, id, profile)
        .await
        .expect("the client is new");
    let secret = NewSecret::Random(MachineSecret::Client);
    let registered = authority
        .registry()
        .add_secret(&operator, &principal, secret)
        .await
        .expect("a secret can be added");
    Asker {
        id: id.to_owned(),
        secret: registered
            .value
            .expect("random secrets are shown")
            .expose()
            .to_owned(),
    }
}

#[track_caller]
fn assert_refused(answer: &Answer, status: u16, error: &str) {
    assert_eq!(answer.status, status, "{}", answer.text());
    assert_eq!(answer.string_at("/error"), error, "{}", answer.text());
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let challenge = answer.header("www-authenticate");
    assert_eq!(challenge.is_some(), status == 401);
}
