//! Conditions that credits cannot show, as staff decided on them: every decision stays, the latest holds.

use std::collections::HashMap;

use diesel::RunQueryDsl;
use diesel::sql_types::{BigInt, Binary, Nullable, Text};
use uuid::Uuid;

use super::book::{insert, word};
use super::conn::{Conn, on_backend};
use super::error::Result;
use super::hot::{Hot, IntoBind};
use super::types::{Id16, Key};
use crate::conversion::progress::ConditionState;

/// One decision.
#[derive(Debug, Clone)]
pub struct ConditionRow {
    /// Whose.
    pub learner: Uuid,
    /// In which enrolment.
    pub enrolment: Uuid,
    /// Of which condition.
    pub code: String,
    /// 1, 2, 3… of that condition.
    pub seq: i64,
    /// What was found.
    pub state: ConditionState,
    /// Why, sealed.
    pub reason: Option<Vec<u8>>,
    /// By whom.
    pub decided_by: Uuid,
    /// When, UTC microseconds.
    pub decided_at: i64,
}

type Row = (Key, Key, String, i64, String, Option<Vec<u8>>, Key, i64);

/// The decision that holds, of every condition of `learners`, by enrolment and code.
pub fn of_learners(conn: &mut Conn, learners: &[Uuid]) -> Result<HashMap<Uuid, Vec<ConditionRow>>> {
    let mut found: HashMap<Uuid, Vec<ConditionRow>> = HashMap::new();
    if learners.is_empty() {
        return Ok(found);
    }
    let mut query = Hot::<(Id16, Id16, Text, BigInt, Text, Nullable<Binary>, Id16, BigInt)>::new(
        "SELECT learner_id, enrolment_id, code, seq, state, reason, decided_by, decided_at FROM enrolment_condition \
         WHERE learner_id ",
    );
    query.among(learners.iter().copied());
    query.text(" ORDER BY learner_id, enrolment_id, code, seq");
    let rows: Vec<Row> = on_backend!(conn, c => query.load(c))?;
    for (Key(learner), Key(enrolment), code, seq, state, reason, Key(decided_by), decided_at) in rows {
        let state = word("enrolment_condition.state", &state)?;
        let row = ConditionRow { learner, enrolment, code, seq, state, reason, decided_by, decided_at };
        let own = found.entry(enrolment).or_default();
        match own.last_mut() {
            Some(earlier) if earlier.code == row.code => *earlier = row,
            _ => own.push(row),
        }
    }
    Ok(found)
}

/// Stores a decision.
pub fn add(conn: &mut Conn, row: &ConditionRow) -> Result<()> {
    insert(
        conn,
        std::slice::from_ref(row),
        "INSERT INTO enrolment_condition (learner_id, enrolment_id, code, seq, state, reason, decided_by, decided_at) \
         VALUES ",
        "",
        |row| {
            vec![
                row.learner.bind(),
                row.enrolment.bind(),
                row.code.as_str().bind(),
                row.seq.bind(),
                row.state.as_str().bind(),
                row.reason.as_deref().bind(),
                row.decided_by.bind(),
                row.decided_at.bind(),
            ]
        },
    )
}
