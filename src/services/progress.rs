//! Progress: how far learners are in their programmes, for themselves, their school and the bureau.

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::App;
use super::actor::{Actor, ClientActor};
use super::error::{Error, Result};
use super::oversight::is_of_or_over;
use super::progress_basis::Basis;
use super::scope::Scope;
use crate::conversion::explain::Text;
use crate::conversion::progress::{ConditionProgress, Converted, ModuleProgress, Progress, StudyProgress, Sums};
use crate::conversion::progress_requirement::Asked;
use crate::conversion::shortfall::Shortfall;
use crate::domain::credit::CreditAmount;
use crate::domain::enrolment::{Enrolment, EnrolmentStatus};
use crate::domain::ids::{EnrolmentId, LearnerId, ProgrammeId, ProgrammeVersionId};
use crate::domain::time::Instant;
use crate::store::conn::Conn;
use crate::store::{book, enrolment};

/// One thing that is missing, with its sentence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ShortfallView {
    /// What.
    #[serde(flatten)]
    pub shortfall: Shortfall,
    /// Said.
    pub because: Text,
}

impl From<&Shortfall> for ShortfallView {
    fn from(shortfall: &Shortfall) -> Self {
        let because = Text::new(shortfall.zh(), shortfall.en());
        Self { shortfall: shortfall.clone(), because }
    }
}

/// How far a learner is in an enrolment.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ProgressView {
    /// The enrolment.
    pub enrolment_id: EnrolmentId,
    /// The learner.
    pub learner_id: LearnerId,
    /// The programme.
    pub programme_id: ProgrammeId,
    /// The plan it is measured by; null where the cohort has none.
    pub programme_version_id: Option<ProgrammeVersionId>,
    /// Year of entry.
    pub cohort: i32,
    /// Status of the enrolment.
    pub status: EnrolmentStatus,
    /// When it was measured.
    pub as_of: Instant,
    /// The last place of the chain that was looked at.
    pub learner_seq: i64,
    /// Whether everything is met.
    pub met: bool,
    /// Credits in all.
    pub total: Sums,
    /// Module by module.
    pub modules: Vec<ModuleProgress>,
    /// Credits that count in no module of the plan.
    pub unplanned: CreditAmount,
    /// What is asked for beyond the modules.
    pub requirements: Vec<Asked>,
    /// Converted credits against the cap.
    pub converted: Converted,
    /// Study time, where it is bounded.
    pub study: Option<StudyProgress>,
    /// Conditions that staff confirm.
    pub conditions: Vec<ConditionProgress>,
    /// Everything that is missing.
    pub shortfalls: Vec<ShortfallView>,
    /// Courses that came twice, earned and granted: counted once.
    pub counted_once: Vec<String>,
}

impl App {
    /// How far one enrolment is: for its learner, its institution and the bureau.
    pub fn enrolment_progress(&self, actor: &Actor, id: EnrolmentId) -> Result<ProgressView> {
        actor.require(Scope::LearnersRead)?;
        let view = self.db.read(|conn| {
            let found = enrolment::find(conn, id.uuid())?.ok_or(Error::NotFound)?;
            if !sees(conn, actor, &found)? {
                return Err(Error::NotFound);
            }
            Ok(self.progress_views(conn, &[found])?.pop())
        })?;
        let view = view.ok_or(Error::NotFound)?;
        self.note_progress_seen(actor, view.learner_id)?;
        Ok(view)
    }

    /// How far a learner is in its enrolments, as far as the caller may know of them.
    pub fn learner_progress(
        &self,
        actor: &Actor,
        learner: LearnerId,
        only: Option<EnrolmentId>,
    ) -> Result<Vec<ProgressView>> {
        actor.require(Scope::LearnersRead)?;
        actor.require_self(learner)?;
        let views = self.db.read(|conn| {
            if let Actor::Client(client) = actor {
                self.require_readable(conn, client, learner)?;
            } else if book::head(conn, learner.uuid())?.is_none() {
                return Err(Error::NotFound);
            }
            let mut enrolments = Vec::new();
            for row in enrolment::rows_of(conn, &[learner.uuid()], None)? {
                let one = row.enrolment;
                if only.is_none_or(|only| one.id == only) && sees(conn, actor, &one)? {
                    enrolments.push(one);
                }
            }
            if only.is_some() && enrolments.is_empty() {
                return Err(Error::NotFound);
            }
            self.progress_views(conn, &enrolments)
        })?;
        self.note_progress_seen(actor, learner)?;
        Ok(views)
    }

    fn progress_views(&self, conn: &mut Conn, enrolments: &[Enrolment]) -> Result<Vec<ProgressView>> {
        let basis = Basis::load(conn, enrolments, None)?;
        let (now, today) = (self.clock.now(), self.clock.today());
        let view = |one: &Enrolment| {
            let measured = basis.measure(one, today);
            let plan = measured.plan.map(|plan| plan.id);
            let Progress { met, total, modules, unplanned, requirements, converted, study, .. } = measured.progress;
            ProgressView {
                enrolment_id: one.id,
                learner_id: one.learner_id,
                programme_id: one.programme_id,
                programme_version_id: plan,
                cohort: one.cohort,
                status: one.status,
                as_of: now,
                learner_seq: measured.learner_seq,
                met,
                total,
                modules,
                unplanned,
                requirements,
                converted,
                study,
                conditions: measured.progress.conditions,
                shortfalls: measured.progress.shortfalls.iter().map(ShortfallView::from).collect(),
                counted_once: measured.progress.counted_once,
            }
        };
        Ok(enrolments.iter().map(view).collect())
    }

    fn note_progress_seen(&self, actor: &Actor, learner: LearnerId) -> Result<()> {
        match actor {
            Actor::Client(client) => {
                self.db.write(|conn| self.audit_client(conn, client, "view_progress", Some(learner), true, None))
            }
            Actor::Learner(_) => Ok(()),
        }
    }

    /// An enrolment at the caller's institution, for what only that institution may do.
    pub(super) fn own_enrolment(&self, conn: &mut Conn, actor: &ClientActor, id: Uuid) -> Result<Enrolment> {
        let found = enrolment::find(conn, id)?.ok_or(Error::NotFound)?;
        if found.institution_id == actor.institution { Ok(found) } else { Err(Error::NotFound) }
    }
}

/// Whether the actor may know how far this enrolment is.
pub(super) fn sees(conn: &mut Conn, actor: &Actor, enrolment: &Enrolment) -> Result<bool> {
    match actor {
        Actor::Client(_) => is_of_or_over(conn, actor, enrolment.institution_id.uuid()),
        Actor::Learner(own) => Ok(enrolment.learner_id == own.learner),
    }
}
