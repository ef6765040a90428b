//! Conversion plans: made for a learner and a programme, kept for application.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::App;
use super::actor::Actor;
use super::error::{Error, Result};
use super::plan_basis::Aim;
use super::plan_steps::possible_steps;
use super::plan_supposed::{Supposed, supposed};
use super::plan_view::PlanView;
use super::refusal::Refusal;
use super::scope::Scope;
use crate::conversion::evaluate::evaluate_within;
use crate::conversion::input::{EVIDENCE_MAX, PlanInput};
use crate::conversion::rule_set::RuleSetVersion;
use crate::conversion::solve::Effort;
use crate::conversion::steps::{coming, next_steps};
use crate::domain::enrolment::Enrolment;
use crate::domain::ids::{EnrolmentId, LearnerId, ProgrammeId};
use crate::domain::invalid::{Invalid, Reason};
use crate::ledger::history::History;
use crate::store::conn::Conn;
use crate::store::rules_in_force::{RuleKeys, to_come};
use crate::store::{enrolment, programme};

/// Time for the search of one plan: whatever is found by then is answered, with what no plan can pass.
pub const PLAN_TIME: Duration = Duration::from_millis(800);
/// Time for each plan that is only looked at beside it.
const LOOK_TIME: Duration = Duration::from_millis(50);
/// Most plans made at once in one process: each keeps a core busy, and other requests must not wait for them.
const AT_ONCE: usize = 8;

static MAKING: AtomicUsize = AtomicUsize::new(0);

/// A place among the plans that are made at once.
pub(super) struct Place;

impl Place {
    /// Takes one; refuses when all are taken.
    pub(super) fn take() -> Result<Self> {
        if MAKING.fetch_add(1, Ordering::AcqRel) < AT_ONCE {
            return Ok(Self);
        }
        MAKING.fetch_sub(1, Ordering::AcqRel);
        Err(Error::Unavailable)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        MAKING.fetch_sub(1, Ordering::AcqRel);
    }
}

/// What a plan is wanted for.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanPost {
    /// Whose.
    pub learner_id: LearnerId,
    /// The programme aimed at; for a learner who is not enrolled in it, under the plan of its newest cohort.
    #[serde(default)]
    pub programme_id: Option<ProgrammeId>,
    /// Instead of it, the enrolment.
    #[serde(default)]
    pub enrolment_id: Option<EnrolmentId>,
    /// Achievements supposed to be held beside those that are, at most 50.
    #[serde(default)]
    #[schema(max_items = 50)]
    pub what_if: Vec<Supposed>,
}

/// Everything read for one plan.
struct Gathered {
    input: PlanInput,
    seq: i64,
    /// Versions published by now that begin later.
    later: Vec<RuleSetVersion>,
    possible: super::plan_steps::Possible,
}

impl App {
    /// Makes a plan and keeps it: for the learner itself, a school in which it is enrolled, or the bureau.
    pub fn make_plan(&self, actor: &Actor, post: &PlanPost) -> Result<PlanView> {
        actor.require(Scope::PlansRead)?;
        actor.require_self(post.learner_id)?;
        let _place = Place::take()?;
        let learner = post.learner_id;
        let mut gathered = self.db.read(|conn| {
            self.require_plannable(conn, actor, learner)?;
            let history = self.history(conn, learner.uuid())?;
            let aim = self.aim(conn, learner, post)?;
            self.gather(conn, learner.uuid(), &history, &aim, &post.what_if)
        })?;
        let input = &mut gathered.input;
        if input.evidence.len() > EVIDENCE_MAX {
            return Err(Invalid::one("/learner_id", Reason::TooMany { max: EVIDENCE_MAX }).into());
        }
        let plan = evaluate_within(input, Effort { time: Some(PLAN_TIME), nodes: None });
        let look = Effort { time: Some(LOOK_TIME), nodes: None };
        let steps = next_steps(input, &plan, &gathered.possible.evidence, look);
        let coming = coming(input, &gathered.later, look);
        let (id, expires_at) = self.db.write(|conn| {
            if let Actor::Client(client) = actor {
                self.audit_client(conn, client, "view_plan", Some(learner), true, None)?;
            }
            self.keep_plan(conn, actor, (learner.uuid(), gathered.seq), input, &plan)
        })?;
        let view = PlanView::new(id, learner, (gathered.seq, expires_at), input, &plan);
        Ok(view.with_steps(&gathered.possible, &steps).with_coming(&coming))
    }

