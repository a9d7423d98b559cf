//! Animeloop, as the suites for all dialects try it.

use futures_util::{FutureExt as _, future::BoxFuture};

use super::{REVOKE, TOKEN, new_token, post, session};
use crate::harness::{Reach, Token, Trial};

/// The trial of animeloop.
pub const TRIAL: Animeloop = Animeloop;

/// See [`TRIAL`].
pub struct Animeloop;

/// The session that a token was asked for under.
const SESSION: &str = "session";

impl Trial for Animeloop {
    fn dialect(&self) -> &'static str {
        "animeloop"
    }

    fn classes(&self) -> &'static [&'static str] {
        &["user"]
    }

    fn issue<'a>(&'a self, server: &'a Reach, class: &'static str) -> BoxFuture<'a, Token> {
        async move {
            let cookie = session(server).await;
            let token = new_token(server, &cookie).await;
            Token::new(class, token).with(SESSION, cookie)
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
            let answer = post(TOKEN, held.of(SESSION)).send(server).await;
            answer.json()["data"]["token"] == text
        }
        .boxed()
    }

    fn end_it<'a>(&'a self, server: &'a Reach, held: &'a Token) -> Option<BoxFuture<'a, ()>> {
        let ending = async move {
            let answer = post(REVOKE, held.of(SESSION)).send(server).await;
            let status = answer.expect(200).string_at("/status");
            assert_eq!(status, "success");
        };
        Some(ending.boxed())
    }
}
