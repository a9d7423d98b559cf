//! `cargo xtask check --watch`: looks at time stamps, and checks again when one has changed.
//!
//! Looking is cheap for the few hundred files there are, and works on every kind of file system.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use signal_hook::consts::{SIGINT, SIGTERM};

use crate::exit::Exit;

/// What the fast form reads and people change; not its own program, which is the same until it is started again.
const WATCHED: [&str; 10] = [
    "Cargo.lock",
    "Cargo.toml",
    "openapi",
    "ARCHITECTURE.md",
    "xtask/accepted",
    "xtask/layers.yaml",
    "server/src",
    "server/Cargo.toml",
    "client-sdk/src",
    "tests/src",
];

/// How long a look at the time stamps is apart from the next.
const PAUSE: Duration = Duration::from_millis(250);

/// Checks, and checks again after each change, until the process is told to stop; says how it last stood.
///
/// # Errors
/// What a check says, or that signals cannot be heard.
pub fn until_stopped(root: &Path, check: &mut dyn FnMut() -> io::Result<Exit>) -> io::Result<Exit> {
    let stopped = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        signal_hook::flag::register(signal, Arc::clone(&stopped))?;
    }
    watch(root, check, &mut || {
        std::thread::sleep(PAUSE);
        !stopped.load(Ordering::Relaxed)
    })
}

/// The same, while `wait` says to go on; it is asked before each look.
///
/// # Errors
/// What a check says.
pub fn watch(
    root: &Path,
    check: &mut dyn FnMut() -> io::Result<Exit>,
    wait: &mut dyn FnMut() -> bool,
) -> io::Result<Exit> {
    // Looked at before the check: what changes meanwhile is seen afterwards.
    let mut seen = stamps(root);
    let mut exit = check()?;
    while wait() {
        let now = stamps(root);
        if now != seen {
            seen = now;
            exit = check()?;
        }
    }
    Ok(exit)
}

/// Size and time of each file.
type Stamps = BTreeMap<PathBuf, (u64, Option<SystemTime>)>;

fn stamps(root: &Path) -> Stamps {
    let mut stamps = Stamps::new();
    for watched in WATCHED {
        collect(&root.join(watched), &mut stamps);
    }
    stamps
}

fn collect(path: &Path, stamps: &mut Stamps) {
    let Ok(about) = fs::metadata(path) else {
        return;
    };
    if about.is_dir() {
        for entry in fs::read_dir(path).into_iter().flatten().flatten() {
            collect(&entry.path(), stamps);
        }
    } else {
        stamps.insert(path.to_owned(), (about.len(), about.modified().ok()));
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    const SOURCE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");

    #[test]
    fn a_check_follows_each_change_and_no_other_look() {
        let project = tempfile::tempdir().expect("a temporary folder");
        let folder = project.path().join("openapi/dialects");
        fs::create_dir_all(&folder).expect("the folder");
        let file = folder.join("sample.yaml");
        let checks = Cell::new(0);
        let mut check = || {
            checks.set(checks.get() + 1);
            Ok(if checks.get() == 2 {
                Exit::Wrong
            } else {
                Exit::Fresh
            })
        };
        let mut looks = 0;
        let mut wait = || {
            looks += 1;
            match looks {
                1 => {
                    fs::copy(SOURCE, &file).expect("a new file");
                    assert_eq!(checks.get(), 1);
                }
                2 => assert_eq!(checks.get(), 2, "the new file was seen"),
                3 => {
                    assert_eq!(checks.get(), 2, "nothing has changed");
                    fs::remove_file(&file).expect("the file goes");
                }
                _ => assert_eq!(checks.get(), 3, "the missing file was seen"),
            }
            looks < 5
        };
        let exit = watch(project.path(), &mut check, &mut wait).expect("no writer, no error");
        assert_eq!((exit, checks.get()), (Exit::Fresh, 3));
    }
}
