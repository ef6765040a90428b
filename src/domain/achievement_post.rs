//! What each kind of achievement needs, as it comes off the wire: one struct per kind, each with its own checks.
//! Pointers of the faults are relative to the content field.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::achievement_content::*;
use super::certificate_number::CertificateNumber;
use super::competition::Prize;
use super::experience::ExperienceType;
use super::invalid::{Invalid, Reason};
use super::kind::AchievementKind;
use super::level::{NationalLevel, XLevel};
use super::region::{self, RegionPolicy};
use super::text::{self, NAME_MAX, TITLE_MAX, clean_line};
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
    pub hours: Option<u32>,
    /// Of these, practice.
    #[serde(default)]
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

/// Notes a fault at `pointer` when the hours are outside 1 to [`HOURS_MAX`].
fn check_hours(invalid: &mut Invalid, pointer: &str, hours: Option<u32>) {
    if hours.is_some_and(|hours| !(1..=HOURS_MAX).contains(&hours)) {
        invalid.push(pointer, Reason::range(1, HOURS_MAX));
    }
}

/// The value when nothing was wrong.
fn finish<T>(invalid: Invalid, value: Option<T>) -> Result<T, Invalid> {
    match value {
        Some(value) if invalid.is_empty() => Ok(value),
        _ => Err(invalid),
    }
}

impl CoursePost {
    pub(super) fn validate(&self) -> Result<CourseContent, Invalid> {
        let mut invalid = Invalid::default();
        let code = invalid.take("/code", text::code(&self.code));
        let name = invalid.take("/name", clean_line(&self.name, NAME_MAX));
        check_hours(&mut invalid, "/hours", self.hours);
        let most = self.hours.unwrap_or(HOURS_MAX).min(HOURS_MAX);
        if self.practice_hours.is_some_and(|practice| practice > most) {
            invalid.push("/practice_hours", Reason::range(0, most));
        }
        let content = code.zip(name).map(|(code, name)| CourseContent {
            code,
            name,
            hours: self.hours,
            practice_hours: self.practice_hours,
        });
        finish(invalid, content)
    }
}

impl ExaminationPost {
    pub(super) fn validate(&self) -> Result<ExaminationContent, Invalid> {
        let mut invalid = Invalid::default();
        let code = invalid.take("/code", text::code(&self.code));
        let number = self.number.as_ref().and_then(|number| {
            invalid.take("/number", CertificateNumber::parse(AchievementKind::Examination, number))
        });
        finish(invalid, code.map(|code| ExaminationContent { code, number }))
    }
}

impl SkillCertificatePost {
    pub(super) fn validate(&self) -> Result<SkillCertificateContent, Invalid> {
        let mut invalid = Invalid::default();
        let code = invalid.take("/code", text::code(&self.code));
        let number = invalid.take("/number", CertificateNumber::parse(AchievementKind::SkillCertificate, &self.number));
        let content = code.zip(number).map(|(code, number)| SkillCertificateContent { code, level: self.level, number });
        finish(invalid, content)
    }
}

/// Reads a number and refuses one whose own level is another than the level stated.
fn levelled(kind: AchievementKind, number: &str, level: Option<NationalLevel>) -> Result<CertificateNumber, Reason> {
    let number = CertificateNumber::parse(kind, number)?;
    match (number.level(), level) {
        (Some(inside), Some(stated)) if inside != stated => Err(Reason::Mismatch),
        _ => Ok(number),
    }
}

impl SkillLevelPost {
    pub(super) fn validate(&self) -> Result<SkillLevelContent, Invalid> {
        let mut invalid = Invalid::default();
        let code = invalid.take("/occupation_code", text::code(&self.occupation_code));
        let number = invalid.take("/number", levelled(AchievementKind::SkillLevel, &self.number, Some(self.level)));
        let content = code
            .zip(number)
            .map(|(occupation_code, number)| SkillLevelContent { occupation_code, level: self.level, number });
        finish(invalid, content)
    }
}

