//! Programme versions: the plan of a programme for one cohort. What is written stays.

use std::collections::HashMap;

use diesel::prelude::*;
use diesel::sql_types::Text;
use uuid::Uuid;

use super::conn::{Conn, on_backend};
use super::error::{Result, StoreError};
use super::hot::{Hot, IntoBind, padded};
use super::schema::programme_version;
use super::types::{Id16, Key};
use crate::domain::ids::{ProgrammeId, ProgrammeVersionId};
use crate::domain::programme_version::NewProgrammeVersion;
use crate::domain::time::Instant;

/// A plan as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProgrammeVersionRow {
    /// Its id.
    pub id: ProgrammeVersionId,
    /// Whose plan.
    pub programme_id: ProgrammeId,
    /// What it says.
    pub plan: NewProgrammeVersion,
}

/// The id of the programme's plan for a cohort, if there is one.
pub fn of_cohort(conn: &mut Conn, programme: ProgrammeId, cohort: i32) -> Result<Option<ProgrammeVersionId>> {
    let found: Option<Key> = programme_version::table
        .filter(programme_version::programme_id.eq(Key(programme.uuid())))
        .filter(programme_version::cohort.eq(i64::from(cohort)))
        .select(programme_version::id)
        .first(conn)
        .optional()?;
    Ok(found.map(|key| ProgrammeVersionId::from_uuid(key.0)))
}

/// Up to `limit` plans of a programme after an id, by id.
pub fn list(
    conn: &mut Conn,
    programme: ProgrammeId,
    after: Option<Uuid>,
    limit: i64,
) -> Result<Vec<ProgrammeVersionRow>> {
    let mut query = programme_version::table
        .filter(programme_version::programme_id.eq(Key(programme.uuid())))
        .select((programme_version::id, programme_version::document))
        .order(programme_version::id)
        .limit(limit)
        .into_boxed();
    if let Some(after) = after {
        query = query.filter(programme_version::id.gt(Key(after)));
    }
    let rows: Vec<(Key, String)> = query.load(conn)?;
    rows.into_iter()
        .map(|(id, document)| {
            let plan = serde_json::from_str(&document).map_err(StoreError::broken)?;
            Ok(ProgrammeVersionRow { id: ProgrammeVersionId::from_uuid(id.0), programme_id: programme, plan })
        })
        .collect()
}

/// Stores a plan.
pub fn insert(conn: &mut Conn, row: &ProgrammeVersionRow, at: Instant) -> Result<()> {
    let document = serde_json::to_string(&row.plan).map_err(StoreError::broken)?;
    diesel::insert_into(programme_version::table)
        .values((
            programme_version::id.eq(Key(row.id.uuid())),
            programme_version::programme_id.eq(Key(row.programme_id.uuid())),
            programme_version::cohort.eq(i64::from(row.plan.cohort)),
            programme_version::total_credits.eq(row.plan.total_credits.thousandths()),
            programme_version::document.eq(document),
            programme_version::created_at.eq(at.micros()),
        ))
        .execute(conn)?;
    Ok(())
}

/// The plans of these programmes for these cohorts, by programme and cohort. Where there is none it is absent.
pub fn of_cohorts(conn: &mut Conn, wanted: &[(Uuid, i32)]) -> Result<HashMap<(Uuid, i32), ProgrammeVersionRow>> {
    let mut programmes: Vec<Uuid> = wanted.iter().map(|(programme, _)| *programme).collect();
    programmes.sort_unstable();
    programmes.dedup();
    if programmes.is_empty() {
        return Ok(HashMap::new());
    }
    let mut cohorts: Vec<i64> = wanted.iter().map(|(_, cohort)| i64::from(*cohort)).collect();
    cohorts.sort_unstable();
    cohorts.dedup();
    let mut query =
        Hot::<(Id16, Id16, Text)>::new("SELECT id, programme_id, document FROM programme_version WHERE programme_id ");
    query.among(programmes.iter().copied());
    let cohorts = padded(&cohorts);
    query.text(" AND cohort IN ").row(cohorts.iter().map(|cohort| (*cohort).bind()));
    let rows: Vec<(Key, Key, String)> = on_backend!(conn, c => query.load(c))?;
    rows.into_iter()
        .map(|(Key(id), Key(programme), document)| {
            let plan: NewProgrammeVersion = serde_json::from_str(&document).map_err(StoreError::broken)?;
            let id = ProgrammeVersionId::from_uuid(id);
            let key = (programme, plan.cohort);
            Ok((key, ProgrammeVersionRow { id, programme_id: ProgrammeId::from_uuid(programme), plan }))
        })
        .collect()
}
