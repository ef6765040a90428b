//! Course substitutions for one learner (课程替代), by the school, with a reason.

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::App;
use super::actor::{Actor, ClientActor};
use super::error::{Error, Result};
use super::progress::sees;
use super::refusal::Refusal;
use super::scope::Scope;
use super::sealing;
use crate::domain::ids::EnrolmentId;
use crate::domain::invalid::{Invalid, Reason};
use crate::domain::requirement::Substitution;
use crate::domain::time::Instant;
use crate::store::substitution::{self, SubstitutionRow};
use crate::store::{book, enrolment, programme_version};

/// Most substitutions that one enrolment may have.
const SUBSTITUTIONS_MAX: usize = 50;

/// A substitution as it stands.
#[derive(Clone, Serialize, ToSchema)]
pub struct SubstitutionView {
    /// Its id.
    pub id: Uuid,
    /// The course of the plan that the others stand for.
    pub course: String,
    /// They, all of them together.
    pub by: Vec<String>,
    /// Why; null once the person has been erased.
    pub reason: Option<String>,
    /// When it was decided.
    pub decided_at: Instant,
    /// When it was ended; null while it holds.
    pub ended_at: Option<Instant>,
}

impl App {
    /// Lets courses stand for another one in an enrolment at the caller's institution. One that holds already is answered.
    pub fn add_substitution(
        &self,
        actor: &ClientActor,
        id: EnrolmentId,
        request: &Substitution,
    ) -> Result<SubstitutionView> {
        actor.require(Scope::AwardsWrite)?;
        let new = request.validate()?;
        self.db.write(|conn| {
            let enrolment = self.own_enrolment(conn, actor, id.uuid())?;
            if !enrolment.status.is_live() {
                return Err(Refusal::EnrolmentNotLive.into());
            }
            let learner = enrolment.learner_id.uuid();
            book::lock_books(conn, self.book, &[learner])?;
            let wanted = [(enrolment.programme_id.uuid(), enrolment.cohort)];
            let plans = programme_version::of_cohorts(conn, &wanted)?;
            let mut courses = plans.values().flat_map(|row| &row.plan.modules).flat_map(|module| &module.courses);
            if !courses.any(|course| course.code == new.course) {
                return Err(Invalid::one("/course", Reason::Unknown).into());
            }
            let standing = substitution::of_learners(conn, &[learner])?.remove(&id.uuid()).unwrap_or_default();
            let same = |row: &&SubstitutionRow| row.ended_at.is_none() && row.course == new.course && row.by == new.by;
            let key = self.learner_key(conn, learner)?.ok_or(Error::NotFound)?;
            if let Some(row) = standing.iter().find(same) {
                return Ok(view(row, Some(sealing::open(&key, learner, row.id, &row.sealed)?)));
            }
            if standing.len() >= SUBSTITUTIONS_MAX {
                return Err(Invalid::one("", Reason::TooMany { max: SUBSTITUTIONS_MAX }).into());
            }
            let row_id = self.ids.id();
            let row = SubstitutionRow {
                learner,
                enrolment: id.uuid(),
                id: row_id,
                course: new.course.clone(),
                by: new.by.clone(),
                sealed: sealing::seal(self.ids.as_ref(), &key, learner, row_id, &new.reason),
                decided_by: actor.client.uuid(),
                decided_at: self.clock.now().micros(),
                ended_at: None,
            };
            substitution::add(conn, &row)?;
            let about = Some(enrolment.learner_id);
            self.audit_client(conn, actor, "add_substitution", about, true, Some(&new.course))?;
            Ok(view(&row, Some(new.reason.clone())))
        })
    }

    /// Ends a substitution.
    pub fn end_substitution(&self, actor: &ClientActor, id: EnrolmentId, substitution: Uuid) -> Result<()> {
        actor.require(Scope::AwardsWrite)?;
        self.db.write(|conn| {
            let enrolment = self.own_enrolment(conn, actor, id.uuid())?;
            let learner = enrolment.learner_id.uuid();
            let (by, at) = (actor.client.uuid(), self.clock.now().micros());
            if !substitution::end(conn, learner, id.uuid(), substitution, by, at)? {
                return Err(Error::NotFound);
            }
            self.audit_client(conn, actor, "end_substitution", Some(enrolment.learner_id), true, None)
        })
    }

    /// The substitutions of an enrolment, ended ones included.
    pub fn list_substitutions(&self, actor: &Actor, id: EnrolmentId) -> Result<Vec<SubstitutionView>> {
        actor.require(Scope::AwardsRead)?;
        let (learner, views) = self.db.read(|conn| {
            let found = enrolment::find(conn, id.uuid())?.ok_or(Error::NotFound)?;
            if !sees(conn, actor, &found)? {
                return Err(Error::NotFound);
            }
            let learner = found.learner_id.uuid();
            let key = self.learner_key(conn, learner)?;
            let rows = substitution::of_learners(conn, &[learner])?.remove(&id.uuid()).unwrap_or_default();
            let opened = |row: &SubstitutionRow| {
                let reason = key.as_ref().map(|key| sealing::open(key, learner, row.id, &row.sealed)).transpose()?;
                Ok(view(row, reason))
            };
            Ok((learner, rows.iter().map(opened).collect::<Result<_>>()?))
        })?;
        self.audit_shown(actor, "list_substitutions", Some(&format!("enrolment {id}")), [learner])?;
        Ok(views)
    }
}

fn view(row: &SubstitutionRow, reason: Option<String>) -> SubstitutionView {
    SubstitutionView {
        id: row.id,
        course: row.course.clone(),
        by: row.by.clone(),
        reason,
        decided_at: Instant::from_micros(row.decided_at),
        ended_at: row.ended_at.map(Instant::from_micros),
    }
}
