//! Opens the authority for an operator's command. A database that is not there is not made.

use clap::Args;

use super::super::flags::{DatabaseArgs, PlaceArgs, config};
use super::error::AdminError;
use crate::authority::TokenAuthority;
use crate::config::{Config, NetworkArgs, PolicyArgs};
use crate::domain::{Contents, DatabaseUrl};
use crate::public_url::PublicUrl;
use crate::serve::{Ports, open_authority};
use crate::storage::{SqlStore, look_at};

/// Where the database and its master key are.
#[derive(Debug, Args)]
pub(in crate::cli) struct Access {
    #[command(flatten)]
    place: PlaceArgs,

    #[command(flatten)]
    database: DatabaseArgs,
}

/// The opened authority.
pub(super) struct Open {
    pub(super) authority: TokenAuthority,
    store: SqlStore,
}

impl Access {
    /// The configuration that it says.
    pub(super) fn config(self) -> Result<Config, AdminError> {
        let (network, policy) = (NetworkArgs::default(), PolicyArgs::default());
        let config = config(self.place, self.database, network, policy)?;
        Ok(Config {
            // A server's start brings its secret in; a command that looks at something must not.
            session_secret_file: None,
            ..config
        })
    }

    /// Opens what is there, beside a server that runs on it.
    pub(super) async fn open(self) -> Result<Open, AdminError> {
        let config = self.config()?;
        if look_at(config.database_url.expose()).await? == Contents::Nothing {
            return Err(AdminError::NoDatabase(shown(&config.database_url)));
        }
        let listening = PublicUrl::of_listener(config.listen);
        let issuer = config.public_url.clone().unwrap_or(listening);
        let opened = open_authority(&config, &Ports::system(), &issuer).await?;
        Ok(Open {
            authority: opened.authority,
            store: opened.store,
        })
    }
}

impl Open {
    /// Lets the database go, and gives what became of the command.
    pub(super) async fn close<T>(self, done: Result<T, AdminError>) -> Result<T, AdminError> {
        self.store.close().await;
        done
    }
}

/// A URL without what may be a password.
pub(super) fn shown(url: &DatabaseUrl) -> String {
    url.to_string()
}
