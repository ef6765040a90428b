//! Enrolments: opened, looked at, and their status changed by the institution they are at.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::App;
use super::actor::{Actor, ClientActor};
use super::enrolling::Enrolling;
use super::error::{Error, Result};
use super::idempotency::{Answer, Once};
use super::opening::Opener;
use super::oversight::is_of_or_over;
use super::refusal::Refusal;
use super::scope::Scope;
use super::sealing;
use crate::crypto::seal::DataKey;
use crate::domain::award::{AwardOutcome, AwardState};
use crate::domain::enrolment::{EnrolmentStatus, NewEnrolment, StatusChange, period_end};
use crate::domain::ids::{EnrolmentId, InstitutionId, LearnerId, ProgrammeId, ProgrammeVersionId};
use crate::domain::invalid::{Invalid, Reason};
use crate::domain::text::{REASON_MAX, clean_line};
use crate::domain::time::{Instant, strict_date};
use crate::store::award::{self, AwardRow};
use crate::store::conn::Conn;
use crate::store::enrolment::{self, EnrolmentRow, StatusRow};
use crate::store::error::Result as StoreResult;
use crate::store::{book, learner};

/// An enrolment.
#[derive(Clone, Serialize, ToSchema)]
pub struct EnrolmentView {
    /// Its id.
    pub id: EnrolmentId,
    /// Whose.
    pub learner_id: LearnerId,
    /// Where.
    pub institution_id: InstitutionId,
    /// In what.
    pub programme_id: ProgrammeId,
    /// The plan of the cohort, where one stood when the enrolment was opened.
    pub programme_version_id: Option<ProgrammeVersionId>,
    /// Year of entry.
    pub cohort: i32,
    /// Student number; null at other institutions and once the person has been erased.
    pub student_no: Option<String>,
    /// Class; null at other institutions.
    pub class: Option<String>,
    /// Present status.
    pub status: EnrolmentStatus,
    /// First day.
    pub from: NaiveDate,
    /// Last day; null while it lives.
    pub to: Option<NaiveDate>,
}

/// One step of a status history.
#[derive(Clone, Serialize, ToSchema)]
pub struct StatusView {
    /// The status from then on.
    pub status: EnrolmentStatus,
    /// The first day of it.
    pub from: NaiveDate,
    /// Why.
    pub reason: Option<String>,
    /// When it was recorded.
    pub recorded_at: Instant,
}

/// An enrolment with its history.
#[derive(Clone, Serialize, ToSchema)]
pub struct EnrolmentDetails {
    /// The enrolment.
    #[serde(flatten)]
    pub enrolment: EnrolmentView,
    /// Its statuses, the oldest first.
    pub status_history: Vec<StatusView>,
    /// Its version, for the entity tag.
    #[serde(skip)]
    pub version: i64,
}

/// A change of status, as a request names it. `Debug` does not print the reason.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeStatus {
    /// The status from then on.
    pub status: EnrolmentStatus,
    /// The first day of it, not in the future.
    #[serde(with = "strict_date")]
    pub from: NaiveDate,
    /// Why.
    #[serde(default)]
    #[schema(max_length = 500)]
    pub reason: Option<String>,
}

impl EnrolmentView {
    /// The view of a row; the student number as far as the key is there.
    pub(super) fn of(row: &EnrolmentRow, key: Option<&DataKey>) -> StoreResult<Self> {
        let e = &row.enrolment;
        let student_no =
            key.map(|key| sealing::open(key, e.learner_id.uuid(), e.id.uuid(), &row.sealed)).transpose()?;
        Ok(Self {
            id: e.id,
            learner_id: e.learner_id,
            institution_id: e.institution_id,
            programme_id: e.programme_id,
            programme_version_id: e.programme_version_id,
            cohort: e.cohort,
            student_no,
            class: e.class.clone(),
            status: e.status,
            from: e.from_on,
            to: e.to_on,
        })
    }
}

