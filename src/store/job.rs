//! Jobs: long work done beside the service, one lease at a time, resumable from what was last written.

use diesel::RunQueryDsl;
use diesel::sql_types::{BigInt, Nullable, Text};
use uuid::Uuid;

use super::book::{insert, word};
use super::conn::{Conn, on_backend};
use super::error::Result;
use super::hot::{Hot, IntoBind};
use super::types::{Id16, Key};
use crate::domain::ids::{InstitutionId, JobId};
use crate::domain::text_enum::text_enum;
use crate::domain::time::Instant;

text_enum! {
    /// What a job does.
    pub enum JobKind {
        CohortPlan = "cohort_plan" / "本学期可免修名单",
        Simulation = "simulation" / "规则模拟",
    }
}

text_enum! {
    /// Where a job stands.
    pub enum JobState {
        Queued = "queued" / "排队",
        Running = "running" / "进行中",
        Done = "done" / "完成",
        Failed = "failed" / "失败",
        Cancelled = "cancelled" / "已取消",
    }
}

/// A job as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobRow {
    /// Its id.
    pub id: JobId,
    /// What it does.
    pub kind: JobKind,
    /// For whom.
    pub institution_id: InstitutionId,
    /// Who asked for it.
    pub requested_by: Uuid,
    /// What was asked, as JSON.
    pub request: String,
    /// Where it stands.
    pub state: JobState,
    /// Learners done.
    pub done: i64,
    /// Learners in all, once they have been counted.
    pub total: Option<i64>,
    /// Nothing written after this instant is looked at.
    pub watermark: Instant,
    /// Where to go on and what has been added up, as JSON.
    pub progress: String,
    /// What came out, as JSON.
    pub result: Option<String>,
    /// How often it was taken up.
    pub tries: i64,
    /// When it was asked for.
    pub created_at: Instant,
    /// When it was first taken up.
    pub started_at: Option<Instant>,
    /// When it ended, however.
    pub finished_at: Option<Instant>,
}

type RowSql = (
    Id16,
    Text,
    Id16,
    Id16,
    Text,
    Text,
    BigInt,
    Nullable<BigInt>,
    BigInt,
    Text,
    Nullable<Text>,
    BigInt,
    BigInt,
    Nullable<BigInt>,
    Nullable<BigInt>,
);
type Row = (
    Key,
    String,
    Key,
    Key,
    String,
    String,
    i64,
    Option<i64>,
    i64,
    String,
    Option<String>,
    i64,
    i64,
    Option<i64>,
    Option<i64>,
);

const SELECT: &str = "SELECT id, kind, institution_id, requested_by, request, state, done, total, watermark, progress, \
     result, tries, created_at, started_at, finished_at FROM job WHERE ";

fn read(row: Row) -> Result<JobRow> {
    let (id, kind, institution, by, request, state, done, total, watermark, progress, result, tries, at, from, to) =
        row;
    Ok(JobRow {
        id: JobId::from_uuid(id.0),
        kind: word("job.kind", &kind)?,
        institution_id: InstitutionId::from_uuid(institution.0),
        requested_by: by.0,
        request,
        state: word("job.state", &state)?,
        done,
        total,
        watermark: Instant::from_micros(watermark),
        progress,
        result,
        tries,
        created_at: Instant::from_micros(at),
        started_at: from.map(Instant::from_micros),
        finished_at: to.map(Instant::from_micros),
    })
}

fn load(conn: &mut Conn, query: Hot<'_, RowSql>) -> Result<Vec<JobRow>> {
    let rows: Vec<Row> = on_backend!(conn, c => query.load(c))?;
    rows.into_iter().map(read).collect()
}

/// Stores a job that waits to be taken up.
pub fn enqueue(conn: &mut Conn, row: &JobRow) -> Result<()> {
    insert(
        conn,
        std::slice::from_ref(row),
        "INSERT INTO job (id, kind, institution_id, requested_by, request, state, done, watermark, progress, \
         leased_until, tries, created_at) VALUES ",
        "",
        |row| {
            vec![
                row.id.uuid().bind(),
                row.kind.as_str().bind(),
                row.institution_id.uuid().bind(),
                row.requested_by.bind(),
                row.request.as_str().bind(),
                JobState::Queued.as_str().bind(),
                0_i64.bind(),
                row.watermark.micros().bind(),
                row.progress.as_str().bind(),
                0_i64.bind(),
                0_i64.bind(),
                row.created_at.micros().bind(),
            ]
        },
    )
}

/// The job, if it exists.
pub fn get(conn: &mut Conn, id: JobId) -> Result<Option<JobRow>> {
    let mut query = Hot::<RowSql>::new(SELECT);
    query.text("id = ").bind(id.uuid());
    Ok(load(conn, query)?.pop())
}

