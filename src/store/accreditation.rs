//! Accreditations: what an institution may post.

use std::collections::HashMap;

use chrono::NaiveDate;
use diesel::RunQueryDsl;
use diesel::sql_types::{Date, Nullable, Text};
use uuid::Uuid;

use super::book::{push_ids, word};
use super::conn::{Conn, on_backend};
use super::error::{Result, StoreError};
use super::hot::Hot;
use super::types::{Id16, Key};
use crate::domain::Accreditation;
use crate::domain::ids::{AccreditationId, InstitutionId};

type Row = (Key, Key, String, Option<String>, Option<String>, NaiveDate, Option<NaiveDate>);

/// Every accreditation of `institutions`, past and future ones as well. One without any is absent.
pub fn of_institutions(conn: &mut Conn, institutions: &[Uuid]) -> Result<HashMap<Uuid, Vec<Accreditation>>> {
    if institutions.is_empty() {
        return Ok(HashMap::new());
    }
    let mut query = Hot::<(Id16, Id16, Text, Nullable<Text>, Nullable<Text>, Date, Nullable<Date>)>::new(
        "SELECT id, institution_id, kind, codes, levels, valid_from, valid_to FROM accreditation \
         WHERE institution_id IN ",
    );
    push_ids(&mut query, institutions);
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
