//! Graduation audits 毕业审核: a job for a programme's cohort. It goes through the cohort in short steps, each in one
//! transaction with its place, so that it goes on where it stopped, in this process or another.
//!
//! It looks at the book as of a closed watermark: the instant at which it was asked for, once no transaction from before
//! that instant can still become visible.

use chrono::Duration;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::App;
use super::actor::{Actor, ClientActor};
use super::audit_awards::award_settles;
use super::error::{Error, Result};
use super::job_work;
use super::oversight::is_of_or_over;
use super::programme::own;
use super::progress::ShortfallView;
use super::progress_basis::Basis;
use super::refusal::Refusal;
use super::scope::Scope;
use crate::conversion::progress::{ConditionProgress, Progress};
use crate::conversion::shortfall::Shortfall;
use crate::domain::award::{AuditStage, AuditState, AwardOutcome};
use crate::domain::credit::CreditAmount;
use crate::domain::enrolment::COHORTS;
use crate::domain::ids::{EnrolmentId, LearnerId, ProgrammeId};
use crate::domain::invalid::{Invalid, Reason};
use crate::domain::time::Instant;
use crate::store::conn::Conn;
use crate::store::error::StoreError;
pub use crate::store::graduation_audit::AuditRow;
use crate::store::graduation_audit::{self, ResultRow};
use crate::store::{award, enrolment};

/// Enrolments of one step: its transaction stays below 50 ms.
const STEP: i64 = 50;
/// How long a process has for one step before another may take the job over.
const LEASE: Duration = Duration::seconds(30);
/// Audits of one institution that may wait or run at once: a large school audits some twenty programmes' cohorts together.
const UNFINISHED_MAX: i64 = 20;
/// How often one step is tried before the audit fails.
const TRIES_MAX: i64 = 3;
/// After how long an instant is closed: no transaction takes longer.
const CLOSED_AFTER: Duration = Duration::seconds(10);

/// An audit to be made.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAudit {
    /// The programme: one of the caller's.
    pub programme_id: ProgrammeId,
    /// The cohort.
    #[schema(minimum = 2000, maximum = 2100)]
    pub cohort: i32,
    /// A term ahead, or at the end.
    pub stage: AuditStage,
}

/// An audit and how far it is.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AuditView {
    /// Its id.
    pub id: Uuid,
    /// The programme.
    pub programme_id: ProgrammeId,
    /// The cohort.
    pub cohort: i64,
    /// A term ahead, or at the end.
    pub stage: AuditStage,
    /// How far it is.
    pub state: AuditState,
    /// The book as of this instant is audited.
    pub watermark: Instant,
    /// Enrolments of the cohort, live ones and those that ended with 结业.
    pub total: i64,
    /// Of these, done.
    pub processed: i64,
    /// Of these, 已达标.
    pub met: i64,
    /// When it was asked for.
    pub created_at: Instant,
    /// When it was done.
    pub finished_at: Option<Instant>,
}

/// What an audit found of one learner.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AuditResultView {
    /// The learner.
    pub learner_id: LearnerId,
    /// The enrolment.
    pub enrolment_id: EnrolmentId,
    /// Whether everything is met.
    pub met: bool,
    /// Credits that count.
    pub credits: CreditAmount,
    /// The last place of the chain that was looked at.
    pub learner_seq: i64,
    /// What is missing.
    pub shortfalls: Vec<ShortfallView>,
    /// Conditions and where they stand.
    pub conditions: Vec<ConditionProgress>,
    /// What was decided since, by an award that stands.
    pub decided: Option<AwardOutcome>,
}

/// What is kept of a result: codes and facts.
#[derive(Serialize, Deserialize)]
struct Found {
    conditions: Vec<ConditionProgress>,
    shortfalls: Vec<Shortfall>,
}

impl From<AuditRow> for AuditView {
    fn from(row: AuditRow) -> Self {
        Self {
            id: row.id,
            programme_id: ProgrammeId::from_uuid(row.programme),
            cohort: row.cohort,
            stage: row.stage,
            state: row.state,
            watermark: Instant::from_micros(row.watermark),
            total: row.total,
            processed: row.processed,
            met: row.met,
            created_at: Instant::from_micros(row.created_at),
            finished_at: row.finished_at.map(Instant::from_micros),
        }
    }
}

