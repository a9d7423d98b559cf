//! What an operator may set about the token generator: how long it keeps renewing a token.

use crate::dialects::Configurable;

/// How long a token is renewed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::Args)]
pub struct TokenGeneratorSettings {
    /// Token generator: `X-token` renews no longer than this after the first issue, in seconds
    #[arg(
        id = "token_generator_ceiling_secs",
        long = "token-generator-ceiling-secs",
        env = "TESSERA_TOKEN_GENERATOR_CEILING_SECS",
        value_name = "SECS",
        default_value_t = Self::default().sliding_ceiling_secs
    )]
    pub sliding_ceiling_secs: u32,
}

impl Default for TokenGeneratorSettings {
    fn default() -> Self {
        Self {
            sliding_ceiling_secs: 30 * 24 * 3600,
        }
    }
}

impl Configurable for TokenGeneratorSettings {}
