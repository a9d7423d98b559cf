//! What the profile of an `oauth` client holds: its rights over the tokens of the dialects.

use serde::Deserialize;

use super::REGISTRATIONS;
use crate::domain::Dialect;

/// Right to look at the tokens of every dialect.
const INTROSPECT_ANY: &str = "introspect:any";

/// What stands before the dialect in the right to look at its tokens.
const INTROSPECT: &str = "introspect:";

/// Right to end the tokens of others.
const REVOKE_ANY: &str = "tokens:revoke:any";

/// The profile of a client; the JSON object a principal carries.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct OauthClientProfile {
    /// Its rights: `introspect:<dialect>` or `introspect:any`, and `tokens:revoke:any`.
    #[serde(default)]
    pub scopes: Vec<String>,
}

impl OauthClientProfile {
    /// Whether it may look at tokens of `dialect`.
    #[must_use]
    pub fn may_introspect(&self, dialect: Dialect) -> bool {
        self.scopes.iter().any(|right| {
            let of = right.strip_prefix(INTROSPECT);
            right == INTROSPECT_ANY || of == Some(dialect.as_str())
        })
    }

    /// Whether it may look at tokens of any of these dialects at all.
    pub fn may_introspect_some(&self, mut served: impl Iterator<Item = Dialect>) -> bool {
        served.any(|dialect| self.may_introspect(dialect))
    }

    /// Whether it may end tokens that were not issued to it.
    #[must_use]
    pub fn may_revoke_any(&self) -> bool {
        self.scopes.iter().any(|right| right == REVOKE_ANY)
    }
}

/// Whether a client can have that right.
pub(super) fn is_right(text: &str) -> bool {
    let served = |name: &str| {
        let mut all = REGISTRATIONS.iter();
        all.any(|dialect| dialect.id.as_str() == name)
    };
    text == INTROSPECT_ANY
        || text == REVOKE_ANY
        || text.strip_prefix(INTROSPECT).is_some_and(served)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SERVED: [Dialect; 2] = [Dialect::new("notes"), Dialect::new("coins")];

    fn holding(scopes: &[&str]) -> OauthClientProfile {
        OauthClientProfile {
            scopes: scopes.iter().map(|&scope| scope.to_owned()).collect(),
        }
    }

    #[test]
    fn rights_are_per_dialect_or_for_all() {
        let [notes, coins] = SERVED;
        let some = |profile: &OauthClientProfile| profile.may_introspect_some(SERVED.into_iter());
        let one = holding(&["introspect:notes"]);
        assert!(one.may_introspect(notes) && some(&one));
        assert!(!one.may_introspect(coins) && !one.may_revoke_any());
        let all = holding(&[INTROSPECT_ANY, REVOKE_ANY]);
        assert!(SERVED.iter().all(|served| all.may_introspect(*served)));
        assert!(all.may_revoke_any());
        assert!(!some(&OauthClientProfile::default()));
        assert!(!some(&holding(&["introspect:gone"])));
    }
}
