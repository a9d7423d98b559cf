//! What the suites for all dialects need to know of one, and cannot read from the document.
//!
//! Each dialect's folder has one: `dialects::TRIALS` lists them. Whatever has a default need not be written for a plain
//! dialect.

use std::collections::BTreeMap;

use futures_util::{FutureExt as _, future::BoxFuture};

use super::{Asker, Reach, Tessera, demo_asker};

/// A token of some dialect, and what its dialect wants beside it.
#[derive(Debug, Clone)]
pub struct Token {
    /// Its class, one of [`Trial::classes`].
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

/// One dialect, as the shared suites try it.
pub trait Trial: Sync {
    /// Its name, which is its tag in the document.
    fn dialect(&self) -> &'static str;

    /// The suites that have nothing to ask of it, each with the reason.
    fn unasked(&self) -> &'static [(&'static str, &'static str)] {
        &[]
    }

    /// The classes of tokens that it issues and that introspection knows.
    fn classes(&self) -> &'static [&'static str] {
        &[]
    }

    /// Issues a token of one of its classes as the dialect documents.
    fn issue<'a>(&'a self, _server: &'a Reach, class: &'static str) -> BoxFuture<'a, Token> {
        panic!(
            "{} has no class {class}, or does not issue it",
            self.dialect()
        )
    }

    /// Whether the dialect takes that text for a token such as `held`: unless it says how one is spent, introspection
    /// knows.
    fn accepts<'a>(
        &'a self,
        server: &'a Reach,
        _held: &'a Token,
        text: &'a str,
    ) -> BoxFuture<'a, bool> {
        async move {
            let told = demo_asker(server).introspect(server, text).await;
            told["active"] == true && told["dialect"] == self.dialect()
        }
        .boxed()
    }

    /// Ends a token as the dialect documents; `None` where it has no operation for this class.
    fn end_it<'a>(&'a self, _server: &'a Reach, _held: &'a Token) -> Option<BoxFuture<'a, ()>> {
        None
    }

    /// The standard endpoints for the tokens of all dialects, of the dialect that has them.
    fn central(&self) -> Option<&'static dyn Central> {
        None
    }
}

/// The endpoints that describe and end tokens of every dialect (RFC 7662, RFC 7009).
pub trait Central: Sync {
    /// Where tokens are described.
    fn introspection(&self) -> &'static str;

    /// Where tokens are ended.
    fn revocation(&self) -> &'static str;

    /// The demo's client, which may do everything there.
    fn demo_client(&self, server: &Reach) -> Asker;

    /// Makes a client with those rights only.
    fn client<'a>(
        &'a self,
        server: &'a Tessera,
        id: &'a str,
        rights: &'a [&'a str],
    ) -> BoxFuture<'a, Asker>;
}
