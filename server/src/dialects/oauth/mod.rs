//! The standard endpoints: introspection (RFC 7662), revocation (RFC 7009), the public keys (RFC 7517) and the
//! metadata (RFC 8414).
//!
//! They see the tokens of every dialect. Their callers are clients of this dialect, known by HTTP Basic or by id and
//! secret in the form, and what a client may look at or end is in its profile.
//!
//! Principals, and what `demo` and `admin seed` put into their profiles:
//!
//! | kind, name | profile | secrets |
//! | --- | --- | --- |
//! | client, `client_id` | `scopes` (array): `introspect:any` or `introspect:<dialect>`, `tokens:revoke:any` | client secret |

mod demo;
mod describe;
mod kinds;
mod metadata;
mod profile;
mod refusals;
#[cfg(test)]
mod ways;

use std::sync::Arc;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

use self::{
    describe::describe,
    metadata::metadata,
    profile::OauthClientProfile,
    refusals::{Common, Failure},
};
pub use super::NoSettings as Settings;
use super::{Described, REGISTRATIONS, Registration, Surroundings, Tokens, Users, Visitor};
use crate::{
    authority::{
        Claimant, DialectRules, Introspection, LiveToken, RevokeError, TokenAuthority, Unavailable,
        profile_as,
    },
    domain::{Actor, MachineSecret, Principal, PrincipalKind, PublicKey, PublicNumbers, Secret},
    edge::{DialectEdge, EdgeFailure, Mount},
    generated::{
        oauth::{
            DIALECT, OauthAnyRefusal, OauthApi, OauthGetMetadataCall, OauthGetMetadataFailure,
            OauthGetMetadataOk, OauthIntrospectTokenCall, OauthIntrospectTokenOk,
            OauthIntrospection, OauthKey, OauthKeyAlgorithm, OauthKeySet, OauthKeyType,
            OauthListKeysCall, OauthListKeysFailure, OauthListKeysOk, OauthRevokeTokenCall,
            OauthRevokeTokenOk, OauthRoutes,
        },
        wire::{BasicCredentials, Rejection},
    },
};

/// The dialect's operations.
#[derive(Debug, Clone)]
pub struct Oauth {
    authority: TokenAuthority,
}

