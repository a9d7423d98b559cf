//! The flags that say where a database is: a URL, or a file with the URL; a flag with a password in it is refused.

use std::{marker::PhantomData, path::PathBuf};

use clap::{
    Arg, ArgMatches, Args, Command, Error, FromArgMatches, error::ErrorKind, parser::ValueSource,
    value_parser,
};

use crate::domain::{DatabaseUrl, PrivateFileError, read_private_file};

/// More than a URL has.
const LONGEST: usize = 8192;

/// The names of the two flags and of their twins in the environment.
pub(super) trait Named {
    /// Of the flag that takes a URL.
    const URL: &'static str;
    /// Its twin.
    const URL_TWIN: &'static str;
    /// What it is for.
    const HELP: &'static str;
    /// Of the flag that takes a file.
    const FILE: &'static str;
    /// Its twin.
    const FILE_TWIN: &'static str;
}

/// The database that a command works on.
#[derive(Debug)]
pub(super) struct TheDatabase;

impl Named for TheDatabase {
    const URL: &'static str = "database-url";
    const URL_TWIN: &'static str = "TESSERA_DATABASE_URL";
    const HELP: &'static str =
        "Database: sqlite://PATH, or postgres://USER@HOST/NAME; by default sqlite://tessera.db";
    const FILE: &'static str = "database-url-file";
    const FILE_TWIN: &'static str = "TESSERA_DATABASE_URL_FILE";
}

/// Where the database is when nobody says so.
const DEFAULT: &str = "sqlite://tessera.db";

impl Located<TheDatabase> {
    /// The URL that is said, or the default one.
    pub(super) fn url_or_default(self) -> Result<DatabaseUrl, UrlFileError> {
        Ok(self.url()?.unwrap_or_else(|| DEFAULT.into()))
    }
}

/// What the flags of one name say, or their twins in the environment where no flag says anything.
#[derive(Debug)]
pub(super) struct Located<N> {
    place: Option<Place>,
    names: PhantomData<N>,
}

/// Where the URL is.
#[derive(Debug)]
enum Place {
    Here(DatabaseUrl),
    File(PathBuf),
}

/// Why the file with a database's URL gives none; the text is for operators.
#[derive(Debug, thiserror::Error)]
pub enum UrlFileError {
    /// It cannot be read, or others can.
    #[error("the file {} with the URL of the database {reason}", .file.display())]
    File {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        reason: PrivateFileError,
    },
    /// Nobody says where the database is.
    #[error("say --{0}, or --{1} with a file that has the URL")]
    Unsaid(&'static str, &'static str),
    /// Nothing has that name.
    #[error("the file {} with the URL of the database is missing", .0.display())]
    Missing(PathBuf),
    /// There is no text in it, or more than a URL.
    #[error("the file {} does not hold one line with the URL of the database", .0.display())]
    NoUrl(PathBuf),
}

impl<N: Named> Located<N> {
    /// The URL, which has to be said.
    pub(super) fn url_or_refused(self) -> Result<DatabaseUrl, UrlFileError> {
        self.url()?.ok_or(UrlFileError::Unsaid(N::URL, N::FILE))
    }

    /// The URL; `None` when nobody says where the database is.
    pub(super) fn url(self) -> Result<Option<DatabaseUrl>, UrlFileError> {
        let file = match self.place {
            None => return Ok(None),
            Some(Place::Here(url)) => return Ok(Some(url)),
            Some(Place::File(file)) => file,
        };
        let bytes = match read_private_file(&file, LONGEST) {
            Ok(Some(bytes)) => bytes,
            Ok(None) => return Err(UrlFileError::Missing(file)),
            Err(reason) => return Err(UrlFileError::File { file, reason }),
        };
        let text = std::str::from_utf8(bytes.trim_ascii()).unwrap_or_default();
        if text.is_empty() || text.contains(char::is_whitespace) || bytes.len() == LONGEST {
            return Err(UrlFileError::NoUrl(file));
        }
        Ok(Some(text.into()))
    }

    /// What clap has found, under both names. A flag is stronger than the environment.
    fn chosen(matches: &ArgMatches) -> Result<Option<Place>, Error> {
        let (flag, twin) = (ValueSource::CommandLine, ValueSource::EnvVariable);
        let source = |name| matches.value_source(name);
        let url = || matches.get_one(N::URL).cloned().map(Place::Here);
        let file = || matches.get_one(N::FILE).cloned().map(Place::File);
        let Some(strongest) = [flag, twin]
            .into_iter()
            .find(|one| [source(N::URL), source(N::FILE)].contains(&Some(*one)))
        else {
            return Ok(None);
        };
        let [by_url, by_file] = [N::URL, N::FILE].map(|name| source(name) == Some(strongest));
        if by_url && by_file {
            let names = match strongest {
                ValueSource::CommandLine => [N::URL, N::FILE].map(|name| format!("--{name}")),
                ValueSource::DefaultValue | ValueSource::EnvVariable | _ => {
                    [N::URL_TWIN, N::FILE_TWIN].map(str::to_owned)
                }
            };
            let words = format!("give {} or {}, not both", names[0], names[1]);
            return Err(Error::raw(ErrorKind::ArgumentConflict, words));
        }
        let place = if by_url { url() } else { file() };
        match place {
            Some(Place::Here(url)) if strongest == flag && url.holds_password() => Err(Error::raw(
                ErrorKind::ValueValidation,
                Self::password_in_a_flag(),
            )),
            place => Ok(place),
        }
    }

