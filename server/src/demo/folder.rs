//! The temporary folder of a demo: database, journals, key and locks, none of which outlives it.

use std::{fs, io, path::PathBuf, thread, time::Duration};

use tempfile::TempDir;

/// Between two attempts to delete the folder.
const PAUSE: Duration = Duration::from_millis(10);

/// How often it is tried; a second in all.
const ATTEMPTS: u32 = 100;

/// A folder that is deleted with everything in it: by [`DemoFolder::remove`], or when it is dropped.
#[derive(Debug)]
pub struct DemoFolder(TempDir);

impl DemoFolder {
    /// Makes it, for this user alone.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn make() -> io::Result<Self> {
        let folder = tempfile::Builder::new().prefix("tessera-demo-").tempdir()?;
        Ok(Self(folder))
    }

    /// Where the database goes.
    #[must_use]
    pub fn database(&self) -> PathBuf {
        self.0.path().join("tessera.db")
    }

    /// Deletes it.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn remove(self) -> io::Result<()> {
        self.delete()
    }

    /// A connection that was broken off is closed by a thread of the driver's, which may still make a journal. Once the
    /// folder is gone it cannot.
    fn delete(&self) -> io::Result<()> {
        for _ in 1..ATTEMPTS {
            match fs::remove_dir_all(self.0.path()) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
                Ok(()) => return Ok(()),
                Err(_) => thread::sleep(PAUSE),
            }
        }
        fs::remove_dir_all(self.0.path())
    }
}

impl Drop for DemoFolder {
    fn drop(&mut self) {
        // Nobody is left to be told.
        let _ = self.delete();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[test]
    fn what_is_made_while_the_folder_is_deleted_goes_too() {
        let folder = DemoFolder::make().expect("a folder");
        let path = folder.0.path().to_owned();
        let journal = path.join("tessera.db-wal");
        let (made, first) = mpsc::channel();
        let maker = thread::spawn(move || {
            while fs::File::create(&journal).is_ok() {
                // Only the first one is waited for.
                let _ = made.send(());
            }
        });
        first.recv().expect("a journal is made");
        folder.remove().expect("it can be deleted");
        assert!(!path.exists());
        maker.join().expect("the maker ends");
    }
}
