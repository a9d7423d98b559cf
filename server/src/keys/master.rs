//! The master key under which everything that must be read back is sealed.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Write as _};
use std::path::Path;

use tempfile::{Builder, NamedTempFile};
use zeroize::Zeroizing;

use crate::domain::{PrivateFileError, Randomness, read_private_file};

/// More than a key file holds.
const TOO_LONG: usize = 1024;

/// Random characters in the name of a key that is being made.
const MADE_AS: usize = 6;

/// What that name ends with.
const UNFINISHED: &str = ".new";

/// 256 bits that seal signing keys, seeds and the session secret.
pub struct MasterKey(Zeroizing<[u8; 32]>);

/// What is wrong with a master key file; the text goes on after its name.
#[derive(Debug, thiserror::Error)]
pub enum MasterKeyError {
    /// It cannot be read, or others can.
    #[error(transparent)]
    File(#[from] PrivateFileError),
    /// It cannot be made.
    #[error("cannot be made: {0}")]
    Unmade(io::Error),
    /// It does not hold 64 hexadecimal digits.
    #[error("does not hold 64 hexadecimal digits")]
    Malformed,
    /// No randomness to make one.
    #[error("cannot be made: no randomness")]
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

    pub(super) fn bytes(&self) -> &[u8] {
        self.0.as_ref()
    }

    /// Reads a key file; `None` when nothing has that name.
    ///
    /// # Errors
    /// [`MasterKeyError`]; a file that others may read is refused.
    pub fn load(path: &Path) -> Result<Option<Self>, MasterKeyError> {
        let Some(text) = read_private_file(path, TOO_LONG)? else {
            return Ok(None);
        };
        let digits = text.trim_ascii();
        if digits.len() != 64 || !digits.iter().all(u8::is_ascii_hexdigit) {
            return Err(MasterKeyError::Malformed);
        }
        let mut bytes = Zeroizing::new([0_u8; 32]);
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            let pair = std::str::from_utf8(pair).map_err(|_| MasterKeyError::Malformed)?;
            *byte = u8::from_str_radix(pair, 16).map_err(|_| MasterKeyError::Malformed)?;
        }
        Ok(Some(Self(bytes)))
    }

    /// Makes a key file (mode 0600), beside its place, and puts it there whole, unless another process was faster: then its
    /// key is the one. Name and content outlive a loss of power, as what is sealed under the key does.
    ///
    /// # Errors
    /// [`MasterKeyError`].
    pub fn create(path: &Path, randomness: &dyn Randomness) -> Result<Self, MasterKeyError> {
        let key = Self::random(randomness)?;
        let mut text = Zeroizing::new(String::with_capacity(65));
        for byte in key.0.iter() {
            write!(text, "{byte:02x}").map_err(|_| MasterKeyError::Malformed)?;
        }
        text.push('\n');
        let folder = folder(path);
        let beside = written_beside(path, folder, text.as_bytes());
        match beside
            .map_err(MasterKeyError::Unmade)?
            .persist_noclobber(path)
        {
            Ok(_) => File::open(folder)
                .and_then(|folder| folder.sync_all())
                .map(|()| key)
                .map_err(MasterKeyError::Unmade),
            Err(lost) if lost.error.kind() == ErrorKind::AlreadyExists => {
                Self::load(path)?.ok_or(MasterKeyError::Unmade(lost.error))
            }
            Err(failed) => Err(MasterKeyError::Unmade(failed.error)),
        }
    }

    /// Deletes what `kill -9` has left of a key that was being made: it is no key, or a second name of the one in use.
    pub fn clear_away_unfinished(path: &Path) {
        let begins = unfinished_prefix(path);
        let files = fs::read_dir(folder(path)).into_iter().flatten().flatten();
        for file in files {
            let name = file.file_name();
            let of_ours = name.to_str().and_then(|name| {
                let random = name.strip_prefix(&begins)?.strip_suffix(UNFINISHED)?;
                (random.len() == MADE_AS).then_some(())
            });
            // Who makes one holds a lock on it.
            let left = of_ours.and_then(|()| File::open(file.path()).ok());
            if left.is_some_and(|left| left.try_lock().is_ok())
                && let Err(error) = fs::remove_file(file.path())
            {
                tracing::warn!(file = %file.path().display(), %error, "an unfinished master key stays");
            }
        }
    }
}