impl App {
    /// Asks for an audit of a cohort of the caller's.
    pub fn create_audit(&self, actor: &ClientActor, new: &NewAudit) -> Result<AuditView> {
        actor.require(Scope::AwardsWrite)?;
        if !COHORTS.contains(&new.cohort) {
            return Err(Invalid::one("/cohort", Reason::range(COHORTS.start(), COHORTS.end())).into());
        }
        let id = self.ids.id();
        let row = self.db.write(|conn| {
            own(conn, actor, new.programme_id).map_err(|_| Invalid::one("/programme_id", Reason::Unknown))?;
            let (programme, cohort) = (new.programme_id.uuid(), i64::from(new.cohort));
            if graduation_audit::unfinished(conn, actor.institution.uuid())? >= UNFINISHED_MAX {
                return Err(Refusal::TooManyJobs { limit: UNFINISHED_MAX }.into());
            }
            let now = self.clock.now().micros();
            let row = AuditRow {
                id,
                institution: actor.institution.uuid(),
                programme,
                cohort,
                stage: new.stage,
                state: AuditState::Queued,
                watermark: now,
                total: graduation_audit::count_cohort(conn, programme, cohort)?,
                processed: 0,
                met: 0,
                last: None,
                lease_until: 0,
                tries: 0,
                created_by: actor.client.uuid(),
                created_at: now,
                updated_at: now,
                finished_at: None,
            };
            graduation_audit::add(conn, &row)?;
            self.note_change(conn, Some(actor), "create_graduation_audit", &format!("graduation_audit {id}"))?;
            Ok::<_, Error>(row)
        })?;
        Ok(row.into())
    }

    /// One audit: for the institution that asked for it and the bureau.
    pub fn get_audit(&self, actor: &ClientActor, id: Uuid) -> Result<AuditView> {
        actor.require(Scope::AwardsRead)?;
        self.db.read(|conn| audit_of(conn, actor, id)).map(AuditView::from)
    }

    /// Up to `limit` audits of the caller's before an id, the newest first.
    pub fn list_audits(&self, actor: &ClientActor, before: Option<Uuid>, limit: i64) -> Result<Vec<AuditView>> {
        actor.require(Scope::AwardsRead)?;
        let rows = self.db.read(|conn| graduation_audit::list(conn, actor.institution.uuid(), before, limit))?;
        Ok(rows.into_iter().map(AuditView::from).collect())
    }

    /// A page of what an audit found, after a learner and enrolment.
    pub fn audit_results(
        &self,
        actor: &ClientActor,
        id: Uuid,
        met: Option<bool>,
        after: Option<(Uuid, Uuid)>,
        limit: i64,
    ) -> Result<Vec<AuditResultView>> {
        actor.require(Scope::AwardsRead)?;
        let views = self.db.read(|conn| {
            audit_of(conn, actor, id)?;
            let rows = graduation_audit::results(conn, id, met, after, limit)?;
            let learners: Vec<Uuid> = rows.iter().map(|row| row.learner).collect();
            let awards = award::of_learners(conn, &learners)?;
            let view = |row: ResultRow| {
                let found: Found = serde_json::from_str(&row.document).map_err(StoreError::broken)?;
                let of_enrolment =
                    awards.iter().rev().find(|award| award.enrolment == row.enrolment && award_settles(award, id));
                Ok(AuditResultView {
                    learner_id: LearnerId::from_uuid(row.learner),
                    enrolment_id: EnrolmentId::from_uuid(row.enrolment),
                    met: row.met,
                    credits: row.credits,
                    learner_seq: row.learner_seq,
                    shortfalls: found.shortfalls.iter().map(ShortfallView::from).collect(),
                    conditions: found.conditions,
                    decided: of_enrolment.map(|award| award.outcome),
                })
            };
            rows.into_iter().map(view).collect::<Result<Vec<_>>>()
        })?;
        let seen = format!("graduation_audit {id}");
        let shown = views.iter().map(|view| view.learner_id.uuid());
        self.audit_shown(&Actor::Client(*actor), "view_graduation_audit", Some(&seen), shown)?;
        Ok(views)
    }

