//! Issuing both kinds of tokens, and their answers.

use chrono::{DateTime, SecondsFormat};

use super::{
    AUDIENCE, AuthApi, LONG, SHORT, Visitor,
    proof::Proven,
    refusals::{self, Failure},
    scopes::granted,
};
use crate::{
    authority::{IssueRequest, LiveToken, TokenFacts},
    domain::{Claims, ScopeSet, TokenRecord},
    generated::{
        auth_api::{
            AuthApiBadRequest, AuthApiIssueLongTokenCreated, AuthApiIssueShortTokenCreated,
            AuthApiLongTokenRequest, AuthApiLongTokenResponse, AuthApiLongTokenResponseTokenType,
            AuthApiServiceUnavailable, AuthApiShortTokenResponse,
            AuthApiShortTokenResponseTokenType, DIALECT,
        },
        wire::DateTimeText,
    },
};

/// Life of a short token unless its long token ends before.
const SHORT_LIFE_SECS: i64 = 900;

impl AuthApi {
    /// A further long token for a client that has proved itself.
    pub(super) async fn issue_long(
        &self,
        visitor: &Visitor,
        proven: Proven,
        body: &AuthApiLongTokenRequest,
    ) -> Result<AuthApiIssueLongTokenCreated, Failure> {
        let scopes = long_scopes(&proven, body.scopes.as_deref())?;
        let mut request = IssueRequest::opaque(DIALECT, LONG, proven.client.id, "lt_")
            .id_prefix("tok_lt_")
            .scopes(scopes)
            .lifetime_secs(body.ttl_seconds);
        if let Some(short) = &proven.short {
            request = request.in_family_of(&short.record);
        }
        let actor = visitor.actor(&proven.client);
        let issued = self.authority.tokens().issue(&actor, request).await?;
        let life = Life::of(&issued.record)?;
        let token_id = issued.record.id.as_str().to_owned();
        Ok(AuthApiIssueLongTokenCreated {
            x_token_id: token_id.clone(),
            body: AuthApiLongTokenResponse {
                token_type: AuthApiLongTokenResponseTokenType::Bearer,
                access_token: issued.token,
                expires_in: life.secs,
                expires_at: life.end,
                scopes: issued.record.scopes.to_vec(),
                token_id,
            },
        })
    }

    /// A short token for a long one.
    pub(super) async fn issue_short(
        &self,
        visitor: &Visitor,
        long: &LiveToken,
        wanted: Option<&[String]>,
    ) -> Result<AuthApiIssueShortTokenCreated, Failure> {
        let scopes = granted(wanted, &long.record.scopes)?;
        let authority = self.authority.issuer().to_owned();
        let (client, scope) = (long.owner.name.clone(), scopes.to_string());
        let claims = move |facts: &TokenFacts| claims(&authority, &client, &scope, facts);
        let request = IssueRequest::jwt(DIALECT, SHORT, long.owner.id, claims)
            .typ("at+jwt")
            .id_prefix("tok_st_")
            .audience(AUDIENCE)
            .scopes(scopes)
            .lifetime_secs(SHORT_LIFE_SECS)
            .child_of(&long.record);
        let actor = visitor.actor(&long.owner);
        let issued = self.authority.tokens().issue(&actor, request).await?;
        let life = Life::of(&issued.record)?;
        Ok(AuthApiIssueShortTokenCreated {
            body: AuthApiShortTokenResponse {
                token_type: AuthApiShortTokenResponseTokenType::Bearer,
                access_token: issued.token,
                expires_in: life.secs,
                expires_at: life.end,
                scopes: issued.record.scopes.to_vec(),
                token_id: issued.record.id.as_str().to_owned(),
            },
        })
    }
}

/// The scopes of a long token: within the client's, and within those of the short token that asks for it.
fn long_scopes(proven: &Proven, wanted: Option<&[String]>) -> Result<ScopeSet, AuthApiBadRequest> {
    let of_client = proven.profile.scope_set();
    let Some(short) = &proven.short else {
        return granted(wanted, &of_client);
    };
    // The client may have lost a scope since its short token was issued.
    let both = granted(wanted, &short.record.scopes)?;
    if wanted.is_none() {
        return Ok(both
            .iter()
            .filter(|scope| of_client.covers(scope))
            .collect());
    }
    if of_client.covers_all(&both) {
        Ok(both)
    } else {
        Err(refusals::scope_unavailable())
    }
}

/// The claims of a short token (RFC 9068 §2.2).
fn claims(issuer: &str, client: &str, scope: &str, facts: &TokenFacts) -> Claims {
    Claims::new()
        .with("iss", issuer)
        .with("sub", client)
        .with("aud", AUDIENCE)
        .with("client_id", client)
        .with("scope", scope)
        .with("iat", facts.issued_at_secs())
        .with("exp", facts.expires_at_secs())
        .with("jti", facts.id.as_str())
}

/// The life granted, as both answers tell it.
struct Life {
    secs: i64,
    end: DateTimeText,
}

impl Life {
    fn of(record: &TokenRecord) -> Result<Self, AuthApiServiceUnavailable> {
        let end_ms = record.expires_at_ms.ok_or_else(refusals::unavailable)?;
        let end = DateTime::from_timestamp_millis(end_ms).ok_or_else(refusals::unavailable)?;
        Ok(Self {
            secs: (end_ms - record.issued_at_ms).div_euclid(1000),
            end: DateTimeText(end.to_rfc3339_opts(SecondsFormat::Millis, true)),
        })
    }
}
