//! Manis, as the suites for all dialects try it.

use futures_util::{FutureExt as _, future::BoxFuture};

use super::ask;
use crate::harness::{Reach, Token, Trial};

/// The trial of manis.
pub const TRIAL: Manis = Manis;

/// See [`TRIAL`].
pub struct Manis;

impl Trial for Manis {
    fn dialect(&self) -> &'static str {
        "manis"
    }

    fn classes(&self) -> &'static [&'static str] {
        &["access"]
    }

    fn issue<'a>(&'a self, server: &'a Reach, class: &'static str) -> BoxFuture<'a, Token> {
        async move {
            let answer = ask(server).send(server).await.expect(200);
            Token::new(class, answer.string_at("/token"))
        }
        .boxed()
    }
}
