//! What an operator may set about a dialect: flags that the command line collects from all of them.

use clap::{ArgMatches, Args, Command, FromArgMatches, error::Error};

use crate::public_url::PublicUrl;

/// Settings that do not go together; the text is for operators.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct UnfitSettings(pub &'static str);

/// The settings of one dialect, which are its flags too. Identifiers of flags are those of the whole program, so they begin
/// with the dialect's name.
pub trait Configurable: Args + Default + Copy {
    /// Whether they go together on a server with that public URL, if it has one of its own.
    ///
    /// # Errors
    /// [`UnfitSettings`]; what is merely unwise is logged.
    fn check(&self, _public_url: Option<&PublicUrl>) -> Result<(), UnfitSettings> {
        Ok(())
    }
}

/// Nothing may be set about a dialect.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct NoSettings;

impl Configurable for NoSettings {}

impl FromArgMatches for NoSettings {
    fn from_arg_matches(_: &ArgMatches) -> Result<Self, Error> {
        Ok(Self)
    }

    fn update_from_arg_matches(&mut self, _: &ArgMatches) -> Result<(), Error> {
        Ok(())
    }
}

impl Args for NoSettings {
    fn augment_args(command: Command) -> Command {
        command
    }

    fn augment_args_for_update(command: Command) -> Command {
        command
    }
}
