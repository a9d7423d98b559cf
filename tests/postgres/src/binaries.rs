//! Finds the installed binaries, and the user who may run them.

use std::env;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Absent;

/// Where Debian puts the servers, a folder for each version.
const VERSIONS: &str = "/usr/lib/postgresql";

/// PostgreSQL refuses to run as root: who runs it then, the first of them that there is.
const UNPRIVILEGED: [&str; 2] = ["postgres", "nobody"];

/// The binaries of one version, and who runs them.
#[derive(Debug, Clone)]
pub(crate) struct Binaries {
    folder: PathBuf,
    /// User and group; `None` for whoever runs the tests.
    pub(crate) user: Option<(u32, u32)>,
}

impl Binaries {
    /// The newest version that is installed.
    pub(crate) fn find() -> Result<Self, Absent> {
        let folder = newest().or_else(in_path).ok_or(Absent::NotInstalled)?;
        let is_root = fs::metadata("/proc/self")?.uid() == 0;
        let user = if is_root {
            let users = fs::read_to_string("/etc/passwd")?;
            let found = UNPRIVILEGED.iter().find_map(|name| ids(&users, name));
            let nobody = || Absent::NotStarted("there is no unprivileged user".to_owned());
            Some(found.ok_or_else(nobody)?)
        } else {
            None
        };
        Ok(Self { folder, user })
    }

    pub(crate) fn path(&self, program: &str) -> PathBuf {
        self.folder.join(program)
    }

    /// A command of the unprivileged user.
    pub(crate) fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        // It may not be allowed to stand where we stand.
        command.current_dir("/");
        if let Some((user, group)) = self.user {
            command.uid(user).gid(group);
        }
        command
    }
}

fn newest() -> Option<PathBuf> {
    let versions = fs::read_dir(VERSIONS).ok()?.flatten();
    let numbered = versions.filter_map(|version| {
        let number: u32 = version.file_name().to_str()?.parse().ok()?;
        let folder = version.path().join("bin");
        is_complete(&folder).then_some((number, folder))
    });
    numbered.max().map(|(_, folder)| folder)
}

fn in_path() -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path).find(|folder| is_complete(folder))
}

fn is_complete(folder: &Path) -> bool {
    ["initdb", "postgres"]
        .iter()
        .all(|program| folder.join(program).is_file())
}

/// User and group of a name, as `/etc/passwd` has them.
fn ids(users: &str, name: &str) -> Option<(u32, u32)> {
    let mut fields = users.lines().find_map(|line| {
        let (found, fields) = line.split_once(':')?;
        (found == name).then(|| fields.split(':').skip(1))
    })?;
    Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::ids;

    #[test]
    fn a_user_is_found_by_its_whole_name() {
        let users = "root:x:0:0::/root:/bin/sh\npostgresql:x:7:8::/:/bin/sh\npostgres:x:101:104::/:/bin/sh\n";
        assert_eq!(ids(users, "postgres"), Some((101, 104)));
        assert_eq!(ids(users, "nobody"), None);
    }
}
