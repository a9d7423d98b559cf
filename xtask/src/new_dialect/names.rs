//! The spellings of a dialect's name, and which names a dialect may have.

use heck::{ToPascalCase, ToSnakeCase};

/// The longest name; it stands in front of every name of the dialect.
const LONGEST: usize = 32;

/// Names of members of the demo's file, of paths and modules that are everybody's, and of what generated code imports.
const TAKEN: [&str; 9] = [
    "base_url", "clap", "docs", "gen", "healthz", "meta", "null", "open", "readyz",
];

/// A dialect's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name(String);

/// Why a text is no name of a dialect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NameFault {
    /// It is no snake_case.
    #[error(
        "a dialect's name is small letters, digits and single underscores, and begins with a letter"
    )]
    NotSnakeCase,
    /// It is too long.
    #[error("a dialect's name has at most {LONGEST} characters")]
    TooLong,
    /// It comes back as another one from the spelling of types.
    #[error(
        "a dialect's name is the same again after types were called by it: no digit or single letter is a word of its own"
    )]
    NotTheSameAgain,
    /// Rust, YAML or what is generated has it already.
    #[error("the name is taken by Rust, by YAML, or by what is generated")]
    Taken,
}

impl Name {
    /// # Errors
    /// [`NameFault`].
    pub fn parse(text: &str) -> Result<Self, NameFault> {
        let starts = text.starts_with(|first: char| first.is_ascii_lowercase());
        if !starts || text.to_snake_case() != text || !text.is_ascii() {
            return Err(NameFault::NotSnakeCase);
        }
        if text.len() > LONGEST {
            return Err(NameFault::TooLong);
        }
        if text.to_pascal_case().to_snake_case() != text {
            return Err(NameFault::NotTheSameAgain);
        }
        if TAKEN.contains(&text) || syn::parse_str::<syn::Ident>(text).is_err() {
            return Err(NameFault::Taken);
        }
        Ok(Self(text.to_owned()))
    }

    /// As files, modules and operations are called.
    #[must_use]
    pub fn snake(&self) -> &str {
        &self.0
    }

    /// As types and components are called.
    #[must_use]
    pub fn pascal(&self) -> String {
        self.0.to_pascal_case()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_snake_case_and_no_keywords() {
        for good in ["turnstile", "night_bus", "v2_gate", "x"] {
            assert_eq!(Name::parse(good).map(|name| name.0), Ok(good.to_owned()));
        }
        for bad in [
            "", "2fa", "Gate", "a__b", "a_", "_a", "a-b", "../x", "a b", "tür",
        ] {
            assert_eq!(Name::parse(bad), Err(NameFault::NotSnakeCase), "{bad}");
        }
        for taken in ["match", "null", "open"] {
            assert_eq!(Name::parse(taken), Err(NameFault::Taken), "{taken}");
        }
        for other in ["gate_2", "x_y"] {
            assert_eq!(
                Name::parse(other),
                Err(NameFault::NotTheSameAgain),
                "{other}"
            );
        }
        assert_eq!(Name::parse(&"x".repeat(33)), Err(NameFault::TooLong));
    }

    #[test]
    fn each_spelling_is_the_languages_own() {
        let name = Name::parse("night_bus").expect("a name");
        assert_eq!(
            (name.snake(), name.pascal()),
            ("night_bus", "NightBus".into())
        );
    }
}
