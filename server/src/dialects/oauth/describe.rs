//! A live token of any dialect in the vocabulary of RFC 7662.

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
        token_type: scheme(record.dialect).map(str::to_owned),
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

/// The scheme in front of the token in `Authorization`; animeloop never said how its tokens travel.
const fn scheme(dialect: Dialect) -> Option<&'static str> {
    match dialect {
        Dialect::Animeloop => None,
        Dialect::TokenGenerator => Some("Token"),
        Dialect::Pnut | Dialect::AuthApi | Dialect::Manis | Dialect::Oauth => Some("Bearer"),
    }
}

/// Users of these dialects log in by a name and are known to others by a number.
fn has_readable_name(speaker: &Principal) -> bool {
    speaker.kind == PrincipalKind::User
        && matches!(speaker.dialect, Dialect::Animeloop | Dialect::Pnut)
}

fn subject(speaker: &Principal) -> String {
    if has_readable_name(speaker) {
        speaker.id.to_string()
    } else {
        speaker.name.clone()
    }
}
