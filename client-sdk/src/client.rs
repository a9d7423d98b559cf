//! Making a client, and changing who it acts for.

use std::time::Duration;

use thiserror::Error;

use crate::generated::Client;
use crate::{Credentials, Setup};

/// How long a call may take, connection included, before it is given up.
const TIMEOUT: Duration = Duration::from_secs(15);

/// Why an address cannot be the origin of an authority.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum OriginError {
    /// Not an absolute `http` or `https` address of nothing but an origin and possibly a path.
    #[error(
        "an origin looks like https://tokens.example.com, without query, fragment or credentials"
    )]
    Malformed,
    /// The HTTP client could not be set up, for example because the platform has no certificates.
    #[error("the HTTP client cannot be set up")]
    Setup(#[source] reqwest::Error),
}

impl Client {
    /// A client of the authority at `origin`, such as `https://tokens.example.com`.
    ///
    /// A call waits 15 s for its answer. Redirects are not followed, so that no credential leaves the origin.
    /// For other timeouts, proxies or certificates see [`Client::new_with_builder`].
    ///
    /// # Errors
    /// An address that is no origin, or a platform without what TLS needs.
    pub fn new(origin: &str, credentials: impl Into<Credentials>) -> Result<Self, OriginError> {
        let http = reqwest::Client::builder()
            .connect_timeout(TIMEOUT)
            .timeout(TIMEOUT);
        let credentials: Credentials = credentials.into();
        Self::new_with_builder(origin, http, credentials)
    }

    /// A client of the authority at `origin` on an HTTP stack of one's own, with its timeouts, proxies and certificates.
    ///
    /// Whatever `http` says of redirects and referers, this client follows no redirect and sends no referer: either
    /// would carry credentials to another origin. A finished [`reqwest::Client`] could not be told, so none is taken.
    ///
    /// ```compile_fail,E0624
    /// # use tessera_client::{Client, Credentials};
    /// let http = reqwest::Client::new();
    /// Client::new_with_client("https://tokens.example.com", http, Credentials::none().into());
    /// ```
    ///
    /// # Errors
    /// An address that is no origin, or a builder that reqwest refuses.
    pub fn new_with_builder(
        origin: &str,
        http: reqwest::ClientBuilder,
        setup: impl Into<Setup>,
    ) -> Result<Self, OriginError> {
        let url = reqwest::Url::parse(origin).map_err(|_| OriginError::Malformed)?;
        let plain = url.username().is_empty()
            && url.password().is_none()
            && url.query().is_none()
            && url.fragment().is_none();
        if !matches!(url.scheme(), "http" | "https") || !url.has_host() || !plain {
            return Err(OriginError::Malformed);
        }
        let client = http
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .build()
            .map_err(OriginError::Setup)?;
        let base = url.as_str().trim_end_matches('/');
        Ok(Self::new_with_client(base, client, setup.into()))
    }

    /// What this client and its clones authenticate with; changes count from the next call on.
    #[must_use]
    pub fn credentials(&self) -> &Credentials {
        &self.inner.credentials
    }

    /// A client of the same authority and on the same connections that acts with other credentials.
    #[must_use]
    pub fn with(&self, credentials: impl Into<Credentials>) -> Self {
        Self {
            inner: self.inner.with(credentials.into()),
            ..self.clone()
        }
    }
}