/// The file has mode 0600 and a name of its own, and is deleted unless it is put in its place.
fn written_beside(path: &Path, folder: &Path, text: &[u8]) -> io::Result<NamedTempFile> {
    let mut beside = Builder::new()
        .prefix(&unfinished_prefix(path))
        .rand_bytes(MADE_AS)
        .suffix(UNFINISHED)
        .tempfile_in(folder)?;
    beside.as_file().lock()?;
    beside.write_all(text)?;
    beside.as_file().sync_all()?;
    Ok(beside)
}

fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// What the names of unfinished keys for that place begin with.
fn unfinished_prefix(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default();
    format!(".{}.", name.to_string_lossy())
}

impl std::fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MasterKey")
    }
}

#[cfg(test)]
mod tests {
    use std::fs::{self, File, Permissions};
    use std::io;
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    use std::sync::Barrier;

    use super::{MasterKey, MasterKeyError, written_beside};
    use crate::domain::PrivateFileError;
    use crate::keys::SystemRandomness;

    type Outcome = Result<(), Box<dyn std::error::Error>>;

    #[test]
    fn a_key_file_is_made_private_and_read_again() -> Outcome {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("master.key");
        assert!(MasterKey::load(&path)?.is_none());
        let made = MasterKey::create(&path, &SystemRandomness::default())?;
        assert_eq!(fs::metadata(&path)?.permissions().mode() & 0o777, 0o600);
        let read = MasterKey::load(&path)?.ok_or("it is there")?;
        assert_eq!(read.bytes(), made.bytes());
        Ok(())
    }

    #[test]
    fn what_is_no_key_file_is_told_apart() -> Outcome {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("master.key");
        let told = || {
            MasterKey::load(&path)
                .map(|_| ())
                .map_err(|error| error.to_string())
        };
        let whole = "0a".repeat(32);
        let malformed = "does not hold 64 hexadecimal digits";
        for (text, right) in [
            (whole.clone(), Ok(())),
            (format!("{whole}\n"), Ok(())),
            (String::new(), Err(malformed)),
            (whole[..63].to_owned(), Err(malformed)),
            (format!("{whole}0a"), Err(malformed)),
            (whole.replace('a', "g"), Err(malformed)),
            (whole.replace('a', "\u{663}"), Err(malformed)),
            (" ".repeat(100_000) + &whole, Err(malformed)),
        ] {
            written_beside(&path, folder.path(), text.as_bytes())?.persist(&path)?;
            assert_eq!(told(), right.map_err(str::to_owned), "{text:.70}");
        }
        fs::set_permissions(&path, Permissions::from_mode(0o640))?;
        let exposed = "must not be accessible to group or others (chmod 600)";
        assert_eq!(told(), Err(exposed.to_owned()));
        fs::remove_file(&path)?;
        fs::create_dir(&path)?;
        assert_eq!(told(), Err("is a directory".to_owned()));
        fs::remove_dir(&path)?;
        symlink("nowhere", &path)?;
        assert_eq!(told(), Err("is a link that leads nowhere".to_owned()));
        let made = MasterKey::create(&path, &SystemRandomness::default());
        assert!(matches!(
            made,
            Err(MasterKeyError::File(PrivateFileError::Dangling))
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
                        let made = MasterKey::create(&path, &SystemRandomness::default());
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

    #[test]
    fn an_unfinished_key_is_cleared_away_unless_somebody_is_making_it() -> io::Result<()> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("master.key");
        let others = ["master.key", ".master.key.new", ".other.key.abcdef.new"];
        for name in others {
            File::create(folder.path().join(name))?;
        }
        // What `kill -9` leaves, before and after the key got its name: no lock outlives its process.
        File::create(folder.path().join(".master.key.abcdef.new"))?;
        fs::hard_link(&path, folder.path().join(".master.key.ghijkl.new"))?;
        let making = written_beside(&path, folder.path(), b"")?;
        MasterKey::clear_away_unfinished(&path);
        let mut left = Vec::new();
        for file in fs::read_dir(folder.path())? {
            left.push(file?.path());
        }
        let mut right: Vec<_> = others.map(|name| folder.path().join(name)).into();
        right.push(making.path().to_owned());
        left.sort();
        right.sort();
        assert_eq!(left, right);
        Ok(())
    }
}