impl App {
    /// Opens an enrolment in a programme of the caller's, for a learner that has or had one there, or whose account the
    /// caller opened and nobody activated. One that stands already is answered.
    pub fn open_enrolment(
        &self,
        actor: &ClientActor,
        learner: LearnerId,
        request: &NewEnrolment,
        once: &Once,
    ) -> Result<Answer<EnrolmentDetails>> {
        actor.require(Scope::LearnersWrite)?;
        let new = request.validate()?;
        let (id, institution) = (learner.uuid(), actor.institution.uuid());
        let answer = self.idempotently(once, |conn| {
            let account = learner::of_ids(conn, &[id])?.remove(&id).ok_or(Error::NotFound)?;
            let opener = account.opened_by == institution && account.activated_at.is_none();
            if !opener && enrolment::statuses(conn, id, institution)?.is_empty() {
                return Err(Error::NotFound);
            }
            let key = self.learner_key(conn, id)?.ok_or(Error::NotFound)?;
            let plans = enrolment::plans(conn, &[new.programme_id.uuid()])?;
            if !plans.values().any(|plans| plans.institution == institution) {
                return Err(Refusal::UnknownProgramme.at("/programme_id").into());
            }
            let one = Enrolling { learner: id, key: &key, existing: true, enrolment: &new, id: self.ids.id() };
            let opener = Opener { institution, by: actor.client.uuid() };
            let outcomes = self.openings().enrol_all(conn, opener, &plans, &[one], self.clock.now())?;
            let outcome = outcomes.into_iter().next().unwrap_or(Err(Refusal::NotTakenNow));
            let enrolment = outcome.map_err(|refusal| Error::from(refusal.at("/student_no")))?;
            self.audit_client(conn, actor, "open_enrolment", Some(learner), true, None)?;
            Ok(enrolment)
        })?;
        let (enrolment, replayed) = answer.parts();
        let view = self.db.read(|conn| self.enrolment_details(conn, actor, EnrolmentId::from_uuid(enrolment)))?;
        Ok(if replayed { Answer::Replayed(view) } else { Answer::Fresh(view) })
    }

    /// The enrolments of one of the caller's own learners; those at other institutions without number and class.
    pub fn list_enrolments(&self, actor: &ClientActor, learner: LearnerId) -> Result<Vec<EnrolmentView>> {
        actor.require(Scope::LearnersRead)?;
        let id = learner.uuid();
        let views = self.db.read(|conn| {
            self.require_own(conn, actor, learner)?;
            learner::of_ids(conn, &[id])?.remove(&id).ok_or(Error::NotFound)?;
            let key = self.learner_key(conn, id)?;
            let rows = enrolment::rows_of(conn, &[id], None)?;
            let mut view = |row: &EnrolmentRow| {
                let own = is_of_or_over(conn, &Actor::Client(*actor), row.enrolment.institution_id.uuid())?;
                let mut view = EnrolmentView::of(row, key.as_ref().filter(|_| own))?;
                view.class = view.class.filter(|_| own);
                Ok::<_, Error>(view)
            };
            rows.iter().map(&mut view).collect::<Result<Vec<_>>>()
        })?;
        self.db.write(|conn| self.audit_client(conn, actor, "list_enrolments", Some(learner), true, None))?;
        Ok(views)
    }

    /// An enrolment at the caller's institution with its history; for the bureau any.
    pub fn get_enrolment(&self, actor: &ClientActor, id: EnrolmentId) -> Result<EnrolmentDetails> {
        actor.require(Scope::LearnersRead)?;
        let details = self.db.read(|conn| self.enrolment_details(conn, actor, id))?;
        let learner = Some(details.enrolment.learner_id);
        self.db.write(|conn| self.audit_client(conn, actor, "view_enrolment", learner, true, None))?;
        Ok(details)
    }

