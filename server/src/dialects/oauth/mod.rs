//! The standard endpoints: introspection (RFC 7662), revocation (RFC 7009), the public keys (RFC 7517) and the
//! metadata (RFC 8414).
//!
//! They see the tokens of every dialect. Their callers are clients of this dialect, known by HTTP Basic or by id and
//! secret in the form, and what a client may look at or end is in its profile.

mod describe;
mod edge;
mod errors;
mod metadata;
mod profile;

use std::sync::Arc;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use poem::Request;

use self::{
    describe::describe, edge::OauthEdge, errors::OauthRefusal, metadata::metadata,
    profile::OauthClientProfile,
};
use super::{Surroundings, Visitor};
use crate::{
    authority::{
        Claimant, Introspection, LiveToken, RevokeError, TokenAuthority, Unavailable, profile_as,
    },
    domain::{
        Actor, Dialect, KeyAlgorithm, MachineSecret, Principal, PrincipalKind, PublicKey, Secret,
    },
    edge::Mount,
    generated::{
        oauth::{
            OauthApi, OauthGetMetadataCall, OauthGetMetadataOk, OauthIntrospectTokenCall,
            OauthIntrospectTokenOk, OauthIntrospection, OauthKey, OauthKeyAlgorithm, OauthKeySet,
            OauthKeyType, OauthKeyUse, OauthListKeysCall, OauthListKeysOk, OauthOperation,
            OauthRevokeTokenCall, OauthRevokeTokenOk, OauthRoutes,
        },
        wire::{BasicCredentials, Rejection},
    },
};

/// The dialect's operations.
#[derive(Debug, Clone)]
pub struct Oauth {
    authority: TokenAuthority,
}

/// The dialect, ready to be served.
pub(super) fn mount(surroundings: &Surroundings) -> Mount {
    let api = Oauth {
        authority: surroundings.authority.clone(),
    };
    Mount::new(
        "oauth",
        &["/oauth", "/.well-known"],
        OauthEdge,
        OauthRoutes(Arc::new(api)),
    )
    .limited_by(&surroundings.limits)
}

/// A client that has proved itself.
struct Caller {
    actor: Actor,
    principal: Principal,
    rights: OauthClientProfile,
}

/// How a client proves itself: in the header, or in the form (RFC 6749 §2.3.1).
struct Proof {
    basic: Option<BasicCredentials>,
    client_id: Option<String>,
    client_secret: Option<Secret>,
}

impl Proof {
    /// The id and the secret, if they came in one way only. An empty field is one that was not sent (§3.2).
    fn only(self) -> Result<(String, Secret), OauthRefusal> {
        let id = self.client_id.filter(|id| !id.is_empty());
        let secret = self
            .client_secret
            .filter(|secret| !secret.expose().is_empty());
        match (self.basic, id, secret) {
            (Some(_), _, Some(_)) => Err(OauthRefusal::ClientTwice),
            // The id alone is no second proof, but it must not be another's.
            (Some(basic), Some(id), None) if id != basic.username => Err(OauthRefusal::ClientTwice),
            (Some(basic), _, None) => Ok((basic.username, basic.password)),
            (None, Some(id), Some(secret)) => Ok((id, secret)),
            (None, _, _) => Err(OauthRefusal::ClientMissing),
        }
    }
}

impl Oauth {
    /// Authenticates the client, counts the request against it and reads its rights.
    async fn caller(&self, visitor: &Visitor, proof: Proof) -> Result<Caller, OauthRefusal> {
        let (id, secret) = proof.only()?;
        let claimant = Claimant {
            dialect: Dialect::Oauth,
            kind: PrincipalKind::Client,
            name: &id,
        };
        let principal = self
            .authority
            .proofs()
            .secret(&visitor.nobody(), claimant, MachineSecret::Client, &secret)
            .await?;
        visitor.prove(&principal)?;
        Ok(Caller {
            actor: visitor.actor(&principal),
            rights: profile_as(&principal)?,
            principal,
        })
    }

    async fn live(&self, token: &str) -> Result<Option<LiveToken>, Unavailable> {
        match self.authority.tokens().introspect(token).await? {
            Introspection::Active(live) => Ok(Some(*live)),
            Introspection::Inactive => Ok(None),
        }
    }
}

