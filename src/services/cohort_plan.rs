//! 本学期可免修名单: who of a cohort or class could convert what, and inviting them. Each confirms by applying.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::actor::{Actor, ClientActor};
use super::cohort_plan_state::Standing;
use super::error::{Error, Result};
use super::job::own_of;
use super::programme::own;
use super::refusal::Refusal;
use super::scope::Scope;
use super::{App, sealing};
use crate::conversion::plan::PlanLine;
use crate::domain::enrolment::COHORTS;
use crate::domain::ids::{JobId, LearnerId, ProgrammeId};
use crate::domain::invalid::{Invalid, Reason};
use crate::domain::text::{CLASS_MAX, clean_line};
use crate::domain::text_enum::text_enum;
use crate::domain::time::Instant;
use crate::store::enrolment;
use crate::store::error::StoreError;
use crate::store::job::{JobKind, JobRow, JobState};
use crate::store::job_results::{self, CohortPlanRow, InvitationRow, Invited};

/// Learners invited in one transaction.
const INVITED_AT_ONCE: i64 = 200;

/// Which list is wanted.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCohortPlan {
    /// The programme, one of the caller's.
    pub programme_id: ProgrammeId,
    /// The cohort.
    #[schema(minimum = 2000, maximum = 2100)]
    pub cohort: i32,
    /// Of this class only.
    #[serde(default)]
    #[schema(max_length = 50)]
    pub class: Option<String>,
}

/// What the job is asked, as it is stored.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Request {
    pub programme: Uuid,
    pub cohort: i32,
    pub class: Option<String>,
    pub on: NaiveDate,
}

text_enum! {
    /// What has come of an invitation, or of a list's result.
    pub enum InvitationState {
        Open = "open" / "待申请",
        Applied = "applied" / "已申请",
        NothingLeft = "nothing_left" / "已无可转换",
        Left = "left" / "已离校",
    }
}

/// What one learner could convert.
#[derive(Debug, Clone)]
pub struct CohortPlanView {
    /// What it comes to.
    pub row: CohortPlanRow,
    /// The lines; none once the learner's key has been erased.
    pub lines: Vec<PlanLine>,
    /// When the learner was invited, UTC microseconds.
    pub invited_at: Option<i64>,
    /// What has come of it.
    pub state: InvitationState,
}

/// An invitation as its learner sees it.
#[derive(Debug, Clone)]
pub struct InvitationView {
    /// Who invites to what.
    pub invitation: InvitationRow,
    /// The programme.
    pub programme: Option<ProgrammeId>,
    /// What could be converted.
    pub plan: CohortPlanView,
}

impl App {
    /// Asks who of a cohort of the caller's could convert what today.
    pub fn create_cohort_plan(&self, actor: &ClientActor, new: &NewCohortPlan) -> Result<JobRow> {
        actor.require(Scope::ConversionsWrite)?;
        let mut invalid = Invalid::default();
        if !COHORTS.contains(&new.cohort) {
            invalid.push("/cohort", Reason::range(COHORTS.start(), COHORTS.end()));
        }
        let class = new.class.as_deref().and_then(|class| invalid.take("/class", clean_line(class, CLASS_MAX)));
        invalid.into_result()?;
        let (programme, cohort, on) = (new.programme_id, new.cohort, self.clock.today());
        let request = Request { programme: programme.uuid(), cohort, class, on };
        let request = serde_json::to_string(&request).map_err(StoreError::broken)?;
        self.db.write(|conn| {
            own(conn, actor, programme)?;
            self.enqueue(conn, actor, JobKind::CohortPlan, request.clone())
        })
    }

    /// Up to `limit` results of a list after an enrolment; with `some`, only of those who could convert anything. Learners
    /// who have left the school since are left out. Each tells what has come of it since: who was invited, and who applied.
    pub fn list_cohort_plan_results(
        &self,
        actor: &ClientActor,
        id: JobId,
        some: bool,
        after: Option<Uuid>,
        limit: i64,
    ) -> Result<Vec<CohortPlanView>> {
        actor.require(Scope::PlansRead)?;
        let views = self.db.read(|conn| {
            let job = own_of(conn, actor, id, JobKind::CohortPlan)?;
            let rows = job_results::cohort_plans(conn, id, some, after.unwrap_or_default(), limit)?;
            let learners: Vec<Uuid> = rows.iter().map(|row| row.learner).collect();
            let invited = job_results::invited_at(conn, id, &learners)?;
            let standing = Standing::read(conn, &rows, self.clock.today())?;
            let view = |row: CohortPlanRow| {
                let invited_at = invited.get(&(row.learner, row.enrolment)).copied();
                self.cohort_plan_view(&standing, (id, job.watermark), row, invited_at)
            };
            rows.into_iter().map(view).collect::<Result<Vec<_>>>()
        })?;
        let shown = views.iter().map(|view| view.row.learner);
        self.audit_shown(
            &Actor::Client(*actor),
            "list_cohort_plan_results",
            Some(&format!("cohort_plan {id}")),
            shown,
        )?;
        Ok(views)
    }

