//! What was done with conversions, in order. Append-only; reasons are sealed.

use chrono::NaiveDate;
use diesel::RunQueryDsl;
use diesel::sql_types::{BigInt, Binary, Date, Nullable, Text};
use uuid::Uuid;

use super::book::{insert, word};
use super::conn::{Conn, on_backend};
use super::error::{Result, StoreError};
use super::hot::{Hot, IntoBind};
use super::types::{Id16, Key};
use crate::domain::conversion::ConversionAction;
use crate::domain::credit::CreditAmount;
use crate::domain::time::Instant;
use crate::ledger::transaction::ActorKind;

/// One thing that was done.
#[derive(Debug, Clone)]
pub struct StepRow {
    /// The learner.
    pub learner: Uuid,
    /// The conversion.
    pub conversion: Uuid,
    /// Its place, from 1; set when it is added.
    pub seq: i64,
    /// What.
    pub action: ConversionAction,
    /// The step of the procedure, from 1.
    pub step: Option<u32>,
    /// What acted.
    pub actor_kind: ActorKind,
    /// Who.
    pub actor: Uuid,
    /// For which institution.
    pub institution: Option<Uuid>,
    /// Credits that were left then.
    pub credits: Option<CreditAmount>,
    /// What was due from then on.
    pub due_on: Option<NaiveDate>,
    /// What the reason is sealed for.
    pub row: Uuid,
    /// The reason.
    pub sealed: Option<Vec<u8>>,
    /// When.
    pub at: Instant,
}

/// Adds steps of one learner's conversions behind those that stand; the caller holds the learner's lock.
pub fn append(conn: &mut Conn, learner: Uuid, mut rows: Vec<StepRow>) -> Result<()> {
    let mut conversions: Vec<Uuid> = rows.iter().map(|row| row.conversion).collect();
    conversions.sort_unstable();
    conversions.dedup();
    if conversions.is_empty() {
        return Ok(());
    }
    let mut query =
        Hot::<(Id16, BigInt)>::new("SELECT conversion_id, MAX(seq) FROM conversion_step WHERE learner_id = ");
    query.bind(learner).text(" AND conversion_id ");
    query.among(conversions.iter().copied());
    query.text(" GROUP BY conversion_id");
    let last: Vec<(Key, i64)> = on_backend!(conn, c => query.load(c))?;
    let mut last: std::collections::HashMap<Uuid, i64> = last.into_iter().map(|(key, seq)| (key.0, seq)).collect();
    for row in &mut rows {
        let seq = last.entry(row.conversion).or_insert(0);
        *seq += 1;
        row.seq = *seq;
    }
    insert(
        conn,
        &rows,
        "INSERT INTO conversion_step (learner_id, conversion_id, seq, action, step, actor_kind, actor_id, \
         institution_id, credits, due_on, row_id, sealed, at) VALUES ",
        "",
        |row| {
            vec![
                row.learner.bind(),
                row.conversion.bind(),
                row.seq.bind(),
                row.action.as_str().bind(),
                row.step.map(i64::from).bind(),
                row.actor_kind.as_str().bind(),
                row.actor.bind(),
                row.institution.bind(),
                row.credits.map(CreditAmount::thousandths).bind(),
                row.due_on.bind(),
                row.row.bind(),
                row.sealed.as_deref().bind(),
                row.at.micros().bind(),
            ]
        },
    )
}

type RowSql = (
    Id16,
    Id16,
    BigInt,
    Text,
    Nullable<BigInt>,
    Text,
    Id16,
    Nullable<Id16>,
    Nullable<BigInt>,
    Nullable<Date>,
    Id16,
    Nullable<Binary>,
    BigInt,
);
type Row = (
    Key,
    Key,
    i64,
    String,
    Option<i64>,
    String,
    Key,
    Option<Key>,
    Option<i64>,
    Option<NaiveDate>,
    Key,
    Option<Vec<u8>>,
    i64,
);

/// What was done with a learner's conversions, by conversion and order.
pub fn of_conversions(conn: &mut Conn, learner: Uuid, conversions: &[Uuid]) -> Result<Vec<StepRow>> {
    of_learners(conn, &[learner], conversions)
}

/// What was done with conversions of these learners, by conversion and order.
pub fn of_learners(conn: &mut Conn, learners: &[Uuid], conversions: &[Uuid]) -> Result<Vec<StepRow>> {
    if conversions.is_empty() || learners.is_empty() {
        return Ok(Vec::new());
    }
    let mut query = Hot::<RowSql>::new(
        "SELECT learner_id, conversion_id, seq, action, step, actor_kind, actor_id, institution_id, credits, due_on, \
         row_id, sealed, at FROM conversion_step WHERE learner_id ",
    );
    query.among(learners.iter().copied()).text(" AND conversion_id ");
    query.among(conversions.iter().copied());
    query.text(" ORDER BY conversion_id, seq");
    let rows: Vec<Row> = on_backend!(conn, c => query.load(c))?;
    let read = |row: Row| {
        let (learner, conversion, seq, action, step, actor_kind, actor, institution, credits, due_on, id, sealed, at) =
            row;
        Ok(StepRow {
            learner: learner.0,
            conversion: conversion.0,
            seq,
            action: word("conversion_step.action", &action)?,
            step: step.map(u32::try_from).transpose().map_err(StoreError::broken)?,
            actor_kind: word("conversion_step.actor_kind", &actor_kind)?,
            actor: actor.0,
            institution: institution.map(|key| key.0),
            credits: credits.map(CreditAmount::from_thousandths),
            due_on,
            row: id.0,
            sealed,
            at: Instant::from_micros(at),
        })
    };
    rows.into_iter().map(read).collect()
}
