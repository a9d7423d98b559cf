//! What a client authenticates with, per dialect, and the store that its clones share.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::Secret;
use crate::generated::operations::Scheme;

/// One credential of one dialect.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Credential {
    /// The value of animeloop's session cookie, as `Set-Cookie` spells it. A login through the client keeps it by itself.
    AnimeloopSession(Secret),
    /// A pnut access token, sent as a bearer token.
    Pnut(Secret),
    /// A pnut access token, sent in the query string: for places that cannot set headers. A bearer token goes first.
    PnutInQuery(Secret),
    /// The caller's own JWT at the token generator.
    TokenGenerator(Secret),
    /// The id of an auth-api client; what proves it goes into the body of the request.
    AuthApiClient(String),
    /// An auth-api long token (`lt_…`).
    AuthApiLong(Secret),
    /// An auth-api short token.
    AuthApiShort(Secret),
    /// A Manis merchant.
    Manis {
        /// The merchant's public id.
        merchant_id: String,
        /// The merchant's secret.
        secret: Secret,
    },
    /// A client of the operations that serve all dialects.
    Oauth {
        /// The client's id.
        client_id: String,
        /// The client's secret.
        client_secret: Secret,
    },
    /// Any scheme of the document, with the text exactly as it travels (for HTTP authentication: after the scheme's name).
    Scheme(Scheme, Secret),
}

impl Credential {
    /// An animeloop session; see [`Credential::AnimeloopSession`].
    pub fn animeloop_session(cookie: impl Into<Secret>) -> Self {
        Self::AnimeloopSession(cookie.into())
    }

    /// A pnut access token; see [`Credential::Pnut`].
    pub fn pnut(token: impl Into<Secret>) -> Self {
        Self::Pnut(token.into())
    }

    /// A token generator caller; see [`Credential::TokenGenerator`].
    pub fn token_generator(token: impl Into<Secret>) -> Self {
        Self::TokenGenerator(token.into())
    }

    /// An auth-api client; see [`Credential::AuthApiClient`].
    pub fn auth_api_client(client_id: impl Into<String>) -> Self {
        Self::AuthApiClient(client_id.into())
    }

    /// An auth-api long token; see [`Credential::AuthApiLong`].
    pub fn auth_api_long(token: impl Into<Secret>) -> Self {
        Self::AuthApiLong(token.into())
    }

    /// An auth-api short token; see [`Credential::AuthApiShort`].
    pub fn auth_api_short(token: impl Into<Secret>) -> Self {
        Self::AuthApiShort(token.into())
    }

    /// A Manis merchant; see [`Credential::Manis`].
    pub fn manis(merchant_id: impl Into<String>, secret: impl Into<Secret>) -> Self {
        Self::Manis {
            merchant_id: merchant_id.into(),
            secret: secret.into(),
        }
    }

    /// A client of `/oauth`; see [`Credential::Oauth`].
    pub fn oauth(client_id: impl Into<String>, client_secret: impl Into<Secret>) -> Self {
        Self::Oauth {
            client_id: client_id.into(),
            client_secret: client_secret.into(),
        }
    }

    /// The schemes this credential serves, each with the text that travels.
    fn into_parts(self) -> Vec<(Scheme, Secret)> {
        match self {
            Self::AnimeloopSession(cookie) => vec![(Scheme::AnimeloopSession, cookie)],
            Self::Pnut(token) => vec![(Scheme::PnutBearer, token)],
            Self::PnutInQuery(token) => vec![(Scheme::PnutQueryToken, token)],
            Self::TokenGenerator(token) => {
                let text = Secret::new(format!("Token token=\"{}\"", token.expose()));
                vec![(Scheme::TokenGeneratorToken, text)]
            }
            Self::AuthApiClient(id) => vec![(Scheme::AuthApiClientKey, id.into())],
            Self::AuthApiLong(token) => vec![(Scheme::AuthApiLongToken, token)],
            Self::AuthApiShort(token) => vec![(Scheme::AuthApiShortToken, token)],
            Self::Manis {
                merchant_id,
                secret,
            } => vec![
                (Scheme::ManisMerchantId, merchant_id.into()),
                (Scheme::ManisSecret, secret),
            ],
            Self::Oauth {
                client_id,
                client_secret,
            } => {
                let pair = Secret::new(format!(
                    "{}:{}",
                    form_encoded(&client_id),
                    form_encoded(client_secret.expose())
                ));
                vec![(Scheme::OauthClientBasic, pair)]
            }
            Self::Scheme(scheme, text) => vec![(scheme, text)],
        }
    }
}

/// Id and secret are form encoded before they are joined by a colon: RFC 6749 §2.3.1.
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
        let parts = credential.into_parts().into_iter();
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