/// The dialect, as the others know it.
pub(super) const REGISTRATION: Registration = Registration {
    id: DIALECT,
    described: Described::by::<OauthRoutes<Oauth>>(),
    rules: |_| DialectRules::OPAQUE,
    tokens: Tokens {
        scheme: Some("Bearer"),
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
    let oauth = Oauth {
        authority: surroundings.authority.clone(),
    };
    Mount::dialect(oauth, OauthRoutes).limited_by(&surroundings.limits)
}

/// A client that has proved itself.
struct Caller {
    actor: Actor,
    principal: Arc<Principal>,
    rights: OauthClientProfile,
}

/// The id and the secret of a client, if they came in one way only: in the header, or in the form (RFC 6749 §2.3.1). An
/// empty field is one that was not sent (§3.2).
fn only_proof(
    basic: Option<BasicCredentials>,
    id: Option<String>,
    secret: Option<Secret>,
) -> Result<(String, Secret), Failure> {
    let id = id.filter(|id| !id.is_empty());
    let secret = secret.filter(|secret| !secret.expose().is_empty());
    match (basic, id, secret) {
        (Some(_), _, Some(_)) => Err(refusals::client_twice().into()),
        // The id alone is no second proof, but it must not be another's.
        (Some(basic), Some(id), None) if id != basic.username => {
            Err(refusals::client_twice().into())
        }
        (Some(basic), _, None) => Ok((basic.username, basic.password)),
        (None, Some(id), Some(secret)) => Ok((id, secret)),
        (None, _, _) => Err(refusals::client_missing().into()),
    }
}

/// The token that is asked about.
fn named(token: Secret) -> Result<Secret, Failure> {
    if token.expose().is_empty() {
        return Err(refusals::token_missing().into());
    }
    Ok(token)
}

impl Oauth {
    /// Authenticates the client, counts the request against it and reads its rights.
    async fn caller(
        &self,
        visitor: &Visitor,
        (id, secret): (String, Secret),
    ) -> Result<Caller, Failure> {
        let claimant = Claimant {
            dialect: DIALECT,
            kind: PrincipalKind::Client,
            name: &id,
        };
        let principal = self
            .authority
            .proofs()
            .secret(&visitor.nobody(), claimant, MachineSecret::Client, &secret)
            .await?;
        visitor.prove(&principal).map_err(Common::from)?;
        Ok(Caller {
            actor: visitor.actor(&principal),
            rights: profile_as(&principal).map_err(Common::from)?,
            principal,
        })
    }

    async fn live(&self, token: &str) -> Result<Option<LiveToken>, Unavailable> {
        match self.authority.tokens().introspect(token).await? {
            Introspection::Active(live) => Ok(Some(live)),
            Introspection::Inactive => Ok(None),
        }
    }
}

impl DialectEdge for Oauth {
    type Context = Visitor;
    type Refusal = OauthAnyRefusal;

    fn refuse(&self, _visitor: &Visitor, failure: EdgeFailure) -> OauthAnyRefusal {
        failure.into()
    }
}

impl OauthApi for Oauth {
    type Context = Visitor;
    async fn oauth_introspect_token(
        &self,
        visitor: Visitor,
        call: OauthIntrospectTokenCall,
    ) -> Result<OauthIntrospectTokenOk, Failure> {
        let token = named(call.body.token)?;
        let proof = only_proof(call.basic, call.body.client_id, call.body.client_secret)?;
        let caller = self.caller(&visitor, proof).await?;
        let served = REGISTRATIONS.iter().map(|dialect| dialect.id);
        if !caller.rights.may_introspect_some(served) {
            return Err(refusals::introspection_denied().into());
        }
        // RFC 7662 §2.2: a token the caller may not know about looks like any dead one.
        let body = self
            .live(token.expose())
            .await
            .map_err(Common::from)?
            .filter(|live| caller.rights.may_introspect(live.record.dialect))
            .map_or_else(
                || OauthIntrospection::new(false),
                |live| describe(self.authority.issuer(), &live),
            );
        Ok(OauthIntrospectTokenOk { body })
    }

    async fn oauth_revoke_token(
        &self,
        visitor: Visitor,
        call: OauthRevokeTokenCall,
    ) -> Result<OauthRevokeTokenOk, Failure> {
        let token = named(call.body.token)?;
        let proof = only_proof(call.basic, call.body.client_id, call.body.client_secret)?;
        let caller = self.caller(&visitor, proof).await?;
        let only_of = if caller.rights.may_revoke_any() {
            None
        } else {
            Some(caller.principal.id)
        };
        let tokens = self.authority.tokens();
        let revoked = tokens.revoke_presented(&caller.actor, token.expose(), only_of, None);
        match revoked.await {
            // RFC 7009 §2.2 wants 200 for what nobody issued; only a live token of somebody else is refused.
            Ok(_) | Err(RevokeError::Unknown) => {}
            Err(RevokeError::NotOwner) => return Err(refusals::not_owner().into()),
            Err(RevokeError::Unavailable) => return Err(refusals::unavailable().into()),
        }
        Ok(OauthRevokeTokenOk {})
    }

    async fn oauth_list_keys(
        &self,
        visitor: Visitor,
        _call: OauthListKeysCall,
    ) -> Result<OauthListKeysOk, OauthListKeysFailure> {
        visitor.count_anonymous()?;
        let keys = self.authority.tokens().public_keys().await?;
        let body = OauthKeySet {
            keys: keys.iter().map(jwk).collect(),
        };
        Ok(OauthListKeysOk { body })
    }

    async fn oauth_get_metadata(
        &self,
        visitor: Visitor,
        _call: OauthGetMetadataCall,
    ) -> Result<OauthGetMetadataOk, OauthGetMetadataFailure> {
        visitor.count_anonymous()?;
        // While storage cannot be asked, nothing that is named here answers.
        self.authority.upkeep().reachable().await?;
        let body = metadata(self.authority.issuer());
        Ok(OauthGetMetadataOk { body })
    }

    fn reject_oauth_introspect_token(&self, _visitor: &Visitor, rejection: Rejection) -> Failure {
        refusals::of_rejection(&rejection)
    }
}

/// A key in the vocabulary of RFC 7517, RFC 7518 §6 and RFC 8037.
fn jwk(key: &PublicKey) -> OauthKey {
    let text = |number: &[u8]| Some(URL_SAFE_NO_PAD.encode(number));
    let id = key.id.as_str();
    match &key.numbers {
        PublicNumbers::Ed25519 { x } => OauthKey {
            crv: Some("Ed25519".to_owned()),
            x: text(x),
            ..OauthKey::new(OauthKeyType::Okp, OauthKeyAlgorithm::EdDsa, id)
        },
        PublicNumbers::P256 { x, y } => OauthKey {
            crv: Some("P-256".to_owned()),
            x: text(x),
            y: text(y),
            ..OauthKey::new(OauthKeyType::Ec, OauthKeyAlgorithm::Es256, id)
        },
        PublicNumbers::Rsa { n, e } => OauthKey {
            n: text(n),
            e: text(e),
            ..OauthKey::new(OauthKeyType::Rsa, OauthKeyAlgorithm::Rs256, id)
        },
    }
}