impl OauthApi for Oauth {
    type Context = Visitor;
    type Error = OauthRefusal;

    fn context(&self, request: &Request) -> Visitor {
        Visitor::of(request)
    }

    fn reject(&self, _: &Visitor, _: OauthOperation, rejection: Rejection) -> OauthRefusal {
        OauthRefusal::from(&rejection)
    }

    async fn oauth_introspect_token(
        &self,
        visitor: Visitor,
        call: OauthIntrospectTokenCall,
    ) -> Result<OauthIntrospectTokenOk, OauthRefusal> {
        let (token, proof) = (
            call.body.token,
            Proof {
                basic: call.basic,
                client_id: call.body.client_id,
                client_secret: call.body.client_secret,
            },
        );
        if token.expose().is_empty() {
            return Err(OauthRefusal::TokenMissing);
        }
        let caller = self.caller(&visitor, proof).await?;
        if !caller.rights.may_introspect_some() {
            return Err(OauthRefusal::IntrospectionDenied);
        }
        // RFC 7662 §2.2: a token the caller may not know about looks like any dead one.
        let body = self
            .live(token.expose())
            .await?
            .filter(|live| caller.rights.may_introspect(live.record.dialect))
            .map_or_else(inactive, |live| describe(self.authority.issuer(), &live));
        Ok(OauthIntrospectTokenOk { body })
    }

    async fn oauth_revoke_token(
        &self,
        visitor: Visitor,
        call: OauthRevokeTokenCall,
    ) -> Result<OauthRevokeTokenOk, OauthRefusal> {
        let (token, proof) = (
            call.body.token,
            Proof {
                basic: call.basic,
                client_id: call.body.client_id,
                client_secret: call.body.client_secret,
            },
        );
        if token.expose().is_empty() {
            return Err(OauthRefusal::TokenMissing);
        }
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
            Err(RevokeError::NotOwner) => return Err(OauthRefusal::ForeignToken),
            Err(RevokeError::Unavailable) => return Err(OauthRefusal::Unavailable),
        }
        Ok(OauthRevokeTokenOk {})
    }

    async fn oauth_list_keys(
        &self,
        visitor: Visitor,
        _call: OauthListKeysCall,
    ) -> Result<OauthListKeysOk, OauthRefusal> {
        visitor.count_anonymous()?;
        // While storage cannot be asked, nobody can tell whether a key was withdrawn in it.
        self.authority.upkeep().reachable().await?;
        let keys = self.authority.tokens().public_keys();
        let body = OauthKeySet {
            keys: keys.iter().filter_map(jwk).collect(),
        };
        Ok(OauthListKeysOk { body })
    }

    async fn oauth_get_metadata(
        &self,
        visitor: Visitor,
        _call: OauthGetMetadataCall,
    ) -> Result<OauthGetMetadataOk, OauthRefusal> {
        visitor.count_anonymous()?;
        // While storage cannot be asked, nothing that is named here answers.
        self.authority.upkeep().reachable().await?;
        let body = metadata(self.authority.issuer());
        Ok(OauthGetMetadataOk { body })
    }
}

/// A key in the vocabulary of RFC 7517 and RFC 8037; `None` for an algorithm that this service does not sign with.
fn jwk(key: &PublicKey) -> Option<OauthKey> {
    match key.algorithm {
        KeyAlgorithm::EdDsa => Some(OauthKey {
            kty: OauthKeyType::Okp,
            r#use: OauthKeyUse::Sig,
            alg: OauthKeyAlgorithm::EdDsa,
            kid: key.id.as_str().to_owned(),
            crv: Some("Ed25519".to_owned()),
            x: Some(URL_SAFE_NO_PAD.encode(&key.public)),
            y: None,
            n: None,
            e: None,
        }),
        KeyAlgorithm::Hs256 | KeyAlgorithm::Rs256 | KeyAlgorithm::Es256 => None,
    }
}

/// RFC 7662 §2.2: nothing but the one member.
fn inactive() -> OauthIntrospection {
    OauthIntrospection {
        active: false,
        scope: None,
        client_id: None,
        username: None,
        token_type: None,
        exp: None,
        iat: None,
        nbf: None,
        sub: None,
        aud: None,
        iss: None,
        jti: None,
        dialect: None,
    }
}
