//! Attested facts: who has served, who is in the middle of life.

use uuid::Uuid;

use super::learners::{Learner, MIDDLE_AGE};
use super::pathway::{Accounts, Told};
use super::places::OPEN_UNIVERSITY;
use super::{Made, results};
use crate::domain::experience::ExperienceType;
use crate::domain::ids::LearnerId;
use crate::services::error::Result;
use crate::services::fact::NewFact;

/// Learners looked through: enough to meet everything, and each fact is a transaction of its own.
const LOOKED_THROUGH: usize = 2_000;
/// Age from which the open university's learners are spared the unified examination.
const AGE: i64 = 40;

impl Made<'_> {
    /// Attests the facts of the first learners and of the open university's one: by their schools, which have seen the
    /// documents.
    pub fn attest(&self, ids: &[Uuid], told: &Told<'_>, accounts: Accounts) -> Result<()> {
        self.attest_age(&told.open, accounts.open)?;
        for (number, id) in (0..).zip(ids.iter().take(LOOKED_THROUGH)) {
            let (learner, id) = (self.roll.learner(number), LearnerId::from_uuid(*id));
            let served = |draft: &results::Draft| {
                let experience = draft.post.experience.as_ref();
                experience.is_some_and(|experience| experience.type_ == ExperienceType::MilitaryService)
            };
            if results::of(self.roll, number, id).first.iter().any(served) {
                self.attest_one(&learner, id, "veteran", None, "退役证原件核验（演示）")?;
            }
            if learner.offer.place == OPEN_UNIVERSITY && learner.age == MIDDLE_AGE {
                self.attest_age(&learner, id)?;
            }
        }
        Ok(())
    }

    fn attest_age(&self, learner: &Learner<'_>, id: LearnerId) -> Result<()> {
        self.attest_one(learner, id, "age_reached", Some(AGE), "身份证原件核验（演示）")
    }

    fn attest_one(
        &self,
        learner: &Learner<'_>,
        id: LearnerId,
        fact: &str,
        number: Option<i64>,
        source: &str,
    ) -> Result<()> {
        let new = NewFact {
            fact: fact.to_owned(),
            number,
            source: source.to_owned(),
            note: None,
            valid_from: crate::domain::enrolment::default_from(learner.cohort),
            valid_to: None,
        };
        self.app.attest_fact(&self.places[learner.offer.place].actor, id, &new)?;
        Ok(())
    }
}
