//! Courses that stand for another one, for one learner.

use std::collections::HashMap;

use diesel::RunQueryDsl;
use diesel::sql_types::{BigInt, Binary, Nullable, Text};
use uuid::Uuid;

use super::book::insert;
use super::conn::{Conn, on_backend};
use super::error::{Result, StoreError};
use super::hot::{Hot, IntoBind};
use super::types::{Id16, Key};

/// A substitution.
#[derive(Debug, Clone)]
pub struct SubstitutionRow {
    /// Whose.
    pub learner: Uuid,
    /// In which enrolment.
    pub enrolment: Uuid,
    /// Its id.
    pub id: Uuid,
    /// The course that the others stand for.
    pub course: String,
    /// They.
    pub by: Vec<String>,
    /// Why, sealed.
    pub sealed: Vec<u8>,
    /// By whom.
    pub decided_by: Uuid,
    /// When, UTC microseconds.
    pub decided_at: i64,
    /// When it was ended.
    pub ended_at: Option<i64>,
}

type Row = (Key, Key, Key, String, String, Vec<u8>, Key, i64, Option<i64>);

/// The substitutions of `learners` by enrolment, ended ones included, by id.
pub fn of_learners(conn: &mut Conn, learners: &[Uuid]) -> Result<HashMap<Uuid, Vec<SubstitutionRow>>> {
    let mut found: HashMap<Uuid, Vec<SubstitutionRow>> = HashMap::new();
    if learners.is_empty() {
        return Ok(found);
    }
    let mut query = Hot::<(Id16, Id16, Id16, Text, Text, Binary, Id16, BigInt, Nullable<BigInt>)>::new(
        "SELECT learner_id, enrolment_id, id, course, substitutes, sealed, decided_by, decided_at, ended_at \
         FROM course_substitution WHERE learner_id ",
    );
    query.among(learners.iter().copied());
    query.text(" ORDER BY learner_id, enrolment_id, id");
    let rows: Vec<Row> = on_backend!(conn, c => query.load(c))?;
    for (Key(learner), Key(enrolment), Key(id), course, by, sealed, Key(decided_by), decided_at, ended_at) in rows {
        let by = serde_json::from_str(&by).map_err(StoreError::broken)?;
        let row = SubstitutionRow { learner, enrolment, id, course, by, sealed, decided_by, decided_at, ended_at };
        found.entry(enrolment).or_default().push(row);
    }
    Ok(found)
}

/// Stores a substitution.
pub fn add(conn: &mut Conn, row: &SubstitutionRow) -> Result<()> {
    let by = serde_json::to_string(&row.by).map_err(StoreError::broken)?;
    insert(
        conn,
        &[(row, by)],
        "INSERT INTO course_substitution (learner_id, enrolment_id, id, course, substitutes, sealed, decided_by, \
         decided_at) VALUES ",
        "",
        |(row, by)| {
            vec![
                row.learner.bind(),
                row.enrolment.bind(),
                row.id.bind(),
                row.course.as_str().bind(),
                by.as_str().bind(),
                row.sealed.as_slice().bind(),
                row.decided_by.bind(),
                row.decided_at.bind(),
            ]
        },
    )
}

/// Ends a substitution that holds; whether it did.
pub fn end(conn: &mut Conn, learner: Uuid, enrolment: Uuid, id: Uuid, by: Uuid, at: i64) -> Result<bool> {
    let mut statement = Hot::<()>::new("UPDATE course_substitution SET ended_by = ");
    statement.bind(by).text(", ended_at = ").bind(at).text(" WHERE learner_id = ").bind(learner);
    statement.text(" AND enrolment_id = ").bind(enrolment).text(" AND id = ").bind(id).text(" AND ended_at IS NULL");
    Ok(on_backend!(conn, c => statement.execute(c))? == 1)
}
