//! `DatabaseUrl`: where a database is. The text may hold a password, and only `expose` shows that.

use std::fmt;

use url::Url;

use super::Secret;

/// What stands for the text of a URL that cannot be read: it may hold a password anywhere.
const UNREADABLE: &str = "a URL that cannot be read";

/// The URL of a database: `sqlite://PATH`, or `postgres://USER:PASSWORD@HOST/NAME`.
///
/// `Display` and `Debug` leave out the password and all parameters of a URL that is no path.
#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseUrl(Secret);

impl DatabaseUrl {
    /// The whole text: for the driver, never for a log.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose()
    }

    /// Whether the text holds a password, or may hold one since it cannot be read.
    #[must_use]
    pub fn holds_password(&self) -> bool {
        if self.is_sqlite() {
            return false;
        }
        match self.parsed() {
            Some(url) => {
                let mut parameters = url.query_pairs();
                url.password().is_some() || parameters.any(|(name, _)| name.contains("pass"))
            }
            None => ["@", "pass"]
                .iter()
                .any(|sign| self.expose().contains(sign)),
        }
    }

    /// A text that only looks like a URL is none: `user:password@host` has the scheme "user".
    fn parsed(&self) -> Option<Url> {
        let url = Url::parse(self.expose()).ok()?;
        (!url.cannot_be_a_base()).then_some(url)
    }

    /// Whether it is a file, or a database in memory. Such a text has no password, whatever is in it.
    #[must_use]
    pub fn is_sqlite(&self) -> bool {
        self.expose().starts_with("sqlite:")
    }
}

impl From<String> for DatabaseUrl {
    fn from(text: String) -> Self {
        Self(text.into())
    }
}

impl From<&str> for DatabaseUrl {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_sqlite() {
            return f.write_str(self.expose());
        }
        let Some(mut url) = self.parsed() else {
            return f.write_str(UNREADABLE);
        };
        // It fails where there can be no password.
        let _ = url.set_password(None);
        url.set_query(None);
        url.set_fragment(None);
        write!(f, "{url}")
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_password_is_shown_and_each_is_found() {
        for (text, holds, shown) in [
            ("sqlite://t.db", false, "sqlite://t.db"),
            (
                "sqlite:///a:b@c.db?mode=rwc",
                false,
                "sqlite:///a:b@c.db?mode=rwc",
            ),
            (
                "postgres://tessera@db/tokens",
                false,
                "postgres://tessera@db/tokens",
            ),
            (
                "postgresql://tessera@db:5433/tokens?sslmode=verify-full",
                false,
                "postgresql://tessera@db:5433/tokens",
            ),
            (
                "postgres://u:hunter2@db/tokens",
                true,
                "postgres://u@db/tokens",
            ),
            (
                "postgres://u:hunt%65r2@db/tokens",
                true,
                "postgres://u@db/tokens",
            ),
            (
                "postgres:///tokens?password=hunter2",
                true,
                "postgres:///tokens",
            ),
            (
                "postgres://db/tokens?passwd=hunter2",
                true,
                "postgres://db/tokens",
            ),
            ("postgres://u:hunter2#@db/tokens", true, UNREADABLE),
            ("u:hunter2@db", true, UNREADABLE),
            ("tessera.db", false, UNREADABLE),
        ] {
            let url = DatabaseUrl::from(text);
            assert_eq!(url.holds_password(), holds, "{text}");
            assert_eq!(url.to_string(), shown, "{text}");
            assert_eq!(format!("{url:?}"), shown, "{text}");
            assert_eq!(url.expose(), text);
        }
    }
}
