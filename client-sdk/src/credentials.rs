//! What a client authenticates with, per security scheme, and the store that its clones share.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::scheme::{Pairing, Placement, Scheme};
use crate::secret::Secret;

/// What a client authenticates with: a text for one security scheme, or for several that go together.
///
/// The document's schemes have constructors that are named after them, which give the text the form that it travels in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credential {
    parts: Vec<(Scheme, Secret)>,
}

impl Credential {
    /// The credential of `scheme`, with the text exactly as it travels (for HTTP authentication: after the scheme's name).
    pub fn of(scheme: Scheme, text: impl Into<Secret>) -> Self {
        Self {
            parts: vec![(scheme, text.into())],
        }
    }

    /// The credential of `scheme` whose text travels between two others (`x-credential`).
    pub(crate) fn between(scheme: Scheme, before: &str, text: &Secret, after: &str) -> Self {
        Self::of(scheme, format!("{before}{}{after}", text.expose()))
    }

    /// The credential of a scheme of HTTP Basic, joined as the scheme wants it (`x-basic`).
    pub(crate) fn pair(scheme: Scheme, id: &Secret, secret: &Secret) -> Self {
        let (id, secret) = (id.expose(), secret.expose());
        let text = match scheme.placement() {
            Placement::Basic(Pairing::Form) => {
                format!("{}:{}", form_encoded(id), form_encoded(secret))
            }
            Placement::Basic(Pairing::Plain)
            | Placement::Bearer
            | Placement::Header(_)
            | Placement::Cookie(_)
            | Placement::Query(_) => format!("{id}:{secret}"),
        };
        Self::of(scheme, text)
    }

    /// The credentials of schemes that go together, as one.
    pub(crate) fn together<const N: usize>(credentials: [Self; N]) -> Self {
        let parts = credentials.into_iter().flat_map(|one| one.parts);
        Self {
            parts: parts.collect(),
        }
    }
}

/// What RFC 6749 §2.3.1 asks of an id and a secret before a colon joins them.
fn form_encoded(text: &str) -> String {
    const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC
        .remove(b'-')
        .remove(b'_')
        .remove(b'.')
        .remove(b'*');
    utf8_percent_encode(text, ESCAPED)
        .to_string()
        .replace("%20", "+")
}

/// The credentials of a client, at most one per security scheme.
///
/// Clones share one store: a token set through one client is used by all clones of it from the next call on.
/// [`detached`](Self::detached) makes an independent copy. A session that an authority handed out goes back to that
/// authority's origin only, even when clients of several authorities share one store.
#[derive(Clone, Default)]
pub struct Credentials {
    held: Arc<RwLock<BTreeMap<Scheme, Held>>>,
}

/// One credential of a store.
#[derive(Clone)]
struct Held {
    text: Secret,
    /// The only origin that gets to see it; `None` for what a caller has set, who decides that by its clients.
    origin: Option<String>,
}

impl Held {
    fn may_reach(&self, origin: &str) -> bool {
        self.origin.as_ref().is_none_or(|own| own == origin)
    }
}

impl Credentials {
    /// No credentials: what suffices for the operations that need none.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// Holds `credential` from now on, in place of an earlier one of the same scheme.
    pub fn set(&self, credential: Credential) {
        let mut held = self.held.write().unwrap_or_else(PoisonError::into_inner);
        let anywhere = |text| Held { text, origin: None };
        let parts = credential.parts.into_iter();
        held.extend(parts.map(|(scheme, text)| (scheme, anywhere(text))));
    }

    /// Lets go of the credential for `scheme`, if there is one.
    pub fn forget(&self, scheme: Scheme) {
        let mut held = self.held.write().unwrap_or_else(PoisonError::into_inner);
        held.remove(&scheme);
    }

    /// Whether there is a credential for `scheme`.
    #[must_use]
    pub fn holds(&self, scheme: Scheme) -> bool {
        let held = self.held.read().unwrap_or_else(PoisonError::into_inner);
        held.contains_key(&scheme)
    }

    /// A copy that later changes do not reach.
    #[must_use]
    pub fn detached(&self) -> Self {
        let held = self.held.read().unwrap_or_else(PoisonError::into_inner);
        Self {
            held: Arc::new(RwLock::new(held.clone())),
        }
    }

    /// A copy of what may travel to `origin`.
    pub(crate) fn reaching(&self, origin: &str) -> Self {
        let copy = self.detached();
        let mut held = copy.held.write().unwrap_or_else(PoisonError::into_inner);
        held.retain(|_, one| one.may_reach(origin));
        drop(held);
        copy
    }

    /// Holds the session `text` that `origin` has handed out.
    pub(crate) fn keep(&self, scheme: Scheme, text: Secret, origin: &str) {
        let origin = Some(origin.to_owned());
        let mut held = self.held.write().unwrap_or_else(PoisonError::into_inner);
        held.insert(scheme, Held { text, origin });
    }

    /// Lets go of the session for `scheme` that `origin` has ended, unless it is another origin's.
    pub(crate) fn end(&self, scheme: Scheme, origin: &str) {
        let mut held = self.held.write().unwrap_or_else(PoisonError::into_inner);
        if held.get(&scheme).is_some_and(|one| one.may_reach(origin)) {
            held.remove(&scheme);
        }
    }

    /// The text that travels for `scheme`.
    pub(crate) fn get(&self, scheme: Scheme) -> Option<Secret> {
        let held = self.held.read().unwrap_or_else(PoisonError::into_inner);
        held.get(&scheme).map(|one| one.text.clone())
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let held = self.held.read().unwrap_or_else(PoisonError::into_inner);
        let texts = held.iter().map(|(scheme, one)| (scheme, &one.text));
        f.debug_map().entries(texts).finish()
    }
}

impl FromIterator<Credential> for Credentials {
    fn from_iter<I: IntoIterator<Item = Credential>>(credentials: I) -> Self {
        let store = Self::none();
        for credential in credentials {
            store.set(credential);
        }
        store
    }
}

impl From<Credential> for Credentials {
    fn from(credential: Credential) -> Self {
        Self::from_iter([credential])
    }
}

impl<const N: usize> From<[Credential; N]> for Credentials {
    fn from(credentials: [Credential; N]) -> Self {
        Self::from_iter(credentials)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(pairing: Pairing, id: &str, secret: &str) -> String {
        let scheme = Scheme::new("Pair", Placement::Basic(pairing));
        let credential = Credential::pair(scheme, &id.into(), &secret.into());
        let texts = credential.parts.iter().map(|(_, text)| text.expose());
        texts.collect()
    }

    #[test]
    fn a_pair_is_joined_as_its_scheme_says() {
        let (id, secret) = ("resource server", "s:c%r+t");
        assert_eq!(
            text(Pairing::Form, id, secret),
            "resource+server:s%3Ac%25r%2Bt"
        );
        assert_eq!(text(Pairing::Plain, id, secret), "resource server:s:c%r+t");
    }
}
