//! The dialect's refusals: where they come from, their codes and messages. Their answers are in `answers`.

use crate::{
    authority::{AssertionError, CodeError, IssueError, SecretError, TokenError, Unavailable},
    edge::{HeaderFault, OverRate},
    generated::{
        auth_api::{AuthApiErrorCode, AuthApiOperation},
        wire::{NO_CODING, Rejection, RejectionKind, RejectionPlace},
    },
};

/// Why a call was refused; the text is the `message`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AuthApiRefusal {
    /// More than one proof.
    #[error("Exactly one proof is accepted per call.")]
    ProofsMany,
    /// `grant_type` is missing or unknown.
    #[error("grant_type must be client_credentials or assertion.")]
    GrantTypeUnsupported,
    /// The proof is not of the kind `grant_type` announces.
    #[error("The proof does not fit grant_type.")]
    GrantTypeUnfit,
    /// One field of the body is to blame.
    #[error("{fault}")]
    Field {
        /// What is wrong with it.
        fault: PointedFault,
        /// JSON pointer to it.
        pointer: String,
    },
    /// Bearer and body hold different long tokens.
    #[error("The bearer and long_token are different tokens.")]
    TokensDiffer,
    /// A parameter of the query that is read from the body only.
    #[error("What narrows a token or a revocation belongs in the request body.")]
    ParameterMisplaced,
    /// The body is not JSON.
    #[error("The request body is not valid JSON.")]
    BodyMalformed,
    /// A body that has to be there is not.
    #[error("A request body is required.")]
    BodyMissing,
    /// A credential header came twice.
    #[error("A credential header was sent more than once.")]
    CredentialRepeated,
    /// The header is too large or ill framed.
    #[error("{0}")]
    HeaderRefused(HeaderFault),
    /// A scope beyond what may be had.
    #[error("A requested scope is not available.")]
    ScopeUnavailable,
    /// Unknown client or wrong proof.
    #[error("The client could not be authenticated.")]
    ClientInvalid,
    /// An assertion of the client's own that lives longer than the operator allows.
    #[error("The assertion ends too late: exp may lie at most {max_secs} seconds ahead.")]
    AssertionTooLong {
        /// The longest life allowed.
        max_secs: u32,
    },
    /// No proof.
    #[error("A proof of the client's identity is required.")]
    ProofMissing,
    /// `X-Client-Id` and `client_id` differ.
    #[error("X-Client-Id and client_id are different clients.")]
    ClientsDiffer,
    /// Nobody says who asks for a long token.
    #[error("X-Client-Id or a bearer token is required.")]
    ClientMissing,
    /// No token where one is needed.
    #[error("A bearer token is required.")]
    TokenMissing,
    /// Unknown, revoked, of the wrong kind, not from here.
    #[error("The token is not valid.")]
    TokenInvalid,
    /// No bearer token came, but something else where one belongs. Told as [`Self::TokenInvalid`], whose challenge
    /// blames a token.
    #[error("The token is not valid.")]
    TokenOfOtherScheme,
    /// Over.
    #[error("The token has expired.")]
    TokenExpired,
    /// The token may not do this.
    #[error("The token does not hold the scope this operation needs.")]
    ScopeInsufficient {
        /// The scope it lacks.
        scope: &'static str,
    },
    /// The client has to prove itself more strongly.
    #[error("This client must prove itself with a one-time code or an assertion.")]
    StepUpRequired,
    /// The client has no token of that id.
    #[error("There is no such token.")]
    TokenUnknown,
    /// The body is over the limit.
    #[error("The request body is too large.")]
    BodyTooLarge,
    /// The body is of another media type.
    #[error("The request body must be application/json.")]
    MediaTypeUnsupported,
    /// The body came under a content coding.
    #[error("The request body must be sent without a Content-Encoding.")]
    ContentCodingUnsupported,
    /// Called too often, or too many wrong one-time codes.
    #[error("Too many requests; please retry later.")]
    RateLimited {
        /// Whole seconds until a call can succeed.
        retry_after_secs: u64,
    },
    /// A failure of ours.
    #[error("The service is temporarily unavailable.")]
    Unavailable,
}

/// What is wrong with one field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PointedFault {
    /// A life out of bounds.
    #[error("ttl_seconds must be between 3600 and 7776000.")]
    Ttl,
    /// Not a field of the operation.
    #[error("The body has an unknown field.")]
    Unknown,
    /// A required field is not there.
    #[error("A required field is missing.")]
    Missing,
    /// A type or value that the field does not take.
    #[error("A field has a value that is not accepted.")]
    Invalid,
    /// An assertion without its type, or a type without an assertion.
    #[error("assertion_type goes with an assertion and every assertion needs it.")]
    AssertionType,
}

