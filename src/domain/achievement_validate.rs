//! The checks of an achievement post that need nothing but the post, today's date and the region policy.

use chrono::NaiveDate;

use super::achievement::{AchievementPost, Delivery, OnChange, Refusal, ValidAchievement};
use super::achievement_content::Content;
use super::achievement_content_validate::past_date;
use super::credit::CreditAmount;
use super::credit_type::CreditType;
use super::invalid::{Invalid, Reason};
use super::kind::AchievementKind;
use super::region::RegionPolicy;
use super::score::{Score, ScoreScale, ValidScore};
use super::term::Attempt;
use super::text::{EXTERNAL_REF_MAX, REASON_MAX, TITLE_MAX, clean_line};

impl AchievementPost {
    /// Checks the post as of `today` in Beijing. Faults in fields come first, all of them; only a well-formed post is then
    /// refused as an exemption or a fail.
    pub fn validate(&self, today: NaiveDate, policy: RegionPolicy) -> Result<ValidAchievement, Refusal> {
        let mut invalid = Invalid::default();
        let learner = invalid.take_all("/learner", self.learner.validate(self.open_if_missing, today, policy));
        let external_ref = invalid.take("/external_ref", clean_line(&self.external_ref, EXTERNAL_REF_MAX));
        let on_change = self.on_change.unwrap_or(OnChange::Refuse);
        let reason = optional_line(&mut invalid, "/reason", self.reason.as_deref(), REASON_MAX);
        if on_change == OnChange::Correct && self.reason.is_none() {
            invalid.push("/reason", Reason::Required);
        }
        let content = self.content(&mut invalid, policy);
        self.check_place(&mut invalid);
        self.check_credits(&mut invalid);
        self.check_dates(&mut invalid, today);
        let platform = optional_line(&mut invalid, "/platform", self.platform.as_deref(), TITLE_MAX);
        if self.platform.is_some() && !matches!(self.delivery, Some(Delivery::Online | Delivery::Blended)) {
            invalid.push("/platform", Reason::NotAllowedHere);
        }
        let score = self.score(&mut invalid);

        let (Some(learner), Some(external_ref), Some(content), true) =
            (learner, external_ref, content, invalid.is_empty())
        else {
            return Err(Refusal::Invalid(invalid));
        };
        let score = match score {
            Sitting::None => None,
            Sitting::Exempted => return Err(Refusal::ExemptionIsNotAnAchievement),
            Sitting::Scored(score) if !score.passed => return Err(Refusal::NotPassed),
            Sitting::Scored(score) => Some(score),
        };
        Ok(ValidAchievement {
            learner,
            open_if_missing: self.open_if_missing,
            external_ref,
            on_change,
            reason,
            content,
            programme_id: self.programme_id,
            enrolment_id: self.enrolment_id,
            term: self.term,
            attempt: self.attempt.unwrap_or(Attempt::First),
            credits: self.credits,
            credit_type: self.credit_type,
            score,
            completed_on: self.completed_on,
            issued_on: self.issued_on,
            valid_until: self.valid_until,
            delivery: self.delivery,
            platform,
        })
    }

    /// The content named by `kind`; any other content field present is a fault of its own.
    fn content(&self, invalid: &mut Invalid, policy: RegionPolicy) -> Option<Content> {
        use AchievementKind::*;
        let present = [
            (Course, self.course.is_some()),
            (Examination, self.examination.is_some()),
            (SkillCertificate, self.skill_certificate.is_some()),
            (SkillLevel, self.skill_level.is_some()),
            (Qualification, self.qualification.is_some()),
            (Training, self.training.is_some()),
            (Competition, self.competition.is_some()),
            (Experience, self.experience.is_some()),
            (Diploma, self.diploma.is_some()),
        ];
        for (kind, present) in present {
            if present && kind != self.kind {
                invalid.push(format!("/{kind}"), Reason::NotAllowedHere);
            }
            if !present && kind == self.kind {
                invalid.push(format!("/{kind}"), Reason::Required);
            }
        }
        let content = match self.kind {
            Course => self.course.as_ref()?.validate().map(Content::Course),
            Examination => self.examination.as_ref()?.validate().map(Content::Examination),
            SkillCertificate => self.skill_certificate.as_ref()?.validate().map(Content::SkillCertificate),
            SkillLevel => self.skill_level.as_ref()?.validate().map(Content::SkillLevel),
            Qualification => self.qualification.as_ref()?.validate().map(Content::Qualification),
            Training => self.training.as_ref()?.validate(policy).map(Content::Training),
            Competition => self.competition.as_ref()?.validate().map(Content::Competition),
            Experience => self.experience.as_ref()?.validate().map(Content::Experience),
            Diploma => self.diploma.as_ref()?.validate().map(Content::Diploma),
        };
        invalid.take_all(&format!("/{}", self.kind), content)
    }

