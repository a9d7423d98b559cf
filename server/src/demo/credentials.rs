//! What the demo's principals prove themselves with, and the file it is written to.

use std::{
    fs,
    io::{self, Write},
    path::Path,
};

use serde_json::Value;

use super::DemoError;
use crate::{dialects::seeding::Held, domain::Dialect};

/// The demo's credentials.
#[derive(Debug, Clone)]
pub struct Credentials {
    /// Where the server answers.
    pub base_url: String,
    /// What the principals of each dialect hold, in the order in which it is shown.
    pub held: Vec<(Dialect, Held)>,
}

impl Credentials {
    /// As JSON, secrets in clear: the base URL, and an object for each dialect under its name.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let held = self.held.iter();
        let held = held.map(|(dialect, held)| (dialect.as_str().to_owned(), held.to_json()));
        let base_url = ("base_url".to_owned(), self.base_url.as_str().into());
        Value::Object([base_url].into_iter().chain(held).collect())
    }

    /// Writes the JSON to `path` at once: a reader sees the old file or the whole new one, and
    /// nobody else can read it.
    ///
    /// # Errors
    /// [`DemoError::Credentials`].
    pub fn write(&self, path: &Path) -> Result<(), DemoError> {
        let text = format!("{:#}\n", self.to_json());
        write_private(path, &text).map_err(|reason| DemoError::Credentials {
            path: path.to_owned(),
            reason,
        })
    }
}

/// Deletes a file of credentials that are about to be replaced, so that it cannot be taken for the new one.
///
/// # Errors
/// [`DemoError::Credentials`].
pub fn forget(path: &Path) -> Result<(), DemoError> {
    let deleted = match fs::symlink_metadata(path) {
        Ok(facts) if facts.is_file() => fs::remove_file(path),
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    };
    deleted.map_err(|reason| DemoError::Credentials {
        path: path.to_owned(),
        reason,
    })
}

fn write_private(path: &Path, text: &str) -> io::Result<()> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    // Made with mode 0600 where modes exist.
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    if let Ok(folder) = fs::File::open(folder) {
        // Some file systems cannot sync a folder; the file itself is safe already.
        let _ = folder.sync_all();
    }
    Ok(())
}