    fn password_in_a_flag() -> String {
        format!(
            "--{} holds a password, and every process of the machine may read a command line: put the URL into a file \
             that only you may read (chmod 600) and name it with --{}, or put it into the environment ({})",
            N::URL,
            N::FILE,
            N::URL_TWIN,
        )
    }
}

impl<N: Named> FromArgMatches for Located<N> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        Ok(Self {
            place: Self::chosen(matches)?,
            names: PhantomData,
        })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl<N: Named> Args for Located<N> {
    fn augment_args(command: Command) -> Command {
        let url = Arg::new(N::URL)
            .long(N::URL)
            .env(N::URL_TWIN)
            // It may hold a password.
            .hide_env_values(true)
            .value_name("URL")
            .value_parser(value_parser!(DatabaseUrl))
            .help(N::HELP);
        let file = Arg::new(N::FILE)
            .long(N::FILE)
            .env(N::FILE_TWIN)
            .value_name("FILE")
            .value_parser(value_parser!(PathBuf))
            .help(format!(
                "File that only you may read, with what --{} takes: the place for a URL with a password",
                N::URL
            ));
        command.arg(url).arg(file)
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

#[cfg(test)]
mod tests {
    use std::{fs::Permissions, io::Write as _, os::unix::fs::PermissionsExt as _};

    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Flags {
        #[command(flatten)]
        database: Located<TheDatabase>,
    }

    /// What flags say, and what is told of them.
    fn told(arguments: &[&str]) -> Result<String, String> {
        let all = ["tessera"].iter().chain(arguments);
        let flags = Flags::try_parse_from(all).map_err(|error| error.to_string())?;
        let url = flags.database.url().map_err(|error| error.to_string())?;
        Ok(url.map_or_else(String::new, |url| url.expose().to_owned()))
    }

    #[test]
    fn a_flag_with_a_password_is_refused_without_being_repeated() {
        for url in [
            "postgres://tessera:hunter2@db/tokens",
            "postgresql://db/tokens?user=tessera&password=hunter2",
            "tessera:hunter2@db",
        ] {
            let refused = told(&["--database-url", url]).expect_err(url);
            assert!(!refused.contains("hunter2"), "{refused}");
            for name in ["--database-url-file", "TESSERA_DATABASE_URL", "chmod 600"] {
                assert!(refused.contains(name), "{refused}");
            }
        }
        for url in ["sqlite:///a:b@c.db", "postgres://tessera@db/tokens"] {
            assert_eq!(told(&["--database-url", url]).as_deref(), Ok(url));
        }
        assert_eq!(told(&[]).as_deref(), Ok(""));
    }

    #[test]
    fn a_url_is_read_from_a_file_that_nobody_else_may_read() {
        let mut file = tempfile::NamedTempFile::new().expect("a file");
        let name = file.path().to_str().expect("a name").to_owned();
        let told = || told(&["--database-url-file", &name]);
        assert!(told().expect_err("it is empty").contains("one line"));
        let url = "postgres://tessera:hunter2@db/tokens";
        file.write_all(url.as_bytes()).expect("it is written");
        assert_eq!(told().as_deref(), Ok(url));
        file.write_all(b"\n").expect("it is written");
        assert_eq!(told().as_deref(), Ok(url));
        let open = Permissions::from_mode(0o640);
        file.as_file().set_permissions(open).expect("a mode");
        let refused = told().expect_err("others may read it");
        assert!(refused.contains("chmod 600") && refused.contains(&name));
        let private = Permissions::from_mode(0o600);
        file.as_file().set_permissions(private).expect("a mode");
        file.write_all(b"sqlite://t.db\n").expect("it is written");
        let refused = told().expect_err("two lines");
        assert!(!refused.contains("hunter2") && refused.contains("one line"));
        drop(file);
        assert!(told().expect_err("it is gone").contains("is missing"));
    }

    #[test]
    fn two_places_are_refused() {
        let refused = told(&[
            "--database-url",
            "sqlite://a.db",
            "--database-url-file",
            "b",
        ]);
        let refused = refused.expect_err("which of them?");
        assert!(
            refused.contains("--database-url or --database-url-file"),
            "{refused}"
        );
    }
}
