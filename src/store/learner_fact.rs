//! Attested facts of learners that rules may ask for. What is sealed may hold a number.

use std::collections::HashMap;

use chrono::NaiveDate;
use diesel::RunQueryDsl;
use diesel::sql_types::{BigInt, Binary, Date, Nullable, Text};
use uuid::Uuid;

use super::book::insert;
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
    /// The institution that attests it.
    pub attested_by: Uuid,
    /// When it was recorded, UTC microseconds.
    pub recorded_at: i64,
    /// Where it was seen and what else is known of it, sealed.
    pub sealed: Vec<u8>,
    /// First day on which it holds.
    pub from: NaiveDate,
    /// Last such day.
    pub to: Option<NaiveDate>,
    /// That it was revoked.
    pub revocation: Option<Revocation>,
}

/// That a fact was revoked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revocation {
    /// When, UTC microseconds.
    pub at: i64,
    /// The institution that revoked it.
    pub by: Uuid,
    /// The id for which the reason is sealed.
    pub id: Uuid,
    /// Why, sealed.
    pub sealed: Vec<u8>,
}

type RowSql = (
    (Id16, Id16, Text, Binary, Id16, Date, Nullable<Date>, BigInt),
    (Nullable<BigInt>, Nullable<Id16>, Nullable<Id16>, Nullable<Binary>),
);
type Row = (
    (Key, Key, String, Vec<u8>, Key, NaiveDate, Option<NaiveDate>, i64),
    (Option<i64>, Option<Key>, Option<Key>, Option<Vec<u8>>),
);

/// The facts of `learners`, by learner, in order of id.
pub fn of_learners(conn: &mut Conn, learners: &[Uuid]) -> Result<HashMap<Uuid, Vec<FactRow>>> {
    if learners.is_empty() {
        return Ok(HashMap::new());
    }
    let mut query = Hot::<RowSql>::new(
        "SELECT learner_id, id, fact, sealed, attested_by, valid_from, valid_to, recorded_at, revoked_at, revoked_by, \
         revocation_id, revocation FROM learner_fact WHERE learner_id ",
    );
    query.among(learners.iter().copied());
    query.text(" ORDER BY learner_id, id");
    let rows: Vec<Row> = on_backend!(conn, c => query.load(c))?;
    let mut facts: HashMap<Uuid, Vec<FactRow>> = HashMap::new();
    for ((Key(learner), Key(id), fact, sealed, Key(attested_by), from, to, recorded_at), revoked) in rows {
        let revocation = match revoked {
            (Some(at), Some(Key(by)), Some(Key(id)), Some(sealed)) => Some(Revocation { at, by, id, sealed }),
            _ => None,
        };
        let row = FactRow { id, fact, attested_by, recorded_at, sealed, from, to, revocation };
        facts.entry(learner).or_default().push(row);
    }
    Ok(facts)
}

/// Stores a fact of `learner`.
pub fn add(conn: &mut Conn, learner: Uuid, row: &FactRow) -> Result<()> {
    insert(
        conn,
        std::slice::from_ref(row),
        "INSERT INTO learner_fact (learner_id, id, fact, sealed, attested_by, valid_from, valid_to, recorded_at) \
         VALUES ",
        "",
        |row| {
            vec![
                learner.bind(),
                row.id.bind(),
                row.fact.as_str().bind(),
                row.sealed.as_slice().bind(),
                row.attested_by.bind(),
                row.from.bind(),
                row.to.bind(),
                row.recorded_at.bind(),
            ]
        },
    )
}

/// Revokes a fact of `learner`; false when it was revoked before.
pub fn revoke(conn: &mut Conn, learner: Uuid, fact: Uuid, revocation: &Revocation) -> Result<bool> {
    let mut statement = Hot::<()>::new("UPDATE learner_fact SET revoked_at = ");
    statement.bind(revocation.at).text(", revoked_by = ").bind(revocation.by);
    statement.text(", revocation_id = ").bind(revocation.id);
    statement.text(", revocation = ").bind(revocation.sealed.as_slice());
    statement.text(" WHERE learner_id = ").bind(learner).text(" AND id = ").bind(fact);
    statement.text(" AND revoked_at IS NULL");
    Ok(on_backend!(conn, c => statement.execute(c))? == 1)
}
