//! Institutions, authorities included.

use std::collections::HashMap;

use diesel::prelude::*;
use diesel::sql_types::Text;
use uuid::Uuid;

use super::book::word;
use super::conn::{Conn, on_backend};
use super::error::Result;
use super::hot::Hot;
use super::schema::institution;
use super::types::{Id16, Key, columns};
use crate::domain::ids::InstitutionId;
use crate::domain::institution::{InstitutionKind, InstitutionStatus, NewInstitution};
use crate::domain::time::Instant;

/// An institution as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InstitutionRow {
    /// Its id.
    pub id: InstitutionId,
    /// Unified social credit code.
    pub uscc: String,
    /// School code.
    pub school_code: Option<String>,
    /// Full name.
    pub name: String,
    /// Short name.
    pub short_name: Option<String>,
    /// Kind.
    pub kind: InstitutionKind,
    /// The bureau that it belongs to.
    pub authority_id: Option<InstitutionId>,
    /// Region code.
    pub region: String,
    /// Whether it may act.
    pub status: InstitutionStatus,
    /// Moves on with every change.
    pub version: i64,
}

type Row = (Key, String, Option<String>, String, Option<String>, String, Option<Key>, String, String, i64);

columns!(
    COLUMNS = (
        institution::id,
        institution::uscc,
        institution::school_code,
        institution::name,
        institution::short_name,
        institution::kind,
        institution::authority_id,
        institution::region,
        institution::status,
        institution::version,
    )
);

fn read(
    (id, uscc, school_code, name, short_name, kind, authority, region, status, version): Row,
) -> Result<InstitutionRow> {
    Ok(InstitutionRow {
        id: InstitutionId::from_uuid(id.0),
        uscc,
        school_code,
        name,
        short_name,
        kind: word("institution.kind", &kind)?,
        authority_id: authority.map(|key| InstitutionId::from_uuid(key.0)),
        region,
        status: word("institution.status", &status)?,
        version,
    })
}

/// The institution, if it exists.
pub fn get(conn: &mut Conn, id: InstitutionId) -> Result<Option<InstitutionRow>> {
    let row: Option<Row> =
        institution::table.filter(institution::id.eq(Key(id.uuid()))).select(COLUMNS).first(conn).optional()?;
    row.map(read).transpose()
}

/// Whether an institution has this unified social credit code.
pub fn uscc_stands(conn: &mut Conn, uscc: &str) -> Result<bool> {
    let found: Option<Key> =
        institution::table.filter(institution::uscc.eq(uscc)).select(institution::id).first(conn).optional()?;
    Ok(found.is_some())
}

/// Up to `limit` institutions after an id, by id.
pub fn list(
    conn: &mut Conn,
    kind: Option<InstitutionKind>,
    after: Option<Uuid>,
    limit: i64,
) -> Result<Vec<InstitutionRow>> {
    let mut query = institution::table.select(COLUMNS).order(institution::id).limit(limit).into_boxed();
    if let Some(kind) = kind {
        query = query.filter(institution::kind.eq(kind.as_str()));
    }
    if let Some(after) = after {
        query = query.filter(institution::id.gt(Key(after)));
    }
    let rows: Vec<Row> = query.load(conn)?;
    rows.into_iter().map(read).collect()
}

/// Stores an institution, active from now on.
pub fn insert(conn: &mut Conn, id: InstitutionId, new: &NewInstitution, at: Instant) -> Result<()> {
    diesel::insert_into(institution::table)
        .values((
            institution::id.eq(Key(id.uuid())),
            institution::uscc.eq(&new.uscc),
            institution::school_code.eq(&new.school_code),
            institution::name.eq(&new.name),
            institution::short_name.eq(&new.short_name),
            institution::kind.eq(new.kind.as_str()),
            institution::authority_id.eq(new.authority_id.map(|id| Key(id.uuid()))),
            institution::region.eq(&new.region),
            institution::status.eq(InstitutionStatus::Active.as_str()),
            institution::version.eq(1_i64),
            institution::created_at.eq(at.micros()),
            institution::updated_at.eq(at.micros()),
        ))
        .execute(conn)?;
    Ok(())
}

/// Writes what may change of `row`, if it still stands at `row.version`, and moves the version on; answers whether it did.
pub fn update(conn: &mut Conn, row: &InstitutionRow, at: Instant) -> Result<bool> {
    let standing = institution::id.eq(Key(row.id.uuid())).and(institution::version.eq(row.version));
    let changed = diesel::update(institution::table.filter(standing))
        .set((
            institution::name.eq(&row.name),
            institution::short_name.eq(&row.short_name),
            institution::school_code.eq(&row.school_code),
            institution::region.eq(&row.region),
            institution::status.eq(row.status.as_str()),
            institution::version.eq(row.version + 1),
            institution::updated_at.eq(at.micros()),
        ))
        .execute(conn)?;
    Ok(changed == 1)
}

/// What these institutions are. Unknown ones are absent.
pub fn kinds(conn: &mut Conn, institutions: &[Uuid]) -> Result<HashMap<Uuid, InstitutionKind>> {
    if institutions.is_empty() {
        return Ok(HashMap::new());
    }
    let mut query = Hot::<(Id16, Text)>::new("SELECT id, kind FROM institution WHERE id ");
    query.among(institutions.iter().copied());
    let rows: Vec<(Key, String)> = on_backend!(conn, c => query.load(c))?;
    rows.into_iter().map(|(Key(id), kind)| Ok((id, word("institution.kind", &kind)?))).collect()
}

/// The institutions that answer to a bureau, itself among them, through however many bureaus in between; and those, bureaus
/// apart, that answer to none.
pub fn answering_to(conn: &mut Conn, bureau: InstitutionId) -> Result<Vec<Uuid>> {
    let mut query = Hot::<Id16>::new("WITH RECURSIVE below (id) AS (SELECT id FROM institution WHERE id = ");
    query.bind(bureau.uuid());
    query.text(
        " UNION SELECT one.id FROM institution one JOIN below ON one.authority_id = below.id) SELECT id FROM below \
         UNION SELECT id FROM institution WHERE authority_id IS NULL AND kind <> 'bureau'",
    );
    let rows: Vec<Key> = on_backend!(conn, c => query.load(c))?;
    Ok(rows.into_iter().map(|key| key.0).collect())
}

/// Whether an institution of `kind` has `authority` as its authority.
pub fn has_below(conn: &mut Conn, authority: InstitutionId, kind: InstitutionKind) -> Result<bool> {
    let found: Option<Key> = institution::table
        .filter(institution::authority_id.eq(Key(authority.uuid())))
        .filter(institution::kind.eq(kind.as_str()))
        .select(institution::id)
        .first(conn)
        .optional()?;
    Ok(found.is_some())
}