impl From<PointedFault> for AuthApiRefusal {
    /// For the faults that are always those of one field.
    fn from(fault: PointedFault) -> Self {
        let pointer = match fault {
            PointedFault::Ttl => "/ttl_seconds",
            PointedFault::AssertionType => "/assertion_type",
            PointedFault::Unknown | PointedFault::Missing | PointedFault::Invalid => "",
        };
        Self::Field {
            fault,
            pointer: pointer.to_owned(),
        }
    }
}

impl AuthApiRefusal {
    /// The refusal of a call that does not have the documented form.
    pub(super) fn of_rejection(operation: AuthApiOperation, rejection: &Rejection) -> Self {
        let of_client_key = rejection.place == RejectionPlace::Credential("X-Client-Id");
        let of_token_id = rejection.place == RejectionPlace::Parameter("tokenId");
        match rejection.kind {
            RejectionKind::CredentialMissing => match operation {
                AuthApiOperation::IssueLongToken => Self::ClientMissing,
                AuthApiOperation::IssueShortToken | AuthApiOperation::RevokeToken => {
                    Self::TokenMissing
                }
            },
            RejectionKind::CredentialMalformed if of_client_key => Self::ClientInvalid,
            RejectionKind::CredentialMalformed => Self::TokenInvalid,
            RejectionKind::CredentialOfOtherScheme => Self::TokenOfOtherScheme,
            RejectionKind::CredentialRepeated => Self::CredentialRepeated,
            RejectionKind::ParameterInvalid if !of_token_id => Self::ParameterMisplaced,
            // The only parameter is the id of a token, and any text that is none is simply unknown.
            RejectionKind::ParameterMissing
            | RejectionKind::ParameterRepeated
            | RejectionKind::ParameterInvalid => Self::TokenUnknown,
            RejectionKind::MediaTypeUnsupported => Self::MediaTypeUnsupported,
            RejectionKind::ContentCodingUnsupported => Self::ContentCodingUnsupported,
            RejectionKind::BodyTooLarge => Self::BodyTooLarge,
            RejectionKind::BodyMissing => Self::BodyMissing,
            RejectionKind::BodyIncomplete | RejectionKind::BodyMalformed => Self::BodyMalformed,
            RejectionKind::FieldMissing => Self::of_field(PointedFault::Missing, rejection),
            RejectionKind::FieldUnknown => Self::of_field(PointedFault::Unknown, rejection),
            RejectionKind::FieldInvalid | RejectionKind::FieldRepeated => {
                Self::of_field(PointedFault::Invalid, rejection)
            }
        }
    }

    fn of_field(fault: PointedFault, rejection: &Rejection) -> Self {
        match rejection.field() {
            Some("grant_type") => Self::GrantTypeUnsupported,
            Some("ttl_seconds") => PointedFault::Ttl.into(),
            Some(_) | None => Self::Field {
                fault,
                pointer: rejection.pointer.clone(),
            },
        }
    }

    /// What went wrong, for programs.
    pub(super) const fn code(&self) -> AuthApiErrorCode {
        match self {
            Self::ProofsMany | Self::GrantTypeUnsupported | Self::GrantTypeUnfit => {
                AuthApiErrorCode::InvalidGrant
            }
            Self::Field { .. }
            | Self::TokensDiffer
            | Self::ParameterMisplaced
            | Self::BodyMalformed
            | Self::BodyMissing
            | Self::CredentialRepeated
            | Self::HeaderRefused(_) => AuthApiErrorCode::InvalidRequest,
            Self::ScopeUnavailable => AuthApiErrorCode::InvalidScope,
            Self::ClientInvalid
            | Self::AssertionTooLong { .. }
            | Self::ProofMissing
            | Self::ClientsDiffer
            | Self::ClientMissing => AuthApiErrorCode::InvalidClient,
            Self::TokenMissing | Self::TokenInvalid | Self::TokenOfOtherScheme => {
                AuthApiErrorCode::InvalidToken
            }
            Self::TokenExpired => AuthApiErrorCode::TokenExpired,
            Self::ScopeInsufficient { .. } | Self::StepUpRequired => {
                AuthApiErrorCode::InsufficientScope
            }
            Self::TokenUnknown => AuthApiErrorCode::NotFound,
            Self::BodyTooLarge => AuthApiErrorCode::PayloadTooLarge,
            Self::MediaTypeUnsupported | Self::ContentCodingUnsupported => {
                AuthApiErrorCode::UnsupportedMediaType
            }
            Self::RateLimited { .. } => AuthApiErrorCode::RateLimited,
            Self::Unavailable => AuthApiErrorCode::TemporarilyUnavailable,
        }
    }

