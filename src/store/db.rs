//! The one door to the database: begin mode, lock order, bounded retry.
//!
//! diesel's own `transaction()` is not used anywhere: with READ COMMITTED read-modify-write it loses updates on
//! PostgreSQL, and a deferred transaction that turns into a writer fails on SQLite whatever the busy time-out.
//!
//! * SQLite: `BEGIN IMMEDIATE` on one writer connection behind a [`Gate`]; snapshots from a pool of readers.
//! * PostgreSQL: READ COMMITTED with rows locked `FOR UPDATE` in sorted order; snapshots REPEATABLE READ.
//!
//! All calls block: the callers run them on blocking threads.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::conn::{Conn, DatabaseUrl, Role};
use super::error::{Result, StoreError};
use super::gate::{Gate, Lane};
use super::pool::{Lease, Pool};

/// Tries of one write transaction, the first included.
pub const MAX_TRIES: u32 = 5;
/// How long a write waits for its turn before the service answers 503.
const TURN_TIMEOUT: Duration = Duration::from_secs(5);

/// The database behind the service; cheap to clone.
#[derive(Clone)]
pub struct Db(Arc<Inner>);

struct Inner {
    url: DatabaseUrl,
    readers: Pool,
    writers: Writers,
}

enum Writers {
    Sqlite { gate: Gate, conn: Mutex<Option<Conn>>, commits: AtomicU64 },
    Postgres(Pool),
}

impl Db {
    /// Connects lazily: a database that is away now is an error of the calls, not of this one.
    pub fn new(url: DatabaseUrl) -> Self {
        let (readers, writers) = match &url {
            DatabaseUrl::Sqlite(_) => {
                let commits = AtomicU64::new(0);
                (8, Writers::Sqlite { gate: Gate::default(), conn: Mutex::new(None), commits })
            }
            DatabaseUrl::Postgres(_) => (16, Writers::Postgres(Pool::new(url.clone(), Role::Writer, 8))),
        };
        let readers = Pool::new(url.clone(), Role::Reader, readers);
        Self(Arc::new(Inner { url, readers, writers }))
    }

    /// Where the data lives.
    pub fn url(&self) -> &DatabaseUrl {
        &self.0.url
    }

    /// How many writes have ended on SQLite: whether there is anything new in its log.
    pub(super) fn commits(&self) -> u64 {
        match &self.0.writers {
            Writers::Sqlite { commits, .. } => commits.load(Ordering::Relaxed),
            Writers::Postgres(_) => 0,
        }
    }

    /// Runs `f` while no write of this process runs on SQLite, and without a connection.
    pub(super) fn alone<T>(&self, f: impl FnOnce() -> Result<T>) -> Result<T> {
        let _pass = match &self.0.writers {
            Writers::Sqlite { gate, .. } => Some(gate.enter(Lane::Other, TURN_TIMEOUT).ok_or_else(busy)?),
            Writers::Postgres(_) => None,
        };
        f()
    }

    /// Runs `f` on one snapshot.
    pub fn read<T, E: From<StoreError>>(
        &self,
        f: impl FnOnce(&mut Conn) -> std::result::Result<T, E>,
    ) -> std::result::Result<T, E> {
        let mut lease = self.0.readers.take()?;
        let begin = match lease.conn() {
            Conn::Sqlite(_) => "BEGIN",
            Conn::Postgres(_) => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
        };
        begin_on(&mut lease, begin)?;
        let result = f(lease.conn());
        if lease.conn().run("COMMIT").is_ok() {
            lease.give_back();
        }
        result
    }

    /// Runs `f` on no snapshot: each SELECT in it is one of its own, and beginning and ending one are journeys saved. `f`
    /// runs again on a fresh connection when the server has been away.
    pub fn look<T>(&self, mut f: impl FnMut(&mut Conn) -> Result<T>) -> Result<T> {
        let mut lease = self.0.readers.take()?;
        let mut result = f(lease.conn());
        if matches!(result, Err(StoreError::Unavailable(_))) {
            lease.renew()?;
            result = f(lease.conn());
        }
        if result.is_ok() {
            lease.give_back();
        }
        result
    }

