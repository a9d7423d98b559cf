//! The token generator, as the suites for all dialects try it.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use futures_util::{FutureExt as _, future::BoxFuture};
use serde_json::json;
use tessera_client::{Credential, HasHeaders};
use tessera_server::{authority::NewSecret, domain::PrincipalKind};

use super::{
    DIALECT, HEADER, call, clients::Clients, now_secs, renewed_of, replays::REPLAYED, sdk,
    secret_token, sign, token_of, user_call,
};
use crate::clients::Spoken;
use crate::harness::{
    Class, New, Provided, ProvidedSecret, Purse, Reach, Tessera, Token, Trial,
    replay::Scenario,
    second,
    trial::{Bodies, Excuse, ExcuseOf, Headers, Members},
};
use crate::proofs::sdk::case::Case;

/// The trial of the token generator.
pub const TRIAL: TokenGenerator = TokenGenerator;

/// See [`TRIAL`].
pub struct TokenGenerator;

const USER: &str = "user";
const DERIVED: &str = "derived";
const SECRET: &str = "secret";
const SCHEMES: &[&str] = &["TokenGeneratorToken"];

impl Trial for TokenGenerator {
    fn dialect(&self) -> &'static str {
        DIALECT.as_str()
    }

    fn clients(&self) -> Option<&'static dyn Spoken> {
        Some(&Clients)
    }

    fn provided(&self) -> &'static [Provided] {
        const {
            &[
                Provided {
                    kind: "secret_holder",
                    name: "own-holder",
                    held_as: "holder",
                    secrets: &[ProvidedSecret {
                        id_held_as: Some("secret_id"),
                        ..ProvidedSecret::new("hmac_key", "secret")
                    }],
                },
                Provided {
                    kind: "user",
                    name: "own-user",
                    held_as: "user",
                    secrets: &[],
                },
            ]
        }
    }

    fn public(&self) -> &'static [Excuse] {
        &[("secret_id", "it names the secret")]
    }

    fn classes(&self) -> &'static [Class] {
        const {
            &[
                Class::token(USER, SCHEMES),
                Class::token(DERIVED, SCHEMES),
                Class::token(SECRET, SCHEMES).ending_upon(New::Secret),
            ]
        }
    }

    fn issue<'a>(&'a self, server: &'a Reach, class: &'static str) -> BoxFuture<'a, Token> {
        async move {
            let token = match class {
                SECRET => signed_by_holder(server),
                DERIVED => token_of(&user_call(server).send(server).await),
                // The caller's own token, issued anew: the demo's is one for all tests of a server.
                _ => renewed_of(&user_call(server).send(server).await),
            };
            Token::new(class, token)
        }
        .boxed()
    }

    fn accepts<'a>(
        &'a self,
        server: &'a Reach,
        _held: &'a Token,
        text: &'a str,
    ) -> BoxFuture<'a, bool> {
        async move { call(text).send(server).await.status == 200 }.boxed()
    }

    fn endless(&self) -> &'static [Excuse] {
        &[(USER, NO_END), (DERIVED, NO_END), (SECRET, NO_END)]
    }

    fn bodies<'a>(
        &'a self,
        _server: &'a Reach,
        _purse: &'a mut Purse,
        _operation: &'a str,
        _schemes: &'a [&'a str],
    ) -> BoxFuture<'a, Bodies> {
        async {
            let permission = r#"{"abilities": {"album_id": {"Access": {"see": true}}}}"#;
            vec![("", json!({ "permission": permission }))]
        }
        .boxed()
    }

    fn second<'a>(&'a self, server: &'a Tessera) -> BoxFuture<'a, Members> {
        async move {
            let (kind, name) = (PrincipalKind::SecretHolder, "second-holder");
            let holder = second::principal(server, DIALECT, kind, name, json!({})).await;
            let (id, key) = second::secret(server, &holder, NewSecret::HmacKey(None)).await;
            let key = key.expect("an HMAC key is shown once");
            let payload = json!({ "iss": id }).to_string();
            vec![
                ("user_token", sign(key.expose(), HEADER, &payload)),
                ("secret_id", id),
                ("secret", key.expose().to_owned()),
            ]
        }
        .boxed()
    }

    fn meaningful(&self) -> &'static [ExcuseOf] {
        &[(
            "token_generator_create_token",
            "/permission",
            "a text has to hold a JSON object",
        )]
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

const NO_END: &str = "no operation of this dialect ends a token";

/// A token signed under the registered secret, as its holder's own library would.
fn signed_by_holder(server: &Reach) -> String {
    let now = now_secs(server);
    let mut random = [0_u8; 16];
    aws_lc_rs::rand::fill(&mut random).expect("random bytes");
    let nonce = URL_SAFE_NO_PAD.encode(random);
    secret_token(
        server,
        json!({ "iat": now, "exp": now + 600, "nonce": nonce }),
    )
}
