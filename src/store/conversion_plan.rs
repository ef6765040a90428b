//! Conversion plans that were asked for, sealed: see [`crate::services::kept_plan`].

use chrono::NaiveDate;
use diesel::RunQueryDsl;
use diesel::sql_types::{BigInt, Binary, Date, Nullable};
use uuid::Uuid;

use super::book::insert;
use super::conn::{Conn, on_backend};
use super::error::Result;
use super::hot::{Hot, IntoBind};
use super::types::{Id16, Key};
use crate::domain::credit::CreditAmount;
use crate::domain::time::Instant;
use crate::ledger::transaction::ActorKind;

/// A plan as it is stored.
#[derive(Debug, Clone)]
pub struct PlanRow {
    /// The learner.
    pub learner: Uuid,
    /// Its id.
    pub id: Uuid,
    /// The programme aimed at.
    pub programme: Uuid,
    /// The enrolment in it; none for a comparison.
    pub enrolment: Option<Uuid>,
    /// The place in the learner's chain that it was made at.
    pub seq: i64,
    /// The day it was evaluated for.
    pub on: NaiveDate,
    /// Whether it supposes what is not held.
    pub hypothetical: bool,
    /// Credits of all of its lines.
    pub credits: CreditAmount,
    /// What it was made from and what came out.
    pub sealed: Vec<u8>,
    /// When it was made.
    pub created_at: Instant,
    /// Until when it may be applied for.
    pub expires_at: Instant,
}

/// Who asked for a plan.
#[derive(Debug, Clone, Copy)]
pub struct Asker {
    /// What it is.
    pub kind: ActorKind,
    /// Its id.
    pub id: Uuid,
    /// For which institution.
    pub institution: Option<Uuid>,
}

/// Stores a plan.
pub fn add(conn: &mut Conn, row: &PlanRow, by: Asker) -> Result<()> {
    insert(
        conn,
        std::slice::from_ref(row),
        "INSERT INTO conversion_plan (learner_id, id, programme_id, enrolment_id, learner_seq, on_date, hypothetical, \
         credits, sealed, actor_kind, actor_id, institution_id, created_at, expires_at) VALUES ",
        "",
        |row| {
            vec![
                row.learner.bind(),
                row.id.bind(),
                row.programme.bind(),
                row.enrolment.bind(),
                row.seq.bind(),
                row.on.bind(),
                i64::from(row.hypothetical).bind(),
                row.credits.thousandths().bind(),
                row.sealed.as_slice().bind(),
                by.kind.as_str().bind(),
                by.id.bind(),
                by.institution.bind(),
                row.created_at.micros().bind(),
                row.expires_at.micros().bind(),
            ]
        },
    )
}

type RowSql = (Id16, Id16, Id16, Nullable<Id16>, BigInt, Date, BigInt, BigInt, Binary, BigInt, BigInt);
type Row = (Key, Key, Key, Option<Key>, i64, NaiveDate, i64, i64, Vec<u8>, i64, i64);

/// One plan.
pub fn find(conn: &mut Conn, id: Uuid) -> Result<Option<PlanRow>> {
    let mut query = Hot::<RowSql>::new(
        "SELECT learner_id, id, programme_id, enrolment_id, learner_seq, on_date, hypothetical, credits, sealed, \
         created_at, expires_at FROM conversion_plan WHERE id = ",
    );
    query.bind(id);
    let row: Option<Row> = on_backend!(conn, c => query.load(c))?.pop();
    Ok(row.map(|row| {
        let (learner, id, programme, enrolment, seq, on, hypothetical, credits, sealed, created_at, expires_at) = row;
        PlanRow {
            learner: learner.0,
            id: id.0,
            programme: programme.0,
            enrolment: enrolment.map(|key| key.0),
            seq,
            on,
            hypothetical: hypothetical != 0,
            credits: CreditAmount::from_thousandths(credits),
            sealed,
            created_at: Instant::from_micros(created_at),
            expires_at: Instant::from_micros(expires_at),
        }
    }))
}

/// Plans of a learner that no conversion rests on, but for the `newest` of them.
pub fn unapplied(conn: &mut Conn, learner: Uuid, newest: i64) -> Result<Vec<Uuid>> {
    let mut query = Hot::<Id16>::new(
        "SELECT p.id FROM conversion_plan p LEFT JOIN conversion c ON c.learner_id = p.learner_id AND c.plan_id = p.id \
         WHERE c.id IS NULL AND p.learner_id = ",
    );
    query.bind(learner).text(" ORDER BY p.created_at DESC, p.id DESC LIMIT 1000 OFFSET ").bind(newest);
    let rows: Vec<Key> = on_backend!(conn, c => query.load(c))?;
    Ok(rows.into_iter().map(|key| key.0).collect())
}

/// Forgets plans of a learner that no conversion rests on.
pub fn forget(conn: &mut Conn, learner: Uuid, plans: &[Uuid]) -> Result<()> {
    let mut statement = Hot::<()>::new("DELETE FROM conversion_plan WHERE learner_id = ");
    statement.bind(learner).text(" AND id ");
    statement.among(plans.iter().copied());
    statement.text(
        " AND NOT EXISTS (SELECT 1 FROM conversion c WHERE c.learner_id = conversion_plan.learner_id \
         AND c.plan_id = conversion_plan.id)",
    );
    on_backend!(conn, c => statement.execute(c))?;
    Ok(())
}

/// Forgets up to `limit` plans that ended before `before` (UTC microseconds) and that no conversion rests on.
pub fn forget_before(conn: &mut Conn, before: i64, limit: i64) -> Result<usize> {
    let mut statement = Hot::<()>::new(
        "DELETE FROM conversion_plan WHERE (learner_id, id) IN (SELECT p.learner_id, p.id FROM conversion_plan p \
         LEFT JOIN conversion c ON c.learner_id = p.learner_id AND c.plan_id = p.id \
         WHERE c.id IS NULL AND p.expires_at < ",
    );
    statement.bind(before).text(" ORDER BY p.expires_at LIMIT ").bind(limit).text(")");
    Ok(on_backend!(conn, c => statement.execute(c))?)
}
