//! What an operator may set about manis: how long a token lives, and how times are written.

use crate::dialects::Configurable;

/// How long tokens live, and how times are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::Args)]
pub struct ManisSettings {
    /// Manis: the unit of `expiresAt`
    #[arg(
        id = "manis_expires_at",
        long = "manis-expires-at",
        env = "TESSERA_MANIS_EXPIRES_AT",
        value_name = "MANIS_EXPIRES_AT",
        value_enum,
        default_value_t = Self::default().expires_at
    )]
    pub expires_at: EpochUnit,

    /// Manis: the life of a token
    #[arg(
        id = "manis_token_secs",
        long = "manis-token-secs",
        env = "TESSERA_MANIS_TOKEN_SECS",
        value_name = "SECS",
        value_parser = clap::value_parser!(u32).range(1..=86_400),
        default_value_t = Self::default().token_secs
    )]
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

impl Configurable for ManisSettings {}

/// A unit of epoch time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum EpochUnit {
    /// Milliseconds.
    Ms,
    /// Seconds.
    S,
}
