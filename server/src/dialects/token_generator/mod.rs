//! The token generator: a caller's token in, a token with the wanted abilities out.
//!
//! Whether the caller's token is valid is the authority's word. What is decided here is what a caller
//! may hand on ([`attenuation`]), what the new tokens say ([`claims`]) and how long they may slide.
//!
//! Principals; they have no profile. Tokens of users have the class `user`.
//!
//! | kind, name | secrets |
//! | --- | --- |
//! | user, `user_id` | |
//! | secret holder, any | HMAC key; its id is the `iss` |

mod attenuation;
mod authorization;
mod claims;
mod demo;
mod kinds;
mod permission;
mod refusals;
mod settings;
#[cfg(test)]
mod ways;

use poem::Response;

use super::{Described, Registration, Surroundings, Tokens, Users, Visitor};
use crate::{
    authority::{DialectRules, IssueRequest, LiveToken, TokenAuthority, Unavailable},
    domain::{KeyAlgorithm, PrincipalKind, Secret, TokenClass},
    edge::{DialectEdge, EdgeFailure, Mount},
    generated::{
        token_generator::{
            DIALECT, TokenGeneratorAnyRefusal, TokenGeneratorApi, TokenGeneratorCreateTokenCall,
            TokenGeneratorCreateTokenFailure, TokenGeneratorCreateTokenOk,
            TokenGeneratorIssuedToken, TokenGeneratorRoutes,
        },
        wire::{self, Rejection},
    },
    public_url::PublicUrl,
};
use attenuation::Escalation;
use claims::Template;
pub use settings::TokenGeneratorSettings as Settings;

/// What the one operation can refuse with.
type Failure = TokenGeneratorCreateTokenFailure;

/// Tokens that speak for a user.
const USER: TokenClass = TokenClass::new("user");

/// Tokens that speak for the holder of a registered secret.
const SECRET: TokenClass = TokenClass::new("secret");

/// Life of every token made here, in seconds.
const LIFE_SECS: i64 = 14_400;

/// The token generator's operations.
#[derive(Debug, Clone)]
pub struct TokenGenerator {
    authority: TokenAuthority,
    public_url: PublicUrl,
    settings: Settings,
}

