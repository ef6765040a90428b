//! How long credits are good, as bureaus set it.

use chrono::NaiveDate;
use diesel::RunQueryDsl;
use diesel::sql_types::{BigInt, Date, Nullable, Text};
use uuid::Uuid;

use super::book::{insert, word};
use super::conn::{Conn, on_backend};
use super::error::{Result, StoreError};
use super::hot::{Hot, IntoBind};
use super::types::{Id16, Key};
use crate::domain::credit_type::CreditType;

/// A policy as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyRow {
    /// The bureau that set it.
    pub institution: Uuid,
    /// For credits of this type.
    pub credit_type: CreditType,
    /// First day.
    pub from: NaiveDate,
    /// Months after the day of completion; none: for ever.
    pub months: Option<u32>,
    /// The document that it rests on.
    pub basis: String,
    /// Who set it.
    pub created_by: Uuid,
    /// When, UTC microseconds.
    pub created_at: i64,
}

/// All policies, by bureau, credit type and first day.
pub fn all(conn: &mut Conn) -> Result<Vec<PolicyRow>> {
    let query = Hot::<(Id16, Text, Date, Nullable<BigInt>, Text, Id16, BigInt)>::new(
        "SELECT institution_id, credit_type, effective_from, months, basis, created_by, created_at FROM expiry_policy \
         ORDER BY institution_id, credit_type, effective_from",
    );
    type Row = (Key, String, NaiveDate, Option<i64>, String, Key, i64);
    let rows: Vec<Row> = on_backend!(conn, c => query.load(c))?;
    rows.into_iter()
        .map(|(institution, credit_type, from, months, basis, created_by, created_at)| {
            Ok(PolicyRow {
                institution: institution.0,
                credit_type: word("expiry_policy.credit_type", &credit_type)?,
                from,
                months: months.map(u32::try_from).transpose().map_err(StoreError::broken)?,
                basis,
                created_by: created_by.0,
                created_at,
            })
        })
        .collect()
}

/// Stores a policy.
pub fn add(conn: &mut Conn, row: &PolicyRow) -> Result<()> {
    insert(
        conn,
        std::slice::from_ref(row),
        "INSERT INTO expiry_policy (institution_id, credit_type, effective_from, months, basis, created_by, created_at) \
         VALUES ",
        "",
        |row| {
            vec![
                row.institution.bind(),
                row.credit_type.as_str().bind(),
                row.from.bind(),
                row.months.map(i64::from).bind(),
                row.basis.as_str().bind(),
                row.created_by.bind(),
                row.created_at.bind(),
            ]
        },
    )
}

/// Up to `limit` learners after one, by id, with credits of `credit_type` that lie free.
pub fn with_free_credits(conn: &mut Conn, credit_type: CreditType, after: Uuid, limit: i64) -> Result<Vec<Uuid>> {
    let mut query = Hot::<Id16>::new("SELECT DISTINCT learner_id FROM balance WHERE learner_id > ");
    query.bind(after).text(" AND purse IN ('available', 'programme') AND amount > 0 AND credit_type = ");
    query.bind(credit_type.as_str()).text(" ORDER BY learner_id LIMIT ").bind(limit);
    let rows: Vec<Key> = on_backend!(conn, c => query.load(c))?;
    Ok(rows.into_iter().map(|key| key.0).collect())
}
