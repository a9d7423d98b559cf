//! What an operator may set about single dialects.

use clap::Args;

use crate::{domain::Switch, public_url::PublicUrl};

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

/// The flags behind [`DialectSettings`].
#[derive(Debug, Clone, Copy, Args)]
pub struct DialectArgs {
    /// Animeloop: a session ends so long after its login, however much it is used, in seconds
    #[arg(
        long,
        env = "TESSERA_ANIMELOOP_SESSION_MAX_SECS",
        value_name = "SECS",
        value_parser = clap::value_parser!(u32).range(1..),
        default_value_t = AnimeloopSettings::default().session_max_secs
    )]
    pub animeloop_session_max_secs: u32,

    /// Animeloop: mark the session cookie `Secure`; by default on exactly when the public URL is https
    #[arg(long, env = "TESSERA_ANIMELOOP_COOKIE_SECURE", value_enum)]
    pub animeloop_cookie_secure: Option<Switch>,

    /// Animeloop: give the session cookie a `SameSite` attribute
    #[arg(long, env = "TESSERA_ANIMELOOP_COOKIE_SAME_SITE", value_enum)]
    pub animeloop_cookie_same_site: Option<SameSite>,

    /// Animeloop: refuse every login as a failed captcha (1940101); nothing can verify an answer
    #[arg(long, env = "TESSERA_ANIMELOOP_CAPTCHA", value_enum, default_value_t = Switch::Off)]
    pub animeloop_captcha: Switch,

    /// Token generator: `X-token` renews no longer than this after the first issue, in seconds
    #[arg(
        long,
        env = "TESSERA_TOKEN_GENERATOR_CEILING_SECS",
        value_name = "SECS",
        default_value_t = TokenGeneratorSettings::default().sliding_ceiling_secs
    )]
    pub token_generator_ceiling_secs: u32,

    /// Auth API: how far ahead an assertion may end, in seconds
    #[arg(
        long,
        env = "TESSERA_AUTH_API_ASSERTION_SECS",
        value_name = "SECS",
        value_parser = clap::value_parser!(u32).range(10..=86_400),
        default_value_t = AuthApiSettings::default().assertion_secs
    )]
    pub auth_api_assertion_secs: u32,

    /// Manis: the unit of `expiresAt`
    #[arg(long, env = "TESSERA_MANIS_EXPIRES_AT", value_enum, default_value_t = EpochUnit::Ms)]
    pub manis_expires_at: EpochUnit,

    /// Manis: the life of a token
    #[arg(
        long,
        env = "TESSERA_MANIS_TOKEN_SECS",
        value_name = "SECS",
        value_parser = clap::value_parser!(u32).range(1..=86_400),
        default_value_t = ManisSettings::default().token_secs
    )]
    pub manis_token_secs: u32,
}

impl Default for DialectArgs {
    /// What clap gives without flags and environment; a test compares the two.
    fn default() -> Self {
        Self {
            animeloop_session_max_secs: AnimeloopSettings::default().session_max_secs,
            animeloop_cookie_secure: None,
            animeloop_cookie_same_site: None,
            animeloop_captcha: Switch::Off,
            token_generator_ceiling_secs: TokenGeneratorSettings::default().sliding_ceiling_secs,
            auth_api_assertion_secs: AuthApiSettings::default().assertion_secs,
            manis_expires_at: EpochUnit::Ms,
            manis_token_secs: ManisSettings::default().token_secs,
        }
    }
}

impl From<DialectArgs> for DialectSettings {
    fn from(args: DialectArgs) -> Self {
        Self {
            animeloop: AnimeloopSettings {
                cookie_secure: args.animeloop_cookie_secure.map(Into::into),
                cookie_same_site: args.animeloop_cookie_same_site,
                captcha: args.animeloop_captcha.into(),
                session_max_secs: args.animeloop_session_max_secs,
            },
            token_generator: TokenGeneratorSettings {
                sliding_ceiling_secs: args.token_generator_ceiling_secs,
            },
            auth_api: AuthApiSettings {
                assertion_secs: args.auth_api_assertion_secs,
            },
            manis: ManisSettings {
                expires_at: args.manis_expires_at,
                token_secs: args.manis_token_secs,
            },
        }
    }
}
