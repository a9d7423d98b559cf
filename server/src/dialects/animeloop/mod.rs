//! Animeloop: a login opens a cookie session; under it a user fetches, renews and revokes the one token it has.
//!
//! Outcomes are seven-digit codes under HTTP 200 (`errors`), the cookie is that of
//! `express-session` (`cookie`). Whether a session or token is good is the authority's business.

mod cookie;
mod edge;
mod errors;
mod user;

use std::sync::Arc;

use poem::Request;

use super::{AnimeloopSettings, Surroundings, Visitor};
use crate::{
    authority::{Claimant, Extent, IssueRequest, Session, TokenAuthority},
    domain::{Actor, Dialect, Principal, PrincipalKind, Secret, Standing, TokenClass},
    edge::Mount,
    generated::{
        animeloop::{
            AnimeloopApi, AnimeloopCreateSessionCall, AnimeloopCreateSessionOk,
            AnimeloopCreateTokenCall, AnimeloopCreateTokenOk, AnimeloopCredentials,
            AnimeloopDeleteSessionCall, AnimeloopDeleteSessionOk, AnimeloopGetTokenCall,
            AnimeloopGetTokenOk, AnimeloopLoginSuccess, AnimeloopLoginSuccessCode,
            AnimeloopLoginSuccessMessage, AnimeloopLoginSuccessStatus, AnimeloopLogoutSuccess,
            AnimeloopLogoutSuccessCode, AnimeloopLogoutSuccessMessage,
            AnimeloopLogoutSuccessStatus, AnimeloopNewTokenSuccess, AnimeloopNewTokenSuccessCode,
            AnimeloopNewTokenSuccessMessage, AnimeloopNewTokenSuccessStatus, AnimeloopNoData,
            AnimeloopOperation, AnimeloopReadTokenCall, AnimeloopReadTokenOk,
            AnimeloopRevokeSuccess, AnimeloopRevokeSuccessCode, AnimeloopRevokeSuccessMessage,
            AnimeloopRevokeSuccessStatus, AnimeloopRevokeTokenCall, AnimeloopRevokeTokenOk,
            AnimeloopRoutes, AnimeloopTokenData, AnimeloopTokenSuccess, AnimeloopTokenSuccessCode,
            AnimeloopTokenSuccessMessage, AnimeloopTokenSuccessStatus, AnimeloopUser,
        },
        wire,
    },
};
pub use edge::AnimeloopEdge;
pub use errors::AnimeloopError;

/// The one class of animeloop's tokens: a user has at most one live.
const USER_TOKEN: TokenClass = TokenClass::new("user");

/// Plugs animeloop in under `/api/v2`.
#[must_use]
pub fn mount(surroundings: &Surroundings) -> Mount {
    let api = Animeloop {
        authority: surroundings.authority.clone(),
        settings: surroundings.settings.animeloop,
        cookie: cookie::Attributes::of(surroundings.settings.animeloop, &surroundings.public_url),
    };
    let edge = AnimeloopEdge {
        public_url: surroundings.public_url.clone(),
        origins: surroundings.origins.clone(),
    };
    Mount::new(
        "animeloop",
        &["/api/v2"],
        edge,
        AnimeloopRoutes(Arc::new(api)),
    )
    .limited_by(&surroundings.limits)
}

/// The dialect.
#[derive(Debug)]
pub struct Animeloop {
    authority: TokenAuthority,
    settings: AnimeloopSettings,
    cookie: cookie::Attributes,
}

impl Animeloop {
    /// The live session behind a cookie.
    async fn session(&self, cookie: Option<&Secret>) -> Result<Option<Session>, AnimeloopError> {
        let Some(signed) = cookie.and_then(cookie::read) else {
            return Ok(None);
        };
        let sessions = self.authority.sessions();
        Ok(sessions.find(Dialect::Animeloop, &signed).await?)
    }

    /// The user behind a cookie, and the session.
    async fn user(
        &self,
        visitor: &Visitor,
        cookie: Option<&Secret>,
    ) -> Result<(Principal, Actor, Standing), AnimeloopError> {
        let session = self.session(cookie).await?;
        let session = session.ok_or(AnimeloopError::NoSession)?;
        let standing = session.standing();
        let user = session.principal.ok_or(AnimeloopError::UserGone)?;
        visitor.prove(&user)?;
        let actor = visitor.actor(&user);
        Ok((user, actor, standing))
    }

    /// The user's live token, byte for byte as it was first handed out.
    async fn live_token(
        &self,
        visitor: &Visitor,
        cookie: Option<&Secret>,
    ) -> Result<AnimeloopTokenSuccess, AnimeloopError> {
        let (user, _, _) = self.user(visitor, cookie).await?;
        let live = self
            .authority
            .tokens()
            .in_slot(Dialect::Animeloop, user.id, &USER_TOKEN)
            .await?
            .ok_or(AnimeloopError::NoToken)?;
        let token = self.authority.tokens().reproduce(&live).await?;
        Ok(AnimeloopTokenSuccess {
            status: AnimeloopTokenSuccessStatus::Success,
            code: AnimeloopTokenSuccessCode::V1320001,
            message: AnimeloopTokenSuccessMessage::RequestTokenSuccessfully,
            data: token_data(&token),
        })
    }
}

impl AnimeloopApi for Animeloop {
    type Context = Visitor;
    type Error = AnimeloopError;

    fn context(&self, request: &Request) -> Visitor {
        Visitor::of(request)
    }