    /// Whoever may not know of the learner gets the answer for one who does not exist.
    pub(super) fn require_plannable(&self, conn: &mut Conn, actor: &Actor, learner: LearnerId) -> Result<()> {
        match actor {
            Actor::Client(client) => self.require_readable(conn, client, learner),
            Actor::Learner(_) if crate::store::book::head(conn, learner.uuid())?.is_none() => Err(Error::NotFound),
            Actor::Learner(_) => Ok(()),
        }
    }

    fn gather(
        &self,
        conn: &mut Conn,
        learner: Uuid,
        history: &History,
        aim: &Aim,
        what_if: &[Supposed],
    ) -> Result<Gathered> {
        let on = self.clock.today();
        let mut inputs = self.plan_inputs(conn, learner, history, std::slice::from_ref(aim), on)?;
        let mut input = inputs.pop().ok_or(Refusal::PlanWithoutEnrolment)?;
        let added = supposed(conn, self.ids.as_ref(), on, what_if)?;
        input.evidence.extend(added);
        let institution = input.programme.institution;
        let keys = RuleKeys { programme: aim.programme, institution, cohort: aim.cohort };
        let later = to_come(conn, on, &keys)?.iter().map(|version| version.as_ref().clone()).collect();
        let possible = possible_steps(conn, self.ids.as_ref(), &input)?;
        let seq = history.transactions.last().map_or(0, |transaction| transaction.seq);
        Ok(Gathered { input, seq, later, possible })
    }

    /// The programme and cohort that are meant.
    fn aim(&self, conn: &mut Conn, learner: LearnerId, post: &PlanPost) -> Result<Aim> {
        let rows = enrolment::rows_of(conn, &[learner.uuid()], None)?;
        let enrolments: Vec<Enrolment> = rows.into_iter().map(|row| row.enrolment).collect();
        match (post.enrolment_id, post.programme_id) {
            (Some(id), programme) => {
                let found = enrolments.iter().find(|one| one.id == id).ok_or(Error::NotFound)?;
                if programme.is_some_and(|programme| programme != found.programme_id) {
                    return Err(Invalid::one("/programme_id", Reason::Mismatch).into());
                }
                Ok(aim_of(found))
            }
            (None, Some(programme)) => {
                let own = enrolments.iter().filter(|one| one.programme_id == programme && one.status.is_live());
                match own.max_by_key(|one| (one.from_on, one.id)) {
                    Some(found) => Ok(aim_of(found)),
                    None => Ok(self.newest_aims(conn, &[programme.uuid()])?.pop().ok_or(Error::NotFound)?),
                }
            }
            (None, None) => Err(Invalid::one("/programme_id", Reason::Required).into()),
        }
    }

    /// Programmes as somebody aims at them who is not enrolled: under the plan of the newest cohort. Those without any plan
    /// are left out.
    pub(super) fn newest_aims(&self, conn: &mut Conn, programmes: &[Uuid]) -> Result<Vec<Aim>> {
        let known = programme::of_ids(conn, programmes)?;
        let plans = enrolment::plans(conn, programmes)?;
        let aim = |programme: &Uuid| {
            known.get(programme)?;
            let cohort = plans.get(programme)?.versions.keys().copied().max()?;
            let cohort = i32::try_from(cohort).ok()?;
            Some(Aim { programme: *programme, cohort, enrolment: None })
        };
        Ok(programmes.iter().filter_map(aim).collect())
    }
}

/// What an enrolment aims at.
pub(super) fn aim_of(enrolment: &Enrolment) -> Aim {
    Aim { programme: enrolment.programme_id.uuid(), cohort: enrolment.cohort, enrolment: Some(enrolment.id) }
}
