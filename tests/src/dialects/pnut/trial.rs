//! pnut, as the suites for all dialects try it.

use futures_util::{FutureExt as _, future::BoxFuture};

use super::{TOKEN, app_token, user_token};
use crate::harness::{Call, Reach, Token, Trial};

/// The trial of pnut.
pub const TRIAL: Pnut = Pnut;

/// See [`TRIAL`].
pub struct Pnut;

const USER: &str = "user";
const APP: &str = "app";

impl Trial for Pnut {
    fn dialect(&self) -> &'static str {
        "pnut"
    }

    fn classes(&self) -> &'static [&'static str] {
        &[USER, APP]
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
}
