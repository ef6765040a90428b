//! What can go wrong between the service and its database.

use diesel::result::{DatabaseErrorKind, Error as DieselError};

/// Result of the store.
pub type Result<T> = std::result::Result<T, StoreError>;

/// A failure of the store; absence is `Option`, refusals belong to the services.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database cannot be reached now; worth trying again later.
    #[error("the database cannot be reached: {0}")]
    Unavailable(String),
    /// The transaction lost a race (serialisation, deadlock, busy); worth trying again at once.
    #[error("the transaction lost a race")]
    Contended,
    /// A unique key stood already: another writer was first.
    #[error("a unique key stood already")]
    Duplicate,
    /// What is stored does not read back as what was written.
    #[error("stored data is broken: {0}")]
    Broken(String),
    /// A URL that is neither `sqlite:` nor `postgres://`.
    #[error("a database URL is sqlite:PATH or postgres://…")]
    UnsupportedUrl,
    /// Migrations failed.
    #[error("migration failed: {0}")]
    Migration(String),
    /// Anything else the database said.
    #[error("database: {0}")]
    Database(DieselError),
}

impl StoreError {
    /// Whether trying the same transaction again at once may succeed.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Contended | Self::Duplicate)
    }

    /// A stored value that does not parse.
    pub fn broken(what: impl std::fmt::Display) -> Self {
        Self::Broken(what.to_string())
    }
}

impl From<DieselError> for StoreError {
    fn from(error: DieselError) -> Self {
        match &error {
            DieselError::DatabaseError(DatabaseErrorKind::UniqueViolation, _) => Self::Duplicate,
            DieselError::DatabaseError(DatabaseErrorKind::SerializationFailure, _) => Self::Contended,
            DieselError::DatabaseError(DatabaseErrorKind::ClosedConnection, info) => {
                Self::Unavailable(info.message().to_owned())
            }
            DieselError::DatabaseError(_, info) => from_message(info.message()).unwrap_or(Self::Database(error)),
            DieselError::BrokenTransactionManager => Self::Unavailable("the connection is unusable".into()),
            _ => Self::Database(error),
        }
    }
}

/// Conditions that diesel gives no kind of their own; SQLite and PostgreSQL (libpq) spellings in one table.
fn from_message(message: &str) -> Option<StoreError> {
    const CONTENDED: &[&str] = &["deadlock detected", "database is locked", "could not serialize", "lock timeout"];
    const GONE: &[&str] = &[
        "canceling statement due to statement timeout",
        "server closed the connection",
        "terminating connection",
        "connection to server",
        "no connection to the server",
        "the database system is",
        "could not receive data",
        "could not send data",
        "SSL connection has been closed",
        "disk is full",
        "No space left",
        "disk I/O error",
    ];
    if CONTENDED.iter().any(|known| message.contains(known)) {
        return Some(StoreError::Contended);
    }
    GONE.iter().any(|known| message.contains(known)).then(|| StoreError::Unavailable(message.to_owned()))
}
