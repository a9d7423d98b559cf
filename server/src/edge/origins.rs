//! The origins that an operator lists: how they are written, and whether a request comes from one of them.

use std::{borrow::Borrow, collections::BTreeSet, fmt, str::FromStr, sync::Arc};

use clap::Args;
use poem::http::{HeaderMap, HeaderValue, header};
use url::Url;

/// An origin as browsers write it: `https://host` or `http://host`, and `:port` where it is not the scheme's own.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Origin(String);

/// Why a text is no origin.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OriginError {
    /// It is a URL whose origin is written otherwise.
    #[error("browsers write this origin as {0}")]
    Spelling(String),
    /// It is nothing that has an origin.
    #[error(
        "expected one origin as browsers write it, such as https://app.example.com or \
         http://localhost:3000; there are no wildcards, and null is nobody in particular"
    )]
    NotOne,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Borrow<str> for Origin {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl FromStr for Origin {
    type Err = OriginError;

    fn from_str(text: &str) -> Result<Self, OriginError> {
        let url = Url::parse(text).map_err(|_| OriginError::NotOne)?;
        // A URL may have an asterisk in its host; here it could only be meant as a wildcard.
        if !matches!(url.scheme(), "http" | "https") || text.contains('*') {
            return Err(OriginError::NotOne);
        }
        let written = url.origin().ascii_serialization();
        if written == text {
            Ok(Self(written))
        } else {
            Err(OriginError::Spelling(written))
        }
    }
}

/// The origins whose pages may act with credentials; none by default.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origins(Arc<BTreeSet<Origin>>);

impl Origins {
    /// Whether no origin is listed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The origin that a request names, if it names exactly one and that one is listed, letter for letter.
    #[must_use]
    pub fn admitted<'a>(&self, headers: &'a HeaderMap) -> Option<&'a HeaderValue> {
        let mut named = headers.get_all(header::ORIGIN).iter();
        let (Some(origin), None) = (named.next(), named.next()) else {
            return None;
        };
        self.0.contains(origin.to_str().ok()?).then_some(origin)
    }
}

impl FromIterator<Origin> for Origins {
    fn from_iter<T: IntoIterator<Item = Origin>>(origins: T) -> Self {
        Self(Arc::new(origins.into_iter().collect()))
    }
}

/// The flag behind [`Origins`].
#[derive(Debug, Clone, Default, Args)]
pub struct CorsArgs {
    /// Let pages of this origin call every dialect, with cookies; repeatable, separated by commas in the environment
    #[arg(
        long = "cors-origin",
        env = "TESSERA_CORS_ORIGIN",
        value_name = "ORIGIN",
        value_delimiter = ','
    )]
    pub cors_origins: Vec<Origin>,
}

impl From<CorsArgs> for Origins {
    fn from(args: CorsArgs) -> Self {
        args.cors_origins.into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origins(all: &[&str]) -> Origins {
        let parsed = all.iter().map(|text| text.parse::<Origin>());
        parsed.collect::<Result<_, _>>().expect("origins")
    }

    fn sent(values: &[&'static str]) -> HeaderMap {
        let lines = values.iter().copied();
        lines
            .map(|value| (header::ORIGIN, HeaderValue::from_static(value)))
            .collect()
    }

    #[test]
    fn an_origin_is_written_as_browsers_write_it() {
        for text in [
            "https://app.example.com",
            "http://localhost:3000",
            "http://127.0.0.1:8081",
            "http://[::1]:3000",
            "https://xn--bcher-kva.example",
            "https://app.example.com:80",
        ] {
            assert_eq!(text.parse(), Ok(Origin(text.to_owned())), "{text}");
        }
        for (text, written) in [
            ("https://app.example.com/", "https://app.example.com"),
            ("https://app.example.com/path", "https://app.example.com"),
            ("https://app.example.com?a", "https://app.example.com"),
            ("https://app.example.com#a", "https://app.example.com"),
            ("https://a@app.example.com", "https://app.example.com"),
            ("https://app.example.com:443", "https://app.example.com"),
            ("http://localhost:80", "http://localhost"),
            ("https://App.example.com", "https://app.example.com"),
            ("HTTPS://app.example.com", "https://app.example.com"),
            (" https://app.example.com", "https://app.example.com"),
            ("https:app.example.com", "https://app.example.com"),
            ("https://bücher.example", "https://xn--bcher-kva.example"),
            ("http://127.1:3000", "http://127.0.0.1:3000"),
            ("http://[0:0::1]", "http://[::1]"),
        ] {
            let refused = Err(OriginError::Spelling(written.to_owned()));
            assert_eq!(text.parse::<Origin>(), refused, "{text}");
        }
    }

    #[test]
    fn what_is_no_single_origin_is_refused() {
        for text in [
            "",
            "*",
            "null",
            "https://*",
            "https://*.example.com",
            "app.example.com",
            "localhost:3000",
            "https://",
            "https://app.example.com:99999",
            "https://a b",
            "file:///etc/passwd",
            "ws://app.example.com",
            "data:text/html,x",
        ] {
            assert_eq!(text.parse::<Origin>(), Err(OriginError::NotOne), "{text}");
        }
    }

    #[test]
    fn only_the_one_listed_origin_is_admitted() {
        let listed = origins(&["https://app.example.com", "http://localhost:3000"]);
        for origin in ["https://app.example.com", "http://localhost:3000"] {
            let headers = sent(&[origin]);
            assert_eq!(
                listed.admitted(&headers).map(HeaderValue::as_bytes),
                Some(origin.as_bytes())
            );
        }
        for others in [
            &[][..],
            &[""],
            &["null"],
            &["http://app.example.com"],
            &["https://app.example.com:443"],
            &["https://app.example.com/"],
            &["https://App.example.com"],
            &["https://app.example.com.evil.example"],
            &["https://evil.example, https://app.example.com"],
            &["https://app.example.com", "https://app.example.com"],
            &["https://app.example.com", "https://evil.example"],
        ] {
            assert_eq!(listed.admitted(&sent(others)), None, "{others:?}");
            let none = Origins::default();
            assert_eq!(none.admitted(&sent(others)), None, "{others:?}");
        }
    }
}
