//! `ScopeSet`: scopes in the order they were given, without duplicates.

use std::fmt;

/// An ordered set of scopes; at rest and in claims it is space-separated text (RFC 6749 §3.3).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ScopeSet(Vec<String>);

impl ScopeSet {
    /// The empty set.
    #[must_use]
    pub const fn empty() -> Self {
        Self(Vec::new())
    }

    /// Splits at spaces; a repeated scope counts once.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        text.split_ascii_whitespace().collect()
    }

    /// Splits at commas and blanks alike (both are spellings of scopes).
    #[must_use]
    pub fn parse_comma(text: &str) -> Self {
        text.split([',', ' '])
            .filter(|scope| !scope.is_empty())
            .collect()
    }

    /// Whether that very scope is a member (wildcards not considered).
    #[must_use]
    pub fn contains(&self, scope: &str) -> bool {
        self.0.iter().any(|own| own == scope)
    }

    /// Whether a holder of this set may use `scope`: a member, or under a wildcard (`jobs:*` covers `jobs:submit`).
    #[must_use]
    pub fn covers(&self, scope: &str) -> bool {
        self.0.iter().any(|own| {
            own == scope
                || own
                    .strip_suffix('*')
                    .filter(|prefix| prefix.ends_with(':'))
                    .and_then(|prefix| scope.strip_prefix(prefix))
                    .is_some_and(|rest| !rest.is_empty())
        })
    }

    /// Whether every scope of `wanted` is covered.
    #[must_use]
    pub fn covers_all(&self, wanted: &Self) -> bool {
        wanted.0.iter().all(|scope| self.covers(scope))
    }

    /// Adds a scope at the end unless it is there.
    pub fn insert(&mut self, scope: &str) {
        if !self.contains(scope) {
            self.0.push(scope.to_owned());
        }
    }

    /// The scopes in order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// The scopes in order, owned.
    #[must_use]
    pub fn to_vec(&self) -> Vec<String> {
        self.0.clone()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }
}

impl<S: AsRef<str>> FromIterator<S> for ScopeSet {
    fn from_iter<I: IntoIterator<Item = S>>(scopes: I) -> Self {
        let mut set = Self::empty();
        for scope in scopes {
            set.insert(scope.as_ref());
        }
        set
    }
}

/// Space-separated, as stored.
impl fmt::Display for ScopeSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::ScopeSet;

    #[test]
    fn wildcards_cover_what_is_below_them_only() {
        let set = ScopeSet::parse("jobs:* tokens:write  jobs:*");
        assert_eq!(set.to_string(), "jobs:* tokens:write");
        assert!(set.covers("jobs:submit") && set.covers("jobs:*") && set.covers("tokens:write"));
        assert!(
            !set.covers("jobs:")
                && !set.covers("jobsx:a")
                && !set.covers("tokens:revoke")
                && !set.covers("*")
        );
        assert!(!ScopeSet::parse("*").covers("jobs:submit"));
        assert!(set.covers_all(&ScopeSet::parse("jobs:a jobs:b")));
    }
}
