//! Graduation audits: the job of a cohort, and what it found of each learner.

use diesel::RunQueryDsl;
use diesel::sql_types::{BigInt, Nullable, Text};
use uuid::Uuid;

use super::book::{insert, word};
use super::conn::{Conn, on_backend};
use super::enrolment::AUDITED;
use super::error::{Result, StoreError};
use super::hot::{Hot, IntoBind};
use super::types::{Id16, Key};
use crate::domain::award::{AuditStage, AuditState};
use crate::domain::credit::CreditAmount;

/// A job as it is stored.
#[derive(Debug, Clone)]
pub struct AuditRow {
    /// Its id.
    pub id: Uuid,
    /// By whom.
    pub institution: Uuid,
    /// Of which programme.
    pub programme: Uuid,
    /// Of which cohort.
    pub cohort: i64,
    /// A term ahead, or at the end.
    pub stage: AuditStage,
    /// How far it is.
    pub state: AuditState,
    /// The book as of this instant (UTC microseconds) is audited.
    pub watermark: i64,
    /// Enrolments of the cohort when it began.
    pub total: i64,
    /// Of these, done.
    pub processed: i64,
    /// Of these, met.
    pub met: i64,
    /// The last learner and enrolment done.
    pub last: Option<(Uuid, Uuid)>,
    /// Until when a process works on it, UTC microseconds.
    pub lease_until: i64,
    /// How often it was taken up since it last got on.
    pub tries: i64,
    /// Who asked for it.
    pub created_by: Uuid,
    /// When, UTC microseconds.
    pub created_at: i64,
    /// When it last moved on, UTC microseconds.
    pub updated_at: i64,
    /// When it was done, UTC microseconds.
    pub finished_at: Option<i64>,
}

type Sql = (
    Id16,
    Id16,
    Id16,
    BigInt,
    Text,
    Text,
    BigInt,
    BigInt,
    BigInt,
    BigInt,
    Nullable<Id16>,
    Nullable<Id16>,
    BigInt,
    BigInt,
    Id16,
    BigInt,
    BigInt,
    Nullable<BigInt>,
);
type Row = (
    Key,
    Key,
    Key,
    i64,
    String,
    String,
    i64,
    i64,
    i64,
    i64,
    Option<Key>,
    Option<Key>,
    i64,
    i64,
    Key,
    i64,
    i64,
    Option<i64>,
);
const SELECT: &str = "SELECT id, institution_id, programme_id, cohort, stage, state, watermark, total, processed, met, \
     last_learner, last_enrolment, lease_until, tries, created_by, created_at, updated_at, finished_at FROM graduation_audit \
     WHERE ";

fn load(conn: &mut Conn, query: Hot<'_, Sql>) -> Result<Vec<AuditRow>> {
    let rows: Vec<Row> = on_backend!(conn, c => query.load(c))?;
    rows.into_iter()
        .map(|r| {
            Ok(AuditRow {
                id: r.0.0,
                institution: r.1.0,
                programme: r.2.0,
                cohort: r.3,
                stage: word("graduation_audit.stage", &r.4)?,
                state: word("graduation_audit.state", &r.5)?,
                watermark: r.6,
                total: r.7,
                processed: r.8,
                met: r.9,
                last: r.10.zip(r.11).map(|(learner, enrolment)| (learner.0, enrolment.0)),
                lease_until: r.12,
                tries: r.13,
                created_by: r.14.0,
                created_at: r.15,
                updated_at: r.16,
                finished_at: r.17,
            })
        })
        .collect()
}

/// One job.
pub fn find(conn: &mut Conn, id: Uuid) -> Result<Option<AuditRow>> {
    let mut query = Hot::<Sql>::new(SELECT);
    query.text("id = ").bind(id);
    Ok(load(conn, query)?.pop())
}

