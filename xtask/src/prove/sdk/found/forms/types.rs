//! Types and what is implemented for them.

use super::forms;

forms! {
    /// What is said of a type.
    TypeForm

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
}
