//! Programmes of institutions.

use std::collections::HashMap;

use diesel::prelude::*;
use diesel::sql_types::Text;
use uuid::Uuid;

use super::book::word;
use super::conn::{Conn, on_backend};
use super::error::Result;
use super::hot::Hot;
use super::schema::programme;
use super::types::{Id16, Key, columns};
use crate::domain::ids::{InstitutionId, ProgrammeId};
use crate::domain::level::ProgrammeLevel;
use crate::domain::programme::NewProgramme;
use crate::domain::time::Instant;

/// A programme as the posting path reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProgrammeRow {
    /// Its id.
    pub id: Uuid,
    /// Whose.
    pub institution_id: Uuid,
    /// Level.
    pub level: ProgrammeLevel,
    /// Major code.
    pub major_code: String,
    /// Name.
    pub name: String,
}

/// The programmes of these ids. Unknown ones are absent.
pub fn of_ids(conn: &mut Conn, ids: &[Uuid]) -> Result<HashMap<Uuid, ProgrammeRow>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let mut query = Hot::<(Id16, Id16, Text, Text, Text)>::new(
        "SELECT id, institution_id, level, major_code, name FROM programme WHERE id ",
    );
    query.among(ids.iter().copied());
    let rows: Vec<(Key, Key, String, String, String)> = on_backend!(conn, c => query.load(c))?;
    rows.into_iter()
        .map(|(Key(id), Key(institution_id), level, major_code, name)| {
            let level = word("programme.level", &level)?;
            Ok((id, ProgrammeRow { id, institution_id, level, major_code, name }))
        })
        .collect()
}

/// A programme as it is stored, with its version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionedProgramme {
    /// The programme.
    pub programme: ProgrammeRow,
    /// Moves on with every change.
    pub version: i64,
}

type Row = (Key, Key, String, String, String, i64);

columns!(
    COLUMNS = (
        programme::id,
        programme::institution_id,
        programme::level,
        programme::major_code,
        programme::name,
        programme::version,
    )
);

fn read((Key(id), Key(institution_id), level, major_code, name, version): Row) -> Result<VersionedProgramme> {
    let level = word("programme.level", &level)?;
    Ok(VersionedProgramme { programme: ProgrammeRow { id, institution_id, level, major_code, name }, version })
}

/// The programme, if it exists.
pub fn get(conn: &mut Conn, id: ProgrammeId) -> Result<Option<VersionedProgramme>> {
    let row: Option<Row> =
        programme::table.filter(programme::id.eq(Key(id.uuid()))).select(COLUMNS).first(conn).optional()?;
    row.map(read).transpose()
}

/// The institution's programme of this major code and name, if it has one.
pub fn named(conn: &mut Conn, institution: InstitutionId, major_code: &str, name: &str) -> Result<Option<ProgrammeId>> {
    let found: Option<Key> = programme::table
        .filter(programme::institution_id.eq(Key(institution.uuid())))
        .filter(programme::major_code.eq(major_code))
        .filter(programme::name.eq(name))
        .select(programme::id)
        .first(conn)
        .optional()?;
    Ok(found.map(|key| ProgrammeId::from_uuid(key.0)))
}

/// Which programmes are listed.
#[derive(Debug, Clone, Copy, Default)]
pub struct ProgrammeFilter {
    /// Of this institution.
    pub institution: Option<InstitutionId>,
    /// Of this level.
    pub level: Option<ProgrammeLevel>,
}

/// Up to `limit` programmes after an id, by id.
pub fn list(
    conn: &mut Conn,
    filter: ProgrammeFilter,
    after: Option<Uuid>,
    limit: i64,
) -> Result<Vec<VersionedProgramme>> {
    let mut query = programme::table.select(COLUMNS).order(programme::id).limit(limit).into_boxed();
    if let Some(institution) = filter.institution {
        query = query.filter(programme::institution_id.eq(Key(institution.uuid())));
    }
    if let Some(level) = filter.level {
        query = query.filter(programme::level.eq(level.as_str()));
    }
    if let Some(after) = after {
        query = query.filter(programme::id.gt(Key(after)));
    }
    let rows: Vec<Row> = query.load(conn)?;
    rows.into_iter().map(read).collect()
}

/// Stores a programme.
pub fn insert(
    conn: &mut Conn,
    id: ProgrammeId,
    institution: InstitutionId,
    new: &NewProgramme,
    at: Instant,
) -> Result<()> {
    diesel::insert_into(programme::table)
        .values((
            programme::id.eq(Key(id.uuid())),
            programme::institution_id.eq(Key(institution.uuid())),
            programme::level.eq(new.level.as_str()),
            programme::major_code.eq(&new.major_code),
            programme::name.eq(&new.name),
            programme::version.eq(1_i64),
            programme::created_at.eq(at.micros()),
            programme::updated_at.eq(at.micros()),
        ))
        .execute(conn)?;
    Ok(())
}

/// Writes the name of `row`, if it still stands at `row.version`, and moves the version on; answers whether it did.
pub fn update(conn: &mut Conn, row: &VersionedProgramme, at: Instant) -> Result<bool> {
    let standing = programme::id.eq(Key(row.programme.id)).and(programme::version.eq(row.version));
    let changed = diesel::update(programme::table.filter(standing))
        .set((
            programme::name.eq(&row.programme.name),
            programme::version.eq(row.version + 1),
            programme::updated_at.eq(at.micros()),
        ))
        .execute(conn)?;
    Ok(changed == 1)
}
