//! What the profile of an `oauth` client holds: its rights over the tokens of the dialects.

use serde::Deserialize;

use crate::domain::{Dialect, ScopeSet};

/// Right to look at the tokens of every dialect.
const INTROSPECT_ANY: &str = "introspect:any";

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
        let rights = self.rights();
        rights.contains(INTROSPECT_ANY) || rights.contains(&format!("introspect:{dialect}"))
    }

    /// Whether it may look at tokens of any dialect at all.
    #[must_use]
    pub fn may_introspect_some(&self) -> bool {
        Dialect::ALL
            .iter()
            .any(|dialect| self.may_introspect(*dialect))
    }

    /// Whether it may end tokens that were not issued to it.
    #[must_use]
    pub fn may_revoke_any(&self) -> bool {
        self.rights().contains(REVOKE_ANY)
    }

    fn rights(&self) -> ScopeSet {
        self.scopes.iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rights_are_per_dialect_or_for_all() {
        let one = OauthClientProfile {
            scopes: vec!["introspect:pnut".to_owned()],
        };
        assert!(one.may_introspect(Dialect::Pnut) && one.may_introspect_some());
        assert!(!one.may_introspect(Dialect::Manis) && !one.may_revoke_any());
        let all = OauthClientProfile {
            scopes: vec![INTROSPECT_ANY.to_owned(), REVOKE_ANY.to_owned()],
        };
        assert!(
            Dialect::ALL
                .iter()
                .all(|dialect| all.may_introspect(*dialect))
        );
        assert!(all.may_revoke_any());
        assert!(!OauthClientProfile::default().may_introspect_some());
    }
}
