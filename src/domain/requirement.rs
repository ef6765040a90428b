//! What a programme version asks for beyond its modules: least amounts and shares by class, level floors, study time,
//! substitutions, and conditions that credits cannot show. All of it is data; no published rule has code of its own.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::credit::CreditAmount;
use super::kind::AchievementKind;
use super::level::{NationalLevel, XLevel};
use super::share::Share;
use super::time::strict_date_opt;

/// Most requirements of one version.
pub const REQUIREMENTS_MAX: usize = 100;
/// Most substitutions of one version.
pub const SUBSTITUTIONS_MAX: usize = 200;
/// Most courses that together stand for one.
pub const SUBSTITUTES_MAX: usize = 5;
/// Most conditions of one version.
pub const CONDITIONS_MAX: usize = 20;
/// Most alternatives of a level floor.
pub const HOLDINGS_MAX: usize = 20;
/// Longest study time, in months.
pub const MONTHS_MAX: u32 = 120;

text_enum! {
    /// What a requirement counts in.
    pub enum Unit {
        /// Credits.
        Credits = "credits" / "学分",
        /// Teaching hours.
        Hours = "hours" / "学时",
        /// Hours of practice.
        PracticeHours = "practice_hours" / "实践学时",
        /// Courses.
        Courses = "courses" / "门",
    }
}

text_enum! {
    /// What a requirement is asked of.
    pub enum AppliesTo {
        /// Of every learner, before an award.
        Learner = "learner" / "学习者",
        /// Of the plan itself, when it is written: it is taken as a learner would who passes every required course and of
        /// the electives, in their order, as many as each module needs.
        Plan = "plan" / "培养方案",
    }
}

impl Unit {
    const fn usual() -> Self {
        Self::Credits
    }
}

impl AppliesTo {
    const fn usual() -> Self {
        Self::Learner
    }
}

/// Which of what counts in a programme is meant, by class words: what has one of `any_of` (or anything, if that is empty)
/// and none of `none_of`. Besides the plan's own words there are `required` or `elective`, `practice`, `unplanned`,
/// `earned` or `granted`, `module:<code>`, `kind:<kind>` and `issuer:<institution kind>`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Selection {
    /// One of these is needed; empty: anything.
    #[serde(default)]
    #[schema(max_items = 10)]
    pub any_of: Vec<String>,
    /// None of these may be there.
    #[serde(default)]
    #[schema(max_items = 10)]
    pub none_of: Vec<String>,
}

/// At least so much in each of several classes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Each {
    /// The classes.
    #[schema(min_items = 1, max_items = 10)]
    pub classes: Vec<String>,
    /// At least so much in each.
    pub least: CreditAmount,
}

/// What still counts after the last day, and until when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MakeUp {
    /// Only what has one of these classes.
    #[schema(min_items = 1, max_items = 10)]
    pub any_of: Vec<String>,
    /// The last day on which it may be completed.
    #[serde(with = "super::time::strict_date")]
    pub by: NaiveDate,
}

/// An achievement that has to be held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Holding {
    /// Its kind.
    pub kind: AchievementKind,
    /// Its code begins with this.
    #[serde(default)]
    #[schema(max_length = 64)]
    pub code: Option<String>,
    /// At least this level: `elementary`, `intermediate`, `advanced` for 1+X certificates; 5 (lowest) to 1 for
    /// recognised skill levels and qualifications. Other kinds have none.
    #[serde(default)]
    #[schema(max_length = 20)]
    pub level: Option<String>,
}

/// A level floor: so many achievements, each fitting one of the alternatives, valid on the day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Holds {
    /// The alternatives.
    #[schema(min_items = 1, max_items = 20)]
    pub any: Vec<Holding>,
    /// How many; one unless said otherwise.
    #[serde(default = "one")]
    #[schema(minimum = 1, maximum = 20, default = 1)]
    pub number: u32,
}

const fn one() -> u32 {
    1
}

