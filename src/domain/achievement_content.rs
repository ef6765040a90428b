//! What was achieved, checked: one struct per kind. `Debug` of certificate numbers prints their form only.

use uuid::Uuid;

use super::certificate_number::CertificateNumber;
use super::competition::Prize;
use super::experience::ExperienceType;
use super::kind::AchievementKind;
use super::level::{NationalLevel, XLevel};
use super::training::TargetGroup;

/// A course result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CourseContent {
    /// Code within the institution.
    pub code: String,
    /// Name.
    pub name: String,
    /// Teaching hours.
    pub hours: Option<u32>,
    /// Of these, practice.
    pub practice_hours: Option<u32>,
}

/// An examination; its score stands with the achievement's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExaminationContent {
    /// Catalogue code.
    pub code: String,
    /// Number of the certificate or report.
    pub number: Option<CertificateNumber>,
}

/// A 1+X certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SkillCertificateContent {
    /// Catalogue code.
    pub code: String,
    /// Level.
    pub level: XLevel,
    /// Number.
    pub number: CertificateNumber,
}

/// A skill-level recognition certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SkillLevelContent {
    /// Code of the occupation.
    pub occupation_code: String,
    /// Level.
    pub level: NationalLevel,
    /// Number.
    pub number: CertificateNumber,
}

/// A vocational qualification.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QualificationContent {
    /// Catalogue code.
    pub code: String,
    /// Level, where there are levels.
    pub level: Option<NationalLevel>,
    /// Number.
    pub number: CertificateNumber,
}

/// A training.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrainingContent {
    /// The training class.
    pub class_id: Option<Uuid>,
    /// Title.
    pub title: String,
    /// Lessons attended.
    pub hours: u32,
    /// Minutes of a lesson.
    pub lesson_minutes: u32,
    /// Target groups, sorted, each once.
    pub target_groups: Vec<TargetGroup>,
    /// Region code.
    pub region: Option<String>,
}

/// A competition result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompetitionContent {
    /// Catalogue code.
    pub catalogue_code: String,
    /// Prize.
    pub prize: Prize,
    /// Place within the team, 1 leads it.
    pub team_rank: Option<u32>,
    /// Members of the team.
    pub team_size: Option<u32>,
}

/// Practical experience.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExperienceContent {
    /// What kind.
    pub type_: ExperienceType,
    /// Hours.
    pub hours: Option<u32>,
    /// Where.
    pub enterprise: Option<String>,
}

/// A diploma.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DiplomaContent {
    /// Number.
    pub number: CertificateNumber,
}

/// What was achieved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// 课程
    Course(CourseContent),
    /// 社会考试
    Examination(ExaminationContent),
    /// 1+X 职业技能等级证书
    SkillCertificate(SkillCertificateContent),
    /// 技能等级认定证书
    SkillLevel(SkillLevelContent),
    /// 职业资格证书
    Qualification(QualificationContent),
    /// 职业培训
    Training(TrainingContent),
    /// 技能竞赛
    Competition(CompetitionContent),
    /// 实践经历
    Experience(ExperienceContent),
    /// 学历证书
    Diploma(DiplomaContent),
}

impl Content {
    /// Its kind.
    pub const fn kind(&self) -> AchievementKind {
        match self {
            Self::Course(_) => AchievementKind::Course,
            Self::Examination(_) => AchievementKind::Examination,
            Self::SkillCertificate(_) => AchievementKind::SkillCertificate,
            Self::SkillLevel(_) => AchievementKind::SkillLevel,
            Self::Qualification(_) => AchievementKind::Qualification,
            Self::Training(_) => AchievementKind::Training,
            Self::Competition(_) => AchievementKind::Competition,
            Self::Experience(_) => AchievementKind::Experience,
            Self::Diploma(_) => AchievementKind::Diploma,
        }
    }

    /// The code by which catalogue and accreditation know it: the course's, certificate's, occupation's or competition's,
    /// or the word of the experience; none for training and diplomas.
    pub fn code(&self) -> Option<&str> {
        match self {
            Self::Course(content) => Some(&content.code),
            Self::Examination(content) => Some(&content.code),
            Self::SkillCertificate(content) => Some(&content.code),
            Self::SkillLevel(content) => Some(&content.occupation_code),
            Self::Qualification(content) => Some(&content.code),
            Self::Competition(content) => Some(&content.catalogue_code),
            Self::Experience(content) => Some(content.type_.as_str()),
            Self::Training(_) | Self::Diploma(_) => None,
        }
    }

    /// The level as catalogues write it: the 1+X word, the national number, or the prize of a competition.
    pub fn level(&self) -> Option<String> {
        let level = match self {
            Self::SkillCertificate(content) => content.level.as_str(),
            Self::SkillLevel(content) => content.level.as_str(),
            Self::Qualification(content) => content.level?.as_str(),
            Self::Competition(content) => content.prize.as_str(),
            _ => return None,
        };
        Some(level.to_owned())
    }

    /// The certificate number, where there is one.
    pub const fn number(&self) -> Option<&CertificateNumber> {
        match self {
            Self::Examination(content) => content.number.as_ref(),
            Self::SkillCertificate(content) => Some(&content.number),
            Self::SkillLevel(content) => Some(&content.number),
            Self::Qualification(content) => Some(&content.number),
            Self::Diploma(content) => Some(&content.number),
            Self::Course(_) | Self::Training(_) | Self::Competition(_) | Self::Experience(_) => None,
        }
    }

    /// What its poster calls it: the course's name or the training's title; others are named by the catalogue.
    pub fn title(&self) -> Option<&str> {
        match self {
            Self::Course(content) => Some(&content.name),
            Self::Training(content) => Some(&content.title),
            _ => None,
        }
    }
}
