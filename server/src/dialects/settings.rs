//! What an operator may set about single dialects.

use crate::public_url::PublicUrl;

/// Settings of all dialects that have any.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DialectSettings {
    /// Animeloop.
    pub animeloop: AnimeloopSettings,
    /// Token generator.
    pub token_generator: TokenGeneratorSettings,
    /// Auth API.
    pub auth_api: AuthApiSettings,
    /// Manis.
    pub manis: ManisSettings,
}

/// Animeloop's session cookie and login.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AnimeloopSettings {
    /// Whether the cookie is `Secure`; `None`: where the public URL is https.
    pub cookie_secure: Option<bool>,
    /// Adds `SameSite` to the cookie.
    pub cookie_same_site: Option<SameSite>,
    /// Refuses every login as a failed captcha (code 1940101): the original had Google verify the
    /// answers, and nothing verifies them here.
    pub captcha: bool,
    /// A session ends so many seconds after its login, however much it is used.
    pub session_max_secs: u32,
}

impl Default for AnimeloopSettings {
    fn default() -> Self {
        Self {
            cookie_secure: None,
            cookie_same_site: None,
            captcha: false,
            session_max_secs: 30 * 24 * 3600,
        }
    }
}

impl AnimeloopSettings {
    /// Whether the cookie is `Secure` on a server with that public URL.
    #[must_use]
    pub fn is_cookie_secure(self, public_url: &PublicUrl) -> bool {
        self.cookie_secure.unwrap_or_else(|| public_url.is_https())
    }
}

/// Values of the cookie attribute `SameSite`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum SameSite {
    /// `SameSite=Strict`
    Strict,
    /// `SameSite=Lax`
    Lax,
    /// `SameSite=None`
    None,
}

/// How long the token generator keeps renewing a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TokenGeneratorSettings {
    /// `X-token` slides a caller's token no further than this many seconds after it was first issued.
    pub sliding_ceiling_secs: u32,
}

impl Default for TokenGeneratorSettings {
    fn default() -> Self {
        Self {
            sliding_ceiling_secs: 30 * 24 * 3600,
        }
    }
}

/// How long the Auth API lets assertions live.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AuthApiSettings {
    /// How far ahead `exp` of an assertion may lie, seconds.
    pub assertion_secs: u32,
}

impl Default for AuthApiSettings {
    fn default() -> Self {
        Self {
            assertion_secs: 300,
        }
    }
}

/// How long Manis' tokens live, and how it writes times.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ManisSettings {
    /// The unit of `expiresAt`.
    pub expires_at: EpochUnit,
    /// The life of a token in seconds.
    pub token_secs: u32,
}

impl Default for ManisSettings {
    fn default() -> Self {
        Self {
            expires_at: EpochUnit::Ms,
            token_secs: 3600,
        }
    }
}

/// A unit of epoch time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum EpochUnit {
    /// Milliseconds.
    #[default]
    Ms,
    /// Seconds.
    S,
}
