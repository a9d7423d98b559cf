//! The pnut dialect: opaque tokens of applications and of the users who authorised them.
//!
//! The edge finds out whose token a request carries and counts it; the operations here describe,
//! end and issue tokens. Whether a token is valid is the authority's decision alone.

mod caller;
mod edge;
mod errors;
mod grant;
mod layout;
mod rates;
mod render;

use std::sync::Arc;

use crate::{
    authority::{Extent, LiveToken, Revocation, TokenAuthority},
    domain::Principal,
    edge::Mount,
    generated::{
        pnut::{
            PnutAccessToken, PnutApi, PnutCreateAccessTokenCall, PnutCreateAccessTokenOk,
            PnutDeleteTokenCall, PnutDeleteTokenOk, PnutGetTokenCall, PnutGetTokenOk, PnutMeta,
            PnutMetaCode, PnutOperation, PnutRoutes, PnutTokenEnvelope,
        },
        wire,
    },
};

use super::{Surroundings, Visitor};
use edge::{Exchange, PnutEdge};
use errors::PnutError;
use render::TokenView;

/// The dialect's operations over the authority.
#[derive(Debug)]
pub struct Pnut {
    authority: TokenAuthority,
}

/// The dialect's place in the server: `/v1`, but for what the auth API owns of it.
pub(super) fn mount(surroundings: &Surroundings) -> Mount {
    let Surroundings {
        authority, limits, ..
    } = surroundings;
    let edge = PnutEdge::new(authority.clone());
    let api = Pnut {
        authority: authority.clone(),
    };
    Mount::new("pnut", &["/v1"], edge, PnutRoutes(Arc::new(api))).limited_by(limits)
}

/// A user token with the user it speaks for.
struct UserToken<'a> {
    token: &'a LiveToken,
    user: &'a Principal,
}

impl UserToken<'_> {
    fn view(&self) -> TokenView<'_> {
        TokenView {
            app: &self.token.owner,
            user: self.user,
            scopes: &self.token.record.scopes,
        }
    }

    fn envelope(&self) -> Result<PnutTokenEnvelope, PnutError> {
        Ok(PnutTokenEnvelope {
            meta: PnutMeta {
                code: PnutMetaCode::V200,
            },
            data: self.view().describe()?,
        })
    }

    fn oauth_scopes(&self) -> String {
        self.token.record.scopes.to_vec().join(",")
    }
}

fn user_token(exchange: &Exchange) -> Result<UserToken<'_>, PnutError> {
    let token = exchange.token()?;
    match &token.subject {
        Some(user) => Ok(UserToken { token, user }),
        None => Err(PnutError::UserTokenRequired),
    }
}

impl PnutApi for Pnut {
    type Context = Exchange;
    type Error = PnutError;

    fn context(&self, request: &poem::Request) -> Exchange {
        Exchange::of(request)
    }

    fn reject(
        &self,
        _exchange: &Exchange,
        operation: PnutOperation,
        rejection: wire::Rejection,
    ) -> PnutError {
        match operation {
            PnutOperation::GetToken | PnutOperation::DeleteToken => {
                PnutError::of_credential(&rejection)
            }
            PnutOperation::CreateAccessToken => PnutError::of_grant(&rejection),
        }
    }

    async fn pnut_get_token(
        &self,
        exchange: Exchange,
        _call: PnutGetTokenCall,
    ) -> Result<PnutGetTokenOk, PnutError> {
        let presented = user_token(&exchange)?;
        Ok(PnutGetTokenOk {
            body: presented.envelope()?,
            x_o_auth_scopes: presented.oauth_scopes(),
        })
    }

    async fn pnut_delete_token(
        &self,
        exchange: Exchange,
        _call: PnutDeleteTokenCall,
    ) -> Result<PnutDeleteTokenOk, PnutError> {
        let presented = user_token(&exchange)?;
        // Described first: a profile that cannot be shown must not cost the caller its token.
        let body = presented.envelope()?;
        let actor = exchange.visitor().actor(presented.user);
        let record = &presented.token.record;
        let tokens = self.authority.tokens();
        match tokens.revoke(&actor, record, Extent::Token, None).await? {
            Revocation::Ended => Ok(PnutDeleteTokenOk {
                body,
                x_o_auth_scopes: presented.oauth_scopes(),
            }),
            // Somebody else ended it since it was authenticated.
            Revocation::AlreadyEnded => Err(PnutError::TokenInvalid),
        }
    }

    async fn pnut_create_access_token(
        &self,
        exchange: Exchange,
        call: PnutCreateAccessTokenCall,
    ) -> Result<PnutCreateAccessTokenOk, PnutError> {
        let grant = grant::read(call.body)?;
        let visitor = exchange.visitor();
        let body: PnutAccessToken = grant::issue(&self.authority, &visitor, grant).await?;
        Ok(PnutCreateAccessTokenOk { body })
    }
}
