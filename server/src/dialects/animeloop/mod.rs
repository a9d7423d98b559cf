//! Animeloop: a login opens a cookie session; under it a user fetches, renews and revokes the one token it has.
//!
//! Outcomes are seven-digit codes under HTTP 200 (`refusals`), the cookie is that of
//! `express-session` (`cookie`). Whether a session or token is good is the authority's business.
//!
//! Principals, and what `demo` and `admin seed` put into their profiles:
//!
//! | kind, name | profile | secrets |
//! | --- | --- | --- |
//! | user, username | `email` | password |

mod cookie;
mod cross_origin;
mod demo;
mod kinds;
mod refusals;
mod settings;
mod user;
#[cfg(test)]
mod ways;

use std::sync::Arc;

use poem::{Request, http::Method};

use super::{Described, Registration, Surroundings, Tokens, Users, Visitor};
use crate::{
    authority::{
        Claimant, DialectRules, Extent, IssueRequest, Session, TokenAuthority, Unavailable,
    },
    domain::{Actor, KeyAlgorithm, Principal, PrincipalKind, Secret, Standing, TokenClass},
    edge::{DialectEdge, EdgeFailure, Mount, Origins},
    generated::{
        animeloop::{
            AnimeloopAnyRefusal, AnimeloopApi, AnimeloopCreateSessionCall,
            AnimeloopCreateSessionFailure, AnimeloopCreateSessionOk, AnimeloopCreateTokenCall,
            AnimeloopCreateTokenOk, AnimeloopCredentials, AnimeloopDeleteSessionCall,
            AnimeloopDeleteSessionOk, AnimeloopGetTokenCall, AnimeloopGetTokenOk,
            AnimeloopLoginSuccess, AnimeloopLogoutSuccess, AnimeloopNewTokenSuccess,
            AnimeloopNoData, AnimeloopReadTokenCall, AnimeloopReadTokenOk, AnimeloopRevokeSuccess,
            AnimeloopRevokeTokenCall, AnimeloopRevokeTokenOk, AnimeloopRoutes, AnimeloopTokenData,
            AnimeloopTokenSuccess, AnimeloopUser, DIALECT,
        },
        wire::{Rejection, RejectionKind, RejectionPlace},
    },
    public_url::PublicUrl,
};
use refusals::Failure;
pub use settings::{AnimeloopSettings as Settings, SameSite};

/// The one class of animeloop's tokens: a user has at most one live.
const USER_TOKEN: TokenClass = TokenClass::new("user");

