//! The claims of the tokens made here, in the order that is contract: `exp`, `iat`, who the caller is,
//! its other claims, those of the permission, and last our own.

use serde_json::{Map, Value};

use crate::{
    authority::{LiveToken, TokenFacts},
    domain::{Claims, Principal, PrincipalKind},
    generated::wire,
};

/// Claims that are written anew in every token.
const FRESH: [&str; 3] = ["exp", "iat", "jti"];

/// Dates, which count to the second however many digits they have.
const DATES: [&str; 3] = ["/exp", "/iat", "/nbf"];

/// Whether the claims can be written again as the caller wrote them. Those of our own tokens were written here.
pub(super) fn can_be_kept(caller: &LiveToken) -> bool {
    let Some(text) = &caller.claims_text else {
        return true;
    };
    let claims = Value::Object(caller.record.claims.as_map().clone());
    wire::inexact_numbers(text.as_bytes(), &claims)
        .iter()
        .all(|at| DATES.contains(&at.as_str()))
}

/// What a token to be made will say besides its dates and identifier.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Template {
    identity: &'static str,
    claims: Map<String, Value>,
}

impl Template {
    /// The caller's own claims, as `X-token` carries them.
    pub(super) fn of_caller(caller: &LiveToken) -> Self {
        Self::derived(caller, Map::new())
    }

    /// The caller's claims under those of a permission.
    pub(super) fn derived(caller: &LiveToken, permission: Map<String, Value>) -> Self {
        Self {
            identity: identity(&caller.owner),
            claims: merged(
                caller.record.claims.as_map(),
                permission,
                identity(&caller.owner),
            ),
        }
    }

    /// The payload of the token.
    pub(super) fn into_claims(mut self, facts: &TokenFacts) -> Claims {
        let mut payload = Claims::new();
        if let Some(expires_at_secs) = facts.expires_at_secs() {
            payload.insert("exp", expires_at_secs);
        }
        payload.insert("iat", facts.issued_at_secs());
        if let Some(name) = self.claims.shift_remove(self.identity) {
            payload.insert(self.identity, name);
        }
        for (name, value) in self.claims {
            payload.insert(&name, value);
        }
        payload.with("jti", facts.id.as_str())
    }
}

/// The claim that names who stands behind a token.
fn identity(owner: &Principal) -> &'static str {
    match owner.kind {
        PrincipalKind::SecretHolder => "iss",
        PrincipalKind::User | PrincipalKind::Client | PrincipalKind::Merchant => "user_id",
    }
}

/// The caller's claims, without those made anew, then the permission's: a key of both moves to the
/// permission's place. Abilities bind, so `admin`, which unbinds, is not handed on beside them.
pub(super) fn merged(
    caller: &Map<String, Value>,
    permission: Map<String, Value>,
    identity: &str,
) -> Map<String, Value> {
    let bound = caller.contains_key("abilities") || permission.contains_key("abilities");
    let kept = |name: &str| {
        name == identity
            || !(FRESH.contains(&name)
                || permission.contains_key(name)
                || (bound && name == "admin"))
    };
    let mut claims: Map<String, Value> = caller
        .iter()
        .filter(|(name, _)| kept(name))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    let wanted = permission
        .into_iter()
        .filter(|(name, _)| !FRESH.contains(&name.as_str()));
    claims.extend(wanted);
    claims
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::TokenId;

    fn map(value: &Value) -> Map<String, Value> {
        value.as_object().expect("an object").clone()
    }

    #[expect(clippy::needless_pass_by_value, reason = "tests pass literals")]
    fn payload(caller: Value, permission: Value, identity: &'static str) -> String {
        let claims = merged(&map(&caller), map(&permission), identity);
        let facts = TokenFacts {
            id: TokenId::new("j"),
            issued_at_ms: 5_000,
            expires_at_ms: Some(9_000),
        };
        Template { identity, claims }.into_claims(&facts).to_text()
    }

    #[test]
    fn the_order_is_dates_identity_caller_permission_own() {
        let caller = json!({"user_id":"u","role":"x","exp":1,"jti":"old","name":"n","iat":0});
        let permission = json!({"abilities":{"b":{"z":true,"a":true}},"role":"y","Id":"b","exp":7});
        assert_eq!(
            payload(caller, permission, "user_id"),
            r#"{"exp":9,"iat":5,"user_id":"u","name":"n","abilities":{"b":{"z":true,"a":true}},"role":"y","Id":"b","jti":"j"}"#
        );
    }

    #[test]
    fn a_secret_callers_issuer_takes_the_place_of_the_user() {
        let caller = json!({"foo":1,"iss":"s","user_id":"u"});
        assert_eq!(
            payload(caller, json!({}), "iss"),
            r#"{"exp":9,"iat":5,"iss":"s","foo":1,"user_id":"u","jti":"j"}"#
        );
    }

    #[test]
    fn admin_is_handed_on_only_where_no_abilities_are() {
        let admin = json!({"user_id":"u","admin":true});
        let bound = json!({"user_id":"u","admin":true,"abilities":{}});
        let abilities = json!({"abilities":{}});
        assert!(payload(admin.clone(), json!({}), "user_id").contains("admin"));
        assert!(!payload(admin, abilities, "user_id").contains("admin"));
        assert!(!payload(bound, json!({}), "user_id").contains("admin"));
    }
}
