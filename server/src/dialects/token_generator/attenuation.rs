//! The escalation guard: whether a permission only narrows what its caller may do.
//!
//! A caller without `abilities` may hand out any. One that has them is bound by them: what is absent
//! or `false` there is denied, so nothing may appear that its own token does not grant.

use serde_json::{Map, Value};

/// Claims that say who somebody is, where a token comes from, or that it may do everything.
const RESERVED: [&str; 6] = ["user_id", "iss", "iat", "jti", "aud", "admin"];

/// A permission that goes beyond its caller's own. It does not say where: the answer must not either.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the permission goes beyond the caller's own")]
pub(super) struct Escalation;

/// Checks `permission` against the claims of the caller's token and a token's latest end, whole
/// seconds of the epoch. Returns the end that the permission asks for, if any.
pub(super) fn check(
    caller: &Map<String, Value>,
    permission: &Map<String, Value>,
    latest_end_secs: i64,
) -> Result<Option<i64>, Escalation> {
    if RESERVED.iter().any(|name| permission.contains_key(*name)) {
        return Err(Escalation);
    }
    let held = caller.get("abilities");
    let allowed = |(name, wanted): (&String, &Value)| match (name.as_str(), held) {
        ("Id", _) => may_choose(caller, wanted),
        ("exp", _) | (_, None) => true,
        ("abilities", Some(held)) => {
            // `false` in place of all abilities could be read as having none to mind.
            (wanted.is_object() && narrows(Some(held), wanted)) || wanted == held
        }
        (name, Some(_)) => caller.get(name) == Some(wanted),
    };
    if !permission.iter().all(allowed) {
        return Err(Escalation);
    }
    match permission.get("exp") {
        None => Ok(None),
        Some(end) => end
            .as_i64()
            .filter(|end| (0..=latest_end_secs).contains(end))
            .map(Some)
            .ok_or(Escalation),
    }
}

/// Whether `wanted` grants nothing that `held` does not.
fn narrows(held: Option<&Value>, wanted: &Value) -> bool {
    match (held, wanted) {
        // A denial may be spelt out wherever rights stand or could stand, never in place of a value.
        (None | Some(Value::Bool(_) | Value::Object(_)), Value::Bool(false)) => true,
        (Some(Value::Object(held)), Value::Object(wanted)) => wanted
            .iter()
            .all(|(name, wanted)| narrows(held.get(name), wanted)),
        (Some(held), wanted) => held == wanted,
        (None, _) => false,
    }
}

/// Whether the caller may name that album as the one the token is for. An album once named stays;
/// otherwise it must be one that the caller's abilities, if it has any, say something about.
fn may_choose(caller: &Map<String, Value>, album: &Value) -> bool {
    match (caller.get("Id"), caller.get("abilities")) {
        (Some(named), _) => named == album,
        (None, None) => true,
        (None, Some(abilities)) => album
            .as_str()
            .and_then(|album| abilities.get(album))
            .is_some_and(|rights| matches!(rights, Value::Object(_) | Value::Bool(true))),
    }
}

#[cfg(test)]
#[path = "attenuation_tests.rs"]
mod tests;
