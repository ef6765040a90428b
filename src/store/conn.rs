//! One connection to either database.
#![allow(missing_docs)] // the derive generates undocumented items

use diesel::connection::SimpleConnection;
use diesel::{Connection, ConnectionError, PgConnection, SqliteConnection};

use super::error::{Result, StoreError};

/// A connection to the database the service runs on; queries written once against it run on both.
#[derive(diesel::MultiConnection)]
pub enum Conn {
    /// PostgreSQL 14 or newer.
    Postgres(PgConnection),
    /// The bundled SQLite.
    Sqlite(SqliteConnection),
}

/// Runs one expression with the connection of the backend in hand, where the two differ for diesel's types.
macro_rules! on_backend {
    ($conn:expr, $c:ident => $body:expr) => {
        match $conn {
            $crate::store::conn::Conn::Postgres($c) => $body,
            $crate::store::conn::Conn::Sqlite($c) => $body,
        }
    };
}
pub(crate) use on_backend;

/// Where the data lives.
#[derive(Clone, PartialEq, Eq)]
pub enum DatabaseUrl {
    /// A file of the bundled SQLite.
    Sqlite(String),
    /// A libpq URL; `sslmode` is honoured.
    Postgres(String),
}

impl std::fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite:{path}"),
            Self::Postgres(_) => f.write_str("postgres://…"), // may hold a password
        }
    }
}

impl std::str::FromStr for DatabaseUrl {
    type Err = StoreError;

    /// `sqlite:PATH` or `postgres://…`; any other scheme is refused, since SQLite would take any text for a file name.
    fn from_str(text: &str) -> Result<Self> {
        if let Some(path) = text.strip_prefix("sqlite:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            if path.is_empty() || path.contains(":memory:") {
                return Err(StoreError::UnsupportedUrl);
            }
            return Ok(Self::Sqlite(path.to_owned()));
        }
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            return Ok(Self::Postgres(text.to_owned()));
        }
        Err(StoreError::UnsupportedUrl)
    }
}

/// What a connection will be used for; SQLite sets itself up accordingly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Snapshots only.
    Reader,
    /// Transactions that write.
    Writer,
}

const SQLITE_COMMON: &str = "PRAGMA busy_timeout = 5000; PRAGMA foreign_keys = ON; PRAGMA recursive_triggers = ON; \
     PRAGMA trusted_schema = OFF; PRAGMA mmap_size = 1073741824; PRAGMA temp_store = MEMORY;";
const SQLITE_WRITER: &str = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -16384; \
     PRAGMA wal_autocheckpoint = 262144; PRAGMA journal_size_limit = 536870912;";
const SQLITE_READER: &str = "PRAGMA query_only = ON; PRAGMA cache_size = -16384;";
/// The lists that hot statements join against are short: a plan by nested index look-ups is always the right one, and
/// must not depend on when the tables were last analysed.
const POSTGRES: &str = "SET statement_timeout = '5s'; SET idle_in_transaction_session_timeout = '10s'; \
     SET lock_timeout = '4s'; SET timezone = 'UTC'; SET enable_seqscan = off; SET jit = off;";
/// Writers run the same few statements over and over with arrays of values: one plan serves them all.
const POSTGRES_WRITER: &str =
    "SET enable_hashjoin = off; SET enable_mergejoin = off; SET plan_cache_mode = force_generic_plan;";

impl Conn {
    /// Opens a connection and sets it up for `role`.
    pub fn open(url: &DatabaseUrl, role: Role) -> Result<Self> {
        match url {
            DatabaseUrl::Sqlite(path) => {
                let mut conn = SqliteConnection::establish(path).map_err(unreachable)?;
                conn.batch_execute(SQLITE_COMMON)?;
                conn.batch_execute(if role == Role::Writer { SQLITE_WRITER } else { SQLITE_READER })?;
                Ok(Self::Sqlite(conn))
            }
            DatabaseUrl::Postgres(url) => {
                let mut conn = PgConnection::establish(&with_timeouts(url)).map_err(unreachable)?;
                conn.batch_execute(POSTGRES)?;
                if role == Role::Writer {
                    conn.batch_execute(POSTGRES_WRITER)?;
                }
                Ok(Self::Postgres(conn))
            }
        }
    }

    /// Runs statements that take no values.
    pub fn run(&mut self, sql: &str) -> Result<()> {
        on_backend!(self, c => c.batch_execute(sql))?;
        Ok(())
    }
}

/// The URL with time-outs where it names none: a host that vanishes without a word must not hold its callers.
fn with_timeouts(url: &str) -> String {
    const DEFAULTS: [(&str, &str); 4] = [
        ("connect_timeout", "3"),
        ("keepalives_idle", "10"),
        ("keepalives_interval", "5"),
        ("tcp_user_timeout", "10000"),
    ];
    DEFAULTS.iter().filter(|(name, _)| !url.contains(name)).fold(url.to_owned(), |url, (name, value)| {
        let before = if url.contains('?') { '&' } else { '?' };
        format!("{url}{before}{name}={value}")
    })
}

fn unreachable(error: ConnectionError) -> StoreError {
    StoreError::Unavailable(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_two_schemes_are_taken() {
        assert_eq!("sqlite:/tmp/a.db".parse::<DatabaseUrl>().ok(), Some(DatabaseUrl::Sqlite("/tmp/a.db".into())));
        assert!("postgres://a@b/c".parse::<DatabaseUrl>().is_ok());
        for bad in ["mysql://a", "a.db", "", "sqlite:", "sqlite::memory:", "postgre://x"] {
            assert!(bad.parse::<DatabaseUrl>().is_err(), "{bad}");
        }
        assert!(!format!("{:?}", DatabaseUrl::Postgres("postgres://a:secret@b/c".into())).contains("secret"));
    }
}
