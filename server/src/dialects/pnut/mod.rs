//! The pnut dialect: opaque tokens of applications and of the users who authorised them.
//!
//! The operations here describe, end and issue tokens. Whether a token is valid is the authority's decision alone.
//!
//! Principals, and what `demo` and `admin seed` put into their profiles; members that are missing have defaults:
//!
//! | kind, name | profile | secrets |
//! | --- | --- | --- |
//! | client, `client_id` | `name`, `url`, `scopes` (array; all when absent) | client secret, password grant secret |
//! | user, username | `id`, `name`, `type`, `locale`, `timezone`, `email`, `content` and `counts` (wire shapes), `storage_total`, `storage_used` | password |

mod demo;
mod grant;
mod grant_refusals;
mod kinds;
mod layout;
mod refusals;
mod render;
mod shown_users;
#[cfg(test)]
mod ways;

use std::sync::Arc;

use poem::{
    Request, Response,
    http::{HeaderName, Method},
};

pub use super::NoSettings as Settings;
use super::{Described, Registration, Surroundings, Tokens, Users, Visitor};
use crate::{
    authority::{DialectRules, Extent, LiveToken, Revocation, TokenAuthority},
    domain::{Principal, Secret},
    edge::{Arrival, Context, DialectEdge, EdgeFailure, Mount},
    generated::{
        pnut::{
            DIALECT, PnutAnyRefusal, PnutApi, PnutCreateAccessTokenCall,
            PnutCreateAccessTokenFailure, PnutCreateAccessTokenOk, PnutDeleteTokenCall,
            PnutDeleteTokenFailure, PnutDeleteTokenOk, PnutGetTokenCall, PnutGetTokenFailure,
            PnutGetTokenOk, PnutMeta, PnutRoutes, PnutTokenEnvelope,
        },
        wire::Rejection,
    },
};
use refusals::Failure;
use render::{TokenView, Unfit};
use shown_users::ShownUsers;

/// Where tokens are issued; its refusals are OAuth errors without the `meta` envelope.
const ACCESS_TOKEN_PATH: &str = "/v1/oauth/access_token";

const RATE_LIMIT: HeaderName = HeaderName::from_static("x-ratelimit-limit");
const RATE_REMAINING: HeaderName = HeaderName::from_static("x-ratelimit-remaining");
const RATE_RESET: HeaderName = HeaderName::from_static("x-ratelimit-reset");

/// The dialect's operations over the authority.
#[derive(Debug)]
pub struct Pnut {
    authority: TokenAuthority,
    users: ShownUsers,
}

/// The dialect, as the others know it.
pub(super) const REGISTRATION: Registration = Registration {
    id: DIALECT,
    described: Described::by::<PnutRoutes<Pnut>>(),
    rules: |_| DialectRules::OPAQUE,
    tokens: Tokens {
        scheme: Some("Bearer"),
        audience: None,
        users: Users::Numbered,
    },
    mount,
    kinds: kinds::KINDS,
    showcase: &demo::Demo,
    #[cfg(test)]
    ways: ways::WAYS,
};

/// The dialect, ready to be served.
fn mount(surroundings: &Surroundings) -> Mount {
    let pnut = Pnut {
        authority: surroundings.authority.clone(),
        users: ShownUsers::default(),
    };
    Mount::dialect(pnut, PnutRoutes).limited_by(&surroundings.limits)
}

/// One request on its way through the dialect.
#[derive(Debug, Clone)]
pub struct RequestState {
    visitor: Visitor,
    indented: bool,
    /// It asks for a token: refusals are OAuth errors.
    speaks_oauth: bool,
}

impl Context for RequestState {
    fn open(arrival: Arrival, request: &Request) -> Self {
        Self {
            visitor: Visitor::open(arrival, request),
            indented: layout::wants_indent(request),
            speaks_oauth: request.method() == Method::POST
                && request.uri().path() == ACCESS_TOKEN_PATH,
        }
    }
}

/// A user token with the user it speaks for.
struct UserToken {
    token: LiveToken,
    user: Arc<Principal>,
}

impl UserToken {
    fn envelope(&self, users: &ShownUsers) -> Result<PnutTokenEnvelope, Failure> {
        let shown = users
            .show(&self.user)
            .map_err(|Unfit| refusals::unavailable())?;
        let view = TokenView {
            app: &self.token.owner,
            user: &self.user,
            scopes: &self.token.record.scopes,
        };
        Ok(PnutTokenEnvelope {
            meta: PnutMeta::new(),
            data: view.describe(shown.as_ref().clone()),
        })
    }

