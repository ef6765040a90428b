//! Deciding: approving step by step, returning for completion, rejecting; withdrawing and undoing.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::super::App;
use super::super::actor::{Actor, ClientActor};
use super::super::care::carefully;
use super::super::error::{Error, Result};
use super::super::idempotency::{Answer, Once};
use super::super::refusal::Refusal;
use super::super::scope::Scope;
use super::super::writing::Writing;
use super::turn::{Standing, step_of};
use super::{Case, ConversionView};
use crate::domain::conversion::{
    COMPLETION_DAYS, ConversionAction, ConversionStatus, DecisionOutcome, DecisionPost, share_of_draw,
};
use crate::domain::credit::CreditAmount;
use crate::domain::ids::{ConversionId, EvidenceFileId, InstitutionId};
use crate::domain::working_days::due;
use crate::ledger::conversion::{Draw, Terms};
use crate::ledger::purse::Account;
use crate::ledger::transaction::Author;
use crate::store::conn::Conn;
use crate::store::enrolment;

/// What the record of a key keeps.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Done {
    conversion: Uuid,
}

impl App {
    /// Converts what has been approved: draws what was set aside, grants, and marks the uses.
    pub(super) fn convert(
        &self,
        conn: &mut Conn,
        writing: &mut Writing,
        case: &mut Case,
        author: Author,
    ) -> Result<()> {
        let row = &case.row;
        let stands = enrolment::find(conn, row.enrolment)?.ok_or(Error::NotFound)?;
        if !stands.status.is_live() {
            return Err(Refusal::EnrolmentNotLive.into());
        }
        let held = crate::ledger::lots::Lots::of(&writing.history.transactions).lying_in(Account::held(row.id));
        let share = |amount| share_of_draw(amount, row.credits, row.asked);
        let draws: Vec<Draw> = held
            .into_iter()
            .map(|(lot, amount)| Draw { lot, amount: share(amount) })
            .filter(|draw| draw.amount > CreditAmount::ZERO)
            .collect();
        let terms = Terms {
            conversion: row.id,
            rule_set: row.rule_set,
            enrolment: row.enrolment,
            credit_type: row.credit_type,
            credits: row.credits,
            draws: &draws,
            exempts: !row.exempts.is_empty(),
        };
        let today = self.clock.today();
        self.post(writing, author, |history, mut ids| history.convert(&terms, today, &mut ids))?;
        let row = &mut case.row;
        (row.status, row.turn, row.due_on, row.days_left) = (ConversionStatus::Converted, None, None, None);
        row.decided_on = Some(today);
        self.note(writing, case, author, ConversionAction::Converted, None);
        Ok(())
    }

    /// Ends a conversion that is being decided: what was set aside goes back, its evidence is free again.
    pub(super) fn let_go(
        &self,
        conn: &mut Conn,
        writing: &mut Writing,
        case: &mut Case,
        author: Author,
        to: ConversionStatus,
    ) -> Result<()> {
        let (id, today) = (case.row.id, self.clock.today());
        self.post(writing, author, |history, mut ids| Ok(history.release(id, today, &mut ids)))?;
        self.let_evidence_go(conn, writing, &case.row)?;
        let row = &mut case.row;
        (row.status, row.turn, row.due_on, row.days_left) = (to, None, None, None);
        row.decided_on = Some(today);
        Ok(())
    }

    /// Decides the present step of a conversion, by whoever's turn it is.
    pub fn decide_conversion(
        &self,
        actor: &ClientActor,
        id: ConversionId,
        post: &DecisionPost,
        once: &Once,
    ) -> Result<Answer<ConversionView>> {
        actor.require(Scope::ConversionsDecide)?;
        let post = post.validate()?;
        let answer = self.idempotently(once, |conn| {
            let (mut writing, mut case) = self.conversion_case(conn, id.uuid())?;
            self.catch_up(conn, &mut writing, &mut case)?;
            match self.conversion_standing(conn, actor, &case.row)? {
                Standing::Turn => {}
                Standing::Knows if case.row.status == ConversionStatus::Pending && case.row.turn.is_some() => {
                    return Err(Error::Forbidden);
                }
                Standing::Knows => return Err(Refusal::WrongState.into()),
                Standing::Nobody => return Err(Error::NotFound),
            }
            if case.row.actor == actor.client.uuid() {
                return Err(Refusal::AnotherPersonRequired.into());
            }
            if post.step.is_some() && post.step != case.row.step {
                return Err(Refusal::WrongState.into());
            }
            self.decide_step(conn, &mut writing, &mut case, actor, &post)?;
            self.audit_conversion(conn, &Actor::Client(*actor), "decide_conversion", &case.row, post.outcome.as_str())?;
            self.save(conn, &writing, case)?;
            Ok(Done { conversion: id.uuid() })
        })?;
        self.answer_conversion(answer, &Actor::Client(*actor))
    }

