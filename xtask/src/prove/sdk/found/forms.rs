//! The forms of generated Rust that the proof can read: what is always the same, with holes for what is a fact.

use std::sync::LazyLock;

use super::super::pattern::{Bound, Miss, Pattern};
use super::super::tokens::Tok;

/// Declares the forms, each with its text.
macro_rules! forms {
    ($($(#[$doc:meta])+ $name:ident = $text:literal;)+) => {
        /// What an item of the generated SDK can be.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub(super) enum Form { $($(#[$doc])+ $name,)+ }

        static ALL: LazyLock<Vec<(Form, Pattern)>> =
            LazyLock::new(|| vec![$((Form::$name, Pattern::read($text)),)+]);
    };
}

/// The form of an item, and what stands in its holes.
///
/// # Errors
/// Where it stops having the form that it has longest.
pub(super) fn read(toks: &[Tok]) -> Result<(Form, Bound), Miss> {
    let mut far: Option<Miss> = None;
    for (form, pattern) in ALL.iter() {
        match pattern.on(toks) {
            Ok(bound) => return Ok((*form, bound)),
            Err(miss) if far.is_none_or(|far| miss.tokens > far.tokens) => far = Some(miss),
            Err(_) => {}
        }
    }
    Err(far.unwrap_or(Miss {
        tokens: 0,
        spot: toks.first().map(Tok::spot).unwrap_or_default(),
    }))
}

forms! {
    /// An object with its members.
    Object = "#[derive($derives:rest)] $closed?(#[serde(deny_unknown_fields)])
        pub struct $name { $members*($serde?(#[serde($options:rest)]) pub $field: $kind:type,) }";
    /// A list of texts.
    Values = "#[derive($derives:rest)]
        pub enum $name { $variants*($rename?(#[serde(rename = $wire)]) $variant,) }";
    /// A choice between types.
    Choice = "#[derive($derives:rest)] #[serde(untagged)]
        pub enum $name { $variants*($variant($kind:type),) }";
    /// Another type under a name of its own, some of whose values it may refuse.
    Wrapper = "#[derive($derives:rest)] #[serde(transparent)] pub struct $name($open?(pub) $kind:type);";

    /// What a wrapper holds, to look at.
    Deref = "impl ::std::ops::Deref for $name {
        type Target = $kind:type;
        fn deref(&self) -> &$kind:type { &self.0 }
    }";
    /// What a wrapper holds, taken out of it.
    Unwrap = "impl ::std::convert::From<$name> for $kind:type { fn from(value: $name) -> Self { value.0 } }";
    /// A wrapper around anything of its type.
    Wrap = "impl ::std::convert::From<$kind:type> for $name { fn from(value: $kind:type) -> Self { Self(value) } }";
    /// One of the types of a choice.
    Choose = "impl ::std::convert::From<$kind:type> for $name {
        fn from(value: $kind:type) -> Self { Self::$variant(value) }
    }";
    /// The text of a wrapper.
    ShowWrapped = "impl ::std::fmt::Display for $name {
        fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result { self.0.fmt(f) }
    }";
    /// The text of a value.
    ShowValue = "impl ::std::fmt::Display for $name {
        fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
            match *self { $arms*(Self::$variant => f.write_str($wire),) }
        }
    }";
    /// The text of what was chosen.
    ShowChosen = "impl ::std::fmt::Display for $name {
        fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
            match self { $arms*(Self::$variant(x) => x.fmt(f),) }
        }
    }";
    /// The value of a text.
    ParseValue = "impl ::std::str::FromStr for $name {
        type Err = self::error::ConversionError;
        fn from_str(value: &str) -> ::std::result::Result<Self, self::error::ConversionError> {
            match value { $arms*($wire => Ok(Self::$variant),) _ => Err(\"invalid value\".into()), }
        }
    }";
    /// A text of some length.
    ParseBounded = "impl ::std::str::FromStr for $name {
        type Err = self::error::ConversionError;
        fn from_str(value: &str) -> ::std::result::Result<Self, self::error::ConversionError> {
            $longest?(if value.chars().count() > $max { return Err($said.into()); })
            $shortest?(if value.chars().count() < $min { return Err($told.into()); })
            Ok(Self(value.to_string()))
        }
    }";
    /// Any text.
    ParseText = "impl ::std::str::FromStr for $name {
        type Err = ::std::convert::Infallible;
        fn from_str(value: &str) -> ::std::result::Result<Self, Self::Err> { Ok(Self(value.to_string())) }
    }";
    /// A wrapper, from the text of what it holds.
    ParseWrapped = "impl ::std::str::FromStr for $name {
        type Err = <$kind:type as ::std::str::FromStr>::Err;
        fn from_str(value: &str) -> ::std::result::Result<Self, Self::Err> { Ok(Self(value.parse()?)) }
    }";
    /// The first of a choice that a text is.
    ParseChoice = "impl ::std::str::FromStr for $name {
        type Err = self::error::ConversionError;
        fn from_str(value: &str) -> ::std::result::Result<Self, self::error::ConversionError> {
            $tries*(if let Ok(v) = value.parse() { Ok(Self::$variant(v)) } else)
            { Err(\"string conversion failed for all variants\".into()) }
        }
    }";
    /// What has a text, by a conversion.
    FromText = "impl ::std::convert::TryFrom<$text:type> for $name {
        type Error = self::error::ConversionError;
        fn try_from(value: $text:type) -> ::std::result::Result<Self, self::error::ConversionError> { value.parse() }
    }";
    /// A wrapper, from the text of what it holds, by a conversion.
    FromWrappedText = "impl ::std::convert::TryFrom<$text:type> for $name {
        type Error = <$kind:type as ::std::str::FromStr>::Err;
        fn try_from(value: $text:type) -> ::std::result::Result<Self, Self::Error> { value.parse() }
    }";
    /// One of some numbers.
    OneOf = "impl ::std::convert::TryFrom<$kind:type> for $name {
        type Error = self::error::ConversionError;
        fn try_from(value: $kind:type) -> ::std::result::Result<Self, self::error::ConversionError> {
            if ![$values:rest].contains(&value) { Err(\"invalid value\".into()) } else { Ok(Self(value)) }
        }
    }";
    /// A bounded text, as it is read.
    ReadBounded = "impl<'de> ::serde::Deserialize<'de> for $name {
        fn deserialize<D>(deserializer: D) -> ::std::result::Result<Self, D::Error>
        where D: ::serde::Deserializer<'de>, {
            ::std::string::String::deserialize(deserializer)?.parse()
                .map_err(|e: self::error::ConversionError| <D::Error as ::serde::de::Error>::custom(e.to_string()))
        }
    }";
    /// One of some numbers, as it is read.
    ReadOneOf = "impl<'de> ::serde::Deserialize<'de> for $name {
        fn deserialize<D>(deserializer: D) -> ::std::result::Result<Self, D::Error>
        where D: ::serde::Deserializer<'de>, {
            Self::try_from(<$kind:type>::deserialize(deserializer)?)
                .map_err(|e| <D::Error as ::serde::de::Error>::custom(e.to_string()))
        }
    }";
    /// What the caller of a function that makes nothing of nothing gets.
    DefaultMembers = "impl ::std::default::Default for $name {
        fn default() -> Self { Self { $members*($field: $value:expr,) } }
    }";
    /// What a type is where nothing says so.
    DefaultValue = "impl ::std::default::Default for $name { fn default() -> Self { $value:rest } }";
    /// Where the builder of a type is.
    Builder = "impl $name { pub fn builder() -> builder::$name { Default::default() } }";

    /// The builder of an object.
    Built = "#[derive(Clone, Debug)]
        pub struct $name { $members*($field: ::std::result::Result<$kind:type, ::std::string::String>,) }";
    /// The setters of a builder.
    Setters = "impl $name { $setters*(
        pub fn $field<T>(mut self, value: T) -> Self
        where T: ::std::convert::TryInto<$kind:type>, T::Error: ::std::fmt::Display, {
            self.$field = value.try_into().map_err(|e| format!($said));
            self
        }
    ) }";
    /// What was built.
    Build = "impl ::std::convert::TryFrom<$name> for super::$name {
        type Error = super::error::ConversionError;
        fn try_from($some?(value $| _value): $name) -> ::std::result::Result<Self, super::error::ConversionError> {
            Ok(Self { $members*($field: value.$field?,) })
        }
    }";
    /// A builder that goes on from an object.
    Rebuild = "impl ::std::convert::From<super::$name> for $name {
        fn from($some?(value $| _value): super::$name) -> Self { Self { $members*($field: Ok(value.$field),) } }
    }";

    /// A default that is no simple number.
    Default = "pub(super) fn $name() -> $kind:type { $value:rest }";

    /// A file of the SDK.
    Part = "mod $name;";
    /// What a file has, handed on with that of all others.
    PartTypes = "pub use super::$name::types::*;";
    /// The same of its builders of types.
    PartBuilders = "pub use super::super::$name::types::builder::*;";
    /// The same of its calls.
    PartCalls = "pub use super::$name::builder::*;";
    /// The same of its tables.
    PartTables = "pub use super::$name::operations::*;";

    /// What an operation is sent with.
    Call = "#[derive(Debug, Clone)]
        pub struct $name<'a> { client: &'a super::Client, $fields*($field: Result<$kind:type, String>,) }";
    /// How an operation is sent, and what its answers are taken for.
    Calling = "impl<'a> $name<'a> {
        pub fn new(client: &'a super::Client) -> Self { Self { client: client, $starts*($field: $start:expr,) } }
        $setters*(
            pub fn $body<V>(mut self, value: V) -> Self
            where V: std::convert::TryInto<$kind:type>,
                <V as std::convert::TryInto<$kind:type>>::Error: std::fmt::Display, {
                self.$body = value.try_into().map(From::from).map_err(|s| format!($said, s));
                self
            }
            pub fn body_map<F>(mut self, f: F) -> Self
            where F: std::ops::FnOnce($built:type) -> $built:type, { self.body = self.body.map(f); self }
        $|
            pub fn $field<V>(mut self, value: V) -> Self where V: std::convert::TryInto<$kind:type>, {
                self.$field = value.try_into() $some?(.map(Some)) .map_err(|_| $said.to_string());
                self
            }
        )
        pub async fn send(self) -> Result<ResponseValue<$sent:type>, crate::CallError<$told:type>> { $lifted:rest }
        async fn exchange(self) -> Result<ResponseValue<$success:type>, Error<$refusal:type>> {
            let Self { client, $taken*($field,) } = self;
            $ready*(
                let $field = $field.map_err(Error::InvalidRequest)?;
            $|
                let $field = $field.and_then(|v| $built:call::try_from(v).map_err(|e| e.to_string()))
                    .map_err(Error::InvalidRequest)?;
            )
            let url = format!($path, client.baseurl, $arguments*(encode_path(&$field.to_string()),));
            $map?(let mut header_map = ::reqwest::header::HeaderMap::with_capacity($count);)
            $headers*(
                if let Some(value) = $field { header_map.append($wire, value.to_string().try_into()?); }
            $|
                header_map.append($wire, $field.to_string().try_into()?);
            )
            let request = client.client.$method(url)
                $accept?(.header(::reqwest::header::ACCEPT, ::reqwest::header::HeaderValue::from_static($media)))
                $carried*(
                    .query(&progenitor_client::QueryParam::new($wire, &$field))
                $|
                    .json(&$json)
                $|
                    .form_urlencoded(&$form)?
                )
                .header(\"api-version\", super::Client::api_version())
                $mapped?(.headers(header_map));
            let response = client.exchange(request, &super::operations::$row).await?;
            match response.status().as_u16() {
                $arms*($status $more*(| $also) => $outcome:expr,)
                _ => Err(Error::UnexpectedResponse(response)),
            }
        }
    }";
    /// What the client says of itself.
    Info = "impl ClientInfo<crate::Setup> for Client {
        fn api_version() -> &'static str { $version }
        fn baseurl(&self) -> &str { self.baseurl.as_str() }
        fn client(&self) -> &reqwest::Client { &self.client }
        fn inner(&self) -> &crate::Setup { &self.inner }
    }";
    /// The methods of the client.
    Methods = "impl Client { $methods*(
        pub fn $method(&self) -> builder::$name<'_> { builder::$name::new(self) }
    ) }";
    /// The same for who awaits the builder.
    Await = "impl<'a> ::std::future::IntoFuture for $name<'a> {
        type Output = Result<ResponseValue<$success:type>, crate::CallError<$refusal:type>>;
        type IntoFuture = crate::Call<'a, $success:type, $refusal:type>;
        fn into_future(self) -> Self::IntoFuture { ::std::boxed::Box::pin(self.send()) }
    }";

    /// The schemes.
    Schemes = "impl Scheme { $schemes*(pub const $name: Scheme = Scheme::new($wire, $placement:expr);) }";
    /// The list of all schemes.
    AllSchemes = "impl Scheme { pub const ALL: &'static [Scheme] = &[$list:rest]; }";
    /// What a caller may hold.
    Credentials = "impl Credential { $constructors*(
        pub fn $name($arguments:rest) -> Self { $value:rest }
    ) }";
    /// A row of the table of operations.
    Row = "pub static $name: Operation = Operation { $columns*($column: $value:expr,) };";
    /// The table.
    Rows = "pub static ALL: &[&Operation] = &[$list:rest];";
    /// The accessors of headers.
    Headers = "pub trait DeclaredHeaders: crate::headers::HasHeaders { $accessors*(
        fn $accessor(&self) -> Option<$output:type> { crate::headers::$kind(self.header_map()?, $wire) }
    ) }";
}
