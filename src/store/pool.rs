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

    /// An idle connection, or a new one, or the next that comes back.
    pub fn take(&self) -> Result<Conn> {
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

    /// Puts a sound connection back.
    pub fn give_back(&self, conn: Conn) {
        self.state().idle.push(conn);
        self.returned.notify_one();
    }

    /// Drops a connection that can no longer be trusted.
    pub fn forget(&self, conn: Conn) {
        drop(conn);
        self.close();
    }

    /// Replaces a dead connection; the idle ones are as old and are dropped with it.
    pub fn fresh(&self, dead: Conn) -> Result<Conn> {
        drop(dead);
        let stale = std::mem::take(&mut self.state().idle);
        for conn in stale {
            self.forget(conn);
        }
        Conn::open(&self.url, self.role).inspect_err(|_| self.close())
    }

    fn close(&self) {
        self.state().open -= 1;
        self.returned.notify_one();
    }
}