    fn reject(
        &self,
        _visitor: &Visitor,
        _operation: AnimeloopOperation,
        rejection: wire::Rejection,
    ) -> AnimeloopError {
        AnimeloopError::from(&rejection)
    }

    async fn animeloop_create_session(
        &self,
        visitor: Visitor,
        call: AnimeloopCreateSessionCall,
    ) -> Result<AnimeloopCreateSessionOk, AnimeloopError> {
        // Like the original when Google cannot be reached: before anything else is looked at.
        if self.settings.captcha {
            return Err(AnimeloopError::CaptchaFailed);
        }
        let AnimeloopCredentials { username, password } = call.body;
        if username.is_empty() {
            return Err(AnimeloopError::UsernameEmpty);
        }
        if password.expose().is_empty() {
            return Err(AnimeloopError::PasswordEmpty);
        }
        if !user::is_username(&username) || !user::is_password(password.expose()) {
            return Err(AnimeloopError::CredentialsWrong);
        }
        let claimant = Claimant {
            dialect: Dialect::Animeloop,
            kind: PrincipalKind::User,
            name: &username,
        };
        let proven = self
            .authority
            .proofs()
            .password(&visitor.nobody(), claimant, &password)
            .await?;
        visitor.prove(&proven.user)?;
        let replaced = call.animeloop_auth_sid.as_ref().and_then(cookie::read);
        let actor = visitor.actor(&proven.user);
        let session = self
            .authority
            .sessions()
            .open(&actor, Dialect::Animeloop, &proven, replaced.as_ref())
            .await?;
        Ok(AnimeloopCreateSessionOk {
            body: AnimeloopLoginSuccess {
                status: AnimeloopLoginSuccessStatus::Success,
                code: AnimeloopLoginSuccessCode::V1220001,
                message: AnimeloopLoginSuccessMessage::LoginSuccessfully,
                data: AnimeloopUser {
                    email: user::email(&proven.user).into(),
                    username: proven.user.name,
                },
            },
            set_cookie: Some(cookie::set_cookie(&session, self.cookie)),
        })
    }

    async fn animeloop_delete_session(
        &self,
        visitor: Visitor,
        call: AnimeloopDeleteSessionCall,
    ) -> Result<AnimeloopDeleteSessionOk, AnimeloopError> {
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
            body: AnimeloopLogoutSuccess {
                status: AnimeloopLogoutSuccessStatus::Success,
                code: AnimeloopLogoutSuccessCode::V1220002,
                message: AnimeloopLogoutSuccessMessage::LogoutSuccessfully,
                data: AnimeloopNoData {},
            },
        })
    }

    async fn animeloop_get_token(
        &self,
        visitor: Visitor,
        call: AnimeloopGetTokenCall,
    ) -> Result<AnimeloopGetTokenOk, AnimeloopError> {
        let cookie = call.animeloop_auth_sid.as_ref();
        let body = self.live_token(&visitor, cookie).await?;
        Ok(AnimeloopGetTokenOk { body })
    }

    async fn animeloop_read_token(
        &self,
        visitor: Visitor,
        call: AnimeloopReadTokenCall,
    ) -> Result<AnimeloopReadTokenOk, AnimeloopError> {
        let cookie = call.animeloop_auth_sid.as_ref();
        let body = self.live_token(&visitor, cookie).await?;
        Ok(AnimeloopReadTokenOk { body })
    }

    async fn animeloop_create_token(
        &self,
        visitor: Visitor,
        call: AnimeloopCreateTokenCall,
    ) -> Result<AnimeloopCreateTokenOk, AnimeloopError> {
        let (user, actor, session) = self
            .user(&visitor, call.animeloop_auth_sid.as_ref())
            .await?;
        let request = IssueRequest::jwt(Dialect::Animeloop, USER_TOKEN, user.id, move |facts| {
            user::claims(&user, facts)
        })
        .superseding()
        .standing_on(session);
        let issued = self.authority.tokens().issue(&actor, request).await?;
        Ok(AnimeloopCreateTokenOk {
            body: AnimeloopNewTokenSuccess {
                status: AnimeloopNewTokenSuccessStatus::Success,
                code: AnimeloopNewTokenSuccessCode::V1320002,
                message: AnimeloopNewTokenSuccessMessage::RequestANewTokenSuccessfully,
                data: token_data(&issued.token),
            },
        })
    }

    async fn animeloop_revoke_token(
        &self,
        visitor: Visitor,
        call: AnimeloopRevokeTokenCall,
    ) -> Result<AnimeloopRevokeTokenOk, AnimeloopError> {
        let (user, actor, _) = self
            .user(&visitor, call.animeloop_auth_sid.as_ref())
            .await?;
        let live = self
            .authority
            .tokens()
            .in_slot(Dialect::Animeloop, user.id, &USER_TOKEN)
            .await?;
        if let Some(live) = live {
            self.authority
                .tokens()
                .revoke(&actor, &live, Extent::Token, None)
                .await?;
        }
        Ok(AnimeloopRevokeTokenOk {
            body: AnimeloopRevokeSuccess {
                status: AnimeloopRevokeSuccessStatus::Success,
                code: AnimeloopRevokeSuccessCode::V1320003,
                message: AnimeloopRevokeSuccessMessage::RevokeTheTokenSuccessfully,
                data: AnimeloopNoData {},
            },
        })
    }
}

fn token_data(token: &Secret) -> AnimeloopTokenData {
    AnimeloopTokenData {
        token: token.expose().into(),
    }
}