impl QualificationPost {
    pub(super) fn validate(&self) -> Result<QualificationContent, Invalid> {
        let mut invalid = Invalid::default();
        let code = invalid.take("/code", text::code(&self.code));
        let number = invalid.take("/number", levelled(AchievementKind::Qualification, &self.number, self.level));
        let content = code.zip(number).map(|(code, number)| QualificationContent { code, level: self.level, number });
        finish(invalid, content)
    }
}

impl TrainingPost {
    pub(super) fn validate(&self, policy: RegionPolicy) -> Result<TrainingContent, Invalid> {
        let mut invalid = Invalid::default();
        let title = invalid.take("/title", clean_line(&self.title, TITLE_MAX));
        check_hours(&mut invalid, "/hours", Some(self.hours));
        let lesson_minutes = self.lesson_minutes.unwrap_or(LESSON_MINUTES_DEFAULT);
        if !LESSON_MINUTES.contains(&lesson_minutes) {
            invalid.push("/lesson_minutes", Reason::range(LESSON_MINUTES.start(), LESSON_MINUTES.end()));
        }
        let region = self.region.as_ref().map(|code| code.trim().to_owned());
        if let Some(code) = &region {
            invalid.take("/region", region::check(code, policy));
        }
        // A set: order and repeats mean nothing.
        let mut target_groups = self.target_groups.clone();
        target_groups.sort_unstable();
        target_groups.dedup();
        let content = title.map(|title| TrainingContent {
            class_id: self.class_id,
            title,
            hours: self.hours,
            lesson_minutes,
            target_groups,
            region,
        });
        finish(invalid, content)
    }
}

impl CompetitionPost {
    pub(super) fn validate(&self) -> Result<CompetitionContent, Invalid> {
        let mut invalid = Invalid::default();
        let code = invalid.take("/catalogue_code", text::code(&self.catalogue_code));
        if self.team_size.is_some_and(|size| !(1..=TEAM_MAX).contains(&size)) {
            invalid.push("/team_size", Reason::range(1, TEAM_MAX));
        }
        let most = self.team_size.unwrap_or(TEAM_MAX).clamp(1, TEAM_MAX);
        if self.team_rank.is_some_and(|rank| !(1..=most).contains(&rank)) {
            invalid.push("/team_rank", Reason::range(1, most));
        }
        let content = code.map(|catalogue_code| CompetitionContent {
            catalogue_code,
            prize: self.prize,
            team_rank: self.team_rank,
            team_size: self.team_size,
        });
        finish(invalid, content)
    }
}

impl ExperiencePost {
    pub(super) fn validate(&self) -> Result<ExperienceContent, Invalid> {
        let mut invalid = Invalid::default();
        if self.hours.is_none() && self.type_ != ExperienceType::MilitaryService {
            invalid.push("/hours", Reason::Required);
        }
        check_hours(&mut invalid, "/hours", self.hours);
        let enterprise = self
            .enterprise
            .as_ref()
            .and_then(|name| invalid.take("/enterprise", clean_line(name, TITLE_MAX)));
        finish(invalid, Some(ExperienceContent { type_: self.type_, hours: self.hours, enterprise }))
    }
}

impl DiplomaPost {
    pub(super) fn validate(&self) -> Result<DiplomaContent, Invalid> {
        CertificateNumber::parse(AchievementKind::Diploma, &self.number)
            .map(|number| DiplomaContent { number })
            .map_err(|reason| Invalid::one("/number", reason))
    }
}

/// Refuses a date after `today` or before the earliest that is recorded.
pub(super) fn past_date(date: NaiveDate, today: NaiveDate) -> Result<NaiveDate, Reason> {
    if date > today {
        return Err(Reason::Future);
    }
    if date < super::time::EARLIEST_DATE {
        return Err(Reason::BeforeEarliest);
    }
    Ok(date)
}
