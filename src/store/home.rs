//! Names that a learner's page shows.

use std::collections::HashMap;

use diesel::RunQueryDsl;
use diesel::sql_types::Text;
use uuid::Uuid;

use super::conn::{Conn, on_backend};
use super::error::Result;
use super::hot::Hot;
use super::types::{Id16, Key};

/// Names of institutions. Unknown ids are absent.
pub fn institution_names(conn: &mut Conn, institutions: &[Uuid]) -> Result<HashMap<Uuid, String>> {
    if institutions.is_empty() {
        return Ok(HashMap::new());
    }
    let mut wanted = institutions.to_vec();
    wanted.sort_unstable();
    wanted.dedup();
    let mut query = Hot::<(Id16, Text)>::new("SELECT id, name FROM institution WHERE id ");
    query.among(wanted.iter().copied());
    let rows: Vec<(Key, String)> = on_backend!(conn, c => query.load(c))?;
    Ok(rows.into_iter().map(|(Key(id), name)| (id, name)).collect())
}
