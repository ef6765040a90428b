//! The bureau's catalogues: what examinations, certificates, competitions and experience are worth.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::achievement_post::TEAM_MAX;
use super::competition::{CompetitionTier, Prize};
use super::credit::CreditAmount;
use super::experience::ExperienceType;
use super::ids::InstitutionId;
use super::invalid::{Invalid, Reason};
use super::kind::AchievementKind;
use super::level::{NationalLevel, XLevel};
use super::text::{self, NAME_MAX, clean_line};
use super::time::{strict_date, strict_date_opt};

text_enum! {
    /// Kinds that have a catalogue.
    pub enum CatalogueKind {
        SkillCertificate = "skill_certificate" / "1+X 职业技能等级证书",
        Examination = "examination" / "社会考试",
        SkillLevel = "skill_level" / "技能等级认定证书",
        Qualification = "qualification" / "职业资格证书",
        Competition = "competition" / "技能竞赛",
        Experience = "experience" / "实践经历",
    }
}

impl CatalogueKind {
    /// The kind of achievement whose worth it says.
    pub const fn achievement_kind(self) -> AchievementKind {
        match self {
            Self::SkillCertificate => AchievementKind::SkillCertificate,
            Self::Examination => AchievementKind::Examination,
            Self::SkillLevel => AchievementKind::SkillLevel,
            Self::Qualification => AchievementKind::Qualification,
            Self::Competition => AchievementKind::Competition,
            Self::Experience => AchievementKind::Experience,
        }
    }

    /// The catalogue of a kind of achievement, where there is one.
    pub const fn of(kind: AchievementKind) -> Option<Self> {
        match kind {
            AchievementKind::SkillCertificate => Some(Self::SkillCertificate),
            AchievementKind::Examination => Some(Self::Examination),
            AchievementKind::SkillLevel => Some(Self::SkillLevel),
            AchievementKind::Qualification => Some(Self::Qualification),
            AchievementKind::Competition => Some(Self::Competition),
            AchievementKind::Experience => Some(Self::Experience),
            AchievementKind::Course | AchievementKind::Training | AchievementKind::Diploma => None,
        }
    }
}

/// A catalogue entry to be published: one kind, code and level.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCatalogueEntry {
    /// Kind; a 1+X certificate when left out.
    #[serde(default = "skill_certificate")]
    pub kind: CatalogueKind,
    /// Code; for experience its type.
    #[schema(max_length = 64)]
    pub code: String,
    /// skill_certificate: elementary, intermediate or advanced · skill_level: 1 to 5 · qualification: 1 to 5 or none ·
    /// competition: a prize, or none for every prize alike · others: none.
    #[serde(default)]
    #[schema(max_length = 20)]
    pub level: Option<String>,
    /// Name.
    #[schema(max_length = 200)]
    pub name: String,
    /// The body that issues it.
    #[serde(default)]
    pub body_id: Option<InstitutionId>,
    /// Credits, 0 to 400.
    pub credits: CreditAmount,
    /// First day of completion or issue for which it holds.
    #[serde(with = "strict_date")]
    pub valid_from: NaiveDate,
    /// Last such day; open when left out.
    #[serde(default, with = "strict_date_opt")]
    pub valid_to: Option<NaiveDate>,
    /// Competitions only, and needed there: the tier.
    #[serde(default)]
    pub tier: Option<CompetitionTier>,
    /// Competitions only: team members that may gain credits, 1 to 100.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 100)]
    pub team_max: Option<u32>,
    /// What counts once however many of it are held: the levels of one certificate, the prizes of one contest. A word in
    /// the form of a code; where there are levels, the code itself when left out.
    #[serde(default)]
    #[schema(max_length = 64)]
    pub family: Option<String>,
    /// Words that rules may ask for, such as `organiser:association`; at most 10, each in lower case.
    #[serde(default)]
    #[schema(max_items = 10)]
    pub tags: Vec<String>,
}

