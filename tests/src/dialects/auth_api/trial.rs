//! The auth API, as the suites for all dialects try it.

use futures_util::{FutureExt as _, future::BoxFuture};
use serde_json::json;
use tessera_client::{Credential, HasHeaders};
use tessera_server::domain::{MachineSecret, PrincipalKind};

use super::{
    ALL_SCOPES, DIALECT, Issued, LONG as ISSUE, assertion, assertion_claims, body,
    clients::Clients, exchange, long_call, long_token, long_token_with, one_time_code,
    replays::REPLAYED, revoke, revoke_path, sdk, short_token, short_token_with, with_assertion,
    with_secret,
};
use crate::clients::Spoken;
use crate::harness::{
    Call, Class, Door, Guess, Key, Knock, Provided, ProvidedSecret, Purse, Reach, Stage, Tessera,
    Thing, Token, Trial, document,
    replay::Scenario,
    second,
    trial::{Bodies, Excuse, ExcuseOf, Headers, Members},
};
use crate::proofs::sdk::case::Case;

/// The trial of the auth API.
pub const TRIAL: AuthApi = AuthApi;

/// See [`TRIAL`].
pub struct AuthApi;

const LONG: &str = "long";
const SHORT: &str = "short";
const BY_LONG: &str = "AuthApiLongToken";
const BY_SHORT: &str = "AuthApiShortToken";

/// A token's `token_id`.
const ID: &str = "id";

/// What a request will revoke.
const DOOMED: &str = "doomed";

const ISSUE_LONG: &str = "auth_api_issue_long_token";
const ISSUE_SHORT: &str = "auth_api_issue_short_token";
const REVOKE: &str = "auth_api_revoke_token";

