//! The auth API, as the suites for all dialects try it.

use futures_util::{FutureExt as _, future::BoxFuture};

use super::{Issued, exchange, long_token, revoke, revoke_path, short_token};
use crate::harness::{Call, Reach, Token, Trial};

/// The trial of the auth API.
pub const TRIAL: AuthApi = AuthApi;

/// See [`TRIAL`].
pub struct AuthApi;

const LONG: &str = "long";
const SHORT: &str = "short";

/// The token's `token_id`.
const ID: &str = "id";

impl Trial for AuthApi {
    fn dialect(&self) -> &'static str {
        "auth_api"
    }

    fn classes(&self) -> &'static [&'static str] {
        &[LONG, SHORT]
    }

    fn issue<'a>(&'a self, server: &'a Reach, class: &'static str) -> BoxFuture<'a, Token> {
        async move {
            let long = long_token(server).await;
            let issued = match class {
                SHORT => short_token(server, &long).await,
                _ => long,
            };
            Token::new(class, issued.token).with(ID, issued.id)
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
}
