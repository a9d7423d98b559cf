//! The Auth API dialect: long opaque tokens for automation, short JWTs exchanged for them, revocation by id.
//!
//! A long token is issued for one proof of the client's identity (`proof`), a short one for a long
//! one (`issue`); what a token may do is narrowed in `scopes`. All refusals are in `refusals`.
//!
//! Principals, and what `demo` and `admin seed` put into their profiles; members that are missing have defaults:
//!
//! | kind, name | profile | secrets |
//! | --- | --- | --- |
//! | client, `client_id` | `scopes` (array), `step_up` (boolean) | client secret, TOTP seed, assertion key |

mod demo;
mod issue;
mod kinds;
mod profile;
mod proof;
mod refusals;
mod scopes;
mod settings;
#[cfg(test)]
mod ways;

pub use self::settings::AuthApiSettings as Settings;
use self::{profile::AuthApiClientProfile, refusals::Failure};
use super::{Described, Registration, Surroundings, Tokens, Users, Visitor};
use crate::{
    authority::{DialectRules, Extent, LiveToken, TokenAuthority},
    domain::{KeyAlgorithm, Secret, TokenClass, TokenId},
    edge::{DialectEdge, EdgeFailure, Mount},
    generated::{
        auth_api::{
            AuthApiAnyRefusal, AuthApiApi, AuthApiIssueLongTokenCall, AuthApiIssueLongTokenCreated,
            AuthApiIssueLongTokenFailure, AuthApiIssueShortTokenCall,
            AuthApiIssueShortTokenCreated, AuthApiRevokeTokenCall, AuthApiRevokeTokenFailure,
            AuthApiRevokeTokenNoContent, AuthApiRoutes, DIALECT,
        },
        wire::{Rejection, RejectionPlace},
    },
};

/// `aud` of every short token.
const AUDIENCE: &str = "auth_api";

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

/// The dialect, as the others know it.
pub(super) const REGISTRATION: Registration = Registration {
    id: DIALECT,
    described: Described::by::<AuthApiRoutes<AuthApi>>(),
    rules: |_| DialectRules::signed(&KeyAlgorithm::PAIRS),
    tokens: Tokens {
        scheme: Some("Bearer"),
        audience: Some(AUDIENCE),
        users: Users::Named,
    },
    mount,
    kinds: kinds::KINDS,
    showcase: &demo::Demo,
    #[cfg(test)]
    ways: ways::WAYS,
};

/// The dialect, ready to be served.
fn mount(surroundings: &Surroundings) -> Mount {
    let api = AuthApi {
        authority: surroundings.authority.clone(),
        assertion_audience: format!("{}/v1/auth/tokens/long", surroundings.public_url),
        assertion_secs: surroundings.settings.auth_api.assertion_secs,
    };
    Mount::dialect(api, AuthApiRoutes).limited_by(&surroundings.limits)
}

impl AuthApi {
    /// The live token behind a bearer, counted against its client.
    async fn bearer(&self, visitor: &Visitor, bearer: &Secret) -> Result<LiveToken, Failure> {
        let live = self
            .authority
            .tokens()
            .authenticate(DIALECT, bearer.expose())
            .await?;
        visitor.prove(&live.owner)?;
        Ok(live)
    }
}

impl DialectEdge for AuthApi {
    type Context = Visitor;
    type Refusal = AuthApiAnyRefusal;

    fn refuse(&self, _visitor: &Visitor, failure: EdgeFailure) -> AuthApiAnyRefusal {
        failure.into()
    }
}

impl AuthApiApi for AuthApi {
    type Context = Visitor;
    async fn auth_api_issue_long_token(
        &self,
        visitor: Visitor,
        call: AuthApiIssueLongTokenCall,
    ) -> Result<AuthApiIssueLongTokenCreated, AuthApiIssueLongTokenFailure> {
        let proven = self
            .prove(&visitor, &call.body, call.bearer, call.x_client_id)
            .await?;
        Ok(self.issue_long(&visitor, proven, &call.body).await?)
    }

    async fn auth_api_issue_short_token(
        &self,
        visitor: Visitor,
        call: AuthApiIssueShortTokenCall,
    ) -> Result<AuthApiIssueShortTokenCreated, Failure> {
        let (in_body, wanted) = call
            .body
            .map_or((None, None), |body| (body.long_token, body.scopes));
        let long = self
            .bearer(&visitor, &one_long_token(call.bearer, in_body)?)
            .await?;
        if long.record.class != LONG {
            return Err(refusals::token_invalid().into());
        }
        self.issue_short(&visitor, &long, wanted.as_deref()).await
    }

    async fn auth_api_revoke_token(
        &self,
        visitor: Visitor,
        call: AuthApiRevokeTokenCall,
    ) -> Result<AuthApiRevokeTokenNoContent, AuthApiRevokeTokenFailure> {
        let bearer = call.bearer.ok_or_else(refusals::token_missing)?;
        let caller = self.bearer(&visitor, &bearer).await?;
        if !caller.record.scopes.covers(REVOKE) {
            return Err(refusals::scope_insufficient(REVOKE).into());
        }
        let id = TokenId::new(call.token_id);
        let tokens = self.authority.tokens();
        let target = tokens.owned(DIALECT, caller.owner.id, &id).await;
        // Another client's token is as unknown as one that never was.
        let target = target
            .map_err(Failure::from)?
            .ok_or_else(refusals::token_unknown)?;
        let actor = visitor.actor(&caller.owner);
        let (reason, all) = call
            .body
            .map_or((None, false), |body| (body.reason, body.revoke_all_related));
        let extent = if all { Extent::Family } else { Extent::Token };
        // Already ended is as good as ended.
        tokens
            .revoke(&actor, &target, extent, reason.as_deref())
            .await
            .map_err(Failure::from)?;
        Ok(AuthApiRevokeTokenNoContent {})
    }

    fn reject_auth_api_issue_long_token(
        &self,
        _visitor: &Visitor,
        rejection: Rejection,
    ) -> AuthApiIssueLongTokenFailure {
        refusals::of_rejection(&rejection, refusals::client_missing).into()
    }

    fn reject_auth_api_issue_short_token(
        &self,
        _visitor: &Visitor,
        rejection: Rejection,
    ) -> Failure {
        refusals::of_rejection(&rejection, refusals::token_missing)
    }

    fn reject_auth_api_revoke_token(
        &self,
        _visitor: &Visitor,
        rejection: Rejection,
    ) -> AuthApiRevokeTokenFailure {
        // Any text that is no id of a token is simply unknown.
        if rejection.place == RejectionPlace::Parameter("tokenId") {
            return refusals::token_unknown().into();
        }
        refusals::of_rejection(&rejection, refusals::token_missing).into()
    }
}

/// The long token of an exchange, which may be said twice but not differently (RFC 6750 §2).
fn one_long_token(bearer: Option<Secret>, in_body: Option<Secret>) -> Result<Secret, Failure> {
    match (bearer, in_body) {
        (Some(bearer), Some(in_body)) if bearer != in_body => Err(refusals::tokens_differ().into()),
        (Some(token), _) | (None, Some(token)) => Ok(token),
        (None, None) => Err(refusals::token_missing().into()),
    }
}
