//! What the issuer and the bureau do: answer, decide, and correct what they were told to.

use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{ObjectionView, require_objection};
use crate::domain::case::{ANSWER_DAYS, APPEAL_DAYS, StepKind};
use crate::domain::ids::{AchievementId, ObjectionId};
use crate::domain::invalid::{Invalid, Reason};
use crate::domain::objection::{ObjectionKind, ObjectionOutcome, ObjectionState};
use crate::services::App;
use crate::services::actor::{Actor, ClientActor};
use crate::services::case::{Said, written};
use crate::services::error::{Error, Result};
use crate::services::idempotency::{Answer, Once};
use crate::services::oversight::is_bureau_over;
use crate::services::refusal::Refusal;
use crate::services::scope::Scope;
use crate::store::conn::Conn;
use crate::store::objection::{self, ObjectionRow};

/// An answer to an objection.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ObjectionAnswer {
    /// Whether the objection is right.
    pub outcome: ObjectionOutcome,
    /// Why, for the learner.
    #[schema(max_length = 4000)]
    pub reason: String,
    /// With `accepted`: what was corrected, revoked or posted for it. The bureau may leave it out: then the issuer is told
    /// to correct.
    #[serde(default)]
    pub achievement_id: Option<AchievementId>,
}

impl App {
    /// Answers an objection: the issuer within its days, a bureau after them and where the learner asked it to. What the
    /// bureau says is final.
    pub fn answer_objection(
        &self,
        actor: &ClientActor,
        id: ObjectionId,
        answer: &ObjectionAnswer,
        once: &Once,
    ) -> Result<Answer<ObjectionView>> {
        actor.require(Scope::CasesDecide)?;
        let reason = written("/reason", &answer.reason)?;
        let caller = Actor::Client(*actor);
        self.once_an_objection(&caller, once, |conn| {
            let row = objection::take(conn, id.uuid())?.ok_or(Error::NotFound)?;
            require_objection(conn, &caller, &row)?;
            let overdue = row.state.turn(row.due_on, self.clock.today()).overdue;
            let issuer = actor.institution.uuid() == row.institution;
            let bureau = is_bureau_over(conn, actor, row.institution)?;
            let in_place = bureau && overdue;
            match row.state {
                ObjectionState::Open if issuer => self.answer(conn, actor, row, answer, &reason),
                ObjectionState::Open if in_place => self.settle(conn, actor, row, answer, &reason),
                ObjectionState::Escalated if bureau => self.settle(conn, actor, row, answer, &reason),
                ObjectionState::Ordered if issuer || in_place => self.obey(conn, actor, row, answer, &reason),
                ObjectionState::Answered | ObjectionState::Final => {
                    Err(Refusal::NotInThisState { state: row.state.to_string() }.into())
                }
                _ => Err(Error::Forbidden),
            }
        })
    }

    /// The issuer's own answer, which the learner may take to the bureau.
    fn answer(
        &self,
        conn: &mut Conn,
        actor: &ClientActor,
        mut row: ObjectionRow,
        answer: &ObjectionAnswer,
        reason: &str,
    ) -> Result<Uuid> {
        if answer.outcome == ObjectionOutcome::Accepted && answer.achievement_id.is_none() {
            return Err(Invalid::one("/achievement_id", Reason::Required).into());
        }
        row.correction = self.correction(conn, &row, answer)?;
        row.outcome = Some(answer.outcome);
        row.answered_by = Some(actor.client.uuid());
        row.state = ObjectionState::Answered;
        row.due_on = Some(self.due_in(conn, APPEAL_DAYS)?);
        self.store_answer(conn, actor, row, StepKind::Answered, reason)
    }

    /// The bureau's decision. Where it finds the objection right and nothing is corrected yet, the issuer is told to.
    fn settle(
        &self,
        conn: &mut Conn,
        actor: &ClientActor,
        mut row: ObjectionRow,
        answer: &ObjectionAnswer,
        reason: &str,
    ) -> Result<Uuid> {
        if row.answered_by == Some(actor.client.uuid()) {
            return Err(Refusal::FourEyes.into());
        }
        let correction = self.correction(conn, &row, answer)?;
        row.outcome = Some(answer.outcome);
        let ordered = answer.outcome == ObjectionOutcome::Accepted && correction.is_none();
        row.correction = correction.or(row.correction);
        let step = if ordered {
            row.state = ObjectionState::Ordered;
            row.due_on = Some(self.due_in(conn, ANSWER_DAYS)?);
            StepKind::Ordered
        } else {
            row.state = ObjectionState::Final;
            row.due_on = None;
            StepKind::Settled
        };
        self.store_answer(conn, actor, row, step, reason)
    }

    /// The correction that the bureau told the issuer to make.
    fn obey(
        &self,
        conn: &mut Conn,
        actor: &ClientActor,
        mut row: ObjectionRow,
        answer: &ObjectionAnswer,
        reason: &str,
    ) -> Result<Uuid> {
        if answer.outcome != ObjectionOutcome::Accepted {
            return Err(Invalid::one("/outcome", Reason::NotAllowedHere).into());
        }
        let correction = self.correction(conn, &row, answer)?;
        row.correction = Some(correction.ok_or_else(|| Invalid::one("/achievement_id", Reason::Required))?);
        row.state = ObjectionState::Final;
        row.due_on = None;
        self.store_answer(conn, actor, row, StepKind::Settled, reason)
    }

    fn store_answer(
        &self,
        conn: &mut Conn,
        actor: &ClientActor,
        row: ObjectionRow,
        step: StepKind,
        reason: &str,
    ) -> Result<Uuid> {
        let key = self.learner_key(conn, row.learner)?.ok_or(Error::NotFound)?;
        let outcome = row.outcome.map(ObjectionOutcome::as_str);
        let said = Said { outcome, due_on: row.due_on, text: Some(reason), ..Said::default() };
        self.store_objection(conn, &Actor::Client(*actor), &key, row, step, said)
    }

    /// What an answer names as the correction, checked: the learner's, the issuer's, and written since the objection. To
    /// an entry it is a revision of that entry, unless the entry itself no longer stands.
    fn correction(&self, conn: &mut Conn, row: &ObjectionRow, answer: &ObjectionAnswer) -> Result<Option<Uuid>> {
        let Some(id) = answer.achievement_id.map(AchievementId::uuid) else { return Ok(None) };
        if answer.outcome == ObjectionOutcome::Refused {
            return Err(Invalid::one("/achievement_id", Reason::NotAllowedHere).into());
        }
        let refuse = || Error::from(Refusal::NotACorrection.at("/achievement_id"));
        let history = self.history(conn, row.learner)?;
        let of = |id: Uuid| history.achievements.iter().find(|a| a.id == id);
        let named = of(id).filter(|a| a.institution == row.institution).ok_or_else(refuse)?;
        let since = |about: Uuid| {
            history.transactions.iter().any(|t| t.about == Some(about) && t.posted_at.micros() >= row.created_at)
        };
        let mut fits = since(id);
        if let (ObjectionKind::Entry, Some(entry)) = (row.kind, row.achievement.and_then(of)) {
            let stands = history.standings().get(&entry.id).is_some_and(|standing| standing.status.is_live());
            fits &= named.series == entry.series || !stands;
        }
        if fits { Ok(Some(id)) } else { Err(refuse()) }
    }
}
