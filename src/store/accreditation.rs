//! Accreditations: what an institution may post.

use std::collections::HashMap;

use chrono::NaiveDate;
use diesel::prelude::*;
use diesel::sql_types::{Date, Nullable, Text};
use uuid::Uuid;

use super::book::word;
use super::conn::{Conn, on_backend};
use super::error::{Result, StoreError};
use super::hot::Hot;
use super::schema::accreditation as table;
use super::types::{Id16, Key, columns};
use crate::domain::accreditation::{Accreditation, NewAccreditation};
use crate::domain::ids::{AccreditationId, InstitutionId};
use crate::domain::time::Instant;

type Row = (Key, Key, String, Option<String>, Option<String>, NaiveDate, Option<NaiveDate>);

/// Every accreditation of `institutions`, past and future ones as well. One without any is absent.
pub fn of_institutions(conn: &mut Conn, institutions: &[Uuid]) -> Result<HashMap<Uuid, Vec<Accreditation>>> {
    if institutions.is_empty() {
        return Ok(HashMap::new());
    }
    let mut query = Hot::<(Id16, Id16, Text, Nullable<Text>, Nullable<Text>, Date, Nullable<Date>)>::new(
        "SELECT id, institution_id, kind, codes, levels, valid_from, valid_to FROM accreditation \
         WHERE institution_id ",
    );
    query.among(institutions.iter().copied());
    query.text(" ORDER BY id");
    let rows: Vec<Row> = on_backend!(conn, c => query.load(c))?;
    let mut found: HashMap<Uuid, Vec<Accreditation>> = HashMap::new();
    for row in rows {
        found.entry(row.1.0).or_default().push(accreditation(row)?);
    }
    Ok(found)
}

fn accreditation((id, institution, kind, codes, levels, valid_from, valid_to): Row) -> Result<Accreditation> {
    Ok(Accreditation {
        id: AccreditationId::from_uuid(id.0),
        institution_id: InstitutionId::from_uuid(institution.0),
        kind: word("accreditation.kind", &kind)?,
        codes: texts(codes)?,
        levels: texts(levels)?,
        valid_from,
        valid_to,
        revoked_on: None,
    })
}

/// Codes and levels are stored as a JSON list.
fn texts(column: Option<String>) -> Result<Option<Vec<String>>> {
    column.map(|text| serde_json::from_str(&text).map_err(StoreError::broken)).transpose()
}

/// An accreditation as it is stored, with its version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccreditationRow {
    /// What was granted.
    pub accreditation: Accreditation,
    /// Moves on with every change.
    pub version: i64,
}

columns!(
    COLUMNS = (
        table::id,
        table::institution_id,
        table::kind,
        table::codes,
        table::levels,
        table::valid_from,
        table::valid_to,
        table::version,
    )
);

type VersionedRow = (Key, Key, String, Option<String>, Option<String>, NaiveDate, Option<NaiveDate>, i64);

fn versioned(row: VersionedRow) -> Result<AccreditationRow> {
    let (id, institution, kind, codes, levels, valid_from, valid_to, version) = row;
    let accreditation = accreditation((id, institution, kind, codes, levels, valid_from, valid_to))?;
    Ok(AccreditationRow { accreditation, version })
}

/// The accreditation, if it exists.
pub fn get(conn: &mut Conn, id: AccreditationId) -> Result<Option<AccreditationRow>> {
    let row: Option<VersionedRow> =
        table::table.filter(table::id.eq(Key(id.uuid()))).select(COLUMNS).first(conn).optional()?;
    row.map(versioned).transpose()
}

/// Up to `limit` accreditations of an institution after an id, by id.
pub fn list(
    conn: &mut Conn,
    institution: InstitutionId,
    after: Option<Uuid>,
    limit: i64,
) -> Result<Vec<AccreditationRow>> {
    let mut query = table::table
        .filter(table::institution_id.eq(Key(institution.uuid())))
        .select(COLUMNS)
        .order(table::id)
        .limit(limit)
        .into_boxed();
    if let Some(after) = after {
        query = query.filter(table::id.gt(Key(after)));
    }
    let rows: Vec<VersionedRow> = query.load(conn)?;
    rows.into_iter().map(versioned).collect()
}

/// Stores an accreditation.
pub fn insert(
    conn: &mut Conn,
    id: AccreditationId,
    institution: InstitutionId,
    new: &NewAccreditation,
    at: Instant,
) -> Result<()> {
    diesel::insert_into(table::table)
        .values((
            table::id.eq(Key(id.uuid())),
            table::institution_id.eq(Key(institution.uuid())),
            table::kind.eq(new.kind.as_str()),
            table::codes.eq(list_text(new.codes.as_deref())?),
            table::levels.eq(list_text(new.levels.as_deref())?),
            table::valid_from.eq(new.valid_from),
            table::valid_to.eq(new.valid_to),
            table::version.eq(1_i64),
            table::created_at.eq(at.micros()),
            table::updated_at.eq(at.micros()),
        ))
        .execute(conn)?;
    Ok(())
}

/// Writes codes, levels and last day of `row`, if it still stands at `row.version`, and moves the version on; answers
/// whether it did.
pub fn update(conn: &mut Conn, row: &AccreditationRow, at: Instant) -> Result<bool> {
    let AccreditationRow { accreditation, version } = row;
    let standing = table::id.eq(Key(accreditation.id.uuid())).and(table::version.eq(version));
    let changed = diesel::update(table::table.filter(standing))
        .set((
            table::codes.eq(list_text(accreditation.codes.as_deref())?),
            table::levels.eq(list_text(accreditation.levels.as_deref())?),
            table::valid_to.eq(accreditation.valid_to),
            table::version.eq(version + 1),
            table::updated_at.eq(at.micros()),
        ))
        .execute(conn)?;
    Ok(changed == 1)
}

fn list_text(texts: Option<&[String]>) -> Result<Option<String>> {
    texts.map(|texts| serde_json::to_string(texts).map_err(StoreError::broken)).transpose()
}
