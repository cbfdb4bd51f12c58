//! Refusals: what went wrong, and what to do about it.

use serde::{Deserialize, Serialize};

/// Why the endpoint refused a request; each has one HTTP status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ErrorCode {
    /// 400: the path, query or body is not understood.
    InvalidRequest,
    /// 401: the daemon wants a token, and was shown none or another one.
    Unauthorized,
    /// 403: a page of another site sent the request.
    Forbidden,
    /// 404: no such path, circuit, attachment or virtual network.
    NotFound,
    /// 405: the path exists for another method.
    MethodNotAllowed,
    /// 409: what is asked for contradicts the present state.
    Conflict,
    /// 413: the body is larger than 1 MiB.
    PayloadTooLarge,
    /// 422: the configuration has errors; nothing was applied.
    InvalidConfiguration,
    /// 429: the caller's address has sent too many requests; `Retry-After` says how many seconds to wait.
    TooManyRequests,
    /// 500: a fault of the daemon.
    Internal,
    /// 503: the daemon is starting, stopping or overloaded.
    Unavailable,
    /// 504: no answer within the time allowed.
    Timeout,
}

impl ErrorCode {
    /// The HTTP status that goes with the code.
    pub const fn status(self) -> u16 {
        match self {
            Self::InvalidRequest => 400,
            Self::Unauthorized => 401,
            Self::Forbidden => 403,
            Self::NotFound => 404,
            Self::MethodNotAllowed => 405,
            Self::Conflict => 409,
            Self::PayloadTooLarge => 413,
            Self::InvalidConfiguration => 422,
            Self::TooManyRequests => 429,
            Self::Internal => 500,
            Self::Unavailable => 503,
            Self::Timeout => 504,
        }
    }
}

/// A refusal in words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[error("{message}")]
pub struct ControlError {
    /// What programs compare.
    pub code: ErrorCode,
    /// The cause, one sentence.
    pub message: String,
    /// The next step, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
    /// Azure's own code, where Azure's answer is known: `ServiceProviderNotProvisioned`, `ConflictError`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub azure_code: Option<String>,
    /// With [`ErrorCode::InvalidConfiguration`]: every error as `file:line:column: cause`, with its remedy.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub diagnostics: Vec<String>,
}

impl ControlError {
    /// A refusal without a remedy.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), remedy: None, azure_code: None, diagnostics: Vec::new() }
    }

    /// The same refusal with its next step.
    #[must_use]
    pub fn with_remedy(self, remedy: impl Into<String>) -> Self {
        Self { remedy: Some(remedy.into()), ..self }
    }

    /// A configuration with errors, one diagnostic for each.
    pub fn invalid_configuration(name: &str, diagnostics: Vec<String>) -> Self {
        let count = diagnostics.len();
        let errors = if count == 1 { "error" } else { "errors" };
        let message = format!("{name} has {count} {errors}; nothing was applied");
        Self { code: ErrorCode::InvalidConfiguration, message, remedy: None, azure_code: None, diagnostics }
    }
}

/// The body of every reply that is not a success.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorReply {
    /// The refusal.
    pub error: ControlError,
}