/// Most tags of one entry.
pub const TAGS_MAX: usize = 10;
/// Longest tag.
const TAG_MAX: usize = 64;
/// The form of a tag.
const TAG_FORM: &str = "[a-z0-9][a-z0-9._:-]{0,63}";

fn tag(text: &str) -> Result<String, Reason> {
    let text = text.trim();
    let fits = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'.' | b'_' | b':' | b'-');
    let begins = |text: &str| text.bytes().next().is_some_and(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    if text.len() <= TAG_MAX && begins(text) && text.bytes().all(fits) {
        Ok(text.to_owned())
    } else {
        Err(Reason::Format { expected: TAG_FORM })
    }
}

fn skill_certificate() -> CatalogueKind {
    CatalogueKind::SkillCertificate
}

impl NewCatalogueEntry {
    /// The same with texts in their one spelling.
    pub fn validate(&self) -> Result<Self, Invalid> {
        let mut invalid = Invalid::default();
        let code = invalid.take("/code", self.checked_code());
        let level = invalid.take("/level", self.checked_level());
        let name = invalid.take("/name", clean_line(&self.name, NAME_MAX));
        invalid.take("/credits", self.credits.within_achievement());
        if self.valid_to.is_some_and(|to| to < self.valid_from) {
            invalid.push("/valid_to", Reason::Earlier { other: "valid_from" });
        }
        let competition = self.kind == CatalogueKind::Competition;
        match self.tier {
            None if competition => invalid.push("/tier", Reason::Required),
            Some(_) if !competition => invalid.push("/tier", Reason::NotAllowedHere),
            _ => {}
        }
        match self.team_max {
            Some(_) if !competition => invalid.push("/team_max", Reason::NotAllowedHere),
            Some(most) if !(1..=TEAM_MAX).contains(&most) => invalid.push("/team_max", Reason::range(1, TEAM_MAX)),
            _ => {}
        }
        let family = self.family.as_deref().and_then(|family| invalid.take("/family", text::code(family)));
        let tags = self.checked_tags(&mut invalid);
        match (code, level, name) {
            (Some(code), Some(level), Some(name)) if invalid.is_empty() => {
                Ok(Self { code, level, name, family, tags, ..self.clone() })
            }
            _ => Err(invalid),
        }
    }

    /// The tags in their one order.
    fn checked_tags(&self, invalid: &mut Invalid) -> Vec<String> {
        if self.tags.len() > TAGS_MAX {
            invalid.push("/tags", Reason::TooMany { max: TAGS_MAX });
            return Vec::new();
        }
        let mut tags = Vec::with_capacity(self.tags.len());
        for (place, given) in self.tags.iter().enumerate() {
            match tag(given) {
                Ok(tag) if tags.contains(&tag) => invalid.push(format!("/tags/{place}"), Reason::Duplicate),
                Ok(tag) => tags.push(tag),
                Err(reason) => invalid.push(format!("/tags/{place}"), reason),
            }
        }
        tags.sort_unstable();
        tags
    }

    fn checked_code(&self) -> Result<String, Reason> {
        let code = text::code(&self.code)?;
        if self.kind == CatalogueKind::Experience {
            code.parse::<ExperienceType>()?;
        }
        Ok(code)
    }

