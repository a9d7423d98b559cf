//! Where a database is: `sqlite:` URLs, read as the driver reads them, and `postgres:` URLs.

use std::path::{Path, PathBuf};

use percent_encoding::percent_decode_str;
use sea_orm::DbBackend;
use url::Url;

use super::open_error::OpenError;
use super::role::Role;

/// Connections to a file that read.
pub(super) const READERS: u32 = 4;

/// Connections to a server that read: an answer of it takes longer to come.
const REMOTE_READERS: u32 = 8;

/// Where a database is.
#[derive(Clone)]
pub(super) enum Source {
    /// A file, or the memory of this process.
    Sqlite(SqliteSource),
    /// A server, by its URL, which any number of processes use at once.
    Postgres(String),
}

/// A database of this machine.
#[derive(Clone)]
pub(super) struct SqliteSource {
    /// What the driver is given.
    url: String,
    /// `None` in memory.
    pub(super) path: Option<PathBuf>,
}

impl SqliteSource {
    pub(super) fn in_memory(&self) -> bool {
        self.path.is_none()
    }
}

impl Source {
    pub(super) fn parse(url: &str) -> Result<Self, OpenError> {
        if url.starts_with("postgres:") || url.starts_with("postgresql:") {
            // sea-orm knows the first spelling alone.
            let rest = url.split_once(':').map_or("", |(_, rest)| rest);
            let url = format!("postgres:{rest}");
            check(&url)?;
            return Ok(Self::Postgres(url));
        }
        let Some(rest) = url.strip_prefix("sqlite:") else {
            return Err(OpenError::new(format!(
                "only sqlite:// and postgres:// URLs are supported, not {}",
                url.split(':').next().unwrap_or_default()
            )));
        };
        let rest = rest.trim_start_matches("//");
        let (name, parameters) = rest.split_once('?').unwrap_or((rest, ""));
        let in_memory = name == ":memory:" || parameters.split('&').any(|one| one == "mode=memory");
        let name = percent_decode_str(name)
            .decode_utf8()
            .map_err(|_| OpenError::new("the path in its URL is not UTF-8"))?;
        Ok(Self::Sqlite(SqliteSource {
            url: url.to_owned(),
            path: (!in_memory).then(|| Path::new(&*name).to_owned()),
        }))
    }

    /// What the driver is given.
    pub(super) fn url(&self) -> &str {
        match self {
            Self::Sqlite(file) => &file.url,
            Self::Postgres(url) => url,
        }
    }

    /// The file, if it is one.
    pub(super) fn file(&self) -> Option<&Path> {
        match self {
            Self::Sqlite(file) => file.path.as_deref(),
            Self::Postgres(_) => None,
        }
    }

    /// Whether it is beyond this machine, or may be.
    pub(super) fn is_server(&self) -> bool {
        matches!(self, Self::Postgres(_))
    }

    pub(super) fn backend(&self) -> DbBackend {
        match self {
            Self::Sqlite(_) => DbBackend::Sqlite,
            Self::Postgres(_) => DbBackend::Postgres,
        }
    }

    pub(super) fn in_memory(&self) -> bool {
        match self {
            Self::Sqlite(file) => file.in_memory(),
            Self::Postgres(_) => false,
        }
    }

    /// How many connections there are for that.
    pub(super) fn connections(&self, role: Role) -> u32 {
        match (self, role) {
            (Self::Sqlite(file), Role::Reading) if !file.in_memory() => READERS,
            (Self::Postgres(_), Role::Reading) => REMOTE_READERS,
            (_, Role::Making | Role::Writing | Role::Reading | Role::Following) => 1,
        }
    }
}

/// What the driver knows of a URL's parameters. Of others it would log the value, which may be a password with a misspelt name.
const PARAMETERS: [&str; 18] = [
    "application_name",
    "dbname",
    "host",
    "hostaddr",
    "options",
    "password",
    "port",
    "ssl-ca",
    "ssl-cert",
    "ssl-key",
    "ssl-mode",
    "ssl-root-cert",
    "sslcert",
    "sslkey",
    "sslmode",
    "sslrootcert",
    "statement-cache-capacity",
    "user",
];

/// No word of the URL is repeated, but for the name of a parameter.
fn check(url: &str) -> Result<(), OpenError> {
    let url = Url::parse(url).map_err(|error| OpenError::new(format!("its URL: {error}")))?;
    let known = |name: &str| PARAMETERS.contains(&name) || name.starts_with("options[");
    let Some((name, _)) = url.query_pairs().find(|(name, _)| !known(name)) else {
        return Ok(());
    };
    // It is a part of the password where that has a question mark.
    let is_a_name = name
        .chars()
        .all(|one| one.is_ascii_alphabetic() || "-_".contains(one));
    let shown = if is_a_name {
        &*name
    } else {
        "its name is none"
    };
    Err(OpenError::new(format!(
        "its URL has a parameter that is not known: {shown}"
    )))
}

/// The file of the database at a `sqlite://path` URL; `None` in memory, and for what is no such URL.
#[must_use]
pub fn database_file(url: &str) -> Option<PathBuf> {
    let path = Source::parse(url).ok()?.file()?.to_owned();
    (!path.as_os_str().is_empty()).then_some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_found_in_every_spelling_of_its_url() {
        for (url, path) in [
            ("sqlite://tessera.db", Some("tessera.db")),
            ("sqlite:tessera.db", Some("tessera.db")),
            ("sqlite:///var/t.db?mode=rwc", Some("/var/t.db")),
            ("sqlite:///var/a%20b%3F.db", Some("/var/a b?.db")),
            ("sqlite::memory:", None),
            ("sqlite://:memory:", None),
            ("sqlite://t.db?cache=shared&mode=memory", None),
            ("sqlite://", None),
            ("postgres://x/y", None),
        ] {
            assert_eq!(database_file(url), path.map(PathBuf::from), "{url}");
        }
    }

    #[test]
    fn a_server_is_known_by_both_names_of_its_scheme() {
        for url in [
            "postgres://a@b/c?sslmode=require",
            "postgresql://a@b/c?sslmode=require",
        ] {
            let source = Source::parse(url).expect("a URL");
            assert_eq!(source.url(), "postgres://a@b/c?sslmode=require");
        }
        assert!(Source::parse("mysql://a/b").is_err());
    }

    #[test]
    fn what_is_wrong_with_a_url_is_told_without_a_word_of_it() {
        for (url, told) in [
            (
                "postgres://a:hunter2@b/c?passwrod=hunter2",
                "not known: passwrod",
            ),
            ("postgres://a:hunter2#@b/c", "its URL: invalid port"),
            ("postgres://a:1?hunter2@b/c", "not known: its name is none"),
        ] {
            let refused = Source::parse(url).err().expect(url).to_string();
            assert!(
                refused.contains(told) && !refused.contains("hunter2"),
                "{refused}"
            );
        }
    }
}
