//! Decisions that do not agree with the record any more, for an institution to look at.

use diesel::RunQueryDsl;
use diesel::sql_types::{BigInt, Binary, Nullable, Text};
use uuid::Uuid;

use super::book::{insert, word};
use super::conn::{Conn, on_backend};
use super::error::{Result, StoreError};
use super::hot::{Hot, IntoBind};
use super::types::{Id16, Key};
use crate::domain::conversion::{DiscrepancyCause, DiscrepancyKind, DiscrepancyState};
use crate::domain::time::Instant;

/// A record that decisions rest on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Record {
    /// An achievement.
    Achievement(Uuid),
    /// An attested fact of the person.
    Fact(Uuid),
}

impl Record {
    /// The achievement, if it is one.
    pub const fn achievement(self) -> Option<Uuid> {
        match self {
            Self::Achievement(id) => Some(id),
            Self::Fact(_) => None,
        }
    }

    /// The fact, if it is one.
    pub const fn fact(self) -> Option<Uuid> {
        match self {
            Self::Fact(id) => Some(id),
            Self::Achievement(_) => None,
        }
    }
}

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DiscrepancyRow {
    /// The learner.
    pub learner: Uuid,
    /// Its id.
    pub id: Uuid,
    /// Who has to look at it.
    pub institution: Uuid,
    /// What rests on the record.
    pub kind: DiscrepancyKind,
    /// Which award or conversion.
    pub object: Uuid,
    /// What changed.
    pub record: Record,
    /// How.
    pub cause: DiscrepancyCause,
    /// Whether it has been looked at.
    pub state: DiscrepancyState,
    /// When it was found.
    pub found_at: Instant,
    /// When it was settled.
    pub resolved_at: Option<Instant>,
    /// What was found out, sealed.
    pub sealed: Option<Vec<u8>>,
}

/// Stores what was found.
pub fn add(conn: &mut Conn, rows: &[DiscrepancyRow]) -> Result<()> {
    insert(
        conn,
        rows,
        "INSERT INTO discrepancy (learner_id, id, institution_id, kind, object_id, achievement_id, fact_id, cause, \
         state, found_at) VALUES ",
        "",
        |row| {
            vec![
                row.learner.bind(),
                row.id.bind(),
                row.institution.bind(),
                row.kind.as_str().bind(),
                row.object.bind(),
                row.record.achievement().bind(),
                row.record.fact().bind(),
                row.cause.as_str().bind(),
                row.state.as_str().bind(),
                row.found_at.micros().bind(),
            ]
        },
    )
}

/// Settles an open one; false when it was settled before.
pub fn resolve(conn: &mut Conn, row: &DiscrepancyRow, by: Uuid, sealed: &[u8], at: Instant) -> Result<bool> {
    let mut statement = Hot::<()>::new("UPDATE discrepancy SET state = 'resolved', resolved_at = ");
    statement.bind(at.micros()).text(", resolved_by = ").bind(by).text(", sealed = ").bind(sealed);
    statement.text(" WHERE learner_id = ").bind(row.learner).text(" AND id = ").bind(row.id);
    statement.text(" AND state = 'open'");
    Ok(on_backend!(conn, c => statement.execute(c))? == 1)
}

type RowSql = (
    (Id16, Id16, Id16, Text, Id16, Nullable<Id16>, Nullable<Id16>),
    (Text, Text, BigInt, Nullable<BigInt>, Nullable<Binary>),
);
type Row =
    ((Key, Key, Key, String, Key, Option<Key>, Option<Key>), (String, String, i64, Option<i64>, Option<Vec<u8>>));
const SELECT: &str = "SELECT learner_id, id, institution_id, kind, object_id, achievement_id, fact_id, cause, state, \
     found_at, resolved_at, sealed FROM discrepancy WHERE ";

fn load(conn: &mut Conn, query: Hot<'_, RowSql>) -> Result<Vec<DiscrepancyRow>> {
    let rows: Vec<Row> = on_backend!(conn, c => query.load(c))?;
    let read = |row: Row| {
        let ((learner, id, institution, kind, object, achievement, fact), rest) = row;
        let (cause, state, found_at, at, sealed) = rest;
        let record = match (achievement, fact) {
            (Some(id), _) => Record::Achievement(id.0),
            (None, Some(id)) => Record::Fact(id.0),
            (None, None) => return Err(StoreError::broken("a discrepancy concerns nothing")),
        };
        Ok(DiscrepancyRow {
            learner: learner.0,
            id: id.0,
            institution: institution.0,
            kind: word("discrepancy.kind", &kind)?,
            object: object.0,
            record,
            cause: word("discrepancy.cause", &cause)?,
            state: word("discrepancy.state", &state)?,
            found_at: Instant::from_micros(found_at),
            resolved_at: at.map(Instant::from_micros),
            sealed,
        })
    };
    rows.into_iter().map(read).collect()
}

/// One of them.
pub fn find(conn: &mut Conn, id: Uuid) -> Result<Option<DiscrepancyRow>> {
    let mut query = Hot::<RowSql>::new(SELECT);
    query.text("id = ").bind(id);
    Ok(load(conn, query)?.pop())
}

/// Those of these institutions in a state, by id after a place; at most `limit`.
pub fn list(
    conn: &mut Conn,
    institutions: &[Uuid],
    state: DiscrepancyState,
    after: Uuid,
    limit: i64,
) -> Result<Vec<DiscrepancyRow>> {
    let mut query = Hot::<RowSql>::new(SELECT);
    query.text("state = ").bind(state.as_str()).text(" AND institution_id ").among(institutions.iter().copied());
    query.text(" AND id > ").bind(after).text(" ORDER BY id LIMIT ").bind(limit);
    load(conn, query)
}
