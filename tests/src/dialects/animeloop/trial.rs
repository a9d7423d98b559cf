//! Animeloop, as the suites for all dialects try it.

use futures_util::{FutureExt as _, future::BoxFuture};
use serde_json::json;
use tessera_client::Credential;
use tessera_server::domain::PrincipalKind;

use super::{
    DIALECT, LOGIN, LOGOUT, REVOKE, TOKEN, clients::Clients, new_token, post, replays::REPLAYED,
    sdk, session,
};
use crate::clients::Spoken;
use crate::harness::{
    Call, Class, Door, Guess, Knock, New, Provided, ProvidedSecret, Purse, Reach, Tessera, Token,
    Trial,
    replay::Scenario,
    second,
    trial::{Bodies, Excuse, Members},
};
use crate::proofs::sdk::case::Case;

/// The trial of animeloop.
pub const TRIAL: Animeloop = Animeloop;

/// See [`TRIAL`].
pub struct Animeloop;

const USER: &str = "user";
const SESSION: &str = "session";
const NO_SESSION: i64 = 1_940_103;

impl Trial for Animeloop {
    fn dialect(&self) -> &'static str {
        DIALECT.as_str()
    }

    fn clients(&self) -> Option<&'static dyn Spoken> {
        Some(&Clients)
    }

    fn provided(&self) -> &'static [Provided] {
        const {
            &[Provided {
                kind: "user",
                name: "own_user",
                held_as: "username",
                secrets: &[ProvidedSecret::new("password", "password")],
            }]
        }
    }

    fn public(&self) -> &'static [Excuse] {
        &[("username", "it names the user")]
    }

    fn unasked(&self) -> &'static [Excuse] {
        &[("challenges", "it refuses under 200, and nothing with 401")]
    }

    fn classes(&self) -> &'static [Class] {
        const {
            &[
                Class::token(USER, &[]).ending_upon(New::Password),
                Class::session(SESSION, &["AnimeloopSession"]).ending_upon(New::Password),
            ]
        }
    }

    fn issue<'a>(&'a self, server: &'a Reach, class: &'static str) -> BoxFuture<'a, Token> {
        async move {
            let cookie = session(server).await;
            let text = match class {
                USER => new_token(server, &cookie).await,
                _ => cookie.clone(),
            };
            Token::new(class, text).with(SESSION, cookie)
        }
        .boxed()
    }

    /// Its tokens are spent elsewhere; here it hands out the live one again, or has none.
    fn accepts<'a>(
        &'a self,
        server: &'a Reach,
        held: &'a Token,
        text: &'a str,
    ) -> BoxFuture<'a, bool> {
        async move {
            if held.class == SESSION {
                return post(TOKEN, text).send(server).await.json()["code"] != NO_SESSION;
            }
            let answer = post(TOKEN, held.of(SESSION)).send(server).await;
            answer.json()["data"]["token"] == text
        }
        .boxed()
    }

    fn end_it<'a>(&'a self, server: &'a Reach, held: &'a Token) -> Option<BoxFuture<'a, ()>> {
        let ending = async move {
            let path = if held.class == SESSION {
                LOGOUT
            } else {
                REVOKE
            };
            let answer = post(path, held.of(SESSION)).send(server).await;
            let status = answer.expect(200).string_at("/status");
            assert_eq!(status, "success");
        };
        Some(ending.boxed())
    }

    /// Of the signed cookie the id by itself is as good as the whole.
    fn as_good_as(&self, secret: &str) -> Vec<String> {
        let decoded = percent_encoding::percent_decode_str(secret).decode_utf8_lossy();
        let id = decoded.strip_prefix("s:");
        let id = id.and_then(|rest| rest.split('.').next());
        id.map(str::to_owned).into_iter().collect()
    }

    fn bodies<'a>(
        &'a self,
        server: &'a Reach,
        _purse: &'a mut Purse,
        operation: &'a str,
        _schemes: &'a [&'a str],
    ) -> BoxFuture<'a, Bodies> {
        async move {
            if operation != "animeloop_create_session" {
                return Vec::new();
            }
            let (name, password) = ("/animeloop/username", "/animeloop/password");
            let (name, password) = (server.held(name), server.held(password));
            vec![("", json!({ "username": name, "password": password }))]
        }
        .boxed()
    }

    fn used(&self, operation: &str) -> &'static [&'static str] {
        match operation {
            "animeloop_create_session" | "animeloop_delete_session" => &[SESSION],
            "animeloop_create_token" | "animeloop_revoke_token" => &[USER],
            _ => &[],
        }
    }

    fn order(&self) -> &'static [&'static str] {
        &[
            "animeloop_create_session",
            "animeloop_create_token",
            "animeloop_get_token",
            "animeloop_read_token",
            "animeloop_revoke_token",
            "animeloop_delete_session",
        ]
    }

    fn prepare<'a>(
        &'a self,
        server: &'a Reach,
        purse: &'a mut Purse,
        operation: &'a str,
    ) -> BoxFuture<'a, ()> {
        async move {
            let reads = ["animeloop_get_token", "animeloop_read_token"];
            if reads.contains(&operation) {
                purse.token(server, self.dialect(), USER).await;
            }
        }
        .boxed()
    }

    fn doors(&self) -> &'static [Door] {
        const { &[Door::password("login", "/animeloop/username")] }
    }

    fn knock(&self, server: &Reach, _door: &Door, guess: Guess) -> Knock {
        let (name, password) = ("/animeloop/username", "/animeloop/password");
        let (name, password) = match guess {
            Guess::Right => (server.held(name), server.held(password)),
            Guess::Wrong => (server.held(name), "not_it_at_all"),
            Guess::Nobody => ("nobody_here", "not_it_at_all"),
        };
        Knock {
            operation: "animeloop_create_session",
            call: Call::post(LOGIN).form(&[("username", name), ("password", password)]),
        }
    }

    fn second<'a>(&'a self, server: &'a Tessera) -> BoxFuture<'a, Members> {
        async move {
            let name = "second_user";
            let profile = json!({ "name": "Second User", "email": "second_user@example.com" });
            let kind = PrincipalKind::User;
            let user = second::principal(server, DIALECT, kind, name, profile).await;
            let password = second::password(server, &user).await;
            vec![("username", name.to_owned()), ("password", password)]
        }
        .boxed()
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
