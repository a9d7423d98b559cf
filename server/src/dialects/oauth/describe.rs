//! A live token of any dialect in the vocabulary of RFC 7662.

use super::{REGISTRATIONS, Tokens, Users};
use crate::{
    authority::LiveToken,
    domain::{Dialect, Principal, PrincipalKind},
    generated::oauth::OauthIntrospection,
};

/// What introspection tells of `live`; members without a meaning for it are absent.
pub(super) fn describe(issuer: &str, live: &LiveToken) -> OauthIntrospection {
    let record = &live.record;
    let speaker = live.subject.as_ref().unwrap_or(&live.owner);
    let secs = |ms: i64| ms.div_euclid(1000);
    OauthIntrospection {
        active: true,
        scope: (!record.scopes.is_empty()).then(|| record.scopes.to_string()),
        client_id: match live.owner.kind {
            PrincipalKind::Client | PrincipalKind::Merchant | PrincipalKind::SecretHolder => {
                Some(live.owner.name.clone())
            }
            PrincipalKind::User => None,
        },
        username: has_readable_name(speaker).then(|| speaker.name.clone()),
        token_type: tokens(record.dialect)
            .and_then(|tokens| tokens.scheme)
            .map(str::to_owned),
        exp: record.expires_at_ms.map(secs),
        iat: Some(secs(record.issued_at_ms)),
        nbf: record.not_before_ms.map(secs),
        sub: Some(subject(speaker)),
        aud: record.audience.clone(),
        // A token that a holder of a registered secret signed was issued by that holder, not by us.
        iss: if live.stored {
            Some(issuer.to_owned())
        } else {
            record.key_id.as_ref().map(|key| key.as_str().to_owned())
        },
        jti: Some(record.id.as_str().to_owned()),
        dialect: Some(record.dialect.as_str().to_owned()),
    }
}

/// How the tokens of a dialect show themselves; its name alone is known of one that is served no more, whose tokens are dead.
fn tokens(dialect: Dialect) -> Option<Tokens> {
    let known = REGISTRATIONS.iter().find(|one| one.id == dialect);
    known.map(|one| one.tokens)
}

fn has_readable_name(speaker: &Principal) -> bool {
    let tokens = tokens(speaker.dialect);
    speaker.kind == PrincipalKind::User
        && tokens.is_some_and(|tokens| tokens.users == Users::Numbered)
}

fn subject(speaker: &Principal) -> String {
    if has_readable_name(speaker) {
        speaker.id.to_string()
    } else {
        speaker.name.clone()
    }
}