/// The dialect, as the others know it.
pub(super) const REGISTRATION: Registration = Registration {
    id: DIALECT,
    described: Described::by::<AnimeloopRoutes<Animeloop>>(),
    rules: |settings| DialectRules {
        session_max_secs: Some(settings.animeloop.session_max_secs),
        ..DialectRules::signed(&[KeyAlgorithm::Hs256])
    },
    tokens: Tokens {
        scheme: None,
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
    let animeloop = Animeloop {
        authority: surroundings.authority.clone(),
        settings: surroundings.settings.animeloop,
        cookie: cookie::Attributes::of(surroundings.settings.animeloop, &surroundings.public_url),
        public_url: surroundings.public_url.clone(),
        origins: surroundings.origins.clone(),
    };
    Mount::dialect(animeloop, AnimeloopRoutes).limited_by(&surroundings.limits)
}

/// The dialect.
#[derive(Debug)]
pub struct Animeloop {
    authority: TokenAuthority,
    settings: Settings,
    cookie: cookie::Attributes,
    /// An origin that counts as ours whatever `Host` a proxy passes on.
    public_url: PublicUrl,
    /// Origins of others that the operator trusts with the cookie.
    origins: Origins,
}

impl Animeloop {
    /// The live session behind a cookie.
    async fn session(&self, cookie: Option<&Secret>) -> Result<Option<Session>, Unavailable> {
        let Some(signed) = cookie.and_then(cookie::read) else {
            return Ok(None);
        };
        let sessions = self.authority.sessions();
        sessions.find(DIALECT, &signed).await
    }

    /// The user behind a cookie, and the session.
    async fn user(
        &self,
        visitor: &Visitor,
        cookie: Option<&Secret>,
    ) -> Result<(Arc<Principal>, Actor, Standing), Failure> {
        let session = self.session(cookie).await?;
        let session = session.ok_or_else(refusals::no_session)?;
        let standing = session.standing();
        let user = session.principal.ok_or_else(refusals::user_gone)?;
        visitor.prove(&user)?;
        let actor = visitor.actor(&user);
        Ok((user, actor, standing))
    }

    /// The user's live token, byte for byte as it was first handed out.
    async fn live_token(
        &self,
        visitor: &Visitor,
        cookie: Option<&Secret>,
    ) -> Result<AnimeloopTokenSuccess, Failure> {
        let (user, _, _) = self.user(visitor, cookie).await?;
        let live = self
            .authority
            .tokens()
            .in_slot(DIALECT, user.id, &USER_TOKEN)
            .await?
            .ok_or_else(refusals::no_token)?;
        let token = self.authority.tokens().reproduce(&live).await?;
        Ok(AnimeloopTokenSuccess::new(token_data(&token)))
    }
}

impl DialectEdge for Animeloop {
    type Context = Visitor;
    type Refusal = AnimeloopAnyRefusal;

    fn refuse(&self, _visitor: &Visitor, failure: EdgeFailure) -> AnimeloopAnyRefusal {
        failure.into()
    }

    async fn admit(
        &self,
        _visitor: &Visitor,
        request: &Request,
    ) -> Result<(), AnimeloopAnyRefusal> {
        let headers = request.headers();
        let is_trusted = self.origins.admitted(headers).is_some();
        if request.method() == Method::POST
            && !is_trusted
            && cross_origin::is_cross_origin(headers, &self.public_url)
        {
            return Err(refusals::bad_request().into());
        }
        Ok(())
    }
}

impl AnimeloopApi for Animeloop {
    type Context = Visitor;
    async fn animeloop_create_session(
        &self,
        visitor: Visitor,
        call: AnimeloopCreateSessionCall,
    ) -> Result<AnimeloopCreateSessionOk, AnimeloopCreateSessionFailure> {
        // Like the original when Google cannot be reached: before anything else is looked at.
        if self.settings.captcha {
            return Err(refusals::captcha_failed().into());
        }
        let AnimeloopCredentials { username, password } = call.body;
        if username.is_empty() {
            return Err(refusals::username_empty().into());
        }
        if password.expose().is_empty() {
            return Err(refusals::password_empty().into());
        }
        if !user::is_username(&username) || !user::is_password(password.expose()) {
            return Err(refusals::credentials_wrong().into());
        }
        let claimant = Claimant {
            dialect: DIALECT,
            kind: PrincipalKind::User,
            name: &username,
        };
        let proven = self
            .authority
            .proofs()
            .password(&visitor.nobody(), claimant, &password)
            .await
            .map_err(Failure::from)?;
        visitor.prove(&proven.user).map_err(Failure::from)?;
        let replaced = call.animeloop_auth_sid.as_ref().and_then(cookie::read);
        let actor = visitor.actor(&proven.user);
        let session = self
            .authority
            .sessions()
            .open(&actor, DIALECT, &proven, replaced.as_ref())
            .await
            .map_err(Failure::from)?;
        Ok(AnimeloopCreateSessionOk {
            body: AnimeloopLoginSuccess::new(AnimeloopUser {
                email: user::email(&proven.user).into(),
                username: proven.user.name.clone(),
            }),
            set_cookie: Some(cookie::set_cookie(&session, self.cookie)),
        })
    }

    async fn animeloop_delete_session(
        &self,
        visitor: Visitor,
        call: AnimeloopDeleteSessionCall,
    ) -> Result<AnimeloopDeleteSessionOk, Failure> {
        if let Some(session) = self.session(call.animeloop_auth_sid.as_ref()).await? {
            let actor = match &session.principal {
                Some(user) => {
                    visitor.prove(user)?;
                    visitor.actor(user)
                }
                None => visitor.nobody(),
            };
            self.authority.sessions().close(&actor, &session).await?;
        }
        Ok(AnimeloopDeleteSessionOk {
            body: AnimeloopLogoutSuccess::new(AnimeloopNoData {}),
        })
    }

    async fn animeloop_get_token(
        &self,
        visitor: Visitor,
        call: AnimeloopGetTokenCall,
    ) -> Result<AnimeloopGetTokenOk, Failure> {
        let cookie = call.animeloop_auth_sid.as_ref();
        let body = self.live_token(&visitor, cookie).await?;
        Ok(AnimeloopGetTokenOk { body })
    }

    async fn animeloop_read_token(
        &self,
        visitor: Visitor,
        call: AnimeloopReadTokenCall,
    ) -> Result<AnimeloopReadTokenOk, Failure> {
        let cookie = call.animeloop_auth_sid.as_ref();
        let body = self.live_token(&visitor, cookie).await?;
        Ok(AnimeloopReadTokenOk { body })
    }

    async fn animeloop_create_token(
        &self,
        visitor: Visitor,
        call: AnimeloopCreateTokenCall,
    ) -> Result<AnimeloopCreateTokenOk, Failure> {
        let (user, actor, session) = self
            .user(&visitor, call.animeloop_auth_sid.as_ref())
            .await?;
        let request = IssueRequest::jwt(DIALECT, USER_TOKEN, user.id, move |facts| {
            user::claims(&user, facts)
        })
        .superseding()
        .standing_on(session);
        let issued = self.authority.tokens().issue(&actor, request).await?;
        Ok(AnimeloopCreateTokenOk {
            body: AnimeloopNewTokenSuccess::new(token_data(&issued.token)),
        })
    }

    async fn animeloop_revoke_token(
        &self,
        visitor: Visitor,
        call: AnimeloopRevokeTokenCall,
    ) -> Result<AnimeloopRevokeTokenOk, Failure> {
        let (user, actor, _) = self
            .user(&visitor, call.animeloop_auth_sid.as_ref())
            .await?;
        let live = self
            .authority
            .tokens()
            .in_slot(DIALECT, user.id, &USER_TOKEN)
            .await?;
        if let Some(live) = live {
            self.authority
                .tokens()
                .revoke(&actor, &live, Extent::Token, None)
                .await?;
        }
        Ok(AnimeloopRevokeTokenOk {
            body: AnimeloopRevokeSuccess::new(AnimeloopNoData {}),
        })
    }

    fn reject_animeloop_create_session(
        &self,
        _visitor: &Visitor,
        rejection: Rejection,
    ) -> AnimeloopCreateSessionFailure {
        match (rejection.kind, rejection.place, rejection.field()) {
            (RejectionKind::BodyTooLarge, ..) => refusals::payload_too_large().into(),
            (RejectionKind::FieldMissing, RejectionPlace::Body, Some("username")) => {
                refusals::username_empty().into()
            }
            (RejectionKind::FieldMissing, RejectionPlace::Body, Some("password")) => {
                refusals::password_empty().into()
            }
            _ => refusals::of_rejection(&rejection).into(),
        }
    }

    fn reject_animeloop_delete_session(&self, _visitor: &Visitor, rejection: Rejection) -> Failure {
        refusals::of_rejection(&rejection)
    }
}

fn token_data(token: &Secret) -> AnimeloopTokenData {
    AnimeloopTokenData {
        token: token.expose().into(),
    }
}
