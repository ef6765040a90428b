//! What each kind of achievement needs, as it comes off the wire: one struct per kind.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::competition::Prize;
use super::experience::ExperienceType;
use super::level::{NationalLevel, XLevel};
use super::training::TargetGroup;

/// Most hours of one course, training or experience: five years of full weeks.
pub const HOURS_MAX: u32 = 10_000;
/// Shortest and longest lesson, in minutes.
pub const LESSON_MINUTES: std::ops::RangeInclusive<u32> = 10..=120;
/// Minutes of a lesson unless said otherwise.
pub const LESSON_MINUTES_DEFAULT: u32 = 45;
/// Largest competition team.
pub const TEAM_MAX: u32 = 100;

/// A course result 课程.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CoursePost {
    /// Code within the institution.
    #[schema(max_length = 64, examples("NET101"))]
    pub code: String,
    /// Name; the first result of a code registers it in the catalogue.
    #[schema(max_length = 200, examples("计算机网络基础"))]
    pub name: String,
    /// Teaching hours, 1 to 10,000.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 10000)]
    pub hours: Option<u32>,
    /// Of these, practice.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 10000)]
    pub practice_hours: Option<u32>,
}

/// An examination of the society at large 社会考试.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ExaminationPost {
    /// Code in the bureau's catalogue.
    #[schema(max_length = 64, examples("CET4"))]
    pub code: String,
    /// Points (0–1000), or a word where the examination gives grades.
    #[serde(default)]
    #[schema(max_length = 20, examples("476"))]
    pub score: Option<String>,
    /// Number of the certificate or report.
    #[serde(default)]
    #[schema(max_length = 64)]
    pub number: Option<String>,
}

/// A 1+X skill-level certificate.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SkillCertificatePost {
    /// Code in the catalogue.
    #[schema(max_length = 64)]
    pub code: String,
    /// Level.
    pub level: XLevel,
    /// Certificate number.
    #[schema(max_length = 64)]
    pub number: String,
}

/// A skill-level recognition certificate 技能等级认定证书.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SkillLevelPost {
    /// Code of the occupation.
    #[schema(max_length = 64)]
    pub occupation_code: String,
    /// National level.
    pub level: NationalLevel,
    /// Certificate number.
    #[schema(max_length = 64)]
    pub number: String,
}

/// A vocational qualification certificate 职业资格证书.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct QualificationPost {
    /// Code in the catalogue.
    #[schema(max_length = 64)]
    pub code: String,
    /// National level, where the qualification has levels.
    #[serde(default)]
    pub level: Option<NationalLevel>,
    /// Certificate number.
    #[schema(max_length = 64)]
    pub number: String,
}

/// A training 职业培训.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TrainingPost {
    /// The training class, where one was opened.
    #[serde(default)]
    pub class_id: Option<Uuid>,
    /// Title.
    #[schema(max_length = 400)]
    pub title: String,
    /// Lessons attended, 1 to 10,000.
    #[schema(minimum = 1, maximum = 10000)]
    pub hours: u32,
    /// Minutes of a lesson, 10 to 120; 45 unless said otherwise.
    #[serde(default)]
    #[schema(minimum = 10, maximum = 120)]
    pub lesson_minutes: Option<u32>,
    /// Groups of the plan that the learner belongs to.
    #[serde(default)]
    pub target_groups: Vec<TargetGroup>,
    /// Where it was held.
    #[serde(default)]
    #[schema(pattern = r"^\d{6}$")]
    pub region: Option<String>,
}

/// A competition result 技能竞赛.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CompetitionPost {
    /// Code in the catalogue.
    #[schema(max_length = 64)]
    pub catalogue_code: String,
    /// Prize.
    pub prize: Prize,
    /// Place within the team, 1 leads it.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 100)]
    pub team_rank: Option<u32>,
    /// Members of the team.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 100)]
    pub team_size: Option<u32>,
}

/// Practical experience 实践经历.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ExperiencePost {
    /// What kind.
    #[serde(rename = "type")]
    pub type_: ExperienceType,
    /// Hours, 1 to 10,000; may be left out for military service.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 10000)]
    pub hours: Option<u32>,
    /// Where.
    #[serde(default)]
    #[schema(max_length = 400)]
    pub enterprise: Option<String>,
}

/// A diploma 学历证书: recorded without credits.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DiplomaPost {
    /// Diploma number.
    #[schema(max_length = 64)]
    pub number: String,
}
