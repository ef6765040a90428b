//! Awards: the walker of the pathway graduates from school and from college; the pathway is registered, and a cohort is
//! looked through a term ahead.

use chrono::NaiveDate;

use super::Made;
use super::pathway::{Accounts, Told};
use super::places::{BUREAU, SCHOOL};
use crate::conversion::progress::ConditionState;
use crate::domain::award::{AuditStage, AwardOutcome};
use crate::domain::level::ProgrammeLevel;
use crate::domain::pathway::{NewPathway, PathwayKind};
use crate::services::award::NewAward;
use crate::services::condition::DecideCondition;
use crate::services::error::Result;
use crate::services::graduation_audit::NewAudit;
use crate::store::error::StoreError;

/// What the schools confirm before an award.
const CONDITIONS: [&str; 3] = ["conduct", "fitness", "internship"];

/// 10 July of the year in which a cohort of three years ends: after the examinations, before the next programme begins.
fn day_of_award(cohort: i32) -> Result<NaiveDate> {
    let day = NaiveDate::from_ymd_opt(cohort + 3, 7, 10);
    day.ok_or_else(|| StoreError::broken("a cohort ends in no year").into())
}

impl Made<'_> {
    /// Confers the walker's awards and registers the pathway, which has a rule set of its own.
    pub fn graduate(&self, told: &Told<'_>, accounts: Accounts) -> Result<()> {
        let finished = told.stages.iter().zip(accounts.stages).take(told.stages.len() - 1);
        for (stage, enrolment) in finished {
            let actor = &self.places[stage.offer.place].actor;
            for condition in CONDITIONS {
                let decision = DecideCondition { state: ConditionState::Confirmed, reason: None };
                self.app.decide_condition(actor, enrolment, condition, &decision)?;
            }
            let new = NewAward {
                enrolment_id: enrolment,
                outcome: AwardOutcome::Graduated,
                diploma_number: Some(format!("DEMO{}", stage.student_no)),
                awarded_on: Some(day_of_award(stage.cohort)?),
            };
            let target = enrolment.to_string();
            let once = self.app.once(*actor, "create_award", &target, &target, b"demo");
            self.app.create_award(actor, &new, &once)?;
        }
        let programmes: Vec<_> = told.stages.iter().map(|stage| stage.offer.id).collect();
        let rules = self.regulate_pathway(&programmes)?;
        let pathway = NewPathway {
            name: "演示市烹饪专业中高本衔接".into(),
            kind: PathwayKind::Linked,
            programmes,
            rule_set_id: Some(rules.uuid()),
        };
        self.app.create_pathway(&self.places[BUREAU].actor, &pathway)?;
        self.look_ahead()
    }

    /// Looks through the oldest cohort of the first school's first programme, a term ahead.
    fn look_ahead(&self) -> Result<()> {
        let offers = self.roll.offers;
        let cohort = self.roll.calendar.attending(ProgrammeLevel::Secondary).first().copied();
        let first = offers.iter().find(|offer| offer.place == SCHOOL);
        if let (Some(cohort), Some(offer)) = (cohort, first) {
            let new = NewAudit { programme_id: offer.id, cohort, stage: AuditStage::Pre };
            // The server goes through it once it runs.
            self.app.create_audit(&self.places[SCHOOL].actor, &new)?;
        }
        Ok(())
    }
}
