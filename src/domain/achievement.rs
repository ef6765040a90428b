//! Achievements 学习成果: the post as it comes off the wire, and what is left of it after checking.

use std::fmt;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::achievement_content::Content;
use super::achievement_post::*;
use super::credit::CreditAmount;
use super::credit_type::CreditType;
use super::ids::{EnrolmentId, ProgrammeId};
use super::invalid::Invalid;
use super::kind::AchievementKind;
use super::learner_ref::{LearnerKey, LearnerRef};
use super::score::{Score, ValidScore};
use super::term::{Attempt, Term};
use super::time::{strict_date, strict_date_opt};

text_enum! {
    /// What to do when the reference already stands with other content.
    pub enum OnChange {
        Refuse = "refuse" / "拒绝",
        Correct = "correct" / "更正",
    }
}

text_enum! {
    /// How it was taught.
    pub enum Delivery {
        Taught = "taught" / "面授",
        Online = "online" / "在线",
        Blended = "blended" / "混合式",
    }
}

/// A completed achievement as an accredited institution posts it. Exactly the content field named by `kind` is present.
// `Debug` prints the kind only.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AchievementPost {
    /// Whose it is.
    pub learner: LearnerRef,
    /// Open an account in the same step where there is none; needs `id_document` and `name`.
    #[serde(default)]
    pub open_if_missing: bool,
    /// The poster's own reference, unique within the institution; 1 to 200 characters.
    #[schema(min_length = 1, max_length = 200, examples("2025-2026-1/NET101/2024030117"))]
    pub external_ref: String,
    /// What to do when the reference stands with other content; `refuse` unless said otherwise.
    #[serde(default)]
    pub on_change: Option<OnChange>,
    /// Why it is corrected; needed with `correct`.
    #[serde(default)]
    #[schema(max_length = 1000)]
    pub reason: Option<String>,
    /// What kind it is.
    pub kind: AchievementKind,
    /// For kind `course`.
    #[serde(default)]
    pub course: Option<CoursePost>,
    /// For kind `examination`.
    #[serde(default)]
    pub examination: Option<ExaminationPost>,
    /// For kind `skill_certificate`.
    #[serde(default)]
    pub skill_certificate: Option<SkillCertificatePost>,
    /// For kind `skill_level`.
    #[serde(default)]
    pub skill_level: Option<SkillLevelPost>,
    /// For kind `qualification`.
    #[serde(default)]
    pub qualification: Option<QualificationPost>,
    /// For kind `training`.
    #[serde(default)]
    pub training: Option<TrainingPost>,
    /// For kind `competition`.
    #[serde(default)]
    pub competition: Option<CompetitionPost>,
    /// For kind `experience`.
    #[serde(default)]
    pub experience: Option<ExperiencePost>,
    /// For kind `diploma`.
    #[serde(default)]
    pub diploma: Option<DiplomaPost>,
    /// Courses only: the programme it counts in.
    #[serde(default)]
    pub programme_id: Option<ProgrammeId>,
    /// Courses only: the enrolment it counts in, where the programme alone does not say.
    #[serde(default)]
    pub enrolment_id: Option<EnrolmentId>,
    /// The term.
    #[serde(default)]
    pub term: Option<Term>,
    /// Courses and examinations: how it was sat; `first` unless said otherwise.
    #[serde(default)]
    pub attempt: Option<Attempt>,
    /// Credits, 0 to 400; must agree with the catalogue, which is what counts.
    #[serde(default)]
    pub credits: Option<CreditAmount>,
    /// Credit type; needed for a course outside any enrolment, else it must agree with the kind or programme.
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

impl fmt::Debug for AchievementPost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AchievementPost({}, …)", self.kind)
    }
}

/// Why a post is not an achievement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// Fields are wrong.
    Invalid(Invalid),
    /// The score does not pass.
    NotPassed,
    /// The course was exempted, which is a decision of the school and not a result.
    ExemptionIsNotAnAchievement,
}

impl From<Invalid> for Refusal {
    fn from(invalid: Invalid) -> Self {
        Self::Invalid(invalid)
    }
}

/// A post that passed every check that needs no look-up. `Debug` prints the kind only.
#[derive(Clone, PartialEq, Eq)]
pub struct ValidAchievement {
    /// Whose it is.
    pub learner: LearnerKey,
    /// Open an account where there is none; then `learner` is a document with a name.
    pub open_if_missing: bool,
    /// The poster's reference.
    pub external_ref: String,
    /// What to do when the reference stands with other content.
    pub on_change: OnChange,
    /// Why it is corrected; always there with [`OnChange::Correct`].
    pub reason: Option<String>,
    /// What was achieved.
    pub content: Content,
    /// The programme of a course.
    pub programme_id: Option<ProgrammeId>,
    /// The enrolment of a course.
    pub enrolment_id: Option<EnrolmentId>,
    /// The term.
    pub term: Option<Term>,
    /// How it was sat.
    pub attempt: Attempt,
    /// Credits claimed.
    pub credits: Option<CreditAmount>,
    /// Credit type claimed.
    pub credit_type: Option<CreditType>,
    /// The score, always a pass.
    pub score: Option<ValidScore>,
    /// When it was completed.
    pub completed_on: NaiveDate,
    /// When its certificate was issued.
    pub issued_on: Option<NaiveDate>,
    /// Last day of its validity.
    pub valid_until: Option<NaiveDate>,
    /// How it was taught.
    pub delivery: Option<Delivery>,
    /// The platform.
    pub platform: Option<String>,
}

impl ValidAchievement {
    /// Its kind.
    pub const fn kind(&self) -> AchievementKind {
        self.content.kind()
    }

    /// When it counts from: the issue date of certificates where one is given, else the day of completion.
    pub fn effective_on(&self) -> NaiveDate {
        match self.issued_on {
            Some(issued_on) if self.kind().is_certificate() => issued_on,
            _ => self.completed_on,
        }
    }
}

impl fmt::Debug for ValidAchievement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ValidAchievement({}, …)", self.kind())
    }
}