    /// Changes the status of an enrolment at the caller's institution.
    pub fn change_enrolment_status(
        &self,
        actor: &ClientActor,
        id: EnrolmentId,
        change: &ChangeStatus,
    ) -> Result<EnrolmentDetails> {
        actor.require(Scope::LearnersWrite)?;
        let mut invalid = Invalid::default();
        let reason = change.reason.as_ref().and_then(|text| invalid.take("/reason", clean_line(text, REASON_MAX)));
        if change.from > self.clock.today() {
            invalid.push("/from", Reason::Future);
        }
        invalid.into_result()?;
        self.db.write(|conn| {
            let learner = self.own_enrolment(conn, actor, id.uuid())?.learner_id;
            // Whoever converts into the enrolment or confers an award meanwhile has to see it as it becomes.
            book::lock_books(conn, self.book, &[learner.uuid()])?;
            let row = enrolment::find_row(conn, id.uuid())?.ok_or(Error::NotFound)?;
            let (from, to) = (row.enrolment.status, change.status);
            if !from.can_become(to) {
                return Err(Refusal::StatusChangeNotAllowed { from: from.to_string(), to: to.to_string() }.into());
            }
            if to == EnrolmentStatus::Graduated && !graduated(conn, learner.uuid(), id.uuid())? {
                return Err(Refusal::AwardRequired.at("/status").into());
            }
            let history = enrolment::history(conn, learner.uuid(), id.uuid())?;
            if history.last().is_some_and(|last| change.from < last.from_on) {
                return Err(Invalid::one("/from", Reason::Earlier { other: "status_history" }).into());
            }
            let seq = history.last().map_or(0, |last| last.seq) + 1;
            let sealed = match &reason {
                Some(reason) => {
                    let key = self.learner_key(conn, learner.uuid())?.ok_or(Error::NotFound)?;
                    let place = step_place(id.uuid(), seq);
                    Some(sealing::seal(self.ids.as_ref(), &key, learner.uuid(), place, reason))
                }
                None => None,
            };
            let steps = history.iter().map(|step| StatusChange { status: step.status, on: step.from_on });
            let steps: Vec<_> = steps.chain([StatusChange { status: to, on: change.from }]).collect();
            let step = StatusRow {
                seq,
                status: to,
                from_on: change.from,
                reason: sealed,
                recorded_by: actor.client.uuid(),
                recorded_at: self.clock.now().micros(),
            };
            enrolment::change_status(conn, &row, period_end(&steps), step)?;
            self.audit_client(conn, actor, "change_enrolment_status", Some(learner), true, Some(to.as_str()))?;
            self.enrolment_details(conn, actor, id)
        })
    }

    fn enrolment_details(&self, conn: &mut Conn, actor: &ClientActor, id: EnrolmentId) -> Result<EnrolmentDetails> {
        let row = enrolment::find_row(conn, id.uuid())?.ok_or(Error::NotFound)?;
        if !is_of_or_over(conn, &Actor::Client(*actor), row.enrolment.institution_id.uuid())? {
            return Err(Error::NotFound);
        }
        let learner = row.enrolment.learner_id.uuid();
        let key = self.learner_key(conn, learner)?;
        let step = |step: StatusRow| {
            let sealed = step.reason.as_deref().zip(key.as_ref());
            let place = step_place(id.uuid(), step.seq);
            let reason = sealed.map(|(sealed, key)| sealing::open(key, learner, place, sealed)).transpose()?;
            let recorded_at = Instant::from_micros(step.recorded_at);
            Ok(StatusView { status: step.status, from: step.from_on, reason, recorded_at })
        };
        let status_history =
            enrolment::history(conn, learner, id.uuid())?.into_iter().map(step).collect::<Result<_>>()?;
        let enrolment = EnrolmentView::of(&row, key.as_ref())?;
        Ok(EnrolmentDetails { enrolment, status_history, version: row.version })
    }
}

/// Whether an award of 毕业 stands for an enrolment.
fn graduated(conn: &mut Conn, learner: Uuid, enrolment: Uuid) -> Result<bool> {
    let stands = |one: &AwardRow| {
        one.enrolment == enrolment && one.outcome == AwardOutcome::Graduated && one.state != AwardState::Reversed
    };
    Ok(award::of_learners(conn, &[learner])?.iter().any(stands))
}

/// The place of a step's reason: the enrolment's id with the step's number folded in, so that no two places are one.
fn step_place(enrolment: Uuid, seq: i64) -> Uuid {
    let number = u128::from(seq.unsigned_abs());
    Uuid::from_u128(enrolment.as_u128() ^ number)
}
