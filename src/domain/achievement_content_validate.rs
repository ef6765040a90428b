//! The checks inside the content of each kind of achievement; pointers are relative to the content field.

use chrono::NaiveDate;

use super::achievement_content::*;
use super::achievement_post::*;
use super::certificate_number::CertificateNumber;
use super::course::check_hours;
use super::experience::ExperienceType;
use super::invalid::{Invalid, Reason};
use super::kind::AchievementKind;
use super::level::NationalLevel;
use super::region::{self, RegionPolicy};
use super::text::{self, NAME_MAX, TITLE_MAX, clean_line};

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
        check_hours(&mut invalid, "", self.hours, self.practice_hours);
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
        let number = self
            .number
            .as_ref()
            .and_then(|number| invalid.take("/number", CertificateNumber::parse(AchievementKind::Examination, number)));
        finish(invalid, code.map(|code| ExaminationContent { code, number }))
    }
}

impl SkillCertificatePost {
    pub(super) fn validate(&self) -> Result<SkillCertificateContent, Invalid> {
        let mut invalid = Invalid::default();
        let code = invalid.take("/code", text::code(&self.code));
        let number = invalid.take("/number", CertificateNumber::parse(AchievementKind::SkillCertificate, &self.number));
        let content =
            code.zip(number).map(|(code, number)| SkillCertificateContent { code, level: self.level, number });
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
        let content = code.zip(number).map(|(occupation_code, number)| SkillLevelContent {
            occupation_code,
            level: self.level,
            number,
        });
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
        check_hours(&mut invalid, "", Some(self.hours), None);
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
        check_hours(&mut invalid, "", self.hours, None);
        let enterprise =
            self.enterprise.as_ref().and_then(|name| invalid.take("/enterprise", clean_line(name, TITLE_MAX)));
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
