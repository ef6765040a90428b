//! Checkpoints of SQLite's write-ahead log, beside the commits instead of within them.
//!
//! A page that many commits change is copied into the database file once per checkpoint, so checkpoints are rare; and
//! they are made by a thread of their own, on a connection of its own, so commits do not wait for them. Only what was
//! written while a checkpoint ran is copied with the writer held back: then the log is empty and starts again.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use diesel::RunQueryDsl;
use diesel::sql_types::BigInt;

use super::conn::{Conn, Role, on_backend};
use super::db::Db;
use super::error::Result;
use super::hot::Hot;

/// How often the log's length is looked at.
const LOOK: Duration = Duration::from_millis(100);
/// Pages of 4 KiB in the log that are worth a checkpoint: 256 MiB.
const ENOUGH: i64 = 65_536;
/// Pages left that may be copied while the writer waits: some 20 ms.
const FEW: i64 = 2_048;
/// Rounds beside a busy writer before it is held back all the same.
const ROUNDS: usize = 4;

#[derive(Default)]
struct Stop {
    asked: Mutex<bool>,
    changed: Condvar,
}

/// The thread that makes checkpoints; it ends when this is dropped.
pub struct Checkpointer(Arc<Stop>);

impl Checkpointer {
    /// Starts the thread for a database on SQLite.
    pub fn start(db: Db) -> Self {
        let stop = Arc::new(Stop::default());
        let asked = Arc::clone(&stop);
        std::thread::Builder::new()
            .name("checkpoint".into())
            .spawn(move || serve(&db, &asked))
            .expect("a thread can be started");
        Self(stop)
    }
}

impl Drop for Checkpointer {
    fn drop(&mut self) {
        *self.0.asked.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.0.changed.notify_all();
    }
}

fn serve(db: &Db, stop: &Stop) {
    let mut conn = None;
    let mut seen = db.commits();
    let mut asked = stop.asked.lock().unwrap_or_else(PoisonError::into_inner);
    while !*asked {
        asked = stop.changed.wait_timeout(asked, LOOK).unwrap_or_else(PoisonError::into_inner).0;
        let commits = db.commits();
        if *asked || commits == seen {
            continue;
        }
        seen = commits;
        drop(asked);
        if let Err(error) = look(db, &mut conn) {
            conn = None; // opened again at the next look
            tracing::warn!(%error, "a checkpoint failed");
        }
        asked = stop.asked.lock().unwrap_or_else(PoisonError::into_inner);
    }
}

/// Looks at the log and empties it when it has grown long enough.
fn look(db: &Db, conn: &mut Option<Conn>) -> Result<()> {
    let conn = match conn {
        Some(conn) => conn,
        None => conn.insert(Conn::open(db.url(), Role::Writer)?),
    };
    let mut left = waiting(conn, "PRAGMA wal_checkpoint(NOOP)")?;
    if left < ENOUGH {
        return Ok(());
    }
    for _ in 0..ROUNDS {
        left = waiting(conn, "PRAGMA wal_checkpoint(PASSIVE)")?;
        if left < FEW {
            break;
        }
    }
    db.alone(|| waiting(conn, "PRAGMA wal_checkpoint(PASSIVE)"))?;
    Ok(())
}

/// Runs a checkpoint; answers how many pages of the log are not yet in the database file. Readers of an older state keep
/// some there.
fn waiting(conn: &mut Conn, pragma: &'static str) -> Result<i64> {
    let query = Hot::<(BigInt, BigInt, BigInt)>::new(pragma);
    let rows: Vec<(i64, i64, i64)> = on_backend!(conn, c => query.load(c))?;
    Ok(rows.first().map_or(0, |(_, written, copied)| written - copied))
}
