//! Conversions in every state that staff meet: converted, at a step, before the public, returned, rejected.

use uuid::Uuid;

use super::pathway::{Accounts, Told};
use super::{Made, Stage};
use crate::conversion::evaluate::evaluate_within;
use crate::conversion::plan::{ConversionPlan, PlanLine};
use crate::conversion::policy::StepBy;
use crate::conversion::solve::Effort;
use crate::domain::conversion::{ConversionStatus, DecisionOutcome, DecisionPost};
use crate::domain::enrolment::Enrolment;
use crate::domain::ids::{ConversionId, ConversionPlanId, EnrolmentId, LearnerId};
use crate::services::actor::{Actor, LearnerActor};
use crate::services::conversion::ConversionView;
use crate::services::error::{Error, Result};
use crate::services::plan::PLAN_TIME;
use crate::store::enrolment;
use crate::store::error::StoreError;

/// The first learners that apply; those before them keep their plans for whoever tries them out.
const FIRST: [u64; 2] = [3, 4];
/// Of the others, every so manieth applies, from this one on, as long as there are fewer than so many.
const EVERY: (u64, usize, usize) = (8, 7, 80);
/// Most steps of a procedure.
const STEPS_MAX: usize = 10;

/// What becomes of an application whose lines are not converted at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// Nobody has looked at it.
    Waiting,
    /// The first step has agreed.
    OneStep,
    /// Whoever's turn it is agrees, until it is converted or before the public.
    AllTheWay,
    /// The first step wants more.
    Returned,
    /// The first step says no.
    Rejected,
}

const FATES: [Fate; 5] = [Fate::AllTheWay, Fate::Waiting, Fate::OneStep, Fate::Returned, Fate::Rejected];

impl Made<'_> {
    /// Applies for conversions and decides on some of them.
    pub fn convert(
        &self,
        ids: &[Uuid],
        told: &Told<'_>,
        accounts: Accounts,
        progress: &dyn Fn(Stage, u64, u64),
    ) -> Result<()> {
        let (from, step, most) = EVERY;
        let numbers = FIRST.into_iter().chain((from..).step_by(step).take(most));
        let applicants: Vec<(u64, Uuid)> =
            numbers.filter_map(|number| Some((number, *ids.get(usize::try_from(number).ok()?)?))).collect();
        let total = applicants.len() as u64 + 2;
        // The block for the diploma of the college: what else the walker could convert is left to be tried out.
        let last = accounts.stages.last().copied().ok_or_else(|| StoreError::broken("a pathway without an end"))?;
        self.apply(accounts.walker, last, &|line| line.rule.code.starts_with("KF-D"), Fate::AllTheWay)?;
        progress(Stage::Conversions, 1, total);
        let open = self.enrolment_in(accounts.open.uuid(), told.open.offer.id.uuid())?;
        self.apply(accounts.open, open.id, &|line| line.rule.code.starts_with("KD-T"), Fate::AllTheWay)?;
        progress(Stage::Conversions, 2, total);
        for (done, (number, id)) in (3..).zip(applicants) {
            let programme = self.roll.learner(number).offer.id.uuid();
            let enrolment = self.enrolment_in(id, programme)?;
            let fate = FATES[usize::try_from(number).unwrap_or(0) % FATES.len()];
            self.apply(LearnerId::from_uuid(id), enrolment.id, &|_| true, fate)?;
            progress(Stage::Conversions, done, total);
        }
        Ok(())
    }

    fn enrolment_in(&self, learner: Uuid, programme: Uuid) -> Result<Enrolment> {
        let rows = self.app.db.read(|conn| enrolment::rows_of(conn, &[learner], None))?;
        let found = rows.into_iter().map(|row| row.enrolment).find(|one| one.programme_id.uuid() == programme);
        found.ok_or(Error::NotFound)
    }

    /// A plan for an enrolment, kept so that one can apply with it.
    fn plan(&self, actor: &Actor, learner: LearnerId, id: EnrolmentId) -> Result<(ConversionPlanId, ConversionPlan)> {
        let (app, today) = (self.app, self.app.clock.today());
        let (seq, input) = app.db.read(|conn| {
            let enrolment = enrolment::find(conn, id.uuid())?.ok_or(Error::NotFound)?;
            let history = app.history(conn, learner.uuid())?;
            let input = app.plan_input(conn, &history, &enrolment, today)?;
            Ok::<_, Error>((history.transactions.last().map_or(0, |last| last.seq), input))
        })?;
        let plan = evaluate_within(&input, Effort { time: Some(PLAN_TIME), nodes: None });
        let (kept, _) = app.db.write(|conn| app.keep_plan(conn, actor, (learner.uuid(), seq), &input, &plan))?;
        Ok((ConversionPlanId::from_uuid(kept), plan))
    }

    /// The learner applies with the lines that are wanted; whoever's turn it is decides as fate will have it.
    fn apply(
        &self,
        learner: LearnerId,
        enrolment: EnrolmentId,
        wanted: &dyn Fn(&PlanLine) -> bool,
        fate: Fate,
    ) -> Result<()> {
        let actor = Actor::Learner(LearnerActor { learner, request: self.app.ids.id(), address: None });
        let (id, plan) = self.plan(&actor, learner, enrolment)?;
        let lines: Vec<u32> = plan.lines.iter().filter(|line| wanted(line)).map(|line| line.line).collect();
        if lines.is_empty() {
            return Ok(());
        }
        let once = self.app.once(actor, "apply_conversions", &id.to_string(), &id.to_string(), b"demo");
        let (conversions, _) = self.app.apply_conversions(&actor, id, Some(&lines), &once)?.parts();
        for conversion in conversions.into_iter().filter(|one| one.status == ConversionStatus::Pending) {
            self.decide_as(conversion, fate)?;
        }
        Ok(())
    }

    fn decide_as(&self, mut conversion: ConversionView, fate: Fate) -> Result<()> {
        for number in 0..STEPS_MAX {
            let outcome = match (fate, number) {
                (Fate::OneStep, 0) | (Fate::AllTheWay, _) => DecisionOutcome::Approved,
                (Fate::Returned, 0) => DecisionOutcome::Returned,
                (Fate::Rejected, 0) => DecisionOutcome::Rejected,
                _ => return Ok(()),
            };
            let Some(step) = &conversion.step else { return Ok(()) };
            if conversion.status != ConversionStatus::Pending || step.by == StepBy::Nobody {
                return Ok(());
            }
            let Some(turn) = step.turn else { return Ok(()) };
            conversion = self.decide_step(conversion.id, turn.uuid(), outcome, number)?;
        }
        Ok(())
    }

    fn decide_step(
        &self,
        id: ConversionId,
        turn: Uuid,
        outcome: DecisionOutcome,
        number: usize,
    ) -> Result<ConversionView> {
        let place = self.places.iter().find(|place| place.id.uuid() == turn);
        let actor = &place.ok_or_else(|| StoreError::broken("a step is nobody's turn"))?.actor;
        let reason = match outcome {
            DecisionOutcome::Returned => Some("请补充课程大纲或证书原件照片。"),
            DecisionOutcome::Rejected => Some("证书内容与课程相关度不足。"),
            DecisionOutcome::Approved | DecisionOutcome::PartlyApproved => None,
        };
        let post =
            DecisionPost { outcome, reason: reason.map(str::to_owned), credits: None, exempts: None, step: None };
        let key = format!("{id}/{number}");
        let once = self.app.once(*actor, "decide_conversion", &key, &id.to_string(), b"demo");
        Ok(self.app.decide_conversion(actor, id, &post, &once)?.parts().0)
    }
}
