//! Why a value is not one of a type of the document.

use std::borrow::Cow;

use thiserror::Error;

/// A value that a type of the document does not have.
#[derive(Debug, Error)]
#[error("{0}")]
pub struct ConversionError(Cow<'static, str>);

impl From<&'static str> for ConversionError {
    fn from(reason: &'static str) -> Self {
        Self(reason.into())
    }
}

impl From<String> for ConversionError {
    fn from(reason: String) -> Self {
        Self(reason.into())
    }
}