/// Up to `limit` jobs of an institution after an id, by id; of one kind where it is given.
pub fn list(
    conn: &mut Conn,
    institution: InstitutionId,
    kind: Option<JobKind>,
    after: Option<Uuid>,
    limit: i64,
) -> Result<Vec<JobRow>> {
    let mut query = Hot::<RowSql>::new(SELECT);
    query.text("institution_id = ").bind(institution.uuid());
    query.text(" AND id > ").bind(after.unwrap_or_default());
    if let Some(kind) = kind {
        query.text(" AND kind = ").bind(kind.as_str());
    }
    query.text(" ORDER BY id LIMIT ").bind(limit);
    load(conn, query)
}

/// Jobs of an institution that have not ended.
pub fn unfinished(conn: &mut Conn, institution: InstitutionId) -> Result<i64> {
    let mut query =
        Hot::<BigInt>::new("SELECT count(*) FROM job WHERE state IN ('queued', 'running') AND institution_id = ");
    query.bind(institution.uuid());
    let rows: Vec<i64> = on_backend!(conn, c => query.load(c))?;
    Ok(rows.into_iter().sum())
}

/// Whether a job waits for somebody to take it up.
pub fn waiting(conn: &mut Conn, now: Instant) -> Result<bool> {
    let mut query = Hot::<Id16>::new("SELECT id FROM job WHERE state IN ('queued', 'running') AND leased_until < ");
    query.bind(now.micros()).text(" LIMIT 1");
    let rows: Vec<Key> = on_backend!(conn, c => query.load(c))?;
    Ok(!rows.is_empty())
}

/// A lease on a job.
#[derive(Debug, Clone, Copy)]
pub struct Lease {
    /// Who holds it: a new id for each time a job is taken up.
    pub holder: Uuid,
    /// Now.
    pub now: Instant,
    /// When somebody else may take the job up.
    pub until: Instant,
}

/// Takes up the oldest job that nobody holds.
pub fn take_up(conn: &mut Conn, lease: Lease) -> Result<Option<JobRow>> {
    let mut query = Hot::<RowSql>::new(SELECT);
    query.text("state IN ('queued', 'running') AND leased_until < ").bind(lease.now.micros());
    query.text(" ORDER BY id LIMIT 1");
    if matches!(conn, Conn::Postgres(_)) {
        query.text(" FOR UPDATE SKIP LOCKED");
    }
    let Some(job) = load(conn, query)?.pop() else { return Ok(None) };
    let started_at = job.started_at.unwrap_or(lease.now);
    let mut update = Hot::<()>::new("UPDATE job SET state = 'running', tries = tries + 1, holder = ");
    update.bind(lease.holder).text(", leased_until = ").bind(lease.until.micros());
    update.text(", started_at = ").bind(started_at.micros()).text(" WHERE id = ").bind(job.id.uuid());
    on_backend!(conn, c => update.execute(c))?;
    Ok(Some(JobRow { state: JobState::Running, tries: job.tries + 1, started_at: Some(started_at), ..job }))
}

/// Writes how far a job has come, if the lease is still held and nobody has cancelled it; answers whether it did.
pub fn advance(conn: &mut Conn, job: &JobRow, lease: Lease) -> Result<bool> {
    let mut update = Hot::<()>::new("UPDATE job SET done = ");
    update.bind(job.done).text(", total = ").bind(job.total).text(", progress = ").bind(job.progress.as_str());
    update.text(", tries = ").bind(job.tries).text(", leased_until = ").bind(lease.until.micros());
    held(conn, update, job, lease)
}

/// Ends a job as `state`, if the lease is still held; answers whether it did.
pub fn finish(conn: &mut Conn, job: &JobRow, state: JobState, lease: Lease) -> Result<bool> {
    let mut update = Hot::<()>::new("UPDATE job SET state = ");
    update.bind(state.as_str()).text(", done = ").bind(job.done).text(", total = ").bind(job.total);
    update.text(", progress = ").bind(job.progress.as_str()).text(", result = ").bind(job.result.as_deref());
    update.text(", holder = NULL, finished_at = ").bind(lease.now.micros());
    held(conn, update, job, lease)
}

fn held<'a>(conn: &mut Conn, mut update: Hot<'a>, job: &JobRow, lease: Lease) -> Result<bool> {
    update.text(" WHERE state = 'running' AND id = ").bind(job.id.uuid()).text(" AND holder = ").bind(lease.holder);
    Ok(on_backend!(conn, c => update.execute(c))? == 1)
}

/// Gives a job back, so that it is taken up again at once.
pub fn give_back(conn: &mut Conn, job: &JobRow, lease: Lease) -> Result<()> {
    let update = Hot::<()>::new("UPDATE job SET leased_until = 0, holder = NULL");
    held(conn, update, job, lease).map(drop)
}

/// Cancels a job that has not ended; answers whether it did.
pub fn cancel(conn: &mut Conn, id: JobId, now: Instant) -> Result<bool> {
    let mut update = Hot::<()>::new("UPDATE job SET state = 'cancelled', holder = NULL, finished_at = ");
    update.bind(now.micros()).text(" WHERE state IN ('queued', 'running') AND id = ").bind(id.uuid());
    Ok(on_backend!(conn, c => update.execute(c))? == 1)
}
