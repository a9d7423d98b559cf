//! Where a secret goes that was made here: to the terminal, into a new file, or where the operator said so. It is shown once.

use std::fs::{self, File, OpenOptions};
use std::io::{self, IsTerminal as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::PathBuf;

use clap::Args;
use serde_json::{Map, Value};

use super::error::AdminError;
use crate::domain::Secret;

/// Where a secret goes that is made.
#[derive(Debug, Args)]
pub(super) struct Handing {
    /// Print the secret that was made although nobody sits at a terminal
    #[arg(long, conflicts_with = "out")]
    show_secret: bool,

    /// Write the secret that was made into a new file, which nobody else may read (0600)
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// A place that takes the secret, made before the secret is.
pub(super) enum Place {
    /// What the command prints.
    Printed,
    /// A new file.
    Written(PathBuf, File),
}

impl Handing {
    /// The place; refused where the secret would be lost, or where the file is there already.
    pub(super) fn place(self) -> Result<Place, AdminError> {
        let Some(path) = self.out else {
            return if self.show_secret || io::stdout().is_terminal() {
                Ok(Place::Printed)
            } else {
                Err(AdminError::Refused(
                    "nobody would see the secret: give --out FILE, or --show-secret to print it"
                        .to_owned(),
                ))
            };
        };
        let made = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&path);
        match made {
            Ok(file) => Ok(Place::Written(path, file)),
            Err(error) => Err(AdminError::Refused(format!("{}: {error}", path.display()))),
        }
    }
}

impl Place {
    /// Hands the secret over; what is printed gets it as a member.
    pub(super) fn take(
        self,
        secret: &Secret,
        printed: &mut Map<String, Value>,
    ) -> Result<(), AdminError> {
        match self {
            Self::Printed => {
                printed.insert("secret".to_owned(), secret.expose().into());
            }
            Self::Written(path, mut file) => {
                let written = writeln!(file, "{}", secret.expose()).and_then(|()| file.sync_all());
                written.map_err(|error| {
                    AdminError::Refused(format!(
                        "the secret counts, but {} cannot be written ({error}): end it, and make another",
                        path.display()
                    ))
                })?;
                printed.insert("written_to".to_owned(), path.display().to_string().into());
            }
        }
        Ok(())
    }

    /// Nothing was made: the file goes again.
    pub(super) fn give_up(self) {
        if let Self::Written(path, _) = self {
            // It is empty, and nobody else has its name.
            let _ = fs::remove_file(path);
        }
    }
}
