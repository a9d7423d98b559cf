//! The standard endpoints, as the suites for all dialects try them.

use futures_util::{FutureExt as _, future::BoxFuture};
use serde_json::json;
use tessera_server::{
    authority::NewSecret,
    domain::{Actor, Dialect, MachineSecret, PrincipalKind},
};

use super::{INTROSPECT, REVOKE};
use crate::harness::{Asker, Central, Reach, Tessera, Trial};

/// The trial of the standard endpoints.
pub const TRIAL: Oauth = Oauth;

/// See [`TRIAL`].
pub struct Oauth;

impl Trial for Oauth {
    fn dialect(&self) -> &'static str {
        "oauth"
    }

    fn central(&self) -> Option<&'static dyn Central> {
        Some(&Endpoints)
    }
}

struct Endpoints;

impl Central for Endpoints {
    fn introspection(&self) -> &'static str {
        INTROSPECT
    }

    fn revocation(&self) -> &'static str {
        REVOKE
    }

    fn demo_client(&self, server: &Reach) -> Asker {
        Asker {
            id: server.held("/oauth/client_id").to_owned(),
            secret: server.held("/oauth/client_secret").to_owned(),
        }
    }

    fn client<'a>(
        &'a self,
        server: &'a Tessera,
        id: &'a str,
        rights: &'a [&'a str],
    ) -> BoxFuture<'a, Asker> {
        async move {
            let profile = json!({ "scopes": rights });
            let profile = profile.as_object().cloned().unwrap_or_default();
            let (registry, operator) = (server.authority().registry(), Actor::operator());
            let (dialect, kind) = (Dialect::Oauth, PrincipalKind::Client);
            let principal = registry
                .create_principal(&operator, dialect, kind, id, profile)
                .await
                .expect("the client is new");
            let secret = NewSecret::Random(MachineSecret::Client);
            let registered = registry
                .add_secret(&operator, &principal, secret)
                .await
                .expect("a secret can be added");
            let secret = registered.value.expect("random secrets are shown");
            Asker {
                id: id.to_owned(),
                secret: secret.expose().to_owned(),
            }
        }
        .boxed()
    }
}