    fn cohort_plan_view(
        &self,
        standing: &Standing,
        (job, since): (JobId, Instant),
        row: CohortPlanRow,
        invited_at: Option<i64>,
    ) -> Result<CohortPlanView> {
        let still = standing.enrolment(row.enrolment).is_some_and(|one| one.status.is_live());
        let lines = if still { self.open_lines(standing, job, &row)? } else { Vec::new() };
        let state = standing.state(&row, &lines, since);
        Ok(CohortPlanView { row, lines, invited_at, state })
    }

    fn open_lines(&self, standing: &Standing, job: JobId, row: &CohortPlanRow) -> Result<Vec<PlanLine>> {
        let stored = standing.key(row.learner);
        let key = stored.map(|stored| sealing::unwrap(&self.keys, row.learner, stored)).transpose()?.flatten();
        let Some(key) = key else { return Ok(Vec::new()) };
        let bytes = sealing::open_bytes(&key, row.learner, job.uuid(), &row.sealed)?;
        Ok(serde_json::from_slice(&bytes).map_err(StoreError::broken)?)
    }

    /// Invites everybody of a finished list who could convert anything; answers how many are new.
    pub fn invite_cohort(&self, actor: &ClientActor, id: JobId) -> Result<usize> {
        actor.require(Scope::ConversionsWrite)?;
        let job = self.db.read(|conn| own_of(conn, actor, id, JobKind::CohortPlan))?;
        if job.state != JobState::Done {
            return Err(Refusal::JobState { state: job.state.to_string() }.into());
        }
        let (mut after, mut invited) = (Uuid::nil(), 0);
        loop {
            let rows = self.db.read(|conn| job_results::cohort_plans(conn, id, true, after, INVITED_AT_ONCE))?;
            let Some(last) = rows.last() else { break };
            after = last.enrolment;
            let at = self.clock.now().micros();
            let invitation = |row: &CohortPlanRow| InvitationRow {
                learner: row.learner,
                job: id.uuid(),
                enrolment: row.enrolment,
                institution: actor.institution.uuid(),
                at,
            };
            let rows: Vec<InvitationRow> = rows.iter().map(invitation).collect();
            invited += self.db.write(|conn| job_results::invite(conn, &rows, actor.client.uuid()))?;
        }
        self.db.write(|conn| self.note_change(conn, Some(actor), "invite_cohort", &format!("cohort_plan {id}")))?;
        Ok(invited)
    }

    /// The invitations of a learner, for itself and its schools, newest first.
    pub fn list_conversion_invitations(&self, actor: &Actor, learner: LearnerId) -> Result<Vec<InvitationView>> {
        actor.require(Scope::PlansRead)?;
        actor.require_self(learner)?;
        let views = self.db.read(|conn| {
            if let Some(school) = actor.institution()
                && !enrolment::is_own(conn, learner.uuid(), school.uuid())?
            {
                return Err(Error::NotFound);
            }
            let mut invited = job_results::invitations(conn, learner.uuid())?;
            invited.retain(|one| actor.institution().is_none_or(|own| own.uuid() == one.invitation.institution));
            let standing = Standing::read(conn, invited.iter().map(|one| &one.row), self.clock.today())?;
            let view = |one: Invited| {
                let Invited { invitation, watermark, row } = one;
                let programme = standing.enrolment(row.enrolment).map(|one| one.programme_id);
                let of_job = (JobId::from_uuid(invitation.job), watermark);
                let plan = self.cohort_plan_view(&standing, of_job, row, Some(invitation.at))?;
                Ok(InvitationView { invitation, programme, plan })
            };
            invited.into_iter().map(view).collect::<Result<Vec<_>>>()
        })?;
        self.audit_shown(actor, "list_conversion_invitations", None, [learner.uuid()])?;
        Ok(views)
    }
}
