//! pnut, as the suites for all dialects try it.

use futures_util::{FutureExt as _, future::BoxFuture};
use serde_json::json;
use tessera_client::{Credential, HasHeaders};
use tessera_server::domain::{MachineSecret, PrincipalKind};

use super::{
    DIALECT, TOKEN, app_token, clients::Clients, password_grant_as, replays::REPLAYED, sdk,
    user_token,
};
use crate::clients::Spoken;
use crate::harness::{
    Call, Class, Door, Guess, Knock, New, Provided, ProvidedSecret, Purse, Reach, Tessera, Token,
    Trial, document,
    replay::Scenario,
    second,
    trial::{Bodies, Excuse, ExcuseOf, Headers, Members},
};
use crate::proofs::sdk::case::Case;

/// The trial of pnut.
pub const TRIAL: Pnut = Pnut;

/// See [`TRIAL`].
pub struct Pnut;

const USER: &str = "user";
const APP: &str = "app";
/// The two names of a user.
const BY_NAME: &str = "password by name";
const BY_ADDRESS: &str = "password by e-mail address";
const SCHEMES: &[&str] = &["PnutBearer", "PnutQueryToken"];

impl Trial for Pnut {
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
                    kind: "client",
                    name: "own-app",
                    held_as: "client_id",
                    secrets: &[
                        ProvidedSecret::new("client_secret", "client_secret"),
                        ProvidedSecret::new("password_grant_secret", "password_grant_secret"),
                    ],
                },
                Provided {
                    kind: "user",
                    name: "own",
                    held_as: "username",
                    secrets: &[ProvidedSecret::new("password", "password")],
                },
            ]
        }
    }

    fn public(&self) -> &'static [Excuse] {
        &[
            ("client_id", "it names the client"),
            ("username", "it names the user"),
        ]
    }

    fn classes(&self) -> &'static [Class] {
        const {
            &[
                Class::token(USER, SCHEMES).ending_upon(New::Password),
                Class::token(APP, SCHEMES),
            ]
        }
    }

    fn issue<'a>(&'a self, server: &'a Reach, class: &'static str) -> BoxFuture<'a, Token> {
        async move {
            let token = match class {
                APP => app_token(server).await,
                _ => user_token(server, "basic,email").await,
            };
            Token::new(class, token)
        }
        .boxed()
    }

    /// An app token is known, but may not ask about a user.
    fn accepts<'a>(
        &'a self,
        server: &'a Reach,
        held: &'a Token,
        text: &'a str,
    ) -> BoxFuture<'a, bool> {
        async move {
            let answer = Call::get(TOKEN).bearer(text).send(server).await;
            answer.status == if held.class == APP { 403 } else { 200 }
        }
        .boxed()
    }

    /// An app token belongs to nobody who could ask.
    fn end_it<'a>(&'a self, server: &'a Reach, held: &'a Token) -> Option<BoxFuture<'a, ()>> {
        let ending = async move {
            let call = Call::delete(TOKEN).bearer(&held.text);
            call.send(server).await.expect(200);
        };
        (held.class == USER).then(|| ending.boxed())
    }

    fn endless(&self) -> &'static [Excuse] {
        &[(APP, "it belongs to nobody who could ask")]
    }

    fn bodies<'a>(
        &'a self,
        server: &'a Reach,
        _purse: &'a mut Purse,
        operation: &'a str,
        _schemes: &'a [&'a str],
    ) -> BoxFuture<'a, Bodies> {
        async move {
            if operation != "pnut_create_access_token" {
                return Vec::new();
            }
            let of_the_app = json!({
                "grant_type": "client_credentials",
                "client_id": server.held("/pnut/client_id"),
                "client_secret": server.held("/pnut/client_secret"),
            });
            let of_a_user = json!({
                "grant_type": "password",
                "client_id": server.held("/pnut/client_id"),
                "password_grant_secret": server.held("/pnut/password_grant_secret"),
                "username": server.held("/pnut/username"),
                "password": server.held("/pnut/password"),
                // Each of them, so that each is in an answer.
                "scope": document::listed("PnutScope").join(","),
            });
            vec![("client_credentials", of_the_app), ("password", of_a_user)]
        }
        .boxed()
    }

    fn used(&self, operation: &str) -> &'static [&'static str] {
        match operation {
            "pnut_delete_token" => &[USER],
            _ => &[],
        }
    }

    /// Only a user can end a token, and an app that tries is counted.
    fn lasting<'a>(
        &'a self,
        server: &'a Reach,
        operation: &'a str,
    ) -> Option<BoxFuture<'a, String>> {
        (operation == "pnut_delete_token").then(|| app_token(server).boxed())
    }

    fn doors(&self) -> &'static [Door] {
        const {
            &[
                Door::password(BY_NAME, "/pnut/username"),
                Door::password(BY_ADDRESS, "/pnut/username"),
            ]
        }
    }

    fn knock(&self, server: &Reach, door: &Door, guess: Guess) -> Knock {
        let name = match guess {
            Guess::Nobody => "nobody_here",
            Guess::Right | Guess::Wrong if door.name == BY_ADDRESS => "Demo@Example.com",
            Guess::Right | Guess::Wrong => "demo",
        };
        let password = match guess {
            Guess::Right => server.held("/pnut/password"),
            Guess::Wrong | Guess::Nobody => "not_it_at_all",
        };
        Knock {
            operation: "pnut_create_access_token",
            call: password_grant_as(server, name, password, ""),
        }
    }

    fn second<'a>(&'a self, server: &'a Tessera) -> BoxFuture<'a, Members> {
        async move {
            let (id, name) = ("second-app", "second");
            let profile = json!({ "name": "Second App", "url": "https://second.example.com" });
            let kind = PrincipalKind::Client;
            let client = second::principal(server, DIALECT, kind, id, profile).await;
            let secret = second::random(server, &client, MachineSecret::Client).await;
            let grant = MachineSecret::PasswordGrant;
            let grant = second::random(server, &client, grant).await;
            let profile = json!({ "name": "Second User", "email": "second@example.com" });
            let kind = PrincipalKind::User;
            let user = second::principal(server, DIALECT, kind, name, profile).await;
            vec![
                ("client_id", id.to_owned()),
                ("client_secret", secret),
                ("password_grant_secret", grant),
                ("username", name.to_owned()),
                ("password", second::password(server, &user).await),
            ]
        }
        .boxed()
    }

    fn unseen(&self) -> &'static [Excuse] {
        &[
            (
                "/components/schemas/PnutLink/properties/description",
                PROFILE,
            ),
            ("/components/schemas/PnutLink/properties/title", PROFILE),
            ("/components/schemas/PnutMention/properties/id", PROFILE),
            ("/components/schemas/PnutMention/properties/len", PROFILE),
            ("/components/schemas/PnutMention/properties/pos", PROFILE),
            ("/components/schemas/PnutMention/properties/text", PROFILE),
            ("/components/schemas/PnutUserType/enum/1", PROFILE),
            ("/components/schemas/PnutUserType/enum/2", PROFILE),
        ]
    }

    fn meaningful(&self) -> &'static [ExcuseOf] {
        &[
            ("pnut_create_access_token", "/client_id", EMPTY),
            ("pnut_create_access_token", "/client_secret", BY_GRANT),
            ("pnut_create_access_token", "/grant_type", BY_GRANT),
            ("pnut_create_access_token", "/password", BY_GRANT),
            (
                "pnut_create_access_token",
                "/password_grant_secret",
                BY_GRANT,
            ),
            ("pnut_create_access_token", "/scope", SCOPES),
            ("pnut_create_access_token", "/username", BY_GRANT),
        ]
    }

    fn untried(&self) -> &'static [ExcuseOf] {
        &[
            ("PnutBearer", "expired", UNTIL_REVOKED),
            ("PnutQueryToken", "expired", UNTIL_REVOKED),
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

const PROFILE: &str = "the server keeps no social network, so a profile has none of it";
const EMPTY: &str = "a parameter without a value is one that was not sent (RFC 6749, section 3.1)";
const BY_GRANT: &str =
    "which members there must be depends on grant_type; a wrong name or password is 400";
const SCOPES: &str = "which scopes there are depends on who asks";
const UNTIL_REVOKED: &str = "a pnut token lives until somebody ends it";