    /// Runs `f` in one write transaction; `f` may run again when the transaction loses a race.
    pub fn write<T, E: From<StoreError> + AsStoreError>(
        &self,
        f: impl FnMut(&mut Conn) -> std::result::Result<T, E>,
    ) -> std::result::Result<T, E> {
        self.write_in(Lane::Other, f)
    }

    /// [`Db::write`] in the lane of the committer.
    pub(super) fn write_in<T, E: From<StoreError> + AsStoreError>(
        &self,
        lane: Lane,
        mut f: impl FnMut(&mut Conn) -> std::result::Result<T, E>,
    ) -> std::result::Result<T, E> {
        let mut tries = 0;
        loop {
            tries += 1;
            let result = self.attempt(lane, &mut f);
            match &result {
                Err(error) if tries < MAX_TRIES && error.as_store().is_some_and(StoreError::is_transient) => {
                    std::thread::sleep(Duration::from_millis(u64::from(tries) * 2));
                }
                _ => return result,
            }
        }
    }

    fn attempt<T, E: From<StoreError>>(
        &self,
        lane: Lane,
        f: &mut impl FnMut(&mut Conn) -> std::result::Result<T, E>,
    ) -> std::result::Result<T, E> {
        match &self.0.writers {
            Writers::Sqlite { gate, conn, commits } => {
                let _pass = gate.enter(lane, TURN_TIMEOUT).ok_or_else(busy)?;
                // Taken out while in use: a connection that a panic left within a transaction is never used again.
                let mut slot = conn.lock().unwrap_or_else(PoisonError::into_inner);
                let mut conn = match slot.take() {
                    Some(conn) => conn,
                    None => Conn::open(&self.0.url, Role::Writer)?,
                };
                conn.run("BEGIN IMMEDIATE")?;
                let (result, sound) = in_transaction(&mut conn, f);
                commits.fetch_add(1, Ordering::Relaxed);
                if sound {
                    *slot = Some(conn);
                }
                result
            }
            Writers::Postgres(pool) => {
                let mut lease = pool.take()?;
                begin_on(&mut lease, "BEGIN ISOLATION LEVEL READ COMMITTED")?;
                let (result, sound) = in_transaction(lease.conn(), f);
                if sound {
                    lease.give_back();
                }
                result
            }
        }
    }
}

fn busy() -> StoreError {
    StoreError::Unavailable("the writer is busy".into())
}

/// Begins; the server may have been away since this connection was last used: one fresh one, then give up.
fn begin_on(lease: &mut Lease<'_>, begin: &str) -> Result<()> {
    if lease.conn().run(begin).is_ok() {
        return Ok(());
    }
    lease.renew()?;
    lease.conn().run(begin)
}

/// Runs `f` in the transaction just begun and ends it; the flag says whether the connection is still good.
fn in_transaction<T, E: From<StoreError>>(
    conn: &mut Conn,
    f: &mut impl FnMut(&mut Conn) -> std::result::Result<T, E>,
) -> (std::result::Result<T, E>, bool) {
    match f(conn) {
        Ok(value) => match conn.run("COMMIT") {
            Ok(()) => (Ok(value), true),
            Err(error) => {
                let sound = conn.run("ROLLBACK").is_ok();
                (Err(error.into()), sound)
            }
        },
        Err(error) => {
            let sound = conn.run("ROLLBACK").is_ok();
            (Err(error), sound)
        }
    }
}

/// Lets the door see the store's failure inside a caller's error, to know whether to try again.
pub trait AsStoreError {
    /// The store's failure, if that is what it is.
    fn as_store(&self) -> Option<&StoreError>;
}

impl AsStoreError for StoreError {
    fn as_store(&self) -> Option<&StoreError> {
        Some(self)
    }
}

/// Shorthand used by functions that only touch the store.
pub type StoreResult<T> = Result<T>;
