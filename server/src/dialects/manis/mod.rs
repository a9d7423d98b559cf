//! The manis dialect: a merchant's id and secret, sent as two headers, for a signed token.

mod edge;
mod errors;

use std::sync::Arc;

use crate::{
    authority::{Claimant, IssueRequest, TokenAuthority, TokenFacts},
    domain::{Claims, Dialect, MachineSecret, Principal, PrincipalKind, Secret, TokenClass},
    edge::Mount,
    generated::{
        manis::{
            ManisApi, ManisCreateTokenCall, ManisCreateTokenOk, ManisOperation, ManisRoutes,
            ManisToken, ManisTokenTokenType,
        },
        wire,
    },
};

use super::{EpochUnit, ManisSettings, Surroundings, Visitor};
use edge::{Exchange, ManisEdge};
use errors::{ManisError, Refused};

/// `aud` of every token of this dialect.
const AUDIENCE: &str = "manis";
/// The one sort of token there is.
const ACCESS_TOKEN: TokenClass = TokenClass::new("access");

/// The dialect's one operation over the authority.
#[derive(Debug)]
pub struct Manis {
    authority: TokenAuthority,
    settings: ManisSettings,
}

/// The dialect's place in the server: `/api/v1/auth`.
pub(super) fn mount(surroundings: &Surroundings) -> Mount {
    let Surroundings {
        authority,
        limits,
        settings,
        ..
    } = surroundings;
    let edge = ManisEdge::new(authority.clone());
    let api = Manis {
        authority: authority.clone(),
        settings: settings.manis,
    };
    let routes = ManisRoutes(Arc::new(api));
    Mount::new("manis", &["/api/v1/auth"], edge, routes).limited_by(limits)
}

impl Manis {
    async fn authenticate(
        &self,
        exchange: &Exchange,
        call: &ManisCreateTokenCall,
    ) -> Result<Principal, ManisError> {
        let merchant_id = sent(call.x_merchant_id.as_ref(), "x-merchant-id")?;
        let secret = sent(call.x_secret.as_ref(), "x-secret")?;
        let claimant = Claimant {
            dialect: Dialect::Manis,
            kind: PrincipalKind::Merchant,
            name: merchant_id.expose(),
        };
        let actor = exchange.visitor().nobody();
        let merchant = self
            .authority
            .proofs()
            .secret(&actor, claimant, MachineSecret::Merchant, secret)
            .await?;
        exchange.visitor().prove(&merchant)?;
        Ok(merchant)
    }

    async fn issue(
        &self,
        exchange: &Exchange,
        merchant: &Principal,
    ) -> Result<ManisToken, ManisError> {
        let (iss, sub) = (self.authority.issuer().to_owned(), merchant.name.clone());
        let claims = move |facts: &TokenFacts| claims(iss, sub, facts);
        let request = IssueRequest::jwt(Dialect::Manis, ACCESS_TOKEN, merchant.id, claims)
            .audience(AUDIENCE)
            .lifetime_secs(i64::from(self.settings.token_secs));
        let actor = exchange.visitor().actor(merchant);
        let issued = self.authority.tokens().issue(&actor, request).await?;
        let expires_at_ms = issued
            .record
            .expires_at_ms
            .ok_or_else(ManisError::unavailable)?;
        Ok(ManisToken {
            token: issued.token,
            expires_at: match self.settings.expires_at {
                EpochUnit::Ms => expires_at_ms,
                EpochUnit::S => expires_at_ms.div_euclid(1000),
            },
            token_type: ManisTokenTokenType::Bearer,
        })
    }
}

/// A credential that is there and not empty.
fn sent<'a>(
    credential: Option<&'a Secret>,
    header: &'static str,
) -> Result<&'a Secret, ManisError> {
    credential
        .filter(|secret| !secret.expose().is_empty())
        .ok_or(ManisError::CredentialMissing(header))
}

/// RFC 7519 §4.1, `sub` being the merchant id.
fn claims(iss: String, sub: String, facts: &TokenFacts) -> Claims {
    Claims::new()
        .with("iss", iss)
        .with("sub", sub)
        .with("aud", AUDIENCE)
        .with("iat", facts.issued_at_secs())
        .with("exp", facts.expires_at_secs())
        .with("jti", facts.id.as_str())
}

impl ManisApi for Manis {
    type Context = Exchange;
    type Error = Refused;

    fn context(&self, request: &poem::Request) -> Exchange {
        Exchange::of(request)
    }

    fn reject(
        &self,
        exchange: &Exchange,
        _operation: ManisOperation,
        rejection: wire::Rejection,
    ) -> Refused {
        let error = ManisError::of_rejection(&rejection, exchange.lacking());
        error.at(self.authority.now_ms())
    }

    async fn manis_create_token(
        &self,
        exchange: Exchange,
        call: ManisCreateTokenCall,
    ) -> Result<ManisCreateTokenOk, Refused> {
        let issued = async {
            let merchant = self.authenticate(&exchange, &call).await?;
            self.issue(&exchange, &merchant).await
        };
        match issued.await {
            Ok(body) => Ok(ManisCreateTokenOk { body }),
            Err(error) => Err(error.at(self.authority.now_ms())),
        }
    }
}
