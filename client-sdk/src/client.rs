//! Making a client, changing who it acts for, and logging in.

use std::time::Duration;

use thiserror::Error;

use crate::generated::{Client, ResponseValue};
use crate::types::{AnimeloopHttpError, AnimeloopLoginSuccess, AnimeloopRefusal};
use crate::{CallError, Credentials, Either, Secret};

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
    /// Redirects are not followed: an authority sends none, and whoever does is after the credentials.
    /// For other timeouts, proxies or certificates see [`Client::new_with_client`].
    ///
    /// # Errors
    /// An address that is no origin, or a platform without what TLS needs.
    pub fn new(origin: &str, credentials: impl Into<Credentials>) -> Result<Self, OriginError> {
        let url = reqwest::Url::parse(origin).map_err(|_| OriginError::Malformed)?;
        let plain = url.username().is_empty()
            && url.password().is_none()
            && url.query().is_none()
            && url.fragment().is_none();
        if !matches!(url.scheme(), "http" | "https") || !url.has_host() || !plain {
            return Err(OriginError::Malformed);
        }
        let client = reqwest::Client::builder()
            .connect_timeout(TIMEOUT)
            .timeout(TIMEOUT)
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(OriginError::Setup)?;
        let base = url.as_str().trim_end_matches('/');
        Ok(Self::new_with_client(
            base,
            client,
            credentials.into().into(),
        ))
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

    /// Logs a user of animeloop in; the client and its clones keep the session.
    ///
    /// # Errors
    /// As for `animeloop_create_session`: a wrong pair is 1940106, travelling under HTTP 200.
    pub async fn animeloop_login(
        &self,
        username: &str,
        password: impl Into<Secret>,
    ) -> Result<
        ResponseValue<AnimeloopLoginSuccess>,
        CallError<Either<AnimeloopRefusal, AnimeloopHttpError>>,
    > {
        let password = password.into();
        self.animeloop_create_session()
            .body_map(|body| body.username(username).password(password))
            .await
    }
}
