//! Rule sets: whose they are, and which of them a caller may see.

use diesel::prelude::*;
use diesel::sql_types::Text;
use uuid::Uuid;

use super::book::word;
use super::conn::{Conn, on_backend};
use super::error::Result;
use super::hot::Hot;
use super::schema::rule_set;
use super::types::{Id16, Key};
use crate::conversion::rule_set::{Authority, RuleSetState};
use crate::domain::ids::{InstitutionId, RuleSetId};
use crate::domain::time::Instant;

/// A rule set as it is stored; what it says stands in its versions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleSetRow {
    /// Its id.
    pub id: RuleSetId,
    /// Whose it is.
    pub institution_id: InstitutionId,
    /// As which authority.
    pub authority: Authority,
    /// Name of the version published last, or of the first draft.
    pub name: String,
}

/// Which versions a caller may know of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sight {
    /// Everything of its own, what is in review or public of others.
    Institution(InstitutionId),
    /// What is public: published, or retired since.
    Public,
}

impl Sight {
    /// Whether a version of `owner`'s in `state` may be seen.
    pub fn covers(self, owner: InstitutionId, state: RuleSetState) -> bool {
        match state {
            RuleSetState::Published | RuleSetState::Retired => true,
            RuleSetState::InReview => matches!(self, Self::Institution(_)),
            RuleSetState::Draft => self == Self::Institution(owner),
        }
    }
}

/// Which sets are listed.
#[derive(Debug, Clone, Copy, Default)]
pub struct RuleSetFilter {
    /// Of this institution.
    pub institution: Option<InstitutionId>,
    /// Of this authority.
    pub authority: Option<Authority>,
    /// With a version in this state.
    pub state: Option<RuleSetState>,
}

type Row = (Key, Key, String, String);
type RowSql = (Id16, Id16, Text, Text);

fn read((Key(id), Key(institution), authority, name): Row) -> Result<RuleSetRow> {
    Ok(RuleSetRow {
        id: RuleSetId::from_uuid(id),
        institution_id: InstitutionId::from_uuid(institution),
        authority: word("rule_set.authority", &authority)?,
        name,
    })
}

fn one(conn: &mut Conn, id: RuleSetId, lock: bool) -> Result<Option<RuleSetRow>> {
    let mut query = Hot::<RowSql>::new("SELECT id, institution_id, authority, name FROM rule_set WHERE id = ");
    query.bind(id.uuid());
    if lock && matches!(conn, Conn::Postgres(_)) {
        query.text(" FOR UPDATE");
    }
    let rows: Vec<Row> = on_backend!(conn, c => query.load(c))?;
    rows.into_iter().next().map(read).transpose()
}

/// The set, if it exists.
pub fn get(conn: &mut Conn, id: RuleSetId) -> Result<Option<RuleSetRow>> {
    one(conn, id, false)
}

/// The set, locked until the transaction ends: whoever changes a version holds it, so that two never do at once.
pub fn lock(conn: &mut Conn, id: RuleSetId) -> Result<Option<RuleSetRow>> {
    one(conn, id, true)
}

/// Up to `limit` sets after an id, by id, that have a version which `sight` covers and the filter asks for.
pub fn list(
    conn: &mut Conn,
    sight: Sight,
    filter: RuleSetFilter,
    after: Option<Uuid>,
    limit: i64,
) -> Result<Vec<RuleSetRow>> {
    let mut query =
        Hot::<RowSql>::new("SELECT s.id, s.institution_id, s.authority, s.name FROM rule_set s WHERE s.id > ");
    query.bind(after.unwrap_or_default());
    if let Some(institution) = filter.institution {
        query.text(" AND s.institution_id = ").bind(institution.uuid());
    }
    if let Some(authority) = filter.authority {
        query.text(" AND s.authority = ").bind(authority.as_str());
    }
    query.text(" AND EXISTS (SELECT 1 FROM rule_set_version v WHERE v.rule_set_id = s.id");
    if let Some(state) = filter.state {
        query.text(" AND v.state = ").bind(state.as_str());
    }
    match sight {
        Sight::Public => query.text(" AND v.state IN ('published', 'retired')"),
        Sight::Institution(own) => query
            .text(" AND (v.state IN ('in_review', 'published', 'retired') OR s.institution_id = ")
            .bind(own.uuid())
            .text(")"),
    };
    query.text(") ORDER BY s.id LIMIT ").bind(limit);
    let rows: Vec<Row> = on_backend!(conn, c => query.load(c))?;
    rows.into_iter().map(read).collect()
}

/// Stores a set.
pub fn insert(conn: &mut Conn, row: &RuleSetRow, at: Instant) -> Result<()> {
    diesel::insert_into(rule_set::table)
        .values((
            rule_set::id.eq(Key(row.id.uuid())),
            rule_set::institution_id.eq(Key(row.institution_id.uuid())),
            rule_set::authority.eq(row.authority.as_str()),
            rule_set::name.eq(&row.name),
            rule_set::created_at.eq(at.micros()),
            rule_set::updated_at.eq(at.micros()),
        ))
        .execute(conn)?;
    Ok(())
}

/// Gives the set another name.
pub fn rename(conn: &mut Conn, id: RuleSetId, name: &str, at: Instant) -> Result<()> {
    diesel::update(rule_set::table.filter(rule_set::id.eq(Key(id.uuid()))))
        .set((rule_set::name.eq(name), rule_set::updated_at.eq(at.micros())))
        .execute(conn)?;
    Ok(())
}