    fn oauth_scopes(&self) -> String {
        self.token.record.scopes.to_vec().join(",")
    }
}

impl Pnut {
    /// The live user token of a request, from the header or the query, counted against itself.
    async fn user_token(
        &self,
        visitor: &Visitor,
        header: Option<Secret>,
        query: Option<Secret>,
    ) -> Result<UserToken, Failure> {
        let presented = match (header, query) {
            // RFC 6750 §2: one way only. The same token twice is harmless and was always accepted.
            (Some(header), Some(query)) if header != query => {
                return Err(refusals::token_conflict().into());
            }
            (None, Some(query)) if query.expose().is_empty() => {
                return Err(refusals::token_of_other_scheme().into());
            }
            (Some(token), _) | (None, Some(token)) => token,
            (None, None) => return Err(refusals::token_missing().into()),
        };
        let token = self
            .authority
            .tokens()
            .authenticate(DIALECT, presented.expose())
            .await?;
        visitor.prove_as(format_args!("token {}", token.record.id))?;
        match token.subject.clone() {
            Some(user) => Ok(UserToken { token, user }),
            None => Err(refusals::user_token_required().into()),
        }
    }
}

impl DialectEdge for Pnut {
    type Context = RequestState;
    type Refusal = PnutAnyRefusal;

    fn refuse(&self, state: &RequestState, failure: EdgeFailure) -> PnutAnyRefusal {
        if state.speaks_oauth
            && let Some(refusal) = grant_refusals::of_edge(&failure)
        {
            return refusal;
        }
        failure.into()
    }

    fn after(&self, state: &RequestState, response: &mut Response) {
        if let Some(rate) = state.visitor.arrival().rate() {
            let headers = response.headers_mut();
            headers.insert(RATE_LIMIT, rate.limit.into());
            headers.insert(RATE_REMAINING, rate.remaining.into());
            headers.insert(RATE_RESET, rate.reset_secs.into());
        }
        if state.indented {
            layout::indent(response);
        }
    }
}

impl PnutApi for Pnut {
    type Context = RequestState;

    async fn pnut_get_token(
        &self,
        state: RequestState,
        call: PnutGetTokenCall,
    ) -> Result<PnutGetTokenOk, PnutGetTokenFailure> {
        let visitor = &state.visitor;
        let presented = self
            .user_token(visitor, call.bearer, call.access_token)
            .await?;
        Ok(PnutGetTokenOk {
            body: presented.envelope(&self.users)?,
            x_o_auth_scopes: presented.oauth_scopes(),
        })
    }

    fn reject_pnut_get_token(&self, _: &RequestState, rejection: Rejection) -> PnutGetTokenFailure {
        refusals::of_rejection(&rejection)
    }

    async fn pnut_delete_token(
        &self,
        state: RequestState,
        call: PnutDeleteTokenCall,
    ) -> Result<PnutDeleteTokenOk, PnutDeleteTokenFailure> {
        let visitor = &state.visitor;
        let presented = self
            .user_token(visitor, call.bearer, call.access_token)
            .await?;
        // Described first: a profile that cannot be shown must not cost the caller its token.
        let body = presented.envelope(&self.users)?;
        let actor = visitor.actor(&presented.user);
        let record = &presented.token.record;
        let tokens = self.authority.tokens();
        match tokens.revoke(&actor, record, Extent::Token, None).await? {
            Revocation::Ended => Ok(PnutDeleteTokenOk {
                body,
                x_o_auth_scopes: presented.oauth_scopes(),
            }),
            // Somebody else ended it since it was authenticated.
            Revocation::AlreadyEnded => Err(refusals::token_invalid().into()),
        }
    }

    async fn pnut_create_access_token(
        &self,
        state: RequestState,
        call: PnutCreateAccessTokenCall,
    ) -> Result<PnutCreateAccessTokenOk, PnutCreateAccessTokenFailure> {
        let grant = grant::read(call.body)?;
        let body = grant::issue(&self.authority, &state.visitor, grant).await?;
        Ok(PnutCreateAccessTokenOk { body })
    }

    fn reject_pnut_create_access_token(
        &self,
        _: &RequestState,
        rejection: Rejection,
    ) -> PnutCreateAccessTokenFailure {
        grant_refusals::of_rejection(&rejection)
    }
}
