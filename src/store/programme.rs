//! Programmes of institutions.

use std::collections::HashMap;

use diesel::RunQueryDsl;
use diesel::sql_types::Text;
use uuid::Uuid;

use super::book::{push_ids, word};
use super::conn::{Conn, on_backend};
use super::error::Result;
use super::hot::Hot;
use super::types::{Id16, Key};
use crate::domain::level::ProgrammeLevel;

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
        "SELECT id, institution_id, level, major_code, name FROM programme WHERE id IN ",
    );
    push_ids(&mut query, ids);
    let rows: Vec<(Key, Key, String, String, String)> = on_backend!(conn, c => query.load(c))?;
    rows.into_iter()
        .map(|(Key(id), Key(institution_id), level, major_code, name)| {
            let level = word("programme.level", &level)?;
            Ok((id, ProgrammeRow { id, institution_id, level, major_code, name }))
        })
        .collect()
}