/// Up to `limit` jobs of an institution before an id, the newest first.
pub fn list(conn: &mut Conn, institution: Uuid, before: Option<Uuid>, limit: i64) -> Result<Vec<AuditRow>> {
    let mut query = Hot::<Sql>::new(SELECT);
    query.text("institution_id = ").bind(institution);
    if let Some(before) = before {
        query.text(" AND id < ").bind(before);
    }
    query.text(" ORDER BY id DESC LIMIT ").bind(limit);
    load(conn, query)
}

/// The oldest job that is not done, whose watermark is not after `closed`, and that no process works on at `now`.
pub fn due(conn: &mut Conn, closed: i64, now: i64) -> Result<Option<AuditRow>> {
    let mut query = Hot::<Sql>::new(SELECT);
    query.text("state IN ('queued', 'running') AND watermark <= ").bind(closed);
    query.text(" AND lease_until < ").bind(now).text(" ORDER BY created_at, id LIMIT 1");
    Ok(load(conn, query)?.pop())
}

/// Stores a job.
pub fn add(conn: &mut Conn, audit: &AuditRow) -> Result<()> {
    insert(
        conn,
        std::slice::from_ref(audit),
        "INSERT INTO graduation_audit (id, institution_id, programme_id, cohort, stage, state, watermark, total, \
         processed, met, lease_until, tries, created_by, created_at, updated_at) VALUES ",
        "",
        |a| {
            vec![
                a.id.bind(),
                a.institution.bind(),
                a.programme.bind(),
                a.cohort.bind(),
                a.stage.as_str().bind(),
                a.state.as_str().bind(),
                a.watermark.bind(),
                a.total.bind(),
                a.processed.bind(),
                a.met.bind(),
                a.lease_until.bind(),
                a.tries.bind(),
                a.created_by.bind(),
                a.created_at.bind(),
                a.updated_at.bind(),
            ]
        },
    )
}

/// Moves a job on from where it was read (`before`); fails as contended when another process did.
pub fn advance(conn: &mut Conn, before: &AuditRow, after: &AuditRow) -> Result<()> {
    let mut statement = Hot::<()>::new("UPDATE graduation_audit SET state = ");
    statement.bind(after.state.as_str()).text(", total = ").bind(after.total);
    statement.text(", processed = ").bind(after.processed).text(", met = ").bind(after.met);
    statement.text(", last_learner = ").bind(after.last.map(|last| last.0));
    statement.text(", last_enrolment = ").bind(after.last.map(|last| last.1));
    statement.text(", lease_until = ").bind(after.lease_until).text(", updated_at = ").bind(after.updated_at);
    statement.text(", finished_at = ").bind(after.finished_at).text(", tries = ").bind(after.tries);
    statement.text(" WHERE id = ").bind(before.id).text(" AND processed = ").bind(before.processed);
    statement.text(" AND lease_until = ").bind(before.lease_until).text(" AND state IN ('queued', 'running')");
    if on_backend!(conn, c => statement.execute(c))? == 1 { Ok(()) } else { Err(StoreError::Contended) }
}

/// Jobs of an institution that have not ended.
pub fn unfinished(conn: &mut Conn, institution: Uuid) -> Result<i64> {
    let mut query = Hot::<BigInt>::new(
        "SELECT COUNT(*) FROM graduation_audit WHERE state IN ('queued', 'running') AND institution_id = ",
    );
    query.bind(institution);
    let rows: Vec<i64> = on_backend!(conn, c => query.load(c))?;
    Ok(rows.first().copied().unwrap_or_default())
}

/// How many enrolments of the cohort are to be audited.
pub fn count_cohort(conn: &mut Conn, programme: Uuid, cohort: i64) -> Result<i64> {
    let mut query = Hot::<BigInt>::new("SELECT COUNT(*) FROM enrolment WHERE programme_id = ");
    query.bind(programme).text(" AND cohort = ").bind(cohort);
    query.text(" AND status IN ").text(AUDITED);
    let rows: Vec<i64> = on_backend!(conn, c => query.load(c))?;
    Ok(rows.first().copied().unwrap_or_default())
}

