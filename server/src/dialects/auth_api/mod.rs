//! The Auth API dialect: long opaque tokens for automation, short JWTs exchanged for them, revocation by id.
//!
//! A long token is issued for one proof of the client's identity (`proof`), a short one for a long
//! one (`issue`); what a token may do is narrowed in `scopes`. All refusals are in `errors`, their answers in `answers`.

mod answers;
mod edge;
mod errors;
mod issue;
mod profile;
mod proof;
mod scopes;

use std::sync::Arc;

use poem::Request;

use self::{edge::AuthApiEdge, errors::AuthApiRefusal, profile::AuthApiClientProfile};
use super::{Surroundings, Visitor};
use crate::{
    authority::{Extent, LiveToken, Revocation, TokenAuthority},
    domain::{Dialect, Secret, TokenClass, TokenId},
    edge::Mount,
    generated::{
        auth_api::{
            AuthApiApi, AuthApiIssueLongTokenCall, AuthApiIssueLongTokenCreated,
            AuthApiIssueShortTokenCall, AuthApiIssueShortTokenCreated, AuthApiOperation,
            AuthApiRevokeTokenCall, AuthApiRevokeTokenNoContent, AuthApiRoutes,
        },
        wire::Rejection,
    },
};

/// Kept by an automation, exchanged for short ones.
const LONG: TokenClass = TokenClass::new("long");

/// Spent by an automation.
const SHORT: TokenClass = TokenClass::new("short");

/// What a bearer needs to revoke.
const REVOKE: &str = "tokens:revoke";

/// The dialect's operations.
#[derive(Debug, Clone)]
pub struct AuthApi {
    authority: TokenAuthority,
    /// The one audience that assertions may name: the address of the issue of long tokens.
    assertion_audience: String,
    /// The longest life of an assertion.
    assertion_secs: u32,
}

/// The dialect, ready to be served.
pub(super) fn mount(surroundings: &Surroundings) -> Mount {
    let api = AuthApi {
        authority: surroundings.authority.clone(),
        assertion_audience: format!("{}/v1/auth/tokens/long", surroundings.public_url),
        assertion_secs: surroundings.settings.auth_api.assertion_secs,
    };
    Mount::new(
        "auth_api",
        &["/v1/auth"],
        AuthApiEdge,
        AuthApiRoutes(Arc::new(api)),
    )
    .limited_by(&surroundings.limits)
}

impl AuthApi {
    /// The live token behind a bearer, counted against its client.
    async fn bearer(
        &self,
        visitor: &Visitor,
        bearer: &Secret,
    ) -> Result<LiveToken, AuthApiRefusal> {
        let live = self
            .authority
            .tokens()
            .authenticate(Dialect::AuthApi, bearer.expose())
            .await?;
        visitor.prove(&live.owner)?;
        Ok(live)
    }
}

impl AuthApiApi for AuthApi {
    type Context = Visitor;
    type Error = AuthApiRefusal;

    fn context(&self, request: &Request) -> Visitor {
        Visitor::of(request)
    }

    fn reject(
        &self,
        _: &Visitor,
        operation: AuthApiOperation,
        rejection: Rejection,
    ) -> AuthApiRefusal {
        AuthApiRefusal::of_rejection(operation, &rejection)
    }

    async fn auth_api_issue_long_token(
        &self,
        visitor: Visitor,
        call: AuthApiIssueLongTokenCall,
    ) -> Result<AuthApiIssueLongTokenCreated, AuthApiRefusal> {
        let proven = self
            .prove(&visitor, &call.body, call.bearer, call.x_client_id)
            .await?;
        self.issue_long(&visitor, proven, &call.body).await
    }

    async fn auth_api_issue_short_token(
        &self,
        visitor: Visitor,
        call: AuthApiIssueShortTokenCall,
    ) -> Result<AuthApiIssueShortTokenCreated, AuthApiRefusal> {
        let (in_body, wanted) = call
            .body
            .map_or((None, None), |body| (body.long_token, body.scopes));
        let long = self
            .bearer(&visitor, &one_long_token(call.bearer, in_body)?)
            .await?;
        if long.record.class != LONG {
            return Err(AuthApiRefusal::TokenInvalid);
        }
        self.issue_short(&visitor, &long, wanted.as_deref()).await
    }

    async fn auth_api_revoke_token(
        &self,
        visitor: Visitor,
        call: AuthApiRevokeTokenCall,
    ) -> Result<AuthApiRevokeTokenNoContent, AuthApiRefusal> {
        let bearer = call.bearer.ok_or(AuthApiRefusal::TokenMissing)?;
        let caller = self.bearer(&visitor, &bearer).await?;
        if !caller.record.scopes.covers(REVOKE) {
            return Err(AuthApiRefusal::ScopeInsufficient { scope: REVOKE });
        }
        let id = TokenId::new(call.token_id);
        let tokens = self.authority.tokens();
        let target = tokens.owned(Dialect::AuthApi, caller.owner.id, &id).await?;
        // Another client's token is as unknown as one that never was.
        let target = target.ok_or(AuthApiRefusal::TokenUnknown)?;
        let actor = visitor.actor(&caller.owner);
        let (reason, all) = call
            .body
            .map_or((None, false), |body| (body.reason, body.revoke_all_related));
        let extent = if all { Extent::Family } else { Extent::Token };
        match tokens
            .revoke(&actor, &target, extent, reason.as_deref())
            .await?
        {
            Revocation::Ended | Revocation::AlreadyEnded => Ok(AuthApiRevokeTokenNoContent {}),
        }
    }
}

/// The long token of an exchange, which may be said twice but not differently (RFC 6750 §2).
fn one_long_token(
    bearer: Option<Secret>,
    in_body: Option<Secret>,
) -> Result<Secret, AuthApiRefusal> {
    match (bearer, in_body) {
        (Some(bearer), Some(in_body)) if bearer != in_body => Err(AuthApiRefusal::TokensDiffer),
        (Some(token), _) | (None, Some(token)) => Ok(token),
        (None, None) => Err(AuthApiRefusal::TokenMissing),
    }
}
