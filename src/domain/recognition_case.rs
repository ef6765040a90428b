//! Recognition cases 认定申请: an achievement that no issuer posted, presented with evidence, and the decision on it.

use std::fmt;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::achievement::{AchievementPost, Delivery, OnChange};
use super::achievement_post::*;
use super::case::{Party, Turn};
use super::credit::CreditAmount;
use super::credit_type::CreditType;
use super::ids::{EnrolmentId, LearnerId, ProgrammeId};
use super::kind::AchievementKind;
use super::learner_ref::LearnerRef;
use super::score::Score;
use super::term::{Attempt, Term};
use super::time::{strict_date, strict_date_opt};

text_enum! {
    /// Where a case stands.
    pub enum CaseState {
        Submitted = "submitted" / "待认定",
        Returned = "returned" / "退回补正",
        Decided = "decided" / "已作出决定",
        Appealed = "appealed" / "申诉中",
        Final = "final" / "已终结",
        Withdrawn = "withdrawn" / "已撤回",
    }
}

text_enum! {
    /// What a reviewer decides.
    pub enum CaseOutcome {
        Recognised = "recognised" / "认定",
        Partly = "partly" / "部分认定",
        Returned = "returned" / "退回补正",
        Rejected = "rejected" / "不予认定",
    }
}

impl CaseState {
    /// Whose turn it is in a case that is due on `due`; `at_bureau`: it was addressed to a bureau.
    pub fn turn(self, due: Option<NaiveDate>, at_bureau: bool, today: NaiveDate) -> Turn {
        match self {
            Self::Submitted if at_bureau => Turn::of(Party::Bureau, due, today),
            Self::Submitted => Turn::of(Party::Institution, due, today),
            Self::Returned => Turn::of(Party::Presenter, None, today),
            Self::Decided => Turn::right(Party::Presenter, due, today),
            Self::Appealed => Turn::of(Party::Bureau, due, today),
            Self::Final | Self::Withdrawn => Turn::DONE,
        }
    }

    /// Whether something may still be done in it.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Submitted | Self::Returned | Self::Appealed)
    }
}

/// What is claimed: kind and content as in a post, without the credits, which the catalogues say. Exactly the content
/// field named by `kind` is present.
// `Debug` prints the kind only.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ClaimedAchievement {
    /// What kind it is.
    pub kind: AchievementKind,
    /// For kind `course`: one that the institution has catalogued.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub course: Option<CoursePost>,
    /// For kind `examination`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub examination: Option<ExaminationPost>,
    /// For kind `skill_certificate`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub skill_certificate: Option<SkillCertificatePost>,
    /// For kind `skill_level`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub skill_level: Option<SkillLevelPost>,
    /// For kind `qualification`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub qualification: Option<QualificationPost>,
    /// For kind `training`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub training: Option<TrainingPost>,
    /// For kind `competition`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub competition: Option<CompetitionPost>,
    /// For kind `experience`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub experience: Option<ExperiencePost>,
    /// For kind `diploma`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub diploma: Option<DiplomaPost>,
    /// Courses only: the programme it is to count in.
    #[serde(default)]
    pub programme_id: Option<ProgrammeId>,
    /// Courses only: the enrolment it is to count in.
    #[serde(default)]
    pub enrolment_id: Option<EnrolmentId>,
    /// The term.
    #[serde(default)]
    pub term: Option<Term>,
    /// Courses and examinations: how it was sat; `first` unless said otherwise.
    #[serde(default)]
    pub attempt: Option<Attempt>,
    /// Credit type; needed for a course outside any enrolment.
    #[serde(default)]
    pub credit_type: Option<CreditType>,
    /// Score.
    #[serde(default)]
    pub score: Option<Score>,
    /// When it was completed (a day in Beijing), not after today.
    #[serde(with = "strict_date")]
    pub completed_on: NaiveDate,
    /// When its certificate was issued, not before it was completed.
    #[serde(default, with = "strict_date_opt")]
    pub issued_on: Option<NaiveDate>,
    /// Last day on which its certificate is valid.
    #[serde(default, with = "strict_date_opt")]
    pub valid_until: Option<NaiveDate>,
    /// How it was taught.
    #[serde(default)]
    pub delivery: Option<Delivery>,
    /// The platform of an online or blended course.
    #[serde(default)]
    #[schema(max_length = 400)]
    pub platform: Option<String>,
}

impl fmt::Debug for ClaimedAchievement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ClaimedAchievement({}, …)", self.kind)
    }
}

impl ClaimedAchievement {
    /// The post that recognises it under `reference`. `correcting` says why an earlier recognition is replaced.
    pub fn post(
        &self,
        learner: LearnerId,
        reference: String,
        credits: Option<CreditAmount>,
        correcting: Option<String>,
    ) -> AchievementPost {
        let claim = self.clone();
        AchievementPost {
            learner: LearnerRef { id: Some(learner), ..LearnerRef::default() },
            open_if_missing: false,
            external_ref: reference,
            on_change: correcting.is_some().then_some(OnChange::Correct),
            reason: correcting,
            kind: claim.kind,
            course: claim.course,
            examination: claim.examination,
            skill_certificate: claim.skill_certificate,
            skill_level: claim.skill_level,
            qualification: claim.qualification,
            training: claim.training,
            competition: claim.competition,
            experience: claim.experience,
            diploma: claim.diploma,
            programme_id: claim.programme_id,
            enrolment_id: claim.enrolment_id,
            term: claim.term,
            attempt: claim.attempt,
            credits,
            credit_type: claim.credit_type,
            score: claim.score,
            completed_on: claim.completed_on,
            issued_on: claim.issued_on,
            valid_until: claim.valid_until,
            delivery: claim.delivery,
            platform: claim.platform,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turns_follow_the_state() {
        let day = |text| crate::domain::time::parse_date(text).expect("a date");
        let due = Some(day("2026-10-12"));
        let party = |state: CaseState, at_bureau, today| state.turn(due, at_bureau, day(today)).party;
        assert_eq!(party(CaseState::Submitted, false, "2026-10-12"), Party::Institution);
        assert_eq!(party(CaseState::Submitted, false, "2026-10-13"), Party::Bureau);
        assert_eq!(party(CaseState::Submitted, true, "2026-10-01"), Party::Bureau);
        assert_eq!(party(CaseState::Returned, false, "2026-10-13"), Party::Presenter);
        assert_eq!(party(CaseState::Decided, false, "2026-10-12"), Party::Presenter);
        assert_eq!(party(CaseState::Decided, false, "2026-10-13"), Party::Nobody);
        assert_eq!(party(CaseState::Appealed, false, "2026-12-13"), Party::Bureau);
        assert_eq!(CaseState::Final.turn(due, false, day("2026-12-13")), Turn::DONE);
    }
}