    fn decide_step(
        &self,
        conn: &mut Conn,
        writing: &mut Writing,
        case: &mut Case,
        actor: &ClientActor,
        post: &DecisionPost,
    ) -> Result<()> {
        let (author, reason) = (actor.author(), post.reason.as_deref());
        match post.outcome {
            DecisionOutcome::Approved | DecisionOutcome::PartlyApproved => {
                let (credits, exempts) = post.narrow(case.row.credits, &case.row.exempts)?;
                if credits.is_zero() && exempts.is_empty() {
                    return Err(Refusal::NothingToConvert.into());
                }
                let less = credits < case.row.credits || exempts.len() < case.row.exempts.len();
                (case.row.credits, case.row.exempts) = (credits, exempts);
                if less {
                    self.report_short(conn, writing, &case.row)?;
                }
                let action = if less { ConversionAction::PartlyApproved } else { ConversionAction::Approved };
                self.note(writing, case, author, action, reason);
                self.go_on(conn, writing, case, author)
            }
            DecisionOutcome::Returned => {
                let today = self.clock.today();
                let calendar = self.calendar_from(conn, today)?;
                let left = case.row.due_on.map(|due| calendar.between(today, due));
                let days = step_of(&case.row, &case.line.procedure).map_or(0, |step| step.working_days);
                case.row.status = ConversionStatus::Returned;
                case.row.turn = None;
                case.row.due_on = Some(due(today, days.max(COMPLETION_DAYS), &calendar));
                case.row.days_left = Some(left.unwrap_or(0));
                self.note(writing, case, author, ConversionAction::Returned, reason);
                Ok(())
            }
            DecisionOutcome::Rejected => {
                self.let_go(conn, writing, case, author, ConversionStatus::Rejected)?;
                self.note(writing, case, author, ConversionAction::Rejected, reason);
                Ok(())
            }
        }
    }

    /// Answers a conversion that was returned: the clock goes on where it was stopped, with a working day at the least.
    pub fn complete_conversion(
        &self,
        actor: &Actor,
        id: ConversionId,
        note: &str,
        files: &[EvidenceFileId],
        once: &Once,
    ) -> Result<Answer<ConversionView>> {
        actor.require(Scope::ConversionsWrite)?;
        let answer = self.idempotently(once, |conn| {
            let (writing, mut case) = self.conversion_case(conn, id.uuid())?;
            self.require_for(conn, actor, case.row.learner)?;
            if case.row.status != ConversionStatus::Returned {
                return Err(Refusal::WrongState.into());
            }
            if let Some(until) = case.row.due_on.filter(|until| *until < self.clock.today()) {
                return Err(Refusal::PeriodOver { until }.into());
            }
            self.attach_further(conn, actor, (case.row.learner, case.row.id), files)?;
            let left = case.row.days_left.unwrap_or(0).max(1);
            let step = case.row.step.unwrap_or(1);
            self.enter(conn, &writing, &mut case, step)?;
            let today = self.clock.today();
            case.row.due_on = Some(due(today, left, &self.calendar_from(conn, today)?));
            let author = actor.author(InstitutionId::from_uuid(case.row.institution));
            self.note(&writing, &mut case, author, ConversionAction::Completed, Some(note));
            self.audit_conversion(conn, actor, "complete_conversion", &case.row, "completed")?;
            self.save(conn, &writing, case)?;
            Ok(Done { conversion: id.uuid() })
        })?;
        self.answer_conversion(answer, actor)
    }

