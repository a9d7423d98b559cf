//! A token of some dialect, and the classes that a dialect's tokens fall into.

use std::collections::BTreeMap;

/// A class of tokens or sessions of one dialect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Class {
    /// Its name within the dialect.
    pub name: &'static str,
    /// The security schemes that take it.
    pub schemes: &'static [&'static str],
    /// Whether introspection describes it.
    pub introspected: bool,
    /// What ends it when its principal is seeded anew.
    pub ends_upon: Option<New>,
}

impl Class {
    /// Tokens that introspection describes.
    pub const fn token(name: &'static str, schemes: &'static [&'static str]) -> Self {
        Self {
            name,
            schemes,
            introspected: true,
            ends_upon: None,
        }
    }

    /// The same, but that end when their principal gets something new.
    pub const fn ending_upon(self, new: New) -> Self {
        Self {
            ends_upon: Some(new),
            ..self
        }
    }

    /// Sessions and the like, of which introspection knows nothing.
    pub const fn session(name: &'static str, schemes: &'static [&'static str]) -> Self {
        Self {
            introspected: false,
            ..Self::token(name, schemes)
        }
    }
}

/// What a principal gets anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum New {
    /// A password, which ends what the old one opened unless it is to be kept.
    Password,
    /// A secret that its tokens are signed with.
    Secret,
}

/// A token, and what its dialect wants beside it.
#[derive(Debug, Clone)]
pub struct Token {
    /// The name of its class.
    pub class: &'static str,
    /// The token as it travels, bare.
    pub text: String,
    /// What belongs to it, by names of the dialect's own: a cookie, an id.
    pub beside: BTreeMap<&'static str, String>,
}

impl Token {
    /// A token that needs nothing beside it.
    pub fn new(class: &'static str, text: impl Into<String>) -> Self {
        Self {
            class,
            text: text.into(),
            beside: BTreeMap::new(),
        }
    }

    /// The same with something that belongs to it.
    pub fn with(mut self, name: &'static str, text: impl Into<String>) -> Self {
        self.beside.insert(name, text.into());
        self
    }

    /// What belongs to it under that name.
    #[track_caller]
    pub fn of(&self, name: &str) -> &str {
        let found = self.beside.get(name);
        found.unwrap_or_else(|| panic!("no {name} belongs to this {}", self.class))
    }
}
