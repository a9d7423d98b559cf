//! What an operator may set about the Auth API: how long assertions live.

use crate::dialects::Configurable;

/// How long assertions live.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::Args)]
pub struct AuthApiSettings {
    /// Auth API: how far ahead an assertion may end, in seconds
    #[arg(
        id = "auth_api_assertion_secs",
        long = "auth-api-assertion-secs",
        env = "TESSERA_AUTH_API_ASSERTION_SECS",
        value_name = "SECS",
        value_parser = clap::value_parser!(u32).range(10..=86_400),
        default_value_t = Self::default().assertion_secs
    )]
    pub assertion_secs: u32,
}

impl Default for AuthApiSettings {
    fn default() -> Self {
        Self {
            assertion_secs: 300,
        }
    }
}

impl Configurable for AuthApiSettings {}
