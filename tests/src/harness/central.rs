//! Asks the standard endpoints about tokens of every dialect, whichever dialect has them.

use futures_util::future::BoxFuture;
use serde_json::Value;

use super::{Call, Reach, Tessera};
use crate::dialects::TRIALS;

/// The endpoints that describe and end tokens of every dialect (RFC 7662, RFC 7009).
pub trait Central: Sync {
    /// Where tokens are described.
    fn introspection(&self) -> &'static str;

    /// Where tokens are ended.
    fn revocation(&self) -> &'static str;

    /// Where the keys are published (RFC 7517).
    fn keys(&self) -> &'static str;

    /// The demo's client, which may do everything there.
    fn demo_client(&self, server: &Reach) -> Asker;

    /// Makes a client with those rights only.
    fn client<'a>(
        &'a self,
        server: &'a Tessera,
        id: &'a str,
        rights: &'a [&'a str],
    ) -> BoxFuture<'a, Asker>;
}

/// A client of the standard endpoints.
#[derive(Debug, Clone)]
pub struct Asker {
    /// Its id.
    pub id: String,
    /// Its secret.
    pub secret: String,
}

/// The endpoints.
pub fn central() -> &'static dyn Central {
    let mut known = TRIALS.iter().filter_map(|trial| trial.central());
    known
        .next()
        .expect("some dialect describes and ends the tokens of all")
}

/// The demo's client, which may ask about every token and end it.
pub fn demo_asker(server: &Reach) -> Asker {
    central().demo_client(server)
}

/// A client with those rights.
pub async fn asker(server: &Tessera, id: &str, rights: &[&str]) -> Asker {
    central().client(server, id, rights).await
}

impl Asker {
    /// The call about a token.
    pub fn call(&self, path: &str, token: &str) -> Call {
        let call = Call::post(path).basic(&self.id, &self.secret);
        call.form(&[("token", token)])
    }

    /// The call that describes a token.
    pub fn introspection(&self, token: &str) -> Call {
        self.call(central().introspection(), token)
    }

    /// The call that ends a token.
    pub fn revocation(&self, token: &str) -> Call {
        self.call(central().revocation(), token)
    }

    /// What introspection tells.
    pub async fn introspect(&self, server: &Reach, token: &str) -> Value {
        let answer = self.introspection(token).send(server).await.expect(200);
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        answer.json()
    }

    /// Whether introspection calls a token active.
    pub async fn is_active(&self, server: &Reach, token: &str) -> bool {
        self.introspect(server, token).await["active"] == true
    }

    /// Ends a token.
    pub async fn revoke(&self, server: &Reach, token: &str) {
        let answer = self.revocation(token).send(server).await.expect(200);
        assert!(answer.body.is_empty());
    }
}
