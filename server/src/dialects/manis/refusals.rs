//! Every refusal of the dialect, in its one shape.

use chrono::{DateTime, SecondsFormat, Utc};
use poem::http::StatusCode;

use crate::{
    authority::{IssueError, SecretError},
    dialects::seconds,
    edge::{EdgeFailure, OverRate},
    generated::{
        manis::{
            ManisAnyRefusal, ManisBadRequest, ManisCreateTokenFailure, ManisMethodNotAllowed,
            ManisNotFound, ManisProblem, ManisServiceUnavailable, ManisSoaCode,
            ManisTooManyRequests, ManisUnauthorized,
        },
        wire::{CredentialFault, DateTimeText, Rejection, RejectionPlace},
    },
};

/// Seconds after which a failure of ours may be over.
const OUTAGE_SECS: i64 = 5;

/// Writes refusals as of one moment, milliseconds of the epoch: every one carries a timestamp.
#[derive(Debug, Clone, Copy)]
pub(super) struct RefusalsAt(pub(super) i64);

impl RefusalsAt {
    fn problem(self, status: StatusCode, soa_code: ManisSoaCode, text: &str) -> ManisProblem {
        let at = DateTime::from_timestamp_millis(self.0).unwrap_or(DateTime::<Utc>::UNIX_EPOCH);
        ManisProblem {
            timestamp: DateTimeText(at.to_rfc3339_opts(SecondsFormat::Millis, true)),
            title: status.canonical_reason().unwrap_or_default().to_owned(),
            r#type: "about:blank".to_owned(),
            status: i32::from(status.as_u16()),
            soa_code,
            detail: text.to_owned(),
            message: text.to_owned(),
        }
    }

    fn bad_request(self, soa_code: ManisSoaCode, text: &str) -> ManisBadRequest {
        ManisBadRequest {
            body: self.problem(StatusCode::BAD_REQUEST, soa_code, text),
        }
    }

    /// A credential header that is absent or empty.
    pub(super) fn credential_missing(self, header: &str) -> ManisBadRequest {
        let text = format!("The header {header} is required.");
        self.bad_request(ManisSoaCode::CredentialMissing, &text)
    }

    /// Unknown merchant or wrong secret: never told apart.
    fn credentials_rejected(self) -> ManisUnauthorized {
        let (status, code) = (StatusCode::UNAUTHORIZED, ManisSoaCode::CredentialsRejected);
        ManisUnauthorized {
            body: self.problem(status, code, "The merchant id or the secret is wrong."),
        }
    }

    fn too_many_requests(self, retry_after_secs: u64) -> ManisTooManyRequests {
        let (status, code) = (StatusCode::TOO_MANY_REQUESTS, ManisSoaCode::RateLimited);
        ManisTooManyRequests {
            body: self.problem(status, code, "Too many requests."),
            retry_after: seconds(retry_after_secs),
        }
    }

    /// A failure of ours of unknown length.
    pub(super) fn unavailable(self) -> ManisServiceUnavailable {
        let (status, code) = (StatusCode::SERVICE_UNAVAILABLE, ManisSoaCode::Unavailable);
        ManisServiceUnavailable {
            body: self.problem(status, code, "The service is temporarily unavailable."),
            retry_after: OUTAGE_SECS,
        }
    }

    /// The refusal of a request that does not have the documented form.
    pub(super) fn of_rejection(self, rejection: &Rejection) -> ManisBadRequest {
        let RejectionPlace::Credential(name) = rejection.place else {
            return self.malformed("The request could not be understood.");
        };
        match rejection.kind.of_credential() {
            Some(CredentialFault::Missing) => self.credential_missing(name),
            Some(CredentialFault::Repeated) => {
                let text = format!("The header {name} must be sent once.");
                self.bad_request(ManisSoaCode::CredentialRepeated, &text)
            }
            Some(CredentialFault::Malformed | CredentialFault::OfOtherScheme) => {
                let text = format!("The header {name} is malformed.");
                self.bad_request(ManisSoaCode::CredentialMalformed, &text)
            }
            None => self.malformed("The request could not be understood."),
        }
    }

    fn malformed(self, text: &str) -> ManisBadRequest {
        self.bad_request(ManisSoaCode::RequestMalformed, text)
    }

    /// The refusal of a merchant that called too often.
    pub(super) fn of_rate(self, over: OverRate) -> ManisTooManyRequests {
        self.too_many_requests(over.retry_after_secs)
    }

    /// What the authority said about a merchant and its secret.
    pub(super) fn of_proof(self, error: SecretError) -> ManisCreateTokenFailure {
        match error {
            SecretError::Wrong => self.credentials_rejected().into(),
            SecretError::Unavailable => self.unavailable().into(),
        }
    }

    /// What the authority said about a new token.
    pub(super) fn of_issue(self, error: IssueError) -> ManisCreateTokenFailure {
        match error {
            IssueError::Ended | IssueError::Expired | IssueError::Disabled => {
                self.credentials_rejected().into()
            }
            IssueError::TooLarge | IssueError::Unavailable => self.unavailable().into(),
        }
    }

    /// The refusal of a request that reaches no operation, or whose operation fails.
    pub(super) fn of_edge(self, failure: EdgeFailure) -> ManisAnyRefusal {
        match failure {
            EdgeFailure::NotFound => {
                let (status, code) = (StatusCode::NOT_FOUND, ManisSoaCode::NotFound);
                let body = self.problem(status, code, "There is no such path.");
                ManisNotFound { body }.into()
            }
            EdgeFailure::MethodNotAllowed { allow } => {
                let (status, code) = (
                    StatusCode::METHOD_NOT_ALLOWED,
                    ManisSoaCode::MethodNotAllowed,
                );
                let body = self.problem(status, code, "The path does not answer this method.");
                ManisMethodNotAllowed { body, allow }.into()
            }
            EdgeFailure::HeaderRefused(fault) => self.malformed(&fault.to_string()).into(),
            EdgeFailure::RateLimited { retry_after_secs } => {
                self.too_many_requests(retry_after_secs).into()
            }
            EdgeFailure::Internal => self.unavailable().into(),
        }
    }
}
