//! Jobs: long work beside the service, asked for by an institution, with progress and a result.

use uuid::Uuid;

use super::App;
use super::actor::ClientActor;
use super::error::{Error, Result};
use super::refusal::Refusal;
use super::scope::Scope;
use crate::domain::ids::JobId;
use crate::domain::time::Instant;
use crate::store::conn::Conn;
use crate::store::job;
pub use crate::store::job::{JobKind, JobRow, JobState};

/// Jobs of one institution that may wait or run at once.
const UNFINISHED_MAX: i64 = 5;
/// How far behind now a watermark lies: what is written is closed by then (write transactions last 5 s at most).
const CLOSED_AFTER_MICROS: i64 = 10_000_000;

impl JobKind {
    /// The scope that asks for jobs of this kind, and cancels them.
    const fn writing(self) -> Scope {
        match self {
            Self::CohortPlan => Scope::ConversionsWrite,
            Self::Simulation => Scope::RulesWrite,
        }
    }

    /// The scope that reads jobs of this kind.
    const fn scope(self) -> Scope {
        match self {
            Self::CohortPlan => Scope::PlansRead,
            Self::Simulation => Scope::RulesRead,
        }
    }
}

impl App {
    /// Puts a job in the queue.
    pub(super) fn enqueue(
        &self,
        conn: &mut Conn,
        actor: &ClientActor,
        kind: JobKind,
        request: String,
    ) -> Result<JobRow> {
        if job::unfinished(conn, actor.institution)? >= UNFINISHED_MAX {
            return Err(Refusal::TooManyJobs { limit: UNFINISHED_MAX }.into());
        }
        let now = self.clock.now();
        let row = JobRow {
            id: JobId::from_uuid(self.ids.id()),
            kind,
            institution_id: actor.institution,
            requested_by: actor.client.uuid(),
            request,
            state: JobState::Queued,
            done: 0,
            total: None,
            watermark: Instant::from_micros(now.micros() - CLOSED_AFTER_MICROS),
            progress: String::new(),
            result: None,
            tries: 0,
            created_at: now,
            started_at: None,
            finished_at: None,
        };
        job::enqueue(conn, &row)?;
        self.note_change(conn, Some(actor), "create_job", &format!("{kind} {}", row.id))?;
        Ok(row)
    }

    /// A job of the caller's institution.
    pub fn get_job(&self, actor: &ClientActor, id: JobId) -> Result<JobRow> {
        actor.require_any(&[JobKind::CohortPlan.scope(), JobKind::Simulation.scope()])?;
        self.db.read(|conn| own(conn, actor, id))
    }

    /// Up to `limit` jobs of the caller's institution after an id, of the kinds that its token allows.
    pub fn list_jobs(
        &self,
        actor: &ClientActor,
        kind: JobKind,
        after: Option<Uuid>,
        limit: i64,
    ) -> Result<Vec<JobRow>> {
        actor.require(kind.scope())?;
        Ok(self.db.read(|conn| job::list(conn, actor.institution, Some(kind), after, limit))?)
    }

    /// Cancels a job that has not ended. What it has found so far stays.
    pub fn cancel_job(&self, actor: &ClientActor, id: JobId) -> Result<JobRow> {
        let now = self.clock.now();
        actor.require_any(&[JobKind::CohortPlan.writing(), JobKind::Simulation.writing()])?;
        self.db.write(|conn| {
            let row = job_of(conn, actor, id)?;
            actor.require(row.kind.writing())?;
            if !job::cancel(conn, id, now)? {
                return Err(Error::from(Refusal::JobState { state: row.state.to_string() }));
            }
            self.note_change(conn, Some(actor), "cancel_job", &format!("{} {id}", row.kind))?;
            job_of(conn, actor, id)
        })
    }
}

fn job_of(conn: &mut Conn, actor: &ClientActor, id: JobId) -> Result<JobRow> {
    job::get(conn, id)?.filter(|row| row.institution_id == actor.institution).ok_or(Error::NotFound)
}

/// A job of the actor's institution; others' do not exist for it.
pub(super) fn own(conn: &mut Conn, actor: &ClientActor, id: JobId) -> Result<JobRow> {
    let row = job_of(conn, actor, id)?;
    actor.require(row.kind.scope())?;
    Ok(row)
}

/// A job of the actor's institution and of this kind.
pub(super) fn own_of(conn: &mut Conn, actor: &ClientActor, id: JobId, kind: JobKind) -> Result<JobRow> {
    own(conn, actor, id).and_then(|row| if row.kind == kind { Ok(row) } else { Err(Error::NotFound) })
}