    /// Programmes and enrolments are for courses; attempts for what is sat.
    fn check_place(&self, invalid: &mut Invalid) {
        if self.kind != AchievementKind::Course {
            if self.programme_id.is_some() {
                invalid.push("/programme_id", Reason::NotAllowedHere);
            }
            if self.enrolment_id.is_some() {
                invalid.push("/enrolment_id", Reason::NotAllowedHere);
            }
        }
        let sat = matches!(self.kind, AchievementKind::Course | AchievementKind::Examination);
        if !sat && self.attempt.is_some_and(|attempt| attempt != Attempt::First) {
            invalid.push("/attempt", Reason::NotAllowedHere);
        }
    }

    fn check_credits(&self, invalid: &mut Invalid) {
        if let Some(credits) = self.credits {
            invalid.take("/credits", credits.within_achievement());
            if self.kind == AchievementKind::Diploma && credits > CreditAmount::ZERO {
                invalid.push("/credits", Reason::NotAllowedHere);
            }
        }
        let Some(credit_type) = self.credit_type else { return };
        match self.kind {
            AchievementKind::Diploma => invalid.push("/credit_type", Reason::NotAllowedHere),
            AchievementKind::Course if matches!(credit_type, CreditType::Skill | CreditType::Training) => {
                invalid.push("/credit_type", Reason::Mismatch);
            }
            kind if kind.credit_type().is_some_and(|own| own != credit_type) => {
                invalid.push("/credit_type", Reason::Mismatch);
            }
            _ => {}
        }
    }

    fn check_dates(&self, invalid: &mut Invalid, today: NaiveDate) {
        invalid.take("/completed_on", past_date(self.completed_on, today));
        if let Some(issued_on) = self.issued_on {
            invalid.take("/issued_on", past_date(issued_on, today));
            if issued_on < self.completed_on {
                invalid.push("/issued_on", Reason::Earlier { other: "completed_on" });
            }
        }
        let from = self.issued_on.unwrap_or(self.completed_on);
        if self.valid_until.is_some_and(|until| until < from) {
            let other = if self.issued_on.is_some() { "issued_on" } else { "completed_on" };
            invalid.push("/valid_until", Reason::Earlier { other });
        }
    }

    /// The score of the post, or the one inside an examination: never both.
    fn score(&self, invalid: &mut Invalid) -> Sitting {
        let inside = self.examination.as_ref().and_then(|examination| examination.score.as_deref());
        if inside.is_some() && self.score.is_some() {
            invalid.push("/score", Reason::NotAllowedHere);
            return Sitting::None;
        }
        if let Some(score) = &self.score {
            return Sitting::of(score, |score| invalid.take_all("/score", score.validate()));
        }
        let Some(value) = inside else { return Sitting::None };
        let score = examination_score(value);
        Sitting::of(&score, |score| {
            let reason = |invalid: Invalid| invalid.0.into_iter().next().map_or(Reason::Unknown, |fault| fault.reason);
            invalid.take("/examination/score", score.validate().map_err(reason))
        })
    }
}

/// Points where the text begins like a number, else the word of a graded or passed examination.
fn examination_score(value: &str) -> Score {
    let on = |scale| Score { scale, value: value.to_owned(), passed: None };
    let numeric = value.trim().starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | '.'));
    if numeric {
        return on(ScoreScale::ExamPoints);
    }
    let graded = on(ScoreScale::FiveGrade);
    if graded.validate().is_ok() { graded } else { on(ScoreScale::PassFail) }
}

/// What a score says.
enum Sitting {
    None,
    Exempted,
    Scored(ValidScore),
}

impl Sitting {
    fn of(score: &Score, read: impl FnOnce(&Score) -> Option<ValidScore>) -> Self {
        if score.is_exemption() {
            return Self::Exempted;
        }
        read(score).map_or(Self::None, Self::Scored)
    }
}

fn optional_line(invalid: &mut Invalid, pointer: &str, text: Option<&str>, max: usize) -> Option<String> {
    text.and_then(|text| invalid.take(pointer, clean_line(text, max)))
}
