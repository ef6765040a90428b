//! Questions of identity: a known document under another name, for an administrator to decide.

use diesel::prelude::*;
use uuid::Uuid;

use super::book::word;
use super::conn::Conn;
use super::error::Result;
use super::schema::identity_case;
use super::types::{Key, columns};
use crate::crypto::digest::Hash;
use crate::domain::identity::IdentityType;
use crate::domain::text_enum::text_enum;

text_enum! {
    /// Where a case stands.
    pub enum CaseState {
        Open = "open" / "待核实",
        Accepted = "accepted" / "已确认",
        Refused = "refused" / "已驳回",
    }
}

/// A case to be opened.
#[derive(Debug)]
pub struct NewCase<'a> {
    /// Its id.
    pub id: Uuid,
    /// The learner whose document it is.
    pub learner: Uuid,
    /// The institution that presented it.
    pub opened_by: Uuid,
    /// Kind of document.
    pub type_: IdentityType,
    /// Keyed digest of the presented name.
    pub digest: &'a Hash,
    /// The presented name, sealed under the learner's key.
    pub sealed: &'a [u8],
    /// When, UTC microseconds.
    pub at: i64,
}

/// A case as it stands.
#[derive(Debug, Clone)]
pub struct CaseRow {
    /// Its id.
    pub id: Uuid,
    /// The learner whose document it is.
    pub learner: Uuid,
    /// The institution that presented it.
    pub opened_by: Uuid,
    /// Kind of document.
    pub type_: IdentityType,
    /// Keyed digest of the presented name.
    pub digest: Vec<u8>,
    /// The presented name, sealed under the learner's key.
    pub sealed: Vec<u8>,
    /// Where it stands.
    pub state: CaseState,
    /// When it was opened, UTC microseconds.
    pub created_at: i64,
}

columns!(
    COLUMNS = (
        identity_case::id,
        identity_case::learner_id,
        identity_case::opened_by,
        identity_case::type_,
        identity_case::digest,
        identity_case::sealed,
        identity_case::state,
        identity_case::created_at,
    )
);
type Row = (Key, Key, Key, String, Vec<u8>, Vec<u8>, String, i64);

fn case((Key(id), Key(learner), Key(opened_by), type_, digest, sealed, state, created_at): Row) -> Result<CaseRow> {
    let (type_, state) = (word("identity_case.type", &type_)?, word("identity_case.state", &state)?);
    Ok(CaseRow { id, learner, opened_by, type_, digest, sealed, state, created_at })
}

/// The open case of the same attempt, if there is one.
pub fn same_open(conn: &mut Conn, learner: Uuid, opened_by: Uuid, digest: &Hash) -> Result<Option<Uuid>> {
    let found: Option<Key> = identity_case::table
        .filter(identity_case::learner_id.eq(Key(learner)))
        .filter(identity_case::opened_by.eq(Key(opened_by)))
        .filter(identity_case::digest.eq(digest.as_slice()))
        .filter(identity_case::state.eq(CaseState::Open.as_str()))
        .select(identity_case::id)
        .first(conn)
        .optional()?;
    Ok(found.map(|key| key.0))
}

/// Opens a case.
pub fn insert(conn: &mut Conn, new: &NewCase<'_>) -> Result<()> {
    diesel::insert_into(identity_case::table)
        .values((
            identity_case::id.eq(Key(new.id)),
            identity_case::learner_id.eq(Key(new.learner)),
            identity_case::opened_by.eq(Key(new.opened_by)),
            identity_case::type_.eq(new.type_.as_str()),
            identity_case::digest.eq(new.digest.as_slice()),
            identity_case::sealed.eq(new.sealed),
            identity_case::state.eq(CaseState::Open.as_str()),
            identity_case::created_at.eq(new.at),
        ))
        .execute(conn)?;
    Ok(())
}

/// One case.
pub fn find(conn: &mut Conn, id: Uuid) -> Result<Option<CaseRow>> {
    let row: Option<Row> = identity_case::table.find(Key(id)).select(COLUMNS).first(conn).optional()?;
    row.map(case).transpose()
}

/// The open cases, the oldest first.
pub fn open_ones(conn: &mut Conn, limit: i64) -> Result<Vec<CaseRow>> {
    let rows: Vec<Row> = identity_case::table
        .filter(identity_case::state.eq(CaseState::Open.as_str()))
        .order(identity_case::id)
        .limit(limit)
        .select(COLUMNS)
        .load(conn)?;
    rows.into_iter().map(case).collect()
}

/// Decides an open case; false when it is not open.
pub fn decide(conn: &mut Conn, id: Uuid, state: CaseState, by: &str, note: Option<&str>, at: i64) -> Result<bool> {
    let changed = diesel::update(identity_case::table)
        .filter(identity_case::id.eq(Key(id)))
        .filter(identity_case::state.eq(CaseState::Open.as_str()))
        .set((
            identity_case::state.eq(state.as_str()),
            identity_case::decided_by.eq(Some(by)),
            identity_case::decided_at.eq(Some(at)),
            identity_case::note.eq(note),
        ))
        .execute(conn)?;
    Ok(changed == 1)
}
