//! Everything that a plan depends on, gathered for one learner and the programmes aimed at on one day.

use chrono::NaiveDate;
use uuid::Uuid;

use super::App;
use super::error::Result;
use super::plan_basis::{Aim, Shared, bases};
use super::refusal::Refusal;
use crate::conversion::input::PlanInput;
use crate::domain::enrolment::Enrolment;
use crate::ledger::history::History;
use crate::store::conn::Conn;
use crate::store::rules_in_force::{RuleKeys, in_force};

impl App {
    /// Gathers the input of a plan for an enrolment from the learner's `history`, whose details are open.
    pub fn plan_input(
        &self,
        conn: &mut Conn,
        history: &History,
        enrolment: &Enrolment,
        on: NaiveDate,
    ) -> Result<PlanInput> {
        let aim =
            Aim { programme: enrolment.programme_id.uuid(), cohort: enrolment.cohort, enrolment: Some(enrolment.id) };
        let mut inputs = self.plan_inputs(conn, enrolment.learner_id.uuid(), history, &[aim], on)?;
        inputs.pop().ok_or_else(|| Refusal::PlanWithoutEnrolment.into())
    }

    /// The same for several programmes, in their order; those without a plan for the cohort are left out.
    pub(super) fn plan_inputs(
        &self,
        conn: &mut Conn,
        learner: Uuid,
        history: &History,
        aims: &[Aim],
        on: NaiveDate,
    ) -> Result<Vec<PlanInput>> {
        let key = self.learner_key(conn, learner)?;
        let mut shared = Shared::default();
        shared.ask(conn, &aims.iter().map(|aim| (aim.programme, aim.cohort)).collect::<Vec<_>>())?;
        let Some(basis) = bases(conn, &mut shared, vec![(learner, key, history)])?.remove(&learner) else {
            return Ok(Vec::new());
        };
        let mut inputs = Vec::with_capacity(aims.len());
        for aim in aims {
            let Some(mut input) = basis.input(&shared, *aim, on) else { continue };
            let institution = input.programme.institution;
            let keys = RuleKeys { programme: aim.programme, institution, cohort: aim.cohort };
            input.rule_sets = in_force(conn, on, &keys)?.iter().map(|version| version.as_ref().clone()).collect();
            inputs.push(input);
        }
        Ok(inputs)
    }
}