    fn checked_level(&self) -> Result<Option<String>, Reason> {
        let level = self.level.as_deref();
        match (self.kind, level) {
            (CatalogueKind::SkillCertificate | CatalogueKind::SkillLevel, None) => Err(Reason::Required),
            (CatalogueKind::Examination | CatalogueKind::Experience, Some(_)) => Err(Reason::NotAllowedHere),
            (_, None) => Ok(None),
            (CatalogueKind::SkillCertificate, Some(level)) => Ok(Some(level.parse::<XLevel>()?.as_str().to_owned())),
            (CatalogueKind::SkillLevel | CatalogueKind::Qualification, Some(level)) => {
                Ok(Some(level.parse::<NationalLevel>()?.as_str().to_owned()))
            }
            (CatalogueKind::Competition, Some(level)) => Ok(Some(level.parse::<Prize>()?.as_str().to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(kind: CatalogueKind, level: Option<&str>) -> NewCatalogueEntry {
        NewCatalogueEntry {
            kind,
            code: if kind == CatalogueKind::Experience { "internship".into() } else { "X-01".into() },
            level: level.map(str::to_owned),
            name: "证书".into(),
            body_id: None,
            credits: CreditAmount::from_thousandths(3_000),
            valid_from: NaiveDate::from_ymd_opt(2025, 1, 1).expect("a date"),
            valid_to: None,
            tier: (kind == CatalogueKind::Competition).then_some(CompetitionTier::National),
            team_max: None,
            family: None,
            tags: Vec::new(),
        }
    }

    #[test]
    fn tags_are_words_in_one_order() {
        let tagged = |tags: &[&str]| NewCatalogueEntry {
            family: Some(" KF-X ".into()),
            tags: tags.iter().map(|&tag| tag.to_owned()).collect(),
            ..entry(CatalogueKind::Examination, None)
        };
        let good = tagged(&["tier:national", "organiser:association"]).validate().expect("good");
        assert_eq!(good.tags, ["organiser:association", "tier:national"]);
        assert_eq!(good.family.as_deref(), Some("KF-X"));
        assert_eq!(faults(&tagged(&["a", "a"])), ["/tags/1 duplicate"]);
        assert_eq!(faults(&tagged(&["Tier"])), ["/tags/0 format"]);
        assert_eq!(faults(&tagged(&["a"; 11])), ["/tags too-many"]);
        assert_eq!(faults(&NewCatalogueEntry { family: Some("家族".into()), ..tagged(&[]) }), ["/family format"]);
    }

    fn faults(entry: &NewCatalogueEntry) -> Vec<String> {
        let invalid = entry.validate().expect_err("faults");
        invalid.0.into_iter().map(|f| format!("{} {}", f.pointer, f.reason.code())).collect()
    }

    #[test]
    fn each_kind_has_its_levels() {
        use CatalogueKind::*;
        for good in [
            entry(SkillCertificate, Some("advanced")),
            entry(SkillLevel, Some("3")),
            entry(Qualification, Some("5")),
            entry(Qualification, None),
            entry(Competition, Some("first")),
            entry(Competition, None),
            entry(Examination, None),
            entry(Experience, None),
        ] {
            assert_eq!(good.validate(), Ok(good.clone()));
        }
        assert_eq!(faults(&entry(SkillCertificate, None)), ["/level required"]);
        assert_eq!(faults(&entry(SkillCertificate, Some("3"))), ["/level unknown"]);
        assert_eq!(faults(&entry(SkillLevel, Some("advanced"))), ["/level out-of-range"]);
        assert_eq!(faults(&entry(SkillLevel, Some("6"))), ["/level out-of-range"]);
        assert_eq!(faults(&entry(Examination, Some("1"))), ["/level not-allowed-here"]);
        assert_eq!(faults(&entry(Competition, Some("gold"))), ["/level unknown"]);
    }

    #[test]
    fn tiers_and_teams_are_for_competitions() {
        use CatalogueKind::*;
        let tierless = NewCatalogueEntry { tier: None, ..entry(Competition, None) };
        assert_eq!(faults(&tierless), ["/tier required"]);
        let tiered =
            NewCatalogueEntry { tier: Some(CompetitionTier::City), team_max: Some(3), ..entry(Examination, None) };
        assert_eq!(faults(&tiered), ["/tier not-allowed-here", "/team_max not-allowed-here"]);
        let nobody = NewCatalogueEntry { team_max: Some(0), ..entry(Competition, None) };
        assert_eq!(faults(&nobody), ["/team_max out-of-range"]);
        let other = NewCatalogueEntry { code: "work".into(), ..entry(Experience, None) };
        assert_eq!(faults(&other), ["/code unknown"]);
    }
}
