//! The token generator, as the suites for all dialects try it.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use futures_util::{FutureExt as _, future::BoxFuture};
use serde_json::json;

use super::{call, now_secs, renewed_of, secret_token, token_of, user_call};
use crate::harness::{Reach, Token, Trial};

/// The trial of the token generator.
pub const TRIAL: TokenGenerator = TokenGenerator;

/// See [`TRIAL`].
pub struct TokenGenerator;

const USER: &str = "user";
const DERIVED: &str = "derived";
const SECRET: &str = "secret";

impl Trial for TokenGenerator {
    fn dialect(&self) -> &'static str {
        "token_generator"
    }

    fn classes(&self) -> &'static [&'static str] {
        &[USER, DERIVED, SECRET]
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
}

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
