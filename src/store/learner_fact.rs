//! Attested facts of learners that rules may ask for. What is sealed may hold a number.

use std::collections::HashMap;

use chrono::NaiveDate;
use diesel::RunQueryDsl;
use diesel::sql_types::{BigInt, Binary, Date, Nullable, Text};
use uuid::Uuid;

use super::book::{insert, push_ids};
use super::conn::{Conn, on_backend};
use super::error::Result;
use super::hot::{Hot, IntoBind};
use super::types::{Id16, Key};

/// A fact as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FactRow {
    /// Its id.
    pub id: Uuid,
    /// What: `veteran`, `age_reached`…
    pub fact: String,
    /// Where it was seen.
    pub source: String,
    /// The institution that attests it.
    pub attested_by: Uuid,
    /// When it was recorded, UTC microseconds.
    pub recorded_at: i64,
    /// What else is known of it, sealed.
    pub sealed: Vec<u8>,
    /// First day on which it holds.
    pub from: NaiveDate,
    /// Last such day.
    pub to: Option<NaiveDate>,
}

type Row = (Key, Key, String, String, Vec<u8>, Key, NaiveDate, Option<NaiveDate>, i64);

/// The facts of `learners`, by learner, in order of id.
pub fn of_learners(conn: &mut Conn, learners: &[Uuid]) -> Result<HashMap<Uuid, Vec<FactRow>>> {
    if learners.is_empty() {
        return Ok(HashMap::new());
    }
    let mut query = Hot::<(Id16, Id16, Text, Text, Binary, Id16, Date, Nullable<Date>, BigInt)>::new(
        "SELECT learner_id, id, fact, source, sealed, attested_by, valid_from, valid_to, recorded_at FROM learner_fact \
         WHERE learner_id IN ",
    );
    push_ids(&mut query, learners);
    query.text(" ORDER BY learner_id, id");
    let rows: Vec<Row> = on_backend!(conn, c => query.load(c))?;
    let mut facts: HashMap<Uuid, Vec<FactRow>> = HashMap::new();
    for (Key(learner), Key(id), fact, source, sealed, Key(attested_by), from, to, recorded_at) in rows {
        let row = FactRow { id, fact, source, attested_by, recorded_at, sealed, from, to };
        facts.entry(learner).or_default().push(row);
    }
    Ok(facts)
}

/// Stores a fact of `learner`.
pub fn add(conn: &mut Conn, learner: Uuid, row: &FactRow) -> Result<()> {
    insert(
        conn,
        std::slice::from_ref(row),
        "INSERT INTO learner_fact (learner_id, id, fact, source, sealed, attested_by, valid_from, valid_to, recorded_at) \
         VALUES ",
        "",
        |row| {
            vec![
                learner.bind(),
                row.id.bind(),
                row.fact.as_str().bind(),
                row.source.as_str().bind(),
                row.sealed.as_slice().bind(),
                row.attested_by.bind(),
                row.from.bind(),
                row.to.bind(),
                row.recorded_at.bind(),
            ]
        },
    )
}
