//! Rust types for the constructs of the document that poem-openapi has no type for.

use std::borrow::Cow;

use poem_openapi::{
    registry::{MetaSchema, MetaSchemaRef},
    types::{ParseError, ParseFromJSON, ParseResult, ToJSON, Type},
};
use serde_json::{Map, Value};

use super::{
    WriteJson,
    write::{plain, text},
};

/// A string the document marks `x-secret`.
pub use crate::domain::{Dialect, Secret};

/// A JSON object of any shape, in the order sent.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FreeObject(pub Map<String, Value>);

/// Implements poem-openapi's type traits for a transparent wrapper of a JSON string.
macro_rules! text_type {
    ($name:ident, $schema:expr) => {
        impl Type for $name {
            const IS_REQUIRED: bool = true;
            type RawValueType = Self;
            type RawElementValueType = Self;
            fn name() -> Cow<'static, str> {
                stringify!($name).into()
            }
            fn schema_ref() -> MetaSchemaRef {
                MetaSchemaRef::Inline(Box::new($schema))
            }
            fn as_raw_value(&self) -> Option<&Self> {
                Some(self)
            }
            fn raw_element_iter<'a>(&'a self) -> Box<dyn Iterator<Item = &'a Self> + 'a> {
                Box::new(std::iter::once(self))
            }
        }
        impl ParseFromJSON for $name {
            fn parse_from_json(value: Option<Value>) -> ParseResult<Self> {
                match value {
                    Some(Value::String(text)) => Ok(Self::from(text)),
                    other => Err(ParseError::expected_type(other.unwrap_or_default())),
                }
            }
        }
        impl ToJSON for $name {
            fn to_json(&self) -> Option<Value> {
                Some(Value::String(AsRef::<str>::as_ref(self).to_owned()))
            }
        }
        impl WriteJson for $name {
            fn write_json(&self, out: &mut Vec<u8>) {
                text(AsRef::<str>::as_ref(self), out);
            }
        }
    };
}

/// Declares a string of one documented `format`.
macro_rules! format_type {
    ($name:ident, $format:literal) => {
        #[doc = concat!("A string of format `", $format, "`; whoever makes one vouches for the format.")]
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct $name(pub String);
        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self(text)
            }
        }
        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }
        text_type!($name, MetaSchema::new_with_format("string", $format));
    };
}

// poem-openapi prints no extensions; the title says that the text is kept out of Debug.
text_type!(Secret, MetaSchema { title: Some("x-secret".to_owned()), ..MetaSchema::new("string") });
format_type!(DateTimeText, "date-time");
format_type!(UriText, "uri");
format_type!(UuidText, "uuid");
format_type!(EmailText, "email");

impl Type for FreeObject {
    const IS_REQUIRED: bool = true;
    type RawValueType = Self;
    type RawElementValueType = Self;
    fn name() -> Cow<'static, str> {
        "FreeObject".into()
    }
    fn schema_ref() -> MetaSchemaRef {
        MetaSchemaRef::Inline(Box::new(MetaSchema {
            additional_properties: Some(Box::new(MetaSchemaRef::Inline(Box::new(MetaSchema::ANY)))),
            ..MetaSchema::new("object")
        }))
    }
    fn as_raw_value(&self) -> Option<&Self> {
        Some(self)
    }
    fn raw_element_iter<'a>(&'a self) -> Box<dyn Iterator<Item = &'a Self> + 'a> {
        Box::new(std::iter::once(self))
    }
}

impl ParseFromJSON for FreeObject {
    fn parse_from_json(value: Option<Value>) -> ParseResult<Self> {
        match value {
            Some(Value::Object(members)) => Ok(Self(members)),
            other => Err(ParseError::expected_type(other.unwrap_or_default())),
        }
    }
}

impl ToJSON for FreeObject {
    fn to_json(&self) -> Option<Value> {
        Some(Value::Object(self.0.clone()))
    }
}

impl WriteJson for FreeObject {
    fn write_json(&self, out: &mut Vec<u8>) {
        plain(&self.0, out);
    }
}

