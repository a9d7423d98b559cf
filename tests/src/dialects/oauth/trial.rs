//! The standard endpoints, as the suites for all dialects try them.

use futures_util::{FutureExt as _, future::BoxFuture};
use serde_json::json;
use tessera_client::Credential;
use tessera_server::domain::{MachineSecret, PrincipalKind};

use super::{DIALECT, INTROSPECT, KEYS, REVOKE, clients::Clients, replays::REPLAYED, sdk};
use crate::{
    clients::Spoken,
    dialects::auth_api::long_token,
    harness::{
        Asker, Central, Key, Provided, ProvidedSecret, Purse, Reach, Tessera, Thing, Trial,
        replay::Scenario,
        second,
        trial::{Bodies, Excuse, ExcuseOf, Members},
    },
    proofs::sdk::case::Case,
};

/// The trial of the standard endpoints.
pub const TRIAL: Oauth = Oauth;

/// See [`TRIAL`].
pub struct Oauth;

const CLIENT_ID: &str = "/oauth/client_id";
const CLIENT_SECRET: &str = "/oauth/client_secret";

impl Trial for Oauth {
    fn dialect(&self) -> &'static str {
        DIALECT.as_str()
    }

    fn clients(&self) -> Option<&'static dyn Spoken> {
        Some(&Clients)
    }

    fn unasked(&self) -> &'static [Excuse] {
        &[("tokens", "it issues none")]
    }

    fn provided(&self) -> &'static [Provided] {
        const {
            &[Provided {
                kind: "client",
                name: "own-resource-server",
                held_as: "client_id",
                secrets: &[ProvidedSecret::new("client_secret", "client_secret")],
            }]
        }
    }

    fn public(&self) -> &'static [Excuse] {
        &[("client_id", "it names the client")]
    }

    fn central(&self) -> Option<&'static dyn Central> {
        Some(&Endpoints)
    }

    fn keys(&self) -> &'static [Key] {
        const { &[Key::pair("OauthClientBasic", CLIENT_ID, CLIENT_SECRET)] }
    }

    fn bodies<'a>(
        &'a self,
        server: &'a Reach,
        purse: &'a mut Purse,
        operation: &'a str,
        schemes: &'a [&'a str],
    ) -> BoxFuture<'a, Bodies> {
        async move {
            let mut body = json!({ "token": "not-a-token" });
            if operation == "oauth_introspect_token" {
                let token = purse.token(server, "auth_api", "long").await;
                body["token"] = token.text.clone().into();
            }
            if schemes.is_empty() {
                body["client_id"] = server.held(CLIENT_ID).into();
                body["client_secret"] = server.held(CLIENT_SECRET).into();
            }
            vec![("", body)]
        }
        .boxed()
    }

    fn owned(&self) -> &'static [(&'static str, &'static str)] {
        &[("oauth_revoke_token", "token")]
    }

    fn thing<'a>(
        &'a self,
        server: &'a Reach,
        operation: &'a str,
        place: &'a str,
    ) -> Option<BoxFuture<'a, Thing>> {
        let thing = async move {
            let token = long_token(server).await.token;
            Thing {
                value: token.clone(),
                token: Some(token),
            }
        };
        self.owned()
            .contains(&(operation, place))
            .then(|| thing.boxed())
    }

    /// It may look at every token and end none but its own.
    fn second<'a>(&'a self, server: &'a Tessera) -> BoxFuture<'a, Members> {
        async move {
            let client = Endpoints.client(server, "second-resource-server", &["introspect:any"]);
            let client = client.await;
            vec![("client_id", client.id), ("client_secret", client.secret)]
        }
        .boxed()
    }

    fn unseen(&self) -> &'static [Excuse] {
        &[
            (
                "/components/schemas/OauthIntrospection/properties/nbf",
                "only a token that its holder signs can have one, and the answer's form is the same",
            ),
            ("/components/schemas/OauthKey/properties/e", OTHER_KEYS),
            ("/components/schemas/OauthKey/properties/n", OTHER_KEYS),
            ("/components/schemas/OauthKey/properties/y", OTHER_KEYS),
            ("/components/schemas/OauthKeyAlgorithm/enum/1", OTHER_KEYS),
            ("/components/schemas/OauthKeyAlgorithm/enum/2", OTHER_KEYS),
            ("/components/schemas/OauthKeyType/enum/1", OTHER_KEYS),
            ("/components/schemas/OauthKeyType/enum/2", OTHER_KEYS),
        ]
    }

    fn meaningful(&self) -> &'static [ExcuseOf] {
        &[
            ("oauth_introspect_token", "/client_id", ONE_WAY),
            ("oauth_introspect_token", "/client_secret", ONE_WAY),
            ("oauth_introspect_token", "/token", EMPTY),
            ("oauth_revoke_token", "/client_id", ONE_WAY),
            ("oauth_revoke_token", "/client_secret", ONE_WAY),
            ("oauth_revoke_token", "/token", EMPTY),
        ]
    }

    fn replays(&self) -> &'static [Scenario] {
        REPLAYED
    }

    fn sdk_calls(&self) -> Vec<Case> {
        sdk::cases()
    }

    fn sdk_credentials(&self) -> Vec<Credential> {
        sdk::credentials()
    }
}

const OTHER_KEYS: &str =
    "the server signs with Ed25519 only; the document leaves room for the others";
const ONE_WAY: &str = "beside HTTP Basic they are a second way to authenticate, or another client";
const EMPTY: &str = "a parameter without a value is one that was not sent (RFC 6749, section 3.1)";

struct Endpoints;

impl Central for Endpoints {
    fn introspection(&self) -> &'static str {
        INTROSPECT
    }

    fn revocation(&self) -> &'static str {
        REVOKE
    }

    fn keys(&self) -> &'static str {
        KEYS
    }

    fn demo_client(&self, server: &Reach) -> Asker {
        Asker {
            id: server.held(CLIENT_ID).to_owned(),
            secret: server.held(CLIENT_SECRET).to_owned(),
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
            let kind = PrincipalKind::Client;
            let client = second::principal(server, DIALECT, kind, id, profile).await;
            Asker {
                id: id.to_owned(),
                secret: second::random(server, &client, MachineSecret::Client).await,
            }
        }
        .boxed()
    }
}