/// The dialect, as the others know it.
pub(super) const REGISTRATION: Registration = Registration {
    id: DIALECT,
    described: Described::by::<TokenGeneratorRoutes<TokenGenerator>>(),
    rules: |_| DialectRules {
        self_signed: true,
        ..DialectRules::signed(&[KeyAlgorithm::Hs256])
    },
    tokens: Tokens {
        scheme: Some("Token"),
        audience: None,
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
    let dialect = TokenGenerator {
        authority: surroundings.authority.clone(),
        public_url: surroundings.public_url.clone(),
        settings: surroundings.settings.token_generator,
    };
    Mount::dialect(dialect, TokenGeneratorRoutes).limited_by(&surroundings.limits)
}

impl DialectEdge for TokenGenerator {
    type Context = Visitor;
    type Refusal = TokenGeneratorAnyRefusal;

    fn refuse(&self, _visitor: &Visitor, failure: EdgeFailure) -> TokenGeneratorAnyRefusal {
        failure.into()
    }

    fn after(&self, visitor: &Visitor, response: &mut Response) {
        let arrival = visitor.arrival();
        let runtime = format!("{:.6}", arrival.elapsed().as_secs_f64());
        wire::set_header(response, "x-request-id", arrival.request_id());
        wire::set_header(response, "x-runtime", &runtime);
    }
}

impl TokenGeneratorApi for TokenGenerator {
    type Context = Visitor;
    async fn token_generator_create_token(
        &self,
        visitor: Visitor,
        call: TokenGeneratorCreateTokenCall,
    ) -> Result<TokenGeneratorCreateTokenOk, Failure> {
        let caller = self.caller(call.authorization.as_ref()).await?;
        visitor.prove(&caller.owner)?;
        if !claims::can_be_kept(&caller) {
            return Err(refusals::number_too_long().into());
        }
        let permission = permission::read(call.body)?;
        let sliding_end_ms = self.sliding_end_ms(&caller).await?;
        let held = caller.record.claims.as_map();
        let asked_end_secs =
            attenuation::check(held, &permission, self.latest_end_secs(sliding_end_ms))
                .map_err(|Escalation| refusals::denied())?;

        let actor = visitor.actor(&caller.owner);
        let derived = Template::derived(&caller, permission);
        let derived_end_ms = asked_end_secs
            .map(|secs| secs.saturating_mul(1000))
            .or(sliding_end_ms);
        let renewed = Template::of_caller(&caller);
        let requests = vec![
            request(&caller, derived, derived_end_ms)?,
            request(&caller, renewed, sliding_end_ms)?,
        ];
        let mut issued = self
            .authority
            .tokens()
            .issue_all(&actor, requests)
            .await?
            .into_iter();
        let (Some(derived), Some(renewed)) = (issued.next(), issued.next()) else {
            return Err(refusals::unavailable().into());
        };
        Ok(TokenGeneratorCreateTokenOk {
            body: TokenGeneratorIssuedToken {
                token: derived.token,
                endpoint: self.public_url.host_and_port().to_owned(),
            },
            x_token: renewed.token,
        })
    }

    fn reject_token_generator_create_token(
        &self,
        _visitor: &Visitor,
        rejection: Rejection,
    ) -> Failure {
        refusals::of_rejection(&rejection)
    }
}

impl TokenGenerator {
    async fn caller(&self, authorization: Option<&Secret>) -> Result<LiveToken, Failure> {
        let token = authorization
            .and_then(|value| authorization::token(value.expose()))
            .ok_or_else(refusals::denied)?;
        Ok(self.authority.tokens().authenticate(DIALECT, token).await?)
    }

    /// The moment beyond which nothing made from this token may live, in milliseconds. It counts from
    /// the first token of the family; a longer life that the token itself was given is not taken back.
    ///
    /// `None` for a token without an end, which needs no sliding to live on, and for one that its
    /// holder signed and can sign again.
    async fn sliding_end_ms(&self, caller: &LiveToken) -> Result<Option<i64>, Unavailable> {
        let record = &caller.record;
        let Some(own_end_ms) = record.expires_at_ms.filter(|_| caller.stored) else {
            return Ok(None);
        };
        let first = self.authority.tokens().first_of_family(record).await?;
        let ceiling_ms = i64::from(self.settings.sliding_ceiling_secs) * 1000;
        Ok(Some(first.map_or(own_end_ms, |first| {
            own_end_ms.max(first.issued_at_ms.saturating_add(ceiling_ms))
        })))
    }

    /// The last `exp` that a token made now can have.
    fn latest_end_secs(&self, sliding_end_ms: Option<i64>) -> i64 {
        let full_life = self.authority.now_ms().div_euclid(1000) + LIFE_SECS;
        sliding_end_ms.map_or(full_life, |end_ms| full_life.min(end_ms.div_euclid(1000)))
    }
}

/// A token that dies with the caller's when that is revoked, not when it is over.
fn request(
    caller: &LiveToken,
    template: Template,
    end_ms: Option<i64>,
) -> Result<IssueRequest, Unavailable> {
    let secret = match caller.owner.kind {
        PrincipalKind::SecretHolder => Some(caller.record.key_id.clone().ok_or(Unavailable)?),
        PrincipalKind::User | PrincipalKind::Client | PrincipalKind::Merchant => None,
    };
    let class = if secret.is_some() { SECRET } else { USER };
    let mut request = IssueRequest::jwt(DIALECT, class, caller.owner.id, |facts| {
        template.into_claims(facts)
    })
    .lifetime_secs(LIFE_SECS)
    .derived_from(caller);
    if let Some(secret) = secret {
        request = request.signed_with(secret);
    }
    if let Some(end_ms) = end_ms {
        request = request.expires_by_ms(end_ms);
    }
    Ok(request)
}