/// An integer `enum` of the document as a Rust enum; poem-openapi's derive knows strings only.
macro_rules! integer_enum {
    ($(#[doc = $doc:literal])* $name:ident as $repr:ident, $format:literal { $($variant:ident = $number:literal),+ $(,)? }) => {
        $(#[doc = $doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $name {
            $(
                #[doc = concat!("`", stringify!($number), "`")]
                $variant,
            )+
        }
        impl $name {
            /// The number on the wire.
            pub const fn number(self) -> $repr {
                match self { $(Self::$variant => $number),+ }
            }
        }
        impl poem_openapi::types::Type for $name {
            const IS_REQUIRED: bool = true;
            type RawValueType = Self;
            type RawElementValueType = Self;
            fn name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }
            fn schema_ref() -> poem_openapi::registry::MetaSchemaRef {
                poem_openapi::registry::MetaSchemaRef::Reference(stringify!($name).to_owned())
            }
            fn register(registry: &mut poem_openapi::registry::Registry) {
                registry.create_schema::<Self, _>(stringify!($name).to_owned(), |_| {
                    poem_openapi::registry::MetaSchema {
                        description: $crate::generated::wire::doc(concat!($($doc),*)),
                        enum_items: vec![$(serde_json::Value::from($number)),+],
                        ..poem_openapi::registry::MetaSchema::new_with_format("integer", $format)
                    }
                });
            }
            fn as_raw_value(&self) -> Option<&Self> {
                Some(self)
            }
            fn raw_element_iter<'a>(&'a self) -> Box<dyn Iterator<Item = &'a Self> + 'a> {
                Box::new(std::iter::once(self))
            }
        }
        impl poem_openapi::types::ParseFromJSON for $name {
            fn parse_from_json(value: Option<serde_json::Value>) -> poem_openapi::types::ParseResult<Self> {
                match value.as_ref().and_then(serde_json::Value::as_i64) {
                    $(Some($number) => Ok(Self::$variant),)+
                    _ => Err(poem_openapi::types::ParseError::expected_type(value.unwrap_or_default())),
                }
            }
        }
        impl poem_openapi::types::ToJSON for $name {
            fn to_json(&self) -> Option<serde_json::Value> {
                Some(serde_json::Value::from(self.number()))
            }
        }
        impl $crate::generated::wire::WriteJson for $name {
            fn write_json(&self, out: &mut Vec<u8>) {
                self.number().write_json(out);
            }
        }
    };
}

/// A `oneOf` of the document as a Rust enum: the first alternative that fits is taken.
macro_rules! union_type {
    ($(#[doc = $doc:literal])* $name:ident { $($variant:ident($inner:ty)),+ $(,)? }) => {
        $(#[doc = $doc])*
        #[derive(Debug, Clone)]
        pub enum $name {
            $(
                #[doc = concat!("`", stringify!($inner), "`")]
                $variant($inner),
            )+
        }
        impl poem_openapi::types::Type for $name {
            const IS_REQUIRED: bool = true;
            type RawValueType = Self;
            type RawElementValueType = Self;
            fn name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }
            fn schema_ref() -> poem_openapi::registry::MetaSchemaRef {
                poem_openapi::registry::MetaSchemaRef::Reference(stringify!($name).to_owned())
            }
            fn register(registry: &mut poem_openapi::registry::Registry) {
                registry.create_schema::<Self, _>(stringify!($name).to_owned(), |registry| {
                    $(<$inner as poem_openapi::types::Type>::register(registry);)+
                    poem_openapi::registry::MetaSchema {
                        description: $crate::generated::wire::doc(concat!($($doc),*)),
                        one_of: vec![$(<$inner as poem_openapi::types::Type>::schema_ref()),+],
                        ..poem_openapi::registry::MetaSchema::ANY
                    }
                });
            }
            fn as_raw_value(&self) -> Option<&Self> {
                Some(self)
            }
            fn raw_element_iter<'a>(&'a self) -> Box<dyn Iterator<Item = &'a Self> + 'a> {
                Box::new(std::iter::once(self))
            }
        }
        impl poem_openapi::types::ParseFromJSON for $name {
            fn parse_from_json(value: Option<serde_json::Value>) -> poem_openapi::types::ParseResult<Self> {
                $(
                    if let Ok(found) = <$inner as poem_openapi::types::ParseFromJSON>::parse_from_json(value.clone()) {
                        return Ok(Self::$variant(found));
                    }
                )+
                Err(poem_openapi::types::ParseError::expected_type(value.unwrap_or_default()))
            }
        }
        impl poem_openapi::types::ToJSON for $name {
            fn to_json(&self) -> Option<serde_json::Value> {
                match self { $(Self::$variant(found) => found.to_json()),+ }
            }
        }
        impl $crate::generated::wire::WriteJson for $name {
            fn write_json(&self, out: &mut Vec<u8>) {
                match self { $(Self::$variant(found) => found.write_json(out)),+ }
            }
        }
    };
}

pub(crate) use {integer_enum, union_type};

/// The description a macro-made schema emits: none when its doc comment is empty.
pub fn doc(text: &'static str) -> Option<&'static str> {
    let text = text.trim();
    (!text.is_empty()).then_some(text)
}

