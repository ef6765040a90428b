//! What a use case can answer instead of a result.

use crate::domain::invalid::Invalid;
use crate::services::refusal::Refusal;
use crate::services::scope::Scope;
use crate::store::db::AsStoreError;
use crate::store::error::StoreError;

/// Result of a use case.
pub type Result<T> = std::result::Result<T, Error>;

/// Why a use case did not happen.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The input does not say anything possible.
    #[error("invalid input")]
    Invalid(Invalid),
    /// No valid proof of who acts.
    #[error("not authenticated")]
    Unauthenticated,
    /// The actor's token lacks this scope.
    #[error("scope {0} is missing")]
    Scope(Scope),
    /// The actor may not do this, or the thing does not exist for it.
    #[error("not found")]
    NotFound,
    /// The actor may know of the thing and may not do this to it.
    #[error("forbidden")]
    Forbidden,
    /// A rule of the bank says no.
    #[error("refused: {0:?}")]
    Refused(Box<Refusal>),
    /// A change was asked for without naming the version it is based on, or on another than the present one.
    #[error("precondition")]
    Precondition(Precondition),
    /// The service cannot take it now.
    #[error("unavailable")]
    Unavailable,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What was wrong with `If-Match`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Precondition {
    /// It was not sent.
    Missing,
    /// It names another version.
    Stale,
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(Box::new(refusal))
    }
}

impl From<Invalid> for Error {
    fn from(invalid: Invalid) -> Self {
        Self::Invalid(invalid)
    }
}

impl From<diesel::result::Error> for Error {
    fn from(error: diesel::result::Error) -> Self {
        Self::Store(error.into())
    }
}

impl AsStoreError for Error {
    fn as_store(&self) -> Option<&StoreError> {
        match self {
            Self::Store(error) => Some(error),
            _ => None,
        }
    }
}
