//! Why a request was refused before its operation saw it, as data that dialects map to
//! their own wire errors.

use std::fmt;

/// What is wrong with a request that does not have the documented form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RejectionKind {
    /// None of the documented security alternatives is complete.
    CredentialMissing,
    /// A credential was sent twice in one place.
    CredentialRepeated,
    /// A credential is there, but not in the form of its scheme.
    CredentialMalformed,
    /// `Authorization` is there, but holds nothing of the documented scheme.
    CredentialOfOtherScheme,
    /// A required parameter is absent.
    ParameterMissing,
    /// A query parameter was sent twice.
    ParameterRepeated,
    /// A parameter is not in the documented range.
    ParameterInvalid,
    /// The media type of the body is none of the documented ones.
    MediaTypeUnsupported,
    /// The body came under a content coding other than `identity`; none is understood.
    ContentCodingUnsupported,
    /// The body is longer than [`super::BODY_LIMIT`].
    BodyTooLarge,
    /// The connection ended before the body did.
    BodyIncomplete,
    /// A required body is absent.
    BodyMissing,
    /// The body is not well-formed in its media type, or nested too deep.
    BodyMalformed,
    /// A required field is absent.
    FieldMissing,
    /// A field that a closed object does not have.
    FieldUnknown,
    /// A field was sent twice.
    FieldRepeated,
    /// A field has the wrong type, or is outside the documented range.
    FieldInvalid,
}

/// What is wrong with a credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CredentialFault {
    /// [`RejectionKind::CredentialMissing`]
    Missing,
    /// [`RejectionKind::CredentialRepeated`]
    Repeated,
    /// [`RejectionKind::CredentialMalformed`]
    Malformed,
    /// [`RejectionKind::CredentialOfOtherScheme`]
    OfOtherScheme,
}

impl RejectionKind {
    /// What is wrong with a credential, for dialects that tell nothing else apart; `None`: something else is wrong.
    pub fn of_credential(self) -> Option<CredentialFault> {
        match self {
            Self::CredentialMissing => Some(CredentialFault::Missing),
            Self::CredentialRepeated => Some(CredentialFault::Repeated),
            Self::CredentialMalformed => Some(CredentialFault::Malformed),
            Self::CredentialOfOtherScheme => Some(CredentialFault::OfOtherScheme),
            Self::ParameterMissing
            | Self::ParameterRepeated
            | Self::ParameterInvalid
            | Self::MediaTypeUnsupported
            | Self::ContentCodingUnsupported
            | Self::BodyTooLarge
            | Self::BodyIncomplete
            | Self::BodyMissing
            | Self::BodyMalformed
            | Self::FieldMissing
            | Self::FieldUnknown
            | Self::FieldRepeated
            | Self::FieldInvalid => None,
        }
    }
}

/// Where in the request a [`Rejection`] points.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RejectionPlace {
    /// A credential, by the name of its header, cookie or query parameter.
    Credential(&'static str),
    /// A header, query or path parameter, by name.
    Parameter(&'static str),
    /// The body; the rejection's pointer says where in it.
    Body,
}

/// Why a request was refused before its operation saw it. Holds no value from the request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejection {
    /// What is wrong.
    pub kind: RejectionKind,
    /// In which part of the request.
    pub place: RejectionPlace,
    /// JSON pointer (RFC 6901) into the body; empty for the whole of it and for other places.
    pub pointer: String,
}

impl Rejection {
    /// A rejection that concerns a credential.
    pub fn credential(kind: RejectionKind, name: &'static str) -> Self {
        Self { kind, place: RejectionPlace::Credential(name), pointer: String::new() }
    }

    /// The rejection of a request that lacks credentials; `sent` tells of each whether it is absent or empty.
    pub fn lacking(sent: &[(&'static str, bool)]) -> Self {
        let first = sent.iter().find(|(_, lacks)| *lacks).or(sent.first());
        Self::credential(RejectionKind::CredentialMissing, first.map_or("", |(name, _)| *name))
    }

    /// A rejection that concerns a parameter.
    pub fn parameter(kind: RejectionKind, name: &'static str) -> Self {
        Self { kind, place: RejectionPlace::Parameter(name), pointer: String::new() }
    }

    /// A rejection that concerns the body.
    pub fn body(kind: RejectionKind, pointer: impl Into<String>) -> Self {
        Self { kind, place: RejectionPlace::Body, pointer: pointer.into() }
    }

    /// The same in a value of which this one is the member or element `name`, and which stands at `pointer` itself.
    pub(super) fn below(self, pointer: &str, name: impl fmt::Display) -> Self {
        Self { pointer: format!("{pointer}/{name}{}", self.pointer), ..self }
    }

    /// The top-level body field concerned, if one is.
    pub fn field(&self) -> Option<&str> {
        let first = self.pointer.strip_prefix('/')?;
        Some(first.split('/').next().unwrap_or(first))
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let subject = match self.place {
            RejectionPlace::Credential(name) => format!("credential `{name}`"),
            RejectionPlace::Parameter(name) => format!("parameter `{name}`"),
            RejectionPlace::Body if self.pointer.is_empty() => "request body".to_owned(),
            RejectionPlace::Body => format!("field `{}`", self.pointer),
        };
        let fault = match self.kind {
            RejectionKind::CredentialMissing
            | RejectionKind::ParameterMissing
            | RejectionKind::BodyMissing
            | RejectionKind::FieldMissing => "is required",
            RejectionKind::CredentialRepeated
            | RejectionKind::ParameterRepeated
            | RejectionKind::FieldRepeated => "was sent more than once",
            RejectionKind::CredentialMalformed | RejectionKind::BodyMalformed => "is malformed",
            RejectionKind::ParameterInvalid | RejectionKind::FieldInvalid => "is not valid",
            RejectionKind::CredentialOfOtherScheme => "is of another scheme",
            RejectionKind::MediaTypeUnsupported => "has an unsupported media type",
            RejectionKind::ContentCodingUnsupported => "has an unsupported content coding",
            RejectionKind::BodyTooLarge => "is too large",
            RejectionKind::BodyIncomplete => "is incomplete",
            RejectionKind::FieldUnknown => "is not known",
        };
        write!(out, "{subject} {fault}")
    }
}