    /// The field of the body that is to blame.
    pub(super) fn pointer(&self) -> Option<&str> {
        match self {
            Self::Field { pointer, .. } => {
                Some(pointer).filter(|at| !at.is_empty()).map(|at| &**at)
            }
            Self::GrantTypeUnsupported | Self::GrantTypeUnfit => Some("/grant_type"),
            Self::TokensDiffer => Some("/long_token"),
            Self::ProofsMany
            | Self::ParameterMisplaced
            | Self::BodyMalformed
            | Self::BodyMissing
            | Self::CredentialRepeated
            | Self::HeaderRefused(_)
            | Self::ScopeUnavailable
            | Self::ClientInvalid
            | Self::AssertionTooLong { .. }
            | Self::ProofMissing
            | Self::ClientsDiffer
            | Self::ClientMissing
            | Self::TokenMissing
            | Self::TokenInvalid
            | Self::TokenOfOtherScheme
            | Self::TokenExpired
            | Self::ScopeInsufficient { .. }
            | Self::StepUpRequired
            | Self::TokenUnknown
            | Self::BodyTooLarge
            | Self::MediaTypeUnsupported
            | Self::ContentCodingUnsupported
            | Self::RateLimited { .. }
            | Self::Unavailable => None,
        }
    }
}

/// `WWW-Authenticate` of a 401 (RFC 6750 §3): no `error` unless a bearer token was sent.
const ASKED: &str = r#"Bearer realm="tessera""#;
/// The same for a bearer token that does not count.
const BLAMED: &str = r#"Bearer realm="tessera", error="invalid_token""#;

impl AuthApiRefusal {
    /// The challenge of a 401.
    pub(super) fn challenge(&self) -> String {
        let blamed = matches!(self, Self::TokenInvalid | Self::TokenExpired);
        (if blamed { BLAMED } else { ASKED }).to_owned()
    }

    /// The challenge of a 403: the scope that the bearer token lacks, if that is what is wrong.
    pub(super) fn scope_challenge(&self) -> Option<String> {
        if let Self::ScopeInsufficient { scope } = self {
            let error = r#"error="insufficient_scope""#;
            return Some(format!(r#"{ASKED}, {error}, scope="{scope}""#));
        }
        None
    }

    /// `Accept-Encoding` of a 415 (RFC 9110 §12.5.3): only where a content coding is to blame.
    pub(super) fn accept_encoding(&self) -> Option<String> {
        matches!(self, Self::ContentCodingUnsupported).then(|| NO_CODING.to_owned())
    }
}

impl From<OverRate> for AuthApiRefusal {
    fn from(over: OverRate) -> Self {
        Self::RateLimited {
            retry_after_secs: over.retry_after_secs,
        }
    }
}

impl From<TokenError> for AuthApiRefusal {
    fn from(error: TokenError) -> Self {
        match error {
            TokenError::Malformed
            | TokenError::Unknown
            | TokenError::NotYetValid
            | TokenError::Revoked
            | TokenError::Disabled => Self::TokenInvalid,
            TokenError::Expired => Self::TokenExpired,
            TokenError::Unavailable => Self::Unavailable,
        }
    }
}

impl From<IssueError> for AuthApiRefusal {
    fn from(error: IssueError) -> Self {
        match error {
            // Only scopes make a short token grow.
            IssueError::TooLarge => Self::ScopeUnavailable,
            IssueError::Ended | IssueError::Disabled => Self::TokenInvalid,
            IssueError::Expired => Self::TokenExpired,
            IssueError::Unavailable => Self::Unavailable,
        }
    }
}

impl From<SecretError> for AuthApiRefusal {
    fn from(error: SecretError) -> Self {
        match error {
            SecretError::Wrong => Self::ClientInvalid,
            SecretError::Unavailable => Self::Unavailable,
        }
    }
}

impl From<CodeError> for AuthApiRefusal {
    fn from(error: CodeError) -> Self {
        match error {
            CodeError::Wrong | CodeError::Replayed => Self::ClientInvalid,
            CodeError::LockedOut { retry_after_secs } => Self::RateLimited { retry_after_secs },
            CodeError::Unavailable => Self::Unavailable,
        }
    }
}

impl From<AssertionError> for AuthApiRefusal {
    fn from(error: AssertionError) -> Self {
        match error {
            AssertionError::Wrong | AssertionError::Replayed => Self::ClientInvalid,
            AssertionError::TooLong { max_secs } => Self::AssertionTooLong { max_secs },
            AssertionError::Unavailable => Self::Unavailable,
        }
    }
}

impl From<Unavailable> for AuthApiRefusal {
    fn from(Unavailable: Unavailable) -> Self {
        Self::Unavailable
    }
}