impl Trial for AuthApi {
    fn dialect(&self) -> &'static str {
        DIALECT.as_str()
    }

    fn clients(&self) -> Option<&'static dyn Spoken> {
        Some(&Clients)
    }

    fn provided(&self) -> &'static [Provided] {
        const {
            &[Provided {
                kind: "client",
                name: "own-client",
                held_as: "client_id",
                secrets: &[
                    ProvidedSecret::new("client_secret", "client_secret"),
                    ProvidedSecret::new("totp_seed", "totp_secret"),
                ],
            }]
        }
    }

    fn public(&self) -> &'static [Excuse] {
        &[
            ("client_id", "it names the client"),
            ("assertion_kid", "it names the key"),
        ]
    }

    fn public_schemes(&self) -> &'static [Excuse] {
        &[("AuthApiClientKey", "it names the client, as client_id does")]
    }

    fn classes(&self) -> &'static [Class] {
        const {
            &[
                Class::token(LONG, &[BY_LONG]),
                Class::token(SHORT, &[BY_SHORT]),
            ]
        }
    }

    fn issue<'a>(&'a self, server: &'a Reach, class: &'static str) -> BoxFuture<'a, Token> {
        async move {
            let long = long_token(server).await;
            match class {
                SHORT => token(class, short_token(server, &long).await),
                _ => token(class, long),
            }
        }
        .boxed()
    }

    fn accepts<'a>(
        &'a self,
        server: &'a Reach,
        held: &'a Token,
        text: &'a str,
    ) -> BoxFuture<'a, bool> {
        async move {
            if held.class == LONG {
                return exchange(text).send(server).await.status == 201;
            }
            let nobody = Call::post(&revoke_path("nobody")).bearer(text);
            nobody.send(server).await.status == 404
        }
        .boxed()
    }

    fn end_it<'a>(&'a self, server: &'a Reach, held: &'a Token) -> Option<BoxFuture<'a, ()>> {
        let ending = async move {
            let caller = long_token(server).await;
            let target = Issued {
                token: held.text.clone(),
                id: held.of(ID).to_owned(),
            };
            let call = revoke(&caller, &target);
            call.send(server).await.expect(204);
        };
        Some(ending.boxed())
    }

    fn keys(&self) -> &'static [Key] {
        const { &[Key::text("AuthApiClientKey", "/auth_api/client_id")] }
    }

    fn path<'a>(
        &'a self,
        server: &'a Reach,
        purse: &'a mut Purse,
        operation: &'a str,
    ) -> BoxFuture<'a, Vec<(&'static str, String)>> {
        async move {
            if operation != REVOKE {
                return Vec::new();
            }
            let id = match purse.thing(DOOMED) {
                Some(id) => id.to_owned(),
                None => long_token(server).await.id,
            };
            purse.keep(DOOMED, id.as_str());
            vec![("tokenId", id)]
        }
        .boxed()
    }

    fn bodies<'a>(
        &'a self,
        server: &'a Reach,
        purse: &'a mut Purse,
        operation: &'a str,
        schemes: &'a [&'a str],
    ) -> BoxFuture<'a, Bodies> {
        async move {
            let request = match operation {
                ISSUE_LONG if schemes.contains(&BY_SHORT) => body(server, json!({})),
                ISSUE_LONG => with_secret(server, json!({})),
                ISSUE_SHORT if !schemes.contains(&BY_LONG) => {
                    let long = purse.token(server, self.dialect(), LONG).await;
                    json!({ "long_token": long.text })
                }
                _ => json!({}),
            };
            vec![("", request)]
        }
        .boxed()
    }

    fn used(&self, operation: &str) -> &'static [&'static str] {
        match operation {
            REVOKE => &[DOOMED],
            _ => &[],
        }
    }

    fn bodies_for_once(&self, server: &Reach, operation: &str, schemes: &[&str]) -> Bodies {
        if operation != ISSUE_LONG || schemes.contains(&BY_SHORT) {
            return Vec::new();
        }
        let asserted = |kind: &'static str| {
            let token = assertion(server, &assertion_claims(server, kind));
            let mut body = with_assertion(server, &token);
            body["assertion_type"] = kind.into();
            ("assertion_type", body)
        };
        let kinds = document::listed("AuthApiAssertionType").into_iter();
        let mut bodies: Vec<_> = kinds.map(asserted).collect();
        let code = json!({ "otp_code": one_time_code(server, 0) });
        bodies.push(("otp_code", body(server, code)));
        bodies
    }

    fn scoped<'a>(
        &'a self,
        server: &'a Reach,
        scheme: &'a str,
        scopes: Option<&'a [String]>,
    ) -> Option<BoxFuture<'a, String>> {
        let scopes: Vec<&str> = match scopes {
            Some(scopes) => scopes.iter().map(String::as_str).collect(),
            None => vec!["jobs:submit"],
        };
        let token = async move {
            if scheme == BY_LONG {
                return long_token_with(server, json!({ "scopes": scopes }))
                    .await
                    .token;
            }
            let long = long_token(server).await;
            short_token_with(server, &long, &scopes).await.token
        };
        [BY_LONG, BY_SHORT].contains(&scheme).then(|| token.boxed())
    }

    fn owned(&self) -> &'static [(&'static str, &'static str)] {
        &[(ISSUE_LONG, "client_id"), (REVOKE, "tokenId")]
    }

    fn thing<'a>(
        &'a self,
        server: &'a Reach,
        operation: &'a str,
        place: &'a str,
    ) -> Option<BoxFuture<'a, Thing>> {
        let thing = async move {
            if operation == ISSUE_LONG {
                return Thing {
                    value: server.held("/auth_api/client_id").to_owned(),
                    token: None,
                };
            }
            let Issued { token, id } = long_token(server).await;
            Thing {
                value: id,
                token: Some(token),
            }
        };
        self.owned()
            .contains(&(operation, place))
            .then(|| thing.boxed())
    }

    /// A revoked token may take its relatives with it.
    fn stage<'a>(&'a self, server: &'a Reach, operation: &'a str) -> Option<BoxFuture<'a, Stage>> {
        let stage = async move {
            let first = long_token(server).await;
            let short = short_token(server, &first).await;
            let call = Call::post(ISSUE).bearer(&short.token);
            let call = call.json(&body(server, json!({})));
            let second = Issued::from(call.send(server).await);
            Stage {
                path: vec![("tokenId", second.id)],
                witness: token(LONG, first),
            }
        };
        (operation == REVOKE).then(|| stage.boxed())
    }

    fn doors(&self) -> &'static [Door] {
        const { &[Door::code("one-time code")] }
    }

    fn knock(&self, server: &Reach, _door: &Door, guess: Guess) -> Knock {
        let steps = if guess == Guess::Right { 0 } else { 7 };
        let mut request = json!({ "otp_code": one_time_code(server, steps) });
        if guess == Guess::Nobody {
            request["client_id"] = "nobody_here".into();
        }
        Knock {
            operation: ISSUE_LONG,
            call: long_call(&body(server, request)),
        }
    }

    fn has_proofs_for_once(&self) -> bool {
        true
    }

    fn once(&self, server: &Reach, name: &str) -> Knock {
        let proof = assertion(server, &assertion_claims(server, name));
        Knock {
            operation: ISSUE_LONG,
            call: long_call(&with_assertion(server, &proof)),
        }
    }

    /// The one-time code and the assertion stay those of the demo's client: the second one has neither.
    fn second<'a>(&'a self, server: &'a Tessera) -> BoxFuture<'a, Members> {
        async move {
            let id = "second_client";
            let profile = json!({ "scopes": ALL_SCOPES, "step_up": false });
            let kind = PrincipalKind::Client;
            let client = second::principal(server, DIALECT, kind, id, profile).await;
            let secret = second::random(server, &client, MachineSecret::Client).await;
            vec![("client_id", id.to_owned()), ("client_secret", secret)]
        }
        .boxed()
    }

    fn meaningful(&self) -> &'static [ExcuseOf] {
        &[
            (ISSUE_LONG, "/assertion", ONE_PROOF),
            (ISSUE_LONG, "/assertion_type", ONE_PROOF),
            (ISSUE_LONG, "/client_secret", ONE_PROOF),
            (ISSUE_LONG, "/grant_type", ONE_PROOF),
            (ISSUE_LONG, "/otp_code", ONE_PROOF),
            (ISSUE_LONG, "/scopes", SCOPES),
            (
                ISSUE_SHORT,
                "/long_token",
                "sent beside a bearer it has to be the same token",
            ),
            (ISSUE_SHORT, "/scopes", SCOPES),
        ]
    }

    fn replays(&self) -> &'static [Scenario] {
        REPLAYED
    }

    fn sdk_calls(&self) -> Vec<Case> {
        sdk::cases()
    }

    fn sdk_headers(&self, answer: &dyn HasHeaders) -> Headers {
        sdk::headers(answer)
    }

    fn sdk_credentials(&self) -> Vec<Credential> {
        sdk::credentials()
    }
}

const ONE_PROOF: &str = "a request has exactly one proof, and grant_type says which";
const SCOPES: &str = "which scopes there are depends on who asks";

fn token(class: &'static str, issued: Issued) -> Token {
    Token::new(class, issued.token).with(ID, issued.id)
}
