//! Disks that fail: a shim below the driver (`tests/faults/disk.c`), and a small volume that can be filled.

use std::{
    fs::{self, File},
    io::Write as _,
    os::unix::fs::FileExt as _,
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

use tempfile::TempDir;

/// What a call below the driver meets; the numbers are those of `enum fault` in the shim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// A write fails: `EIO`.
    WriteFails = 1,
    /// A sync fails: `EIO`.
    SyncFails = 2,
    /// A write finds no room: `ENOSPC`.
    DiskFull = 3,
    /// Half of a write arrives, and then `EIO`.
    TornWrite = 4,
    /// Only half of a write is taken, and said to be.
    ShortWrite = 5,
    /// A sync says that it was done, and was not.
    LyingSync = 6,
}

/// Which file's calls are struck.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// The write-ahead log: commits.
    Log = 1,
    /// The database file: checkpoints.
    Database = 2,
}

/// One kind of fault.
pub type Strike = (Fault, Target);

/// Every kind.
pub const STRIKES: [Strike; 12] = [
    (Fault::WriteFails, Target::Log),
    (Fault::SyncFails, Target::Log),
    (Fault::DiskFull, Target::Log),
    (Fault::TornWrite, Target::Log),
    (Fault::ShortWrite, Target::Log),
    (Fault::LyingSync, Target::Log),
    (Fault::WriteFails, Target::Database),
    (Fault::SyncFails, Target::Database),
    (Fault::DiskFull, Target::Database),
    (Fault::TornWrite, Target::Database),
    (Fault::ShortWrite, Target::Database),
    (Fault::LyingSync, Target::Database),
];

/// The shim's control file.
pub struct Disk {
    path: PathBuf,
    control: File,
}

impl Disk {
    /// A disk without faults, controlled through a file of that folder.
    pub fn new(folder: &Path) -> Self {
        let path = folder.join("disk.control");
        let control = File::options()
            .read(true)
            .write(true)
            .create_new(true)
            .open(&path)
            .expect("a control file can be made");
        control.set_len(24).expect("it can be written");
        Self { path, control }
    }

    /// Puts the shim below a program.
    pub fn below(&self, command: &mut Command, shim: &Path) {
        command
            .env("LD_PRELOAD", shim)
            .env("TESSERA_DISK", &self.path);
    }

    /// Keeps durable images from now on: the database as it is now, and each file at each of its syncs.
    pub fn keep_images(&self, database: &Path) {
        fs::copy(database, image(database)).expect("a file can be copied");
        self.put(4, 1);
    }

    /// The next `times` calls of that kind meet the fault.
    pub fn arm(&self, (fault, target): Strike, times: u32) {
        self.put(2, 0);
        self.put(0, fault as u32);
        self.put(1, target as u32);
        self.put(3, 0);
        self.put(2, times);
    }

    /// No call meets a fault any more.
    pub fn disarm(&self) {
        self.put(2, 0);
        self.put(0, 0);
    }

    /// How many calls have met the fault since it was armed.
    pub fn struck(&self) -> u32 {
        let mut bytes = [0; 4];
        self.control
            .read_exact_at(&mut bytes, 12)
            .expect("the control file can be read");
        u32::from_ne_bytes(bytes)
    }

    fn put(&self, index: u64, value: u32) {
        self.control
            .write_all_at(&value.to_ne_bytes(), index * 4)
            .expect("the control file can be written");
    }
}

/// What a loss of power leaves: each file as it was at the last sync that was done.
pub fn lose_power(database: &Path) {
    for ending in ["", "-wal"] {
        let file = beside(database, ending);
        if fs::rename(image(&file), &file).is_err() {
            // It was never synced.
            let _ = fs::remove_file(&file);
        }
    }
    let _ = fs::remove_file(beside(database, "-shm"));
}

fn image(file: &Path) -> PathBuf {
    beside(file, ".durable")
}

fn beside(file: &Path, ending: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

/// The shim, compiled once; the reason when it cannot be.
pub fn shim() -> Result<&'static Path, &'static str> {
    static SHIM: OnceLock<Result<(TempDir, PathBuf), String>> = OnceLock::new();
    let shim = SHIM.get_or_init(|| {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let library = folder.path().join("disk.so");
        let compiled = Command::new("cc")
            .args(["-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o"])
            .arg(&library)
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/faults/disk.c"))
            .arg("-ldl")
            .output()
            .map_err(|error| format!("cc does not start: {error}"))?;
        let said = String::from_utf8_lossy(&compiled.stderr).into_owned();
        if !compiled.status.success() {
            return Err(format!("cc failed: {said}"));
        }
        Ok((folder, library))
    });
    match shim {
        Ok((_, library)) => Ok(library),
        Err(reason) => Err(reason),
    }
}

/// A file system of a few megabytes in memory; it ends when this is dropped.
pub struct Volume {
    folder: TempDir,
}

impl Volume {
    /// Mounts one; the reason when that is not allowed here.
    pub fn mount(megabytes: u32) -> Result<Self, String> {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={megabytes}m"), "tmpfs"])
            .arg(folder.path())
            .output()
            .map_err(|error| format!("mount does not start: {error}"))?;
        if !mounted.status.success() {
            let said = String::from_utf8_lossy(&mounted.stderr);
            return Err(format!("mount of a tmpfs failed: {said}"));
        }
        Ok(Self { folder })
    }

    /// Its root.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Takes all the room that is left.
    pub fn fill(&self) {
        let mut ballast = File::options()
            .append(true)
            .create(true)
            .open(self.ballast())
            .expect("a file can be opened");
        for size in [65_536, 4096, 1] {
            while ballast.write_all(&vec![0; size]).is_ok() {}
        }
    }

    /// Gives the room back.
    pub fn free(&self) {
        fs::remove_file(self.ballast()).expect("the ballast can be thrown off");
    }

    fn ballast(&self) -> PathBuf {
        self.path().join("ballast")
    }
}

impl Drop for Volume {
    fn drop(&mut self) {
        // Lazy, because a server of a failed test may still have files open.
        let _ = Command::new("umount")
            .arg("--lazy")
            .arg(self.folder.path())
            .status();
    }
}
