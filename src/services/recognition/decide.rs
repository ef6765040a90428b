//! What reviewers do: decide in the first instance, and finally on appeal.

use serde::Deserialize;
use utoipa::ToSchema;

use super::CaseView;
use crate::domain::case::StepKind;
use crate::domain::credit::CreditAmount;
use crate::domain::ids::RecognitionCaseId;
use crate::domain::invalid::{Invalid, Reason};
use crate::domain::precedent::PrecedentText;
use crate::domain::recognition_case::{CaseOutcome, CaseState};
use crate::services::App;
use crate::services::actor::{Actor, ClientActor};
use crate::services::case::{Said, written};
use crate::services::error::{Error, Result};
use crate::services::idempotency::{Answer, Once};
use crate::services::oversight::is_bureau_over;
use crate::services::refusal::Refusal;
use crate::services::scope::Scope;
use crate::store::conn::Conn;
use crate::store::precedent::Instance;
use crate::store::recognition_case::{self, CaseRow};

/// A decision as a reviewer takes it.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Decision {
    /// What is decided. An appeal that is rejected leaves the first decision as it was; an appeal cannot be returned.
    pub outcome: CaseOutcome,
    /// Why, for the presenter.
    #[schema(max_length = 4000)]
    pub reason: String,
    /// With `partly`, and only there: less than the catalogue says.
    #[serde(default)]
    pub credits: Option<CreditAmount>,
    /// For the public register; with every outcome but `returned`.
    #[serde(default)]
    pub precedent: Option<PrecedentText>,
}

impl Decision {
    /// The same in one spelling, if its parts go together.
    fn validate(&self) -> std::result::Result<Self, Invalid> {
        let mut invalid = Invalid::default();
        let reason = invalid.take_all("", written("/reason", &self.reason)).unwrap_or_default();
        match (self.outcome, self.credits) {
            (CaseOutcome::Partly, None) => invalid.push("/credits", Reason::Required),
            (CaseOutcome::Partly, Some(credits)) if credits <= CreditAmount::ZERO => {
                invalid.push("/credits", Reason::range("0.001", CreditAmount::MAX_PER_ACHIEVEMENT));
            }
            (CaseOutcome::Partly, Some(credits)) => {
                invalid.take("/credits", credits.within_achievement());
            }
            (_, Some(_)) => invalid.push("/credits", Reason::NotAllowedHere),
            (_, None) => {}
        }
        let precedent = match (self.outcome, &self.precedent) {
            (CaseOutcome::Returned, None) => None,
            (CaseOutcome::Returned, Some(_)) => {
                invalid.push("/precedent", Reason::NotAllowedHere);
                None
            }
            (_, None) => {
                invalid.push("/precedent", Reason::Required);
                None
            }
            (_, Some(text)) => invalid.take_all("/precedent", text.validate()),
        };
        invalid.into_result()?;
        Ok(Self { reason, precedent, ..self.clone() })
    }
}

impl App {
    /// Decides a case: the institution that was asked, or a bureau where its deadline has passed, and on appeal.
    /// Recognised is posted to the account in the same transaction.
    pub fn decide_case(
        &self,
        actor: &ClientActor,
        id: RecognitionCaseId,
        decision: &Decision,
        once: &Once,
    ) -> Result<Answer<CaseView>> {
        actor.require(Scope::CasesDecide)?;
        let decision = decision.validate()?;
        self.once_a_case(&Actor::Client(*actor), once, |conn| {
            let row = recognition_case::take(conn, id.uuid())?.ok_or(Error::NotFound)?;
            self.require_case(conn, &Actor::Client(*actor), &row)?;
            match row.state {
                CaseState::Submitted => self.decide_first(conn, actor, row, &decision),
                CaseState::Appealed => self.decide_appeal(conn, actor, row, &decision),
                other => Err(Refusal::NotInThisState { state: other.to_string() }.into()),
            }
        })
    }

    fn decide_first(
        &self,
        conn: &mut Conn,
        actor: &ClientActor,
        mut row: CaseRow,
        decision: &Decision,
    ) -> Result<uuid::Uuid> {
        let today = self.clock.today();
        let overdue = row.due_on.is_some_and(|due| due < today);
        let in_place = overdue && is_bureau_over(conn, actor, row.institution)?;
        if actor.institution.uuid() != row.institution && !in_place {
            return Err(Error::Forbidden);
        }
        let by = actor.client.uuid();
        if by == row.actor {
            return Err(Refusal::FourEyes.into());
        }
        let key = self.learner_key(conn, row.learner)?.ok_or(Error::NotFound)?;
        row.outcome = Some(decision.outcome);
        if decision.outcome == CaseOutcome::Returned {
            let due = row.due_on.take().unwrap_or(today);
            row.days_left = Some(self.calendar_from(conn, today)?.between(today, due));
            row.state = CaseState::Returned;
        } else {
            row.decided_by = Some(by);
            let credits = self.recognise(conn, actor, &mut row, &key, decision)?;
            row.precedent = Some(self.enter_precedent(conn, &row, &key, decision, credits, Instance::First)?);
            row.credits = credits;
            row.state = CaseState::Final;
            row.due_on = None;
            if decision.outcome != CaseOutcome::Recognised {
                row.state = CaseState::Decided;
                row.due_on = Some(self.appeal_due(conn)?);
            }
        }
        let step = if row.state == CaseState::Returned { StepKind::Returned } else { StepKind::Decided };
        let said = Said {
            outcome: Some(decision.outcome.as_str()),
            credits: row.credits,
            due_on: row.due_on,
            text: Some(&decision.reason),
        };
        self.store_step(conn, &Actor::Client(*actor), &key, row, step, said)
    }

    fn decide_appeal(
        &self,
        conn: &mut Conn,
        actor: &ClientActor,
        mut row: CaseRow,
        decision: &Decision,
    ) -> Result<uuid::Uuid> {
        if !is_bureau_over(conn, actor, row.institution)? {
            return Err(Error::Forbidden);
        }
        let by = actor.client.uuid();
        if by == row.actor || Some(by) == row.decided_by {
            return Err(Refusal::FourEyes.into());
        }
        if decision.outcome == CaseOutcome::Returned {
            return Err(Invalid::one("/outcome", Reason::NotAllowedHere).into());
        }
        // An appeal never makes things worse.
        if let (Some(before), Some(credits)) = (row.credits, decision.credits)
            && credits < before
        {
            let range = Reason::range(before, CreditAmount::MAX_PER_ACHIEVEMENT);
            return Err(Invalid::one("/credits", range).into());
        }
        let key = self.learner_key(conn, row.learner)?.ok_or(Error::NotFound)?;
        let credits = self.recognise(conn, actor, &mut row, &key, decision)?;
        let precedent = self.enter_precedent(conn, &row, &key, decision, credits, Instance::Appeal)?;
        if decision.outcome != CaseOutcome::Rejected {
            row.outcome = Some(decision.outcome);
            row.credits = credits;
        }
        row.precedent = Some(precedent);
        row.state = CaseState::Final;
        row.due_on = None;
        let said =
            Said { outcome: Some(decision.outcome.as_str()), credits, due_on: None, text: Some(&decision.reason) };
        self.store_step(conn, &Actor::Client(*actor), &key, row, StepKind::AppealDecided, said)
    }
}
