//! Activation codes, as digests.

use diesel::RunQueryDsl;
use diesel::sql_types::{BigInt, Binary};
use uuid::Uuid;

use super::book::{hash, insert};
use super::conn::{Conn, on_backend};
use super::error::Result;
use super::hot::{Hot, IntoBind};
use super::types::{Id16, Key};
use crate::crypto::digest::Hash;

/// A code to be issued.
#[derive(Debug, Clone)]
pub struct NewCode {
    /// Whose.
    pub learner: Uuid,
    /// Its id.
    pub id: Uuid,
    /// Keyed digest of it.
    pub code_digest: Hash,
    /// Until when it holds, UTC microseconds.
    pub expires_at: i64,
    /// Wrong tries it stands.
    pub tries: i64,
    /// The institution that issues it.
    pub issued_by: Uuid,
    /// When, UTC microseconds.
    pub at: i64,
}

/// A code that has been neither used nor voided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenCode {
    /// Its id.
    pub id: Uuid,
    /// Keyed digest of it.
    pub code_digest: Hash,
    /// Until when it holds, UTC microseconds.
    pub expires_at: i64,
    /// Wrong tries left.
    pub tries_left: i64,
}

/// Issues codes.
pub fn insert_all(conn: &mut Conn, codes: &[NewCode]) -> Result<()> {
    insert(
        conn,
        codes,
        "INSERT INTO activation (learner_id, id, code_digest, expires_at, tries_left, state, issued_by, created_at) VALUES ",
        "",
        |c| {
            vec![
                c.learner.bind(),
                c.id.bind(),
                c.code_digest.as_slice().bind(),
                c.expires_at.bind(),
                c.tries.bind(),
                "open".bind(),
                c.issued_by.bind(),
                c.at.bind(),
            ]
        },
    )
}

/// The open codes of a learner, whether or not they still hold.
pub fn open_codes(conn: &mut Conn, learner: Uuid) -> Result<Vec<OpenCode>> {
    let mut query = Hot::<(Id16, Binary, BigInt, BigInt)>::new(
        "SELECT id, code_digest, expires_at, tries_left FROM activation WHERE state = 'open' AND learner_id = ",
    );
    query.bind(learner).text(" ORDER BY id");
    let rows: Vec<(Key, Vec<u8>, i64, i64)> = on_backend!(conn, c => query.load(c))?;
    rows.into_iter()
        .map(|(Key(id), digest, expires_at, tries_left)| {
            Ok(OpenCode { id, code_digest: hash(&digest)?, expires_at, tries_left })
        })
        .collect()
}

/// Counts one wrong try against an open code.
pub fn decrement_tries(conn: &mut Conn, learner: Uuid, code: Uuid) -> Result<()> {
    let mut statement =
        Hot::<()>::new("UPDATE activation SET tries_left = tries_left - 1 WHERE state = 'open' AND tries_left > 0");
    statement.text(" AND learner_id = ").bind(learner).text(" AND id = ").bind(code);
    on_backend!(conn, c => statement.execute(c))?;
    Ok(())
}

/// Uses an open code up; false when another was first, or no try is left.
pub fn mark_used(conn: &mut Conn, learner: Uuid, code: Uuid) -> Result<bool> {
    let mut statement = Hot::<()>::new(
        "UPDATE activation SET state = 'used' WHERE state = 'open' AND tries_left > 0 AND learner_id = ",
    );
    statement.bind(learner).text(" AND id = ").bind(code);
    Ok(on_backend!(conn, c => statement.execute(c))? == 1)
}

/// Voids the open codes of a learner.
pub fn void_open(conn: &mut Conn, learner: Uuid) -> Result<()> {
    let mut statement = Hot::<()>::new("UPDATE activation SET state = 'void' WHERE state = 'open' AND learner_id = ");
    statement.bind(learner);
    on_backend!(conn, c => statement.execute(c))?;
    Ok(())
}
