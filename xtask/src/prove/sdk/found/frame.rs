//! What every generated SDK has, whatever the document says: all of it is there, and each item once in its file.

use std::collections::BTreeSet;
use std::str::FromStr as _;
use std::sync::LazyLock;

use proc_macro2::TokenStream;
use quote::ToTokens as _;
use syn::Item;

use super::super::pattern::{Miss, Pattern};
use super::super::tokens::{self, Tok, joined};

/// An item by the modules it stands in, and its text.
type Key = (Vec<String>, String);

/// Which file it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// The one that puts the others together.
    Root,
    /// One of the others.
    Part,
}

/// What was found of the frame of one file.
#[derive(Debug)]
pub(super) struct Frame {
    items: &'static Items,
    seen: BTreeSet<Key>,
}

/// What there has to be, and what there may be.
#[derive(Debug)]
struct Items {
    needed: Vec<Key>,
    allowed: Vec<Key>,
}

static ROOT: LazyLock<Items> = LazyLock::new(|| Items {
    needed: keys(NEEDED_ONCE),
    allowed: keys(ALLOWED_ONCE),
});
static PART: LazyLock<Items> = LazyLock::new(|| Items {
    needed: keys(NEEDED),
    allowed: keys(ALLOWED),
});

impl Frame {
    /// The frame of a file, of which nothing was found yet.
    pub fn of(role: Role) -> Self {
        Self {
            items: match role {
                Role::Root => &ROOT,
                Role::Part => &PART,
            },
            seen: BTreeSet::new(),
        }
    }

    /// Whether an item is of the frame and was not there before.
    pub fn has(&mut self, modules: &[String], toks: &[Tok]) -> bool {
        let key = (modules.to_vec(), joined(toks));
        let known = self.items.needed.contains(&key) || self.items.allowed.contains(&key);
        known && self.seen.insert(key)
    }

    /// Where something stops being that item of the frame which it is longest.
    pub fn miss(&self, modules: &[String], toks: &[Tok]) -> Option<Miss> {
        let both = self.items.needed.iter().chain(&self.items.allowed);
        let here = both.filter(|(own, text)| {
            own == modules && !self.seen.contains(&(own.clone(), text.clone()))
        });
        let misses = here.filter_map(|(_, text)| Pattern::read(text).on(toks).err());
        misses.max_by_key(|miss| miss.tokens)
    }

    /// What was not found, in a few words.
    pub fn missing(&self) -> impl Iterator<Item = String> {
        let needed = self.items.needed.iter();
        needed
            .filter(|key| !self.seen.contains(key))
            .map(|(modules, text)| {
                let start: String = text.chars().take(60).collect();
                format!("{} {start}", modules.join("::")).trim().to_owned()
            })
    }
}

fn keys(text: &str) -> Vec<Key> {
    let mut keys = Vec::new();
    let stream = TokenStream::from_str(text).unwrap_or_default();
    if let Ok(file) = syn::parse2::<syn::File>(stream) {
        for attribute in &file.attrs {
            keys.push((
                Vec::new(),
                joined(&tokens::read(attribute.to_token_stream())),
            ));
        }
        inside(&mut Vec::new(), file.items, &mut keys);
    }
    keys
}

fn inside(modules: &mut Vec<String>, items: Vec<Item>, keys: &mut Vec<Key>) {
    for item in items {
        let Item::Mod(mut module) = item else {
            keys.push((
                modules.clone(),
                joined(&tokens::read(item.to_token_stream())),
            ));
            continue;
        };
        let inner = module
            .content
            .replace((syn::token::Brace::default(), Vec::new()));
        keys.push((
            modules.clone(),
            joined(&tokens::read(module.to_token_stream())),
        ));
        modules.push(module.ident.to_string());
        self::inside(
            modules,
            inner.map_or_else(Vec::new, |(_, items)| items),
            keys,
        );
        modules.pop();
    }
}

const NEEDED_ONCE: &str = "
#![allow(clippy::all, clippy::pedantic, clippy::restriction, missing_docs, rustdoc::all, unreachable_patterns, unused_imports)]
use progenitor_client::{ClientHooks, ClientInfo, Error, OperationInfo};
pub use progenitor_client::ResponseValue;
pub mod types {
    pub mod builder {}
    pub(crate) mod defaults {}
    pub mod error { pub use crate::conversion::ConversionError; }
}
#[derive(Clone, Debug)]
pub struct Client {
    pub(crate) baseurl: String,
    pub(crate) client: reqwest::Client,
    pub(crate) inner: crate::Setup,
}
impl Client {
    pub(crate) fn new_with_client(baseurl: &str, client: reqwest::Client, inner: crate::Setup) -> Self {
        Self { baseurl: baseurl.to_string(), client, inner }
    }
}
const _: () = {
    #[allow(dead_code)]
    fn assert_client_hooks() where Client: ClientHooks<crate::Setup>, {}
};
impl Client {
    async fn exchange<E>(
        &self,
        request: reqwest::RequestBuilder,
        operation: &crate::Operation,
    ) -> Result<reqwest::Response, Error<E>> {
        let mut request = request.build()?;
        let info = OperationInfo { operation_id: operation.id };
        self.pre(&mut request, &info).await?;
        let result = self.exec(request, &info).await;
        self.post(&result, &info).await?;
        crate::lift::of_declared_media(result?, operation)
    }
}
pub mod builder {}
pub mod operations {
    use crate::operation::Operation;
    use crate::scheme::Scheme;
    impl Operation {
        pub fn named(id: &str) -> Option<&'static Self> {
            ALL.iter().copied().find(|operation| operation.id == id)
        }
    }
}
impl<T: crate::headers::HasHeaders + ?Sized> DeclaredHeaders for T {}
";

const ALLOWED_ONCE: &str = "
pub mod types {
    pub(crate) mod defaults {
        pub(crate) fn default_bool<const V: bool>() -> bool { V }
        pub(crate) fn default_i64<T, const V: i64>() -> T
        where T: ::std::convert::TryFrom<i64>, <T as ::std::convert::TryFrom<i64>>::Error: ::std::fmt::Debug, {
            T::try_from(V).unwrap()
        }
        pub(crate) fn default_u64<T, const V: u64>() -> T
        where T: ::std::convert::TryFrom<u64>, <T as ::std::convert::TryFrom<u64>>::Error: ::std::fmt::Debug, {
            T::try_from(V).unwrap()
        }
        pub(crate) fn default_nzu64<T, const V: u64>() -> T
        where
            T: ::std::convert::TryFrom<::std::num::NonZeroU64>,
            <T as ::std::convert::TryFrom<::std::num::NonZeroU64>>::Error: ::std::fmt::Debug,
        {
            T::try_from(::std::num::NonZeroU64::try_from(V).unwrap()).unwrap()
        }
    }
}
";

const NEEDED: &str = "
use super::Client;
pub mod types { use super::super::types::*; }
pub mod builder {
    use super::super::types;
    use crate::path::encode_path;
    use progenitor_client::{ByteStream, ClientInfo, Error, RequestBuilderExt, ResponseValue};
}
pub mod operations {
    use crate::credentials::Credential;
    use crate::operation::{OneProof, Operation, RefusalPlaces, Spot};
    use crate::scheme::{Pairing, Placement, Scheme};
    use crate::secret::Secret;
}
";

const ALLOWED: &str = "
pub mod types {
    pub mod builder {}
    mod defaults { pub(super) use super::super::super::types::defaults::*; }
}
";
