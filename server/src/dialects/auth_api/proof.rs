//! Who asks for a long token, and by which one of the four proofs.

use std::sync::Arc;

use super::{
    AuthApi, AuthApiClientProfile, SHORT, Visitor,
    refusals::{self, Failure},
};
use crate::{
    authority::{AssertionBounds, Claimant, LiveToken, profile_as},
    domain::{MachineSecret, Principal, PrincipalKind, Secret},
    generated::auth_api::{
        AuthApiGrantType, AuthApiIssueLongTokenFailure, AuthApiLongTokenRequest, DIALECT,
    },
};

/// What a short token needs to be a proof.
const WRITE: &str = "tokens:write";

/// The one proof of a call.
enum Proof<'a> {
    ClientSecret(&'a Secret),
    OneTimeCode(&'a Secret),
    Assertion(&'a Secret),
    ShortToken(LiveToken),
}

/// A client that has proved itself.
pub(super) struct Proven {
    pub(super) client: Arc<Principal>,
    pub(super) profile: AuthApiClientProfile,
    /// The short token that was the proof; it bounds what is issued.
    pub(super) short: Option<LiveToken>,
}

impl AuthApi {
    /// Authenticates the client of a request for a long token.
    pub(super) async fn prove(
        &self,
        visitor: &Visitor,
        body: &AuthApiLongTokenRequest,
        bearer: Option<Secret>,
        client_key: Option<Secret>,
    ) -> Result<Proven, AuthApiIssueLongTokenFailure> {
        if client_key.is_some_and(|key| key.expose() != body.client_id) {
            return Err(refusals::clients_differ().into());
        }
        let short = match bearer {
            Some(bearer) => Some(self.short_bearer(visitor, &bearer).await?),
            None => None,
        };
        let proof = only_proof(body, short)?;
        let strong = matches!(proof, Proof::OneTimeCode(_) | Proof::Assertion(_));
        let (client, short) = self.check(visitor, &body.client_id, proof).await?;
        let profile: AuthApiClientProfile = profile_as(&client).map_err(Failure::from)?;
        if profile.step_up && !strong {
            return Err(refusals::step_up_required().into());
        }
        Ok(Proven {
            client,
            profile,
            short,
        })
    }

    async fn short_bearer(&self, visitor: &Visitor, bearer: &Secret) -> Result<LiveToken, Failure> {
        let live = self.bearer(visitor, bearer).await?;
        if live.record.class == SHORT {
            Ok(live)
        } else {
            Err(refusals::token_invalid().into())
        }
    }

    async fn check(
        &self,
        visitor: &Visitor,
        client_id: &str,
        proof: Proof<'_>,
    ) -> Result<(Arc<Principal>, Option<LiveToken>), AuthApiIssueLongTokenFailure> {
        let claimant = Claimant {
            dialect: DIALECT,
            kind: PrincipalKind::Client,
            name: client_id,
        };
        let proofs = self.authority.proofs();
        let anonymous = &visitor.nobody();
        let checked = match proof {
            Proof::ClientSecret(secret) => {
                let sort = MachineSecret::Client;
                proofs
                    .secret(anonymous, claimant, sort, secret)
                    .await
                    .map_err(Failure::from)
            }
            Proof::OneTimeCode(code) => proofs
                .totp(anonymous, claimant, code)
                .await
                .map_err(Failure::from),
            Proof::Assertion(assertion) => {
                let bounds = AssertionBounds {
                    audience: &self.assertion_audience,
                    max_life_secs: self.assertion_secs,
                };
                proofs
                    .assertion(anonymous, claimant, assertion, bounds)
                    .await
                    .map_err(Failure::from)
            }
            Proof::ShortToken(live) => return of_short_token(client_id, live),
        };
        let client = checked?;
        visitor.prove(&client).map_err(Failure::from)?;
        Ok((client, None))
    }
}

fn of_short_token(
    client_id: &str,
    live: LiveToken,
) -> Result<(Arc<Principal>, Option<LiveToken>), AuthApiIssueLongTokenFailure> {
    if live.owner.name != client_id {
        return Err(refusals::client_invalid().into());
    }
    if !live.record.scopes.covers(WRITE) {
        return Err(refusals::scope_insufficient(WRITE).into());
    }
    Ok((Arc::clone(&live.owner), Some(live)))
}

/// The proof, if there is exactly one and it is of the kind that `grant_type` announces.
fn only_proof(
    body: &AuthApiLongTokenRequest,
    short: Option<LiveToken>,
) -> Result<Proof<'_>, Failure> {
    let mut proofs = [
        body.client_secret.as_ref().map(Proof::ClientSecret),
        body.otp_code.as_ref().map(Proof::OneTimeCode),
        body.assertion.as_ref().map(Proof::Assertion),
        short.map(Proof::ShortToken),
    ]
    .into_iter()
    .flatten();
    let proof = match (proofs.next(), proofs.next()) {
        (None, _) => return Err(refusals::proof_missing().into()),
        (Some(proof), None) => proof,
        (Some(_), Some(_)) => return Err(refusals::proofs_many().into()),
    };
    let by_assertion = matches!(proof, Proof::Assertion(_));
    if by_assertion != matches!(body.grant_type, AuthApiGrantType::Assertion) {
        return Err(refusals::grant_type_unfit().into());
    }
    if by_assertion != body.assertion_type.is_some() {
        return Err(refusals::assertion_type_unfit().into());
    }
    Ok(proof)
}
