//! Obtaining a token: the two grants, what each must carry, and the scopes it ends in.

use std::sync::Arc;

use super::{
    Visitor,
    grant_refusals::{self as refusals, Failure},
    render::{self, TokenView, Unfit},
};
use crate::{
    authority::{Claimant, IssueRequest, ProvenUser, TokenAuthority, Unavailable},
    domain::{MachineSecret, Principal, PrincipalKind, ScopeSet, Secret, TokenClass},
    generated::pnut::{
        DIALECT, PnutAccessToken, PnutAccessTokenBadRequest, PnutAccessTokenObject,
        PnutAccessTokenRequest, PnutGrantType,
    },
};

/// Tokens that speak for a user.
const USER_TOKEN: TokenClass = TokenClass::new("user");
/// Tokens of an application alone.
const APP_TOKEN: TokenClass = TokenClass::new("app");

/// A complete grant.
#[derive(Debug)]
pub(super) enum Grant {
    /// The application asks for itself.
    ClientCredentials {
        client_id: String,
        client_secret: Secret,
    },
    /// The application asks with a user's password.
    Password {
        client_id: String,
        password_grant_secret: Secret,
        username: String,
        password: Secret,
        scopes: ScopeSet,
    },
}

/// Completes a form; an empty field counts as absent (RFC 6749 §3.2).
pub(super) fn read(form: PnutAccessTokenRequest) -> Result<Grant, PnutAccessTokenBadRequest> {
    let client_id = text(Some(form.client_id), "client_id")?;
    match form.grant_type {
        PnutGrantType::ClientCredentials => Ok(Grant::ClientCredentials {
            client_id,
            client_secret: secret(form.client_secret, "client_secret")?,
        }),
        PnutGrantType::Password => Ok(Grant::Password {
            client_id,
            password_grant_secret: secret(form.password_grant_secret, "password_grant_secret")?,
            username: text(form.username, "username")?,
            password: secret(form.password, "password")?,
            scopes: scopes(form.scope.as_deref().unwrap_or_default())?,
        }),
    }
}

fn text(sent: Option<String>, name: &'static str) -> Result<String, PnutAccessTokenBadRequest> {
    sent.filter(|text| !text.is_empty())
        .ok_or_else(|| refusals::field_missing(name))
}

fn secret(sent: Option<Secret>, name: &'static str) -> Result<Secret, PnutAccessTokenBadRequest> {
    sent.filter(|secret| !secret.expose().is_empty())
        .ok_or_else(|| refusals::field_missing(name))
}

/// The scopes asked for, `basic` before them.
fn scopes(asked: &str) -> Result<ScopeSet, PnutAccessTokenBadRequest> {
    let mut scopes = ScopeSet::parse("basic");
    for scope in ScopeSet::parse_comma(asked).iter() {
        render::scope(scope).ok_or_else(refusals::scope_unavailable)?;
        scopes.insert(scope);
    }
    Ok(scopes)
}

/// Checks the proofs of a grant and issues its token.
pub(super) async fn issue(
    authority: &TokenAuthority,
    visitor: &Visitor,
    grant: Grant,
) -> Result<PnutAccessToken, Failure> {
    match grant {
        Grant::ClientCredentials {
            client_id,
            client_secret,
        } => {
            let granting = Granting { authority, visitor };
            let sort = MachineSecret::Client;
            let app = granting.client(&client_id, sort, &client_secret).await?;
            visitor.prove_as(format_args!("client {}", app.id.0))?;
            granting.app_token(&app).await
        }
        Grant::Password {
            client_id,
            password_grant_secret,
            username,
            password,
            scopes,
        } => {
            let granting = Granting { authority, visitor };
            let sort = MachineSecret::PasswordGrant;
            let app = granting
                .client(&client_id, sort, &password_grant_secret)
                .await?;
            if !render::may_have(&app, &scopes) {
                return Err(refusals::scope_unavailable().into());
            }
            let proven = granting.user(&username, &password).await?;
            // By both: the users of a client must not keep each other out.
            let user = proven.user.id.0;
            visitor.prove_as(format_args!("client {} user {user}", app.id.0))?;
            granting.user_token(&app, proven, scopes).await
        }
    }
}

struct Granting<'a> {
    authority: &'a TokenAuthority,
    visitor: &'a Visitor,
}

impl Granting<'_> {
    async fn client(
        &self,
        client_id: &str,
        sort: MachineSecret,
        secret: &Secret,
    ) -> Result<Arc<Principal>, Failure> {
        let claimant = Claimant {
            dialect: DIALECT,
            kind: PrincipalKind::Client,
            name: client_id,
        };
        self.authority
            .proofs()
            .secret(&self.visitor.nobody(), claimant, sort, secret)
            .await
            .map_err(Failure::from)
    }

    async fn user(&self, username: &str, password: &Secret) -> Result<ProvenUser, Failure> {
        let name = self.user_name(username).await?;
        let claimant = Claimant {
            dialect: DIALECT,
            kind: PrincipalKind::User,
            name: &name,
        };
        self.authority
            .proofs()
            .password(&self.visitor.nobody(), claimant, password)
            .await
            .map_err(Failure::from)
    }

    /// The name of the user who is called so, or has that e-mail address. Tries are counted under it, so that another
    /// spelling buys none; an address that nobody has is counted in one spelling as well.
    async fn user_name(&self, sent: &str) -> Result<String, Unavailable> {
        if !sent.contains('@') {
            return Ok(sent.to_owned());
        }
        let name = self
            .authority
            .registry()
            .name_or_email(DIALECT, PrincipalKind::User, sent)
            .await?;
        Ok(name.unwrap_or_else(|| sent.to_ascii_lowercase()))
    }

    async fn app_token(&self, app: &Principal) -> Result<PnutAccessToken, Failure> {
        let scopes = ScopeSet::parse("basic");
        let token = PnutAccessTokenObject::new(render::app(app), render::scopes(&scopes));
        let request = IssueRequest::opaque(DIALECT, APP_TOKEN, app.id, "").scopes(scopes);
        let actor = self.visitor.actor(app);
        let issued = self
            .authority
            .tokens()
            .issue(&actor, request)
            .await
            .map_err(|error| refusals::of_issue(error, refusals::client_unknown))?;
        let access_token = issued.token;
        Ok(PnutAccessToken::new(access_token, token))
    }

    async fn user_token(
        &self,
        app: &Principal,
        ProvenUser { user, standing }: ProvenUser,
        scopes: ScopeSet,
    ) -> Result<PnutAccessToken, Failure> {
        let view = TokenView {
            app,
            user: &user,
            scopes: &scopes,
        };
        let shown = render::user(&user).map_err(|Unfit| refusals::unavailable())?;
        let token = view.describe(shown);
        let request = IssueRequest::opaque(DIALECT, USER_TOKEN, app.id, "")
            .subject(user.id)
            .scopes(scopes)
            .granting()
            .standing_on(standing);
        let actor = self.visitor.actor(&user);
        let issued = self
            .authority
            .tokens()
            .issue(&actor, request)
            .await
            .map_err(|error| refusals::of_issue(error, refusals::password_wrong))?;
        Ok(PnutAccessToken {
            access_token: issued.token,
            user_id: Some(token.user.id.clone()),
            username: Some(token.user.username.clone()),
            token: PnutAccessTokenObject {
                app: token.app,
                scopes: token.scopes,
                user: Some(token.user),
                storage: Some(token.storage),
                email: token.email,
            },
        })
    }
}
