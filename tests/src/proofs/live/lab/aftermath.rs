//! What a request changed beyond its answer.

use serde_json::{Value, json};

use super::{
    super::{oracle::Operation, request::Request},
    Lab,
};
use crate::{
    dialects::auth_api::{Issued, LONG, exchange, long_token, revoke_path, short_token},
    harness::Call,
};

impl Lab {
    /// What a request changed beyond its answer; the request is pointed at fresh state first.
    pub async fn aftermath(&self, operation: &Operation, request: &mut Request) -> Aftermath {
        if operation.id != "auth_api_revoke_token" {
            return Aftermath::None;
        }
        let first = long_token(&self.server).await;
        let short = short_token(&self.server, &first).await;
        let call = Call::post(LONG).bearer(&short.token).json(&json!({
            "grant_type": "client_credentials",
            "client_id": self.server.credentials.auth_api.client_id,
        }));
        let second = Issued::from(call.send(&self.server).await);
        request.path = revoke_path(&second.id);
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
