//! The manis dialect: a merchant's id and secret, sent as two headers, for a signed token.
//!
//! Principals; they have no profile:
//!
//! | kind, name | secrets |
//! | --- | --- |
//! | merchant, merchant id | merchant secret |

mod demo;
mod kinds;
mod refusals;
mod settings;
#[cfg(test)]
mod ways;

use std::sync::Arc;

use crate::{
    authority::{Claimant, DialectRules, IssueRequest, TokenAuthority, TokenFacts},
    domain::{Claims, KeyAlgorithm, MachineSecret, Principal, PrincipalKind, Secret, TokenClass},
    edge::{DialectEdge, EdgeFailure, Mount},
    generated::{
        manis::{
            DIALECT, ManisAnyRefusal, ManisApi, ManisCreateTokenCall, ManisCreateTokenFailure,
            ManisCreateTokenOk, ManisRoutes, ManisToken,
        },
        wire::Rejection,
    },
};

use super::{Described, Registration, Surroundings, Tokens, Users, Visitor};
use refusals::RefusalsAt;
pub use settings::{EpochUnit, ManisSettings as Settings};

/// `aud` of every token of this dialect.
const AUDIENCE: &str = "manis";
/// The one sort of token there is.
const ACCESS_TOKEN: TokenClass = TokenClass::new("access");

/// The dialect's one operation over the authority.
#[derive(Debug)]
pub struct Manis {
    authority: TokenAuthority,
    settings: Settings,
}

/// The dialect, as the others know it.
pub(super) const REGISTRATION: Registration = Registration {
    id: DIALECT,
    described: Described::by::<ManisRoutes<Manis>>(),
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
    let manis = Manis {
        authority: surroundings.authority.clone(),
        settings: surroundings.settings.manis,
    };
    Mount::dialect(manis, ManisRoutes).limited_by(&surroundings.limits)
}

impl Manis {
    fn refusals(&self) -> RefusalsAt {
        RefusalsAt(self.authority.now_ms())
    }

    async fn authenticate(
        &self,
        visitor: &Visitor,
        call: &ManisCreateTokenCall,
    ) -> Result<Arc<Principal>, ManisCreateTokenFailure> {
        let merchant_id = self.sent(call.x_merchant_id.as_ref(), "x-merchant-id")?;
        let secret = self.sent(call.x_secret.as_ref(), "x-secret")?;
        let claimant = Claimant {
            dialect: DIALECT,
            kind: PrincipalKind::Merchant,
            name: merchant_id.expose(),
        };
        let merchant = self
            .authority
            .proofs()
            .secret(&visitor.nobody(), claimant, MachineSecret::Merchant, secret)
            .await
            .map_err(|error| self.refusals().of_proof(error))?;
        visitor
            .prove(&merchant)
            .map_err(|over| self.refusals().of_rate(over))?;
        Ok(merchant)
    }

    /// A credential that is there and not empty.
    fn sent<'a>(
        &self,
        credential: Option<&'a Secret>,
        header: &str,
    ) -> Result<&'a Secret, ManisCreateTokenFailure> {
        let sent = credential.filter(|secret| !secret.expose().is_empty());
        sent.ok_or_else(|| self.refusals().credential_missing(header).into())
    }

    async fn issue(
        &self,
        visitor: &Visitor,
        merchant: &Principal,
    ) -> Result<ManisToken, ManisCreateTokenFailure> {
        let (iss, sub) = (self.authority.issuer().to_owned(), merchant.name.clone());
        let claims = move |facts: &TokenFacts| claims(iss, sub, facts);
        let request = IssueRequest::jwt(DIALECT, ACCESS_TOKEN, merchant.id, claims)
            .audience(AUDIENCE)
            .lifetime_secs(i64::from(self.settings.token_secs));
        let issued = self
            .authority
            .tokens()
            .issue(&visitor.actor(merchant), request)
            .await
            .map_err(|error| self.refusals().of_issue(error))?;
        let expires_at_ms = issued
            .record
            .expires_at_ms
            .ok_or_else(|| self.refusals().unavailable())?;
        let expires_at = match self.settings.expires_at {
            EpochUnit::Ms => expires_at_ms,
            EpochUnit::S => expires_at_ms.div_euclid(1000),
        };
        Ok(ManisToken::new(issued.token, expires_at))
    }
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

impl DialectEdge for Manis {
    type Context = Visitor;
    type Refusal = ManisAnyRefusal;

    fn refuse(&self, _visitor: &Visitor, failure: EdgeFailure) -> ManisAnyRefusal {
        self.refusals().of_edge(failure)
    }
}

impl ManisApi for Manis {
    type Context = Visitor;

    async fn manis_create_token(
        &self,
        visitor: Visitor,
        call: ManisCreateTokenCall,
    ) -> Result<ManisCreateTokenOk, ManisCreateTokenFailure> {
        let merchant = self.authenticate(&visitor, &call).await?;
        let body = self.issue(&visitor, &merchant).await?;
        Ok(ManisCreateTokenOk { body })
    }

    fn reject_manis_create_token(
        &self,
        _visitor: &Visitor,
        rejection: Rejection,
    ) -> ManisCreateTokenFailure {
        self.refusals().of_rejection(&rejection).into()
    }
}
