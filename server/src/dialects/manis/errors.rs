//! Every refusal of the dialect, in its one shape.

use chrono::{DateTime, SecondsFormat, Utc};
use poem::{
    Response,
    http::{HeaderValue, StatusCode, header},
};

use crate::{
    authority::{IssueError, SecretError},
    edge::{HeaderFault, OverRate},
    generated::{
        manis::{
            ManisBadRequest, ManisCreateTokenFailure, ManisProblem, ManisServiceUnavailable,
            ManisSoaCode, ManisTooManyRequests, ManisUnauthorized,
        },
        wire::{self, DateTimeText, Rejection, RejectionKind, RejectionPlace},
    },
};

/// Seconds after which a failure of ours may be over.
const OUTAGE_SECS: u64 = 5;

/// A refusal; its text is `detail` and `message` on the wire.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ManisError {
    /// A credential header is absent or empty.
    #[error("The header {0} is required.")]
    CredentialMissing(&'static str),
    /// A credential header came more than once.
    #[error("The header {0} must be sent once.")]
    CredentialRepeated(&'static str),
    /// A credential header holds bytes that are no text.
    #[error("The header {0} is malformed.")]
    CredentialMalformed(&'static str),
    /// The header is too large or ill framed.
    #[error("{0}")]
    HeaderRefused(HeaderFault),
    /// Anything else the document rules out.
    #[error("The request could not be understood.")]
    RequestMalformed,
    /// Unknown merchant or wrong secret: never told apart.
    #[error("The merchant id or the secret is wrong.")]
    CredentialsRejected,
    /// No such path.
    #[error("There is no such path.")]
    NotFound,
    /// The path exists, the method does not.
    #[error("The path does not answer this method.")]
    MethodNotAllowed,
    /// Called too often.
    #[error("Too many requests.")]
    RateLimited {
        /// Whole seconds to wait.
        retry_after_secs: u64,
    },
    /// A failure of ours.
    #[error("The service is temporarily unavailable.")]
    Unavailable {
        /// Whole seconds to wait.
        retry_after_secs: u64,
    },
}

/// A refusal and its moment: every one carries a timestamp.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    error: ManisError,
    at_ms: i64,
}

impl ManisError {
    /// A failure of ours of unknown length.
    pub(super) const fn unavailable() -> Self {
        Self::Unavailable {
            retry_after_secs: OUTAGE_SECS,
        }
    }

    /// The refusal written at that moment, milliseconds of the epoch.
    pub(super) fn at(self, at_ms: i64) -> Refused {
        Refused { error: self, at_ms }
    }

    /// What is wrong with a request that does not have the documented form; `lacking` is the
    /// credential that it lacks.
    pub(super) fn of_rejection(rejection: &Rejection, lacking: Option<&'static str>) -> Self {
        let name = match rejection.place {
            RejectionPlace::Credential(name) => name,
            RejectionPlace::Parameter(_) | RejectionPlace::Body => return Self::RequestMalformed,
        };
        match rejection.kind {
            RejectionKind::CredentialMissing => Self::CredentialMissing(lacking.unwrap_or(name)),
            RejectionKind::CredentialRepeated => Self::CredentialRepeated(name),
            RejectionKind::CredentialMalformed | RejectionKind::CredentialOfOtherScheme => {
                Self::CredentialMalformed(name)
            }
            RejectionKind::ParameterMissing
            | RejectionKind::ParameterRepeated
            | RejectionKind::ParameterInvalid
            | RejectionKind::MediaTypeUnsupported
            | RejectionKind::ContentCodingUnsupported
            | RejectionKind::BodyTooLarge
            | RejectionKind::BodyIncomplete
            | RejectionKind::BodyMissing
            | RejectionKind::BodyMalformed
            | RejectionKind::FieldMissing
            | RejectionKind::FieldUnknown
            | RejectionKind::FieldRepeated
            | RejectionKind::FieldInvalid => Self::RequestMalformed,
        }
    }

    const fn status(&self) -> StatusCode {
        match self {
            Self::CredentialMissing(_)
            | Self::CredentialRepeated(_)
            | Self::CredentialMalformed(_)
            | Self::HeaderRefused(_)
            | Self::RequestMalformed => StatusCode::BAD_REQUEST,
            Self::CredentialsRejected => StatusCode::UNAUTHORIZED,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::RateLimited { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::Unavailable { .. } => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    const fn soa_code(&self) -> ManisSoaCode {
        match self {
            Self::CredentialMissing(_) => ManisSoaCode::CredentialMissing,
            Self::CredentialRepeated(_) => ManisSoaCode::CredentialRepeated,
            Self::CredentialMalformed(_) => ManisSoaCode::CredentialMalformed,
            Self::HeaderRefused(_) | Self::RequestMalformed => ManisSoaCode::RequestMalformed,
            Self::CredentialsRejected => ManisSoaCode::CredentialsRejected,
            Self::NotFound => ManisSoaCode::NotFound,
            Self::MethodNotAllowed => ManisSoaCode::MethodNotAllowed,
            Self::RateLimited { .. } => ManisSoaCode::RateLimited,
            Self::Unavailable { .. } => ManisSoaCode::Unavailable,
        }
    }
}

impl Refused {
    fn problem(&self) -> ManisProblem {
        let status = self.error.status();
        let text = self.error.to_string();
        let at = DateTime::from_timestamp_millis(self.at_ms).unwrap_or(DateTime::<Utc>::UNIX_EPOCH);
        ManisProblem {
            timestamp: DateTimeText(at.to_rfc3339_opts(SecondsFormat::Millis, true)),
            title: status.canonical_reason().unwrap_or_default().to_owned(),
            r#type: "about:blank".to_owned(),
            status: i32::from(status.as_u16()),
            soa_code: self.error.soa_code(),
            detail: text.clone(),
            message: text,
        }
    }
}

fn seconds(secs: u64) -> i64 {
    i64::try_from(secs).unwrap_or(i64::MAX)
}

/// The answer of the edge to a request that reached no operation.
pub(super) fn answer(refused: &Refused) -> Response {
    let status = refused.error.status();
    if !matches!(
        refused.error,
        ManisError::NotFound | ManisError::MethodNotAllowed
    ) {
        return ManisCreateTokenFailure::from(refused.clone()).into_response();
    }
    let mut response = wire::json_response(status, "application/json", &refused.problem());
    let no_store = HeaderValue::from_static("no-store");
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, no_store);
    response
}

/// What the authority said about a merchant and its secret.
impl From<OverRate> for ManisError {
    fn from(over: OverRate) -> Self {
        Self::RateLimited {
            retry_after_secs: over.retry_after_secs,
        }
    }
}

impl From<SecretError> for ManisError {
    fn from(error: SecretError) -> Self {
        match error {
            SecretError::Wrong => Self::CredentialsRejected,
            SecretError::Unavailable => Self::unavailable(),
        }
    }
}

impl From<IssueError> for ManisError {
    fn from(error: IssueError) -> Self {
        match error {
            IssueError::Ended | IssueError::Expired | IssueError::Disabled => {
                Self::CredentialsRejected
            }
            IssueError::TooLarge | IssueError::Unavailable => Self::unavailable(),
        }
    }
}

impl From<Refused> for ManisCreateTokenFailure {
    fn from(refused: Refused) -> Self {
        let body = refused.problem();
        match refused.error {
            ManisError::CredentialsRejected => ManisUnauthorized { body }.into(),
            ManisError::RateLimited { retry_after_secs } => ManisTooManyRequests {
                body,
                retry_after: seconds(retry_after_secs),
            }
            .into(),
            ManisError::Unavailable { retry_after_secs } => ManisServiceUnavailable {
                body,
                retry_after: seconds(retry_after_secs),
            }
            .into(),
            ManisError::CredentialMissing(_)
            | ManisError::CredentialRepeated(_)
            | ManisError::CredentialMalformed(_)
            | ManisError::HeaderRefused(_)
            | ManisError::RequestMalformed
            // The edge alone meets these, and answers them itself.
            | ManisError::NotFound
            | ManisError::MethodNotAllowed => ManisBadRequest { body }.into(),
        }
    }
}
