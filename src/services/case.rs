//! What recognition cases and objections share: steps, deadlines, the audit trail.

use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::App;
use super::actor::Actor;
use super::error::{Error, Result};
use super::sealing;
use crate::crypto::seal::DataKey;
use crate::domain::case::{StepKind, TEXT_MAX};
use crate::domain::credit::CreditAmount;
use crate::domain::ids::{InstitutionId, LearnerId};
use crate::domain::institution::{InstitutionKind, InstitutionStatus};
use crate::domain::invalid::{Invalid, Reason};
use crate::domain::text::clean_text;
use crate::domain::time::Instant;
use crate::domain::working_days::due;
use crate::ledger::transaction::ActorKind;
use crate::store::audit::{self, Event};
use crate::store::case_step::{self, StepRow};
use crate::store::conn::Conn;
use crate::store::institution::{self, InstitutionRow};

/// Something that was done.
#[derive(Clone, Serialize, ToSchema)]
#[schema(as = CaseStep)]
pub struct StepView {
    /// What.
    pub step: StepKind,
    /// When.
    pub at: Instant,
    /// What its actor is.
    pub by: ActorKind,
    /// The institution it acted for.
    pub institution_id: Option<InstitutionId>,
    /// What was decided or answered.
    pub outcome: Option<String>,
    /// Credits that were recognised.
    pub credits: Option<CreditAmount>,
    /// What was due from then on.
    pub due_on: Option<NaiveDate>,
    /// What was written.
    pub text: Option<String>,
}

/// What a new step says.
#[derive(Default)]
pub(super) struct Said<'a> {
    pub outcome: Option<&'static str>,
    pub credits: Option<CreditAmount>,
    pub due_on: Option<NaiveDate>,
    pub text: Option<&'a str>,
}

/// A text that somebody wrote, at `pointer`.
pub(super) fn written(pointer: &str, text: &str) -> std::result::Result<String, Invalid> {
    clean_text(text, TEXT_MAX).map_err(|reason| Invalid::one(pointer, reason))
}

impl App {
    /// The last day of a deadline of so many working days that begins today.
    pub(super) fn due_in(&self, conn: &mut Conn, days: u32) -> Result<NaiveDate> {
        let today = self.clock.today();
        Ok(due(today, days, &self.calendar_from(conn, today)?))
    }

    /// Adds a step to a case, and its row to the audit trail.
    #[allow(clippy::too_many_arguments)] // what was done, to what, by whom
    pub(super) fn step(
        &self,
        conn: &mut Conn,
        actor: &Actor,
        key: &DataKey,
        (learner, noun, case): (Uuid, &str, Uuid),
        step: StepKind,
        said: Said<'_>,
    ) -> Result<()> {
        let row = self.ids.id();
        let new = StepRow {
            step,
            actor_kind: actor.kind(),
            actor: actor.id(),
            institution: actor.institution().map(InstitutionId::uuid),
            outcome: said.outcome.map(str::to_owned),
            credits: said.credits.map(CreditAmount::thousandths),
            due_on: said.due_on,
            row,
            sealed: said.text.map(|text| sealing::seal(self.ids.as_ref(), key, learner, row, text)),
            at: self.clock.now().micros(),
        };
        case_step::append(conn, learner, case, &new)?;
        let action = format!("{step}_{noun}");
        self.audit_object(conn, actor, &action, LearnerId::from_uuid(learner), &format!("{noun} {case}"), said.outcome)
    }

    /// The steps of a case, opened.
    pub(super) fn steps(&self, conn: &mut Conn, key: &DataKey, learner: Uuid, case: Uuid) -> Result<Vec<StepView>> {
        let view = |row: StepRow| {
            let text = row.sealed.as_ref().map(|sealed| sealing::open(key, learner, row.row, sealed)).transpose()?;
            Ok(StepView {
                step: row.step,
                at: Instant::from_micros(row.at),
                by: row.actor_kind,
                institution_id: row.institution.map(InstitutionId::from_uuid),
                outcome: row.outcome,
                credits: row.credits.map(CreditAmount::from_thousandths),
                due_on: row.due_on,
                text,
            })
        };
        case_step::of_case(conn, learner, case)?.into_iter().map(view).collect()
    }

    /// An audit row of what an actor did with, or saw of, a thing of a learner's.
    pub(super) fn audit_object(
        &self,
        conn: &mut Conn,
        actor: &Actor,
        action: &str,
        learner: LearnerId,
        object: &str,
        detail: Option<&str>,
    ) -> Result<()> {
        let learner = Some(learner.uuid());
        let event = Event { learner, object: Some(object), detail, ..self.event(actor, action) };
        Ok(audit::append(conn, &event)?)
    }

    /// A look by a client is an audit row; the learner looks at its own things.
    pub(super) fn audit_look(&self, actor: &Actor, action: &str, learner: Uuid, object: &str) -> Result<()> {
        match actor {
            Actor::Learner(_) => Ok(()),
            Actor::Client(_) => self
                .db
                .write(|conn| self.audit_object(conn, actor, action, LearnerId::from_uuid(learner), object, None)),
        }
    }

    /// An institution that is named in a request and may act.
    pub(super) fn active_institution(
        &self,
        conn: &mut Conn,
        pointer: &str,
        id: InstitutionId,
    ) -> Result<InstitutionRow> {
        let found = institution::get(conn, id)?.filter(|row| row.status == InstitutionStatus::Active);
        Ok(found.ok_or_else(|| Invalid::one(pointer, Reason::Unknown))?)
    }

    /// Whether an institution is a bureau.
    pub(super) fn is_bureau(&self, conn: &mut Conn, id: Uuid) -> Result<bool> {
        let found = institution::get(conn, InstitutionId::from_uuid(id))?.ok_or(Error::NotFound)?;
        Ok(found.kind == InstitutionKind::Bureau)
    }
}