/// The next enrolments of the cohort after a learner and enrolment.
pub fn cohort_page(
    conn: &mut Conn,
    programme: Uuid,
    cohort: i64,
    after: Option<(Uuid, Uuid)>,
    limit: i64,
) -> Result<Vec<(Uuid, Uuid)>> {
    let (learner, enrolment) = after.unwrap_or((Uuid::nil(), Uuid::nil()));
    let mut query = Hot::<(Id16, Id16)>::new("SELECT learner_id, id FROM enrolment WHERE programme_id = ");
    query.bind(programme).text(" AND cohort = ").bind(cohort).text(" AND learner_id >= ").bind(learner);
    query.text(" AND (learner_id, id) > (").bind(learner).text(", ").bind(enrolment);
    query.text(") AND status IN ").text(AUDITED).text(" ORDER BY learner_id, id LIMIT ");
    query.bind(limit);
    let rows: Vec<(Key, Key)> = on_backend!(conn, c => query.load(c))?;
    Ok(rows.into_iter().map(|(learner, enrolment)| (learner.0, enrolment.0)).collect())
}

/// What was found of one learner.
#[derive(Debug, Clone)]
pub struct ResultRow {
    /// The learner.
    pub learner: Uuid,
    /// The job.
    pub audit: Uuid,
    /// The enrolment.
    pub enrolment: Uuid,
    /// Whether everything is met.
    pub met: bool,
    /// Credits that count.
    pub credits: CreditAmount,
    /// Place of the chain that was looked at.
    pub learner_seq: i64,
    /// What is missing, as JSON: codes and facts.
    pub document: String,
    /// When, UTC microseconds.
    pub recorded_at: i64,
}

/// Stores what was found.
pub fn add_results(conn: &mut Conn, results: &[ResultRow]) -> Result<()> {
    insert(
        conn,
        results,
        "INSERT INTO audit_result (learner_id, audit_id, enrolment_id, met, credits, learner_seq, document, recorded_at) \
         VALUES ",
        "",
        |r| {
            vec![
                r.learner.bind(),
                r.audit.bind(),
                r.enrolment.bind(),
                i64::from(r.met).bind(),
                r.credits.thousandths().bind(),
                r.learner_seq.bind(),
                r.document.as_str().bind(),
                r.recorded_at.bind(),
            ]
        },
    )
}

type ResultSql = (Id16, Id16, Id16, BigInt, BigInt, BigInt, Text, BigInt);
type ResultTuple = (Key, Key, Key, i64, i64, i64, String, i64);

/// A page of what a job found, by learner and enrolment; `met` narrows it down.
pub fn results(
    conn: &mut Conn,
    audit: Uuid,
    met: Option<bool>,
    after: Option<(Uuid, Uuid)>,
    limit: i64,
) -> Result<Vec<ResultRow>> {
    let (learner, enrolment) = after.unwrap_or((Uuid::nil(), Uuid::nil()));
    let mut query = Hot::<ResultSql>::new(
        "SELECT learner_id, audit_id, enrolment_id, met, credits, learner_seq, document, recorded_at FROM audit_result \
         WHERE audit_id = ",
    );
    query.bind(audit);
    if let Some(met) = met {
        query.text(" AND met = ").bind(i64::from(met));
    }
    query.text(" AND (learner_id, enrolment_id) > (").bind(learner).text(", ").bind(enrolment);
    query.text(") ORDER BY learner_id, enrolment_id LIMIT ").bind(limit);
    let rows: Vec<ResultTuple> = on_backend!(conn, c => query.load(c))?;
    Ok(rows
        .into_iter()
        .map(|(learner, audit, enrolment, met, credits, learner_seq, document, recorded_at)| ResultRow {
            learner: learner.0,
            audit: audit.0,
            enrolment: enrolment.0,
            met: met != 0,
            credits: CreditAmount::from_thousandths(credits),
            learner_seq,
            document,
            recorded_at,
        })
        .collect())
}