/// One requirement. What it bounds is the sum, in `unit`, of what `counts` selects; the bounds are included.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Requirement {
    /// Code within the version.
    #[schema(max_length = 64)]
    pub code: String,
    /// Name.
    #[schema(max_length = 200)]
    pub name: String,
    /// Of whom it is asked; of every learner unless said otherwise.
    #[serde(default = "AppliesTo::usual")]
    pub applies_to: AppliesTo,
    /// What is counted; everything unless said otherwise.
    #[serde(default)]
    pub counts: Selection,
    /// In what; credits unless said otherwise.
    #[serde(default = "Unit::usual")]
    pub unit: Unit,
    /// At least so much.
    #[serde(default)]
    pub least: Option<CreditAmount>,
    /// At most so much.
    #[serde(default)]
    pub most: Option<CreditAmount>,
    /// At least this share.
    #[serde(default)]
    pub least_share: Option<Share>,
    /// At most this share.
    #[serde(default)]
    pub most_share: Option<Share>,
    /// What the shares are of: what this selects of all that counts. Left out: the programme's total credits, and for other
    /// units everything that counts. The whole of practice hours is hours.
    #[serde(default)]
    pub share_of: Option<Selection>,
    /// At least so much in each of several classes.
    #[serde(default)]
    pub each: Option<Each>,
    /// Only what was completed on or before this day.
    #[serde(default, with = "strict_date_opt")]
    pub by: Option<NaiveDate>,
    /// What still counts after `by`.
    #[serde(default)]
    pub make_up: Option<MakeUp>,
    /// Achievements that have to be held.
    #[serde(default)]
    pub holds: Option<Holds>,
}

/// Completion before the usual time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Early {
    /// Not before so many months of study.
    #[schema(minimum = 1, maximum = 120)]
    pub after_months: u32,
    /// With at least so many credits.
    pub credits: CreditAmount,
    /// At most so many months before the usual time.
    #[schema(minimum = 1, maximum = 120)]
    pub by_months: u32,
}

/// How long the programme takes from the first day of the enrolment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StudyTime {
    /// Months until it may be completed.
    #[schema(minimum = 1, maximum = 120)]
    pub months: u32,
    /// Whether and how it may be completed before.
    #[serde(default)]
    pub early: Option<Early>,
}

/// Courses that stand for another one (课程替代).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Substitution {
    /// The course of the plan that they stand for.
    #[schema(max_length = 64)]
    pub course: String,
    /// All of these together; several entries for one course are alternatives.
    #[schema(min_items = 1, max_items = 5)]
    pub by: Vec<String>,
    /// Why.
    #[schema(max_length = 500)]
    pub reason: String,
}

/// A condition that credits cannot show and staff confirm: conduct 操行, discipline 处分, fitness 体测, internship 实习鉴定…
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Condition {
    /// Code within the version.
    #[schema(max_length = 64)]
    pub code: String,
    /// Name.
    #[schema(max_length = 200)]
    pub name: String,
}

/// Everything that a version asks for beyond its modules.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Requirements {
    /// Requirements.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub items: Vec<Requirement>,
    /// Study time, where it is bounded.
    #[serde(default)]
    pub study: Option<StudyTime>,
    /// Substitutions that hold for the whole cohort.
    #[serde(default)]
    #[schema(max_items = 200)]
    pub substitutions: Vec<Substitution>,
    /// Conditions that staff confirm.
    #[serde(default)]
    #[schema(max_items = 20)]
    pub conditions: Vec<Condition>,
}

impl Selection {
    /// Whether something with these classes is meant.
    pub fn takes<S: AsRef<str>>(&self, classes: &[S]) -> bool {
        let has = |word: &String| classes.iter().any(|class| class.as_ref() == word);
        (self.any_of.is_empty() || self.any_of.iter().any(has)) && !self.none_of.iter().any(has)
    }
}

impl Holding {
    /// Whether an achievement of this kind, code and level fits.
    pub fn fits(&self, kind: AchievementKind, code: Option<&str>, level: Option<&str>) -> bool {
        let coded = self.code.as_deref().is_none_or(|prefix| code.is_some_and(|code| code.starts_with(prefix)));
        kind == self.kind && coded && self.level.as_deref().is_none_or(|least| reaches(kind, level, least))
    }
}

pub(super) const fn levelled(kind: AchievementKind) -> bool {
    matches!(kind, AchievementKind::SkillCertificate | AchievementKind::SkillLevel | AchievementKind::Qualification)
}

/// How high a level of this kind is, the lowest 1; the scales of two kinds are never compared.
pub(super) fn rank(kind: AchievementKind, level: &str) -> Option<u8> {
    match kind {
        AchievementKind::SkillCertificate => level.parse::<XLevel>().ok().map(|level| level as u8 + 1),
        AchievementKind::SkillLevel | AchievementKind::Qualification => {
            level.parse::<NationalLevel>().ok().map(NationalLevel::rank)
        }
        _ => None,
    }
}

fn reaches(kind: AchievementKind, level: Option<&str>, least: &str) -> bool {
    matches!((level.and_then(|level| rank(kind, level)), rank(kind, least)), (Some(has), Some(least)) if has >= least)
}
