//! The master key under which everything that must be read back is sealed.

use std::fmt::Write as _;
use std::fs;
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use tempfile::NamedTempFile;
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
        match Self::load(path) {
            Err(MasterKeyError::File(error)) if error.kind() == ErrorKind::NotFound => {
                Self::create(path, randomness)
            }
            found => found,
        }
    }

    pub(super) fn bytes(&self) -> &[u8] {
        self.0.as_ref()
    }

    fn load(path: &Path) -> Result<Self, MasterKeyError> {
        if fs::metadata(path)?.permissions().mode() & 0o077 != 0 {
            return Err(MasterKeyError::Exposed);
        }
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

    /// Written beside its place and put there whole, unless another process was faster: then its key is the one.
    /// Name and content outlive a loss of power, as what is sealed under the key does.
    fn create(path: &Path, randomness: &dyn Randomness) -> Result<Self, MasterKeyError> {
        let key = Self::random(randomness)?;
        let mut text = Zeroizing::new(String::with_capacity(65));
        for byte in key.0.iter() {
            write!(text, "{byte:02x}").map_err(|_| MasterKeyError::Malformed)?;
        }
        text.push('\n');
        let folder = match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        // Made with mode 0600, under a name of its own, and deleted unless it is put in its place.
        let mut beside = NamedTempFile::new_in(folder)?;
        beside.write_all(text.as_bytes())?;
        beside.as_file().sync_all()?;
        match beside.persist_noclobber(path) {
            Ok(_) => {
                fs::File::open(folder)?.sync_all()?;
                Ok(key)
            }
            Err(lost) if lost.error.kind() == ErrorKind::AlreadyExists => Self::load(path),
            Err(failed) => Err(failed.error.into()),
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
    use std::sync::Barrier;

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

    #[test]
    fn whoever_makes_the_file_at_the_same_time_has_the_same_key() {
        for _ in 0..50 {
            let folder = tempfile::tempdir().expect("a folder");
            let path = folder.path().join("master.key");
            let start = Barrier::new(4);
            let keys: Vec<[u8; 32]> = std::thread::scope(|scope| {
                let makers = [(); 4].map(|()| {
                    scope.spawn(|| {
                        start.wait();
                        let made = MasterKey::load_or_create(&path, &SystemRandomness::default());
                        *made.expect("a key").0
                    })
                });
                makers.map(|maker| maker.join().expect("a maker")).into()
            });
            assert!(keys.iter().all(|key| *key == keys[0]));
            let files = std::fs::read_dir(folder.path()).expect("a folder").count();
            assert_eq!(files, 1, "a key that lost is left behind");
        }
    }
}
