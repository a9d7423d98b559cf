//! Which scopes a token gets: those asked for if all may be had, all that may be had if none were named.

use super::refusals;
use crate::{domain::ScopeSet, generated::auth_api::AuthApiBadRequest};

/// Longest text of all scopes of a token; a short token that holds them stays below the 4 KiB of a token.
const MAX_SCOPE_BYTES: usize = 2048;

/// The scopes of a new token that may have `ceiling` at most. An empty list is a token without any.
pub(super) fn granted(
    wanted: Option<&[String]>,
    ceiling: &ScopeSet,
) -> Result<ScopeSet, AuthApiBadRequest> {
    let Some(wanted) = wanted else {
        return Ok(ceiling.clone());
    };
    let bytes: usize = wanted.iter().map(|scope| scope.len() + 1).sum();
    let known = wanted
        .iter()
        .all(|scope| is_scope(scope) && ceiling.covers(scope));
    if known && bytes <= MAX_SCOPE_BYTES {
        Ok(wanted.iter().collect())
    } else {
        Err(refusals::scope_unavailable())
    }
}

/// `scope-token` of RFC 6749 §3.3. A blank inside would smuggle in a second scope.
pub(super) fn is_scope(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && byte != b'"' && byte != b'\\')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(scopes: &[&str]) -> Vec<String> {
        scopes.iter().map(|&scope| scope.to_owned()).collect()
    }

    #[test]
    fn scopes_are_narrowed_and_never_widened() {
        let ceiling = ScopeSet::parse("jobs:* tokens:write");
        assert_eq!(granted(None, &ceiling).ok(), Some(ceiling.clone()));
        let some = granted(Some(&wanted(&["jobs:submit", "jobs:submit"])), &ceiling);
        assert_eq!(some.ok(), Some(ScopeSet::parse("jobs:submit")));
        assert_eq!(granted(Some(&[]), &ceiling).ok(), Some(ScopeSet::empty()));
        for beyond in [
            "tokens:revoke",
            "*",
            "jobs:",
            "",
            "jobs:a tokens:revoke",
            "jobs:a\ttokens:revoke",
            "jobs:\u{e9}",
            "jobs:\"",
        ] {
            let refused = granted(Some(&wanted(&["jobs:submit", beyond])), &ceiling);
            assert!(refused.is_err(), "{beyond}");
        }
    }

    #[test]
    fn scopes_must_fit_into_a_token() {
        let long = [format!("jobs:{}", "a".repeat(MAX_SCOPE_BYTES))];
        let refused = granted(Some(&long), &ScopeSet::parse("jobs:*"));
        assert!(refused.is_err());
    }
}
