//! Where a database is: `sqlite:` URLs, read as the driver reads them.

use std::path::{Path, PathBuf};

use percent_encoding::percent_decode_str;

use super::open_error::OpenError;

/// Where a database is.
#[derive(Clone)]
pub(super) struct Source {
    /// What the driver is given.
    pub(super) url: String,
    /// `None` in memory.
    pub(super) path: Option<PathBuf>,
}

impl Source {
    pub(super) fn parse(url: &str) -> Result<Self, OpenError> {
        let Some(rest) = url.strip_prefix("sqlite:") else {
            return Err(OpenError::new(format!(
                "only sqlite:// URLs are supported, not {}",
                url.split(':').next().unwrap_or_default()
            )));
        };
        let rest = rest.trim_start_matches("//");
        let (name, parameters) = rest.split_once('?').unwrap_or((rest, ""));
        let in_memory = name == ":memory:" || parameters.split('&').any(|one| one == "mode=memory");
        let name = percent_decode_str(name)
            .decode_utf8()
            .map_err(|_| OpenError::new("the path in its URL is not UTF-8"))?;
        Ok(Self {
            url: url.to_owned(),
            path: (!in_memory).then(|| Path::new(&*name).to_owned()),
        })
    }

    pub(super) fn in_memory(&self) -> bool {
        self.path.is_none()
    }
}

/// The file of the database at a `sqlite://path` URL; `None` in memory, and for what is no such URL.
#[must_use]
pub fn database_file(url: &str) -> Option<PathBuf> {
    let path = Source::parse(url).ok()?.path?;
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
}
