//! Reads a file of secrets that only its owner may read.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use zeroize::Zeroizing;

/// Why a file of secrets cannot be used; the text goes on after its name.
#[derive(Debug, thiserror::Error)]
pub enum PrivateFileError {
    /// It cannot be read.
    #[error("cannot be read: {0}")]
    Unreadable(io::Error),
    /// It is a directory.
    #[error("is a directory")]
    Directory,
    /// It is a symbolic link to nothing.
    #[error("is a link that leads nowhere")]
    Dangling,
    /// Others may read it.
    #[error("must not be accessible to group or others (chmod 600)")]
    Exposed,
}

/// The first `at_most` bytes of the file, which are wiped when dropped; `None` when nothing has that name.
///
/// # Errors
/// [`PrivateFileError`]; a file that others may read is refused.
pub fn read_private_file(
    path: &Path,
    at_most: usize,
) -> Result<Option<Zeroizing<Vec<u8>>>, PrivateFileError> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            return match fs::symlink_metadata(path) {
                Ok(_) => Err(PrivateFileError::Dangling),
                Err(_) => Ok(None),
            };
        }
        Err(error) => return Err(PrivateFileError::Unreadable(error)),
    };
    let facts = file.metadata().map_err(PrivateFileError::Unreadable)?;
    if facts.is_dir() {
        return Err(PrivateFileError::Directory);
    }
    if facts.permissions().mode() & 0o077 != 0 {
        return Err(PrivateFileError::Exposed);
    }
    // A vector that grows leaves copies behind, which nobody wipes.
    let mut bytes = Zeroizing::new(Vec::with_capacity(at_most));
    file.take(at_most as u64)
        .read_to_end(&mut bytes)
        .map_err(PrivateFileError::Unreadable)?;
    Ok(Some(bytes))
}