    /// Takes the next step of an audit that waits for one; whether there was something to do.
    pub fn advance_audits(&self) -> Result<bool> {
        let now = self.clock.now().to_datetime();
        let micros = |at| Instant::from_datetime(at).micros();
        let due = self.db.read(|conn| graduation_audit::due(conn, micros(now - CLOSED_AFTER), micros(now)))?;
        let Some(found) = due else { return Ok(false) };
        let leased = if found.tries >= TRIES_MAX {
            tracing::error!(audit = %found.id, "an audit failed again and again");
            AuditRow { state: AuditState::Failed, finished_at: Some(micros(now)), ..found.clone() }
        } else {
            let (lease_until, tries) = (micros(now + LEASE), found.tries + 1);
            AuditRow { state: AuditState::Running, lease_until, tries, ..found.clone() }
        };
        match self.db.write(|conn| graduation_audit::advance(conn, &found, &leased)) {
            Ok(()) => {}
            Err(StoreError::Contended) => return Ok(true), // another process has it
            Err(error) => return Err(error.into()),
        }
        let mut audit = leased;
        while audit.state == AuditState::Running {
            let began = self.clock.now();
            audit = self.audit_step(audit)?;
            job_work::rest(began, self.clock.now());
        }
        Ok(true)
    }

    /// Audits the next enrolments: reads on one snapshot, decides, and writes results and place together.
    fn audit_step(&self, audit: AuditRow) -> Result<AuditRow> {
        let today = self.clock.today();
        let as_of = Instant::from_micros(audit.watermark);
        let (places, mut results) = self.db.read(|conn| {
            let places = graduation_audit::cohort_page(conn, audit.programme, audit.cohort, audit.last, STEP)?;
            let learners: Vec<Uuid> = places.iter().map(|(learner, _)| *learner).collect();
            let rows = enrolment::rows_of(conn, &learners, Some(&[audit.institution]))?;
            let enrolments: Vec<_> = rows
                .into_iter()
                .map(|row| row.enrolment)
                .filter(|one| places.contains(&(one.learner_id.uuid(), one.id.uuid())))
                .collect();
            let basis = Basis::load(conn, &enrolments, Some(as_of))?;
            let result = |one: &crate::domain::enrolment::Enrolment| {
                let measured = basis.measure(one, today);
                let progress = match audit.stage {
                    AuditStage::Pre => measured.progress.ahead(),
                    AuditStage::Final => measured.progress,
                };
                result_row(audit.id, one.learner_id.uuid(), one.id.uuid(), measured.learner_seq, progress)
            };
            Ok::<_, Error>((places, enrolments.iter().map(result).collect::<Result<Vec<_>>>()?))
        })?;
        let now = self.clock.now();
        let done = i64::try_from(places.len()).unwrap_or(i64::MAX) < STEP;
        let met = i64::try_from(results.iter().filter(|row| row.met).count()).unwrap_or(i64::MAX);
        let processed = audit.processed + i64::try_from(results.len()).unwrap_or(i64::MAX);
        let after = AuditRow {
            state: if done { AuditState::Done } else { AuditState::Running },
            total: if done { processed } else { audit.total.max(processed) },
            processed,
            met: audit.met + met,
            tries: 0,
            last: places.last().copied().or(audit.last),
            lease_until: Instant::from_datetime(now.to_datetime() + LEASE).micros(),
            updated_at: now.micros(),
            finished_at: done.then(|| now.micros()),
            ..audit.clone()
        };
        results.iter_mut().for_each(|row| row.recorded_at = now.micros());
        self.db.write(|conn| {
            graduation_audit::advance(conn, &audit, &after)?;
            graduation_audit::add_results(conn, &results)
        })?;
        Ok(after)
    }
}

fn result_row(audit: Uuid, learner: Uuid, enrolment: Uuid, learner_seq: i64, progress: Progress) -> Result<ResultRow> {
    let total = progress.total;
    let credits = total.earned.checked_add(total.granted).unwrap_or(total.earned);
    let found = Found { conditions: progress.conditions, shortfalls: progress.shortfalls };
    let document = serde_json::to_string(&found).map_err(StoreError::broken)?;
    Ok(ResultRow { learner, audit, enrolment, met: progress.met, credits, learner_seq, document, recorded_at: 0 })
}

/// An audit that the caller may know of.
pub(super) fn audit_of(conn: &mut Conn, actor: &ClientActor, id: Uuid) -> Result<AuditRow> {
    let found = graduation_audit::find(conn, id)?.ok_or(Error::NotFound)?;
    if is_of_or_over(conn, &Actor::Client(*actor), found.institution)? { Ok(found) } else { Err(Error::NotFound) }
}
