//! The master key under which everything that must be read back is sealed.

use std::fmt::Write as _;
use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

use zeroize::Zeroizing;

use crate::authority::Randomness;

/// 256 bits that seal signing keys, seeds and the session secret.
pub struct MasterKey(Zeroizing<[u8; 32]>);

/// Why there is no master key.
#[derive(Debug, thiserror::Error)]
pub enum MasterKeyError {
    /// The file cannot be read or made.
    #[error("master key file: {0}")]
    File(#[from] std::io::Error),
    /// The file does not hold 64 hexadecimal digits.
    #[error("master key file: expected 64 hexadecimal digits")]
    Malformed,
    /// Others may read the file.
    #[error("master key file: must not be accessible to group or others (chmod 600)")]
    Exposed,
    /// No randomness to make one.
    #[error("master key: no randomness")]
    NoRandomness,
}

impl MasterKey {
    /// A key held in memory only (demo, tests).
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// A fresh key held in memory only.
    ///
    /// # Errors
    /// [`MasterKeyError::NoRandomness`].
    pub fn random(randomness: &dyn Randomness) -> Result<Self, MasterKeyError> {
        let mut bytes = Zeroizing::new([0_u8; 32]);
        randomness
            .fill(bytes.as_mut())
            .map_err(|_| MasterKeyError::NoRandomness)?;
        Ok(Self(bytes))
    }

    /// Reads the key file, or makes one (mode 0600) at first start.
    ///
    /// # Errors
    /// [`MasterKeyError`]; a file that others may read is refused.
    pub fn load_or_create(
        path: &Path,
        randomness: &dyn Randomness,
    ) -> Result<Self, MasterKeyError> {
        match fs::metadata(path) {
            Ok(facts) if facts.permissions().mode() & 0o077 != 0 => Err(MasterKeyError::Exposed),
            Ok(_) => Self::read(path),
            Err(error) if error.kind() == ErrorKind::NotFound => Self::create(path, randomness),
            Err(error) => Err(error.into()),
        }
    }

    pub(super) fn bytes(&self) -> &[u8] {
        self.0.as_ref()
    }

    fn read(path: &Path) -> Result<Self, MasterKeyError> {
        let text = Zeroizing::new(fs::read_to_string(path)?);
        let digits = text.trim();
        if digits.len() != 64 || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(MasterKeyError::Malformed);
        }
        let mut bytes = Zeroizing::new([0_u8; 32]);
        for (index, byte) in bytes.iter_mut().enumerate() {
            let pair = digits
                .get(index * 2..index * 2 + 2)
                .ok_or(MasterKeyError::Malformed)?;
            *byte = u8::from_str_radix(pair, 16).map_err(|_| MasterKeyError::Malformed)?;
        }
        Ok(Self(bytes))
    }

    /// Written beside its place and linked there, so that a crash leaves a whole file or none and
    /// two first starts agree on one key.
    fn create(path: &Path, randomness: &dyn Randomness) -> Result<Self, MasterKeyError> {
        let key = Self::random(randomness)?;
        let mut text = Zeroizing::new(String::with_capacity(65));
        for byte in key.0.iter() {
            write!(text, "{byte:02x}").map_err(|_| MasterKeyError::Malformed)?;
        }
        text.push('\n');
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(format!(".{}.new", std::process::id()));
        let beside = path.with_file_name(name);
        let mut file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&beside)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        let linked = fs::hard_link(&beside, path);
        fs::remove_file(&beside)?;
        match linked {
            Ok(()) => Ok(key),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Self::read(path),
            Err(error) => Err(error.into()),
        }
    }
}

impl std::fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MasterKey")
    }
}

#[cfg(test)]
mod tests {
    use super::{MasterKey, MasterKeyError};
    use crate::keys::SystemRandomness;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn file_is_made_once_private_and_read_again() -> Result<(), MasterKeyError> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("master.key");
        let random = SystemRandomness::default();
        let made = MasterKey::load_or_create(&path, &random)?;
        assert_eq!(
            std::fs::metadata(&path)?.permissions().mode() & 0o777,
            0o600
        );
        assert_eq!(
            MasterKey::load_or_create(&path, &random)?.bytes(),
            made.bytes()
        );
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640))?;
        assert!(matches!(
            MasterKey::load_or_create(&path, &random),
            Err(MasterKeyError::Exposed)
        ));
        Ok(())
    }
}
