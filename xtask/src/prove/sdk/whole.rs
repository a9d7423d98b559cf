//! The whole file as the document wants it.

use super::reading::{Reading, mark};
use super::{builders, calls, tables, types};

const FRAME: &str = r"
#![allow(clippy::all, clippy::pedantic, clippy::restriction, missing_docs, rustdoc::all, unreachable_patterns, unused_imports)]
#[allow(unused_imports)]
pub use progenitor_client::{ByteStream, ClientInfo, Error, ResponseValue};
#[allow(unused_imports)]
use { crate::path::encode_path, progenitor_client::{ClientHooks, OperationInfo, RequestBuilderExt}, };
#[allow(clippy::all)]
pub mod types {
    @types
    pub mod builder { @type_builders }
    @defaults
    pub mod error {
        pub struct ConversionError(::std::borrow::Cow<'static, str>);
        impl ::std::error::Error for ConversionError {}
        impl ::std::fmt::Display for ConversionError {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> Result<(), ::std::fmt::Error> {
                ::std::fmt::Display::fmt(&self.0, f)
            }
        }
        impl ::std::fmt::Debug for ConversionError {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> Result<(), ::std::fmt::Error> {
                ::std::fmt::Debug::fmt(&self.0, f)
            }
        }
        impl From<&'static str> for ConversionError { fn from(value: &'static str) -> Self { Self(value.into()) } }
        impl From<String> for ConversionError { fn from(value: String) -> Self { Self(value.into()) } }
    }
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
impl ClientInfo<crate::Setup> for Client {
    fn api_version() -> &'static str { @version }
    fn baseurl(&self) -> &str { self.baseurl.as_str() }
    fn client(&self) -> &reqwest::Client { &self.client }
    fn inner(&self) -> &crate::Setup { &self.inner }
}
const _: () = {
    #[allow(dead_code)]
    fn assert_client_hooks() where Client: ClientHooks<crate::Setup>, {}
};
impl Client { @methods }
#[allow(clippy::all)]
pub mod builder {
    use super::types;
    #[allow(unused_imports)]
    use super::{encode_path, ByteStream, ClientInfo, ClientHooks, Error, OperationInfo, RequestBuilderExt, ResponseValue};
    @builders
}
pub mod prelude { pub use self::super::Client; }
@operations
@lifting
@headers
";

const DEFAULTS: &str = "
pub mod defaults {
    pub(super) fn default_u64<T, const V: u64>() -> T
    where T: ::std::convert::TryFrom<u64>, <T as ::std::convert::TryFrom<u64>>::Error: ::std::fmt::Debug, {
        T::try_from(V).unwrap()
    }
}";

/// The expected text, its facts marked.
pub(super) fn write(reading: &Reading<'_>) -> String {
    let (methods, builders) = calls::write(reading);
    let types = types::write(reading);
    let defaults = if types.contains("default_u64") {
        DEFAULTS
    } else {
        ""
    };
    let version = format!(
        "{}{}/*@*/",
        mark("sdk-operation", "/info/version"),
        calls::version(reading)
    );
    let parts = [
        ("@type_builders", builders::write(reading)),
        ("@types", types),
        ("@defaults", defaults.to_owned()),
        ("@version", version),
        ("@methods", methods),
        ("@builders", builders),
        ("@operations", tables::operations(reading)),
        ("@lifting", tables::lifting(reading)),
        ("@headers", tables::headers(reading)),
    ];
    let mut text = FRAME.to_owned();
    for (place, part) in parts {
        text = text.replacen(place, &part, 1);
    }
    text
}
