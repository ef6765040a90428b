//! Sessions of learners, kept under a keyed digest of their id: who reads the table cannot act as anybody.

use diesel::prelude::*;

use super::conn::Conn;
use super::error::Result;
use super::schema::session;
use super::types::Key;
use crate::crypto::digest::Hash;
use crate::domain::ids::LearnerId;
use crate::domain::time::Instant;

/// A session that has not been ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Session {
    /// Whose.
    pub learner: LearnerId,
    /// When it was last used, to the minute or so.
    pub last_seen_at: Instant,
    /// When it ends whatever happens.
    pub expires_at: Instant,
}

/// Starts a session.
pub fn insert(conn: &mut Conn, digest: &Hash, learner: LearnerId, at: Instant, expires_at: Instant) -> Result<()> {
    diesel::insert_into(session::table)
        .values((
            session::digest.eq(digest.as_slice()),
            session::learner_id.eq(Key(learner.uuid())),
            session::created_at.eq(at.micros()),
            session::last_seen_at.eq(at.micros()),
            session::expires_at.eq(expires_at.micros()),
        ))
        .execute(conn)?;
    Ok(())
}

/// The session of a digest, unless it was ended. Whether it is still fresh is for the caller to say.
pub fn standing(conn: &mut Conn, digest: &Hash) -> Result<Option<Session>> {
    let row: Option<(Key, i64, i64)> = session::table
        .filter(session::digest.eq(digest.as_slice()))
        .filter(session::ended_at.is_null())
        .select((session::learner_id, session::last_seen_at, session::expires_at))
        .first(conn)
        .optional()?;
    Ok(row.map(|(learner, last_seen_at, expires_at)| Session {
        learner: LearnerId::from_uuid(learner.0),
        last_seen_at: Instant::from_micros(last_seen_at),
        expires_at: Instant::from_micros(expires_at),
    }))
}

/// Notes that a session was used.
pub fn touch(conn: &mut Conn, digest: &Hash, at: Instant) -> Result<()> {
    diesel::update(session::table)
        .filter(session::digest.eq(digest.as_slice()))
        .filter(session::ended_at.is_null())
        .set(session::last_seen_at.eq(at.micros()))
        .execute(conn)?;
    Ok(())
}

/// Ends a session; false when there is none that lives.
pub fn end(conn: &mut Conn, digest: &Hash, at: Instant) -> Result<bool> {
    let ended = diesel::update(session::table)
        .filter(session::digest.eq(digest.as_slice()))
        .filter(session::ended_at.is_null())
        .set(session::ended_at.eq(Some(at.micros())))
        .execute(conn)?;
    Ok(ended > 0)
}

/// Ends every session of a learner.
pub fn end_all(conn: &mut Conn, learner: LearnerId, at: Instant) -> Result<()> {
    diesel::update(session::table)
        .filter(session::learner_id.eq(Key(learner.uuid())))
        .filter(session::ended_at.is_null())
        .set(session::ended_at.eq(Some(at.micros())))
        .execute(conn)?;
    Ok(())
}

/// Forgets sessions that ended or ran out before `now` (UTC microseconds), at most `limit`; answers how many went.
pub fn forget_ended(conn: &mut Conn, now: i64, limit: i64) -> Result<usize> {
    let over: Vec<Vec<u8>> = session::table
        .filter(session::expires_at.lt(now).or(session::ended_at.is_not_null()))
        .select(session::digest)
        .limit(limit)
        .load(conn)?;
    let mut gone = 0;
    for digest in over {
        gone += diesel::delete(session::table.filter(session::digest.eq(digest))).execute(conn)?;
    }
    Ok(gone)
}