    /// Withdraws what has not been decided yet, by the learner or its school.
    pub fn withdraw_conversion(
        &self,
        actor: &Actor,
        id: ConversionId,
        reason: Option<&str>,
        once: &Once,
    ) -> Result<Answer<ConversionView>> {
        actor.require(Scope::ConversionsWrite)?;
        let answer = self.idempotently(once, |conn| {
            let (mut writing, mut case) = self.conversion_case(conn, id.uuid())?;
            self.require_for(conn, actor, case.row.learner)?;
            self.catch_up(conn, &mut writing, &mut case)?;
            if !case.row.status.is_open() {
                return Err(Refusal::WrongState.into());
            }
            let author = actor.author(InstitutionId::from_uuid(case.row.institution));
            self.let_go(conn, &mut writing, &mut case, author, ConversionStatus::Withdrawn)?;
            self.note(&writing, &mut case, author, ConversionAction::Withdrawn, reason);
            self.audit_conversion(conn, actor, "withdraw_conversion", &case.row, "withdrawn")?;
            self.save(conn, &writing, case)?;
            Ok(Done { conversion: id.uuid() })
        })?;
        self.answer_conversion(answer, actor)
    }

    /// Undoes a conversion, by the institution that received it.
    pub fn reverse_conversion(
        &self,
        actor: &ClientActor,
        id: ConversionId,
        reason: &str,
        once: &Once,
    ) -> Result<Answer<ConversionView>> {
        actor.require(Scope::ConversionsDecide)?;
        let answer = self.idempotently(once, |conn| {
            let (mut writing, mut case) = self.conversion_case(conn, id.uuid())?;
            if case.row.institution != actor.institution.uuid() {
                let knows = self.conversion_standing(conn, actor, &case.row)? != Standing::Nobody;
                return Err(if knows { Error::Forbidden } else { Error::NotFound });
            }
            self.catch_up(conn, &mut writing, &mut case)?;
            if case.row.status != ConversionStatus::Converted {
                return Err(Refusal::WrongState.into());
            }
            let (conversion, enrolment, today) = (case.row.id, Some(case.row.enrolment), self.clock.today());
            self.post(&mut writing, actor.author(), |history, mut ids| {
                history.reverse_conversion(conversion, enrolment, reason, today, &mut ids)
            })?;
            self.let_evidence_go(conn, &writing, &case.row)?;
            case.row.status = ConversionStatus::Reversed;
            self.note(&writing, &mut case, actor.author(), ConversionAction::Reversed, Some(reason));
            let by = Actor::Client(*actor);
            self.audit_conversion(conn, &by, "reverse_conversion", &case.row, "reversed")?;
            self.save(conn, &writing, case)?;
            Ok(Done { conversion })
        })?;
        self.answer_conversion(answer, &Actor::Client(*actor))
    }

    /// Lets time have passed for the conversions that nobody has touched since: notices end, and what was not completed in
    /// time lapses. One that does not get on is left for the next time and holds up no other. Answers how many got on.
    pub fn end_notices(&self) -> Result<usize> {
        let today = self.clock.today();
        let (mut ended, mut after) = (0, None);
        loop {
            let page = self.db.read(|conn| crate::store::conversion::run_out(conn, today, after, NOTICES_AT_ONCE))?;
            let get_on = |(_, id): &(NaiveDate, Uuid)| {
                carefully("bringing a conversion on", || self.touch_conversion(*id)).is_some()
            };
            ended += page.iter().filter(|found| get_on(found)).count();
            match page.last() {
                Some(last) => after = Some(*last),
                None => return Ok(ended),
            }
        }
    }

    /// Brings a conversion to where time alone has brought it.
    pub(super) fn touch_conversion(&self, id: Uuid) -> Result<()> {
        self.db.write(|conn| {
            let (mut writing, mut case) = self.conversion_case(conn, id)?;
            if self.catch_up(conn, &mut writing, &mut case)? {
                self.save(conn, &writing, case)?;
            }
            Ok(())
        })
    }

    fn answer_conversion(&self, answer: Answer<Done>, actor: &Actor) -> Result<Answer<ConversionView>> {
        let (done, replayed) = answer.parts();
        let view = self.db.read(|conn| {
            let views = self.conversion_views(conn, actor, &[done.conversion])?;
            views.into_iter().next().ok_or(Error::NotFound)
        })?;
        Ok(if replayed { Answer::Replayed(view) } else { Answer::Fresh(view) })
    }
}

/// Conversions read at once.
const NOTICES_AT_ONCE: i64 = 500;
