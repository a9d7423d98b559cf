//! What an operator may set about animeloop: the session cookie and the login.

use clap::builder::{EnumValueParser, TypedValueParser as _};

use crate::{
    dialects::{Configurable, UnfitSettings},
    domain::Switch,
    public_url::PublicUrl,
};

/// The session cookie and the login.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::Args)]
pub struct AnimeloopSettings {
    /// Animeloop: a session ends so long after its login, however much it is used, in seconds
    #[arg(
        id = "animeloop_session_max_secs",
        long = "animeloop-session-max-secs",
        env = "TESSERA_ANIMELOOP_SESSION_MAX_SECS",
        value_name = "SECS",
        value_parser = clap::value_parser!(u32).range(1..),
        default_value_t = Self::default().session_max_secs
    )]
    pub session_max_secs: u32,

    /// Animeloop: mark the session cookie `Secure`; by default on exactly when the public URL is https
    #[arg(
        id = "animeloop_cookie_secure",
        long = "animeloop-cookie-secure",
        env = "TESSERA_ANIMELOOP_COOKIE_SECURE",
        value_name = "ANIMELOOP_COOKIE_SECURE",
        value_parser = EnumValueParser::<Switch>::new().map(bool::from)
    )]
    pub cookie_secure: Option<bool>,

    /// Animeloop: give the session cookie a `SameSite` attribute
    #[arg(
        id = "animeloop_cookie_same_site",
        long = "animeloop-cookie-same-site",
        env = "TESSERA_ANIMELOOP_COOKIE_SAME_SITE",
        value_name = "ANIMELOOP_COOKIE_SAME_SITE",
        value_enum
    )]
    pub cookie_same_site: Option<SameSite>,

    // The original had Google verify the answers.
    /// Animeloop: refuse every login as a failed captcha (1940101); nothing can verify an answer
    #[arg(
        id = "animeloop_captcha",
        long = "animeloop-captcha",
        env = "TESSERA_ANIMELOOP_CAPTCHA",
        value_name = "ANIMELOOP_CAPTCHA",
        action = clap::ArgAction::Set,
        value_parser = EnumValueParser::<Switch>::new().map(bool::from),
        default_value = "off"
    )]
    pub captcha: bool,
}

impl Default for AnimeloopSettings {
    fn default() -> Self {
        Self {
            session_max_secs: 30 * 24 * 3600,
            cookie_secure: None,
            cookie_same_site: None,
            captcha: false,
        }
    }
}

/// Browsers drop such a cookie, so nobody could log in.
const INSECURE_SAME_SITE: UnfitSettings = UnfitSettings(
    "--animeloop-cookie-same-site none needs an https --public-url, or --animeloop-cookie-secure on \
     (TESSERA_ANIMELOOP_COOKIE_SECURE=on): browsers drop such a cookie otherwise",
);

impl Configurable for AnimeloopSettings {
    fn check(&self, public_url: Option<&PublicUrl>) -> Result<(), UnfitSettings> {
        // The URL of a bound address is never https.
        let https = public_url.is_some_and(PublicUrl::is_https);
        if self.cookie_secure.unwrap_or(https) {
            return Ok(());
        }
        if self.cookie_same_site == Some(SameSite::None) {
            return Err(INSECURE_SAME_SITE);
        }
        if https {
            tracing::warn!(
                "--animeloop-cookie-secure is off under an https public URL: browsers send the session cookie over http too"
            );
        }
        Ok(())
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
