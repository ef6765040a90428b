//! A small pool of connections that opens them when needed and survives the server's absence.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::conn::{Conn, DatabaseUrl, Role};
use super::error::{Result, StoreError};

/// How long a caller waits for a connection before the service answers 503.
const TAKE_TIMEOUT: Duration = Duration::from_secs(5);

#[derive(Default)]
struct State {
    idle: Vec<Conn>,
    open: usize,
}

/// At most `size` connections for one role.
pub struct Pool {
    url: DatabaseUrl,
    role: Role,
    size: usize,
    state: Mutex<State>,
    returned: Condvar,
}

impl Pool {
    /// An empty pool; nothing is opened yet.
    pub fn new(url: DatabaseUrl, role: Role, size: usize) -> Self {
        Self { url, role, size, state: Mutex::default(), returned: Condvar::new() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// An idle connection, or a new one, or the next that comes back; its place is freed however its use ends.
    pub fn take(&self) -> Result<Lease<'_>> {
        let conn = self.connection()?;
        Ok(Lease { pool: self, conn: Some(conn) })
    }

    fn connection(&self) -> Result<Conn> {
        let deadline = Instant::now() + TAKE_TIMEOUT;
        let mut state = self.state();
        loop {
            if let Some(conn) = state.idle.pop() {
                return Ok(conn);
            }
            if state.open < self.size {
                state.open += 1;
                drop(state);
                return Conn::open(&self.url, self.role).inspect_err(|_| self.close());
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(StoreError::Unavailable("every connection is in use".into()));
            }
            state = self.returned.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn close(&self) {
        self.state().open -= 1;
        self.returned.notify_one();
    }
}

/// A connection in use. Dropped without [`Lease::give_back`], also by a panic, it is closed.
pub struct Lease<'p> {
    pool: &'p Pool,
    conn: Option<Conn>,
}

impl Lease<'_> {
    /// The connection.
    pub fn conn(&mut self) -> &mut Conn {
        self.conn.as_mut().expect("a lease holds its connection until it ends")
    }

    /// Puts a sound connection back.
    pub fn give_back(mut self) {
        if let Some(conn) = self.conn.take() {
            self.pool.state().idle.push(conn);
            self.pool.returned.notify_one();
        }
    }

    /// Replaces a dead connection; the idle ones are as old and are dropped with it.
    pub fn renew(&mut self) -> Result<()> {
        let stale = std::mem::take(&mut self.pool.state().idle);
        for conn in stale {
            drop(conn);
            self.pool.close();
        }
        self.conn = Some(Conn::open(&self.pool.url, self.pool.role)?);
        Ok(())
    }
}

impl Drop for Lease<'_> {
    fn drop(&mut self) {
        if self.conn.take().is_some() {
            self.pool.close();
        }
    }
}
