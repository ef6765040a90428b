//! The bureau's catalogues. Certificates, occupations and competitions are invented; CET and NCRE are named for what
//! learners really sit, their worth here is not.

use super::places::since;
use crate::domain::catalogue::{CatalogueKind, NewCatalogueEntry};
use crate::domain::competition::{CompetitionTier, Prize};
use crate::domain::credit::CreditAmount;
use crate::domain::ids::InstitutionId;
use crate::domain::level::XLevel;
use crate::services::App;
use crate::services::error::Result;

/// 1+X certificates: one for each major, in the order of the list of majors, then others. Codes count from `X-KF-001`.
pub const CERTIFICATES: &[&str] = &[
    "餐饮服务管理",
    "旅游讲解服务",
    "新能源汽车检修",
    "老年照护",
    "建筑信息模型",
    "水利工程监测",
    "网络安全运维",
    "设施农业装备应用",
    "云计算平台运维",
    "电子商务数据分析",
    "母婴护理",
    "研学旅行策划",
];
/// Occupations: one for each major. Codes count from `KF-OCC-01`.
pub const OCCUPATIONS: &[&str] =
    &["中式烹调师", "景区讲解员", "汽车维修工", "养老护理员", "砌筑工", "河道修防工", "网络与信息安全管理员", "农艺工"];
/// Competitions: name, tier, credits of the first prize in thousandths, tags. Codes count from `KF-COMP-01`.
pub const COMPETITIONS: &[(&str, CompetitionTier, i64, &[&str])] = &[
    ("全国职业院校技能大赛（演示）", CompetitionTier::National, 4_000, &[]),
    ("中原职业技能竞赛（演示）", CompetitionTier::Provincial, 3_000, &[]),
    ("演示市职业院校技能竞赛", CompetitionTier::City, 2_000, &[]),
    ("中部行业协会技能邀请赛（演示）", CompetitionTier::National, 3_000, &["organiser:association"]),
];
/// Prizes that the catalogue counts.
pub const PRIZES: [Prize; 3] = [Prize::First, Prize::Second, Prize::Third];
/// An examination of self-study, as open universities recognise it.
pub const SELF_STUDY: &str = "KF-ZK-01";
/// The qualification that rules recognise, and one that they do not, since whoever attends the lessons gets it.
pub const QUALIFICATIONS: [&str; 2] = ["KF-Q-01", "KF-Q-02"];
/// Examinations: code, name, credits in thousandths, family, tags.
type Examination = (&'static str, &'static str, i64, Option<&'static str>, &'static [&'static str]);
const EXAMINATIONS: &[Examination] = &[
    ("CET4", "大学英语四级", 2_000, Some("CET"), &[]),
    ("CET6", "大学英语六级", 3_000, Some("CET"), &[]),
    ("NCRE2", "全国计算机等级考试二级", 2_000, None, &[]),
    (SELF_STUDY, "高等教育自学考试英语（演示）", 3_000, None, &["category:self-study"]),
];
/// Levels that skill-level certificates of the city have, with their credits in thousandths.
const SKILL_LEVELS: [(&str, i64); 3] = [("5", 2_000), ("4", 4_000), ("3", 6_000)];
/// Credits of the three 1+X levels, in thousandths.
const X_CREDITS: [i64; 3] = [3_000, 5_000, 9_000];

/// Code of the `place`th certificate.
pub fn certificate_code(place: usize) -> String {
    format!("X-KF-{:03}", place + 1)
}

/// Code of the `place`th occupation.
pub fn occupation_code(place: usize) -> String {
    format!("KF-OCC-{:02}", place + 1)
}

/// Code of the `place`th competition.
pub fn competition_code(place: usize) -> String {
    format!("KF-COMP-{:02}", place + 1)
}

/// Everything that the city's catalogues hold. Internships are not among them: they are recorded without credits, since
/// the course 岗位实习 already has them.
pub(super) fn entries(body: InstitutionId) -> Vec<NewCatalogueEntry> {
    let entry = |kind, code: String, level: Option<&str>, name: String, credits| NewCatalogueEntry {
        kind,
        code,
        level: level.map(str::to_owned),
        name,
        body_id: Some(body),
        credits: CreditAmount::from_thousandths(credits),
        valid_from: since(),
        valid_to: None,
        tier: None,
        team_max: None,
        family: None,
        tags: Vec::new(),
    };
    // Levels of one certificate and prizes of one contest count once: the code is their family.
    let family = |new: NewCatalogueEntry| NewCatalogueEntry { family: Some(new.code.clone()), ..new };
    let mut all = Vec::new();
    for (place, name) in CERTIFICATES.iter().enumerate() {
        for (level, credits) in XLevel::ALL.iter().zip(X_CREDITS) {
            let name = format!("{name}({})", level.zh());
            let kind = CatalogueKind::SkillCertificate;
            all.push(family(entry(kind, certificate_code(place), Some(level.as_str()), name, credits)));
        }
    }
    for (place, name) in OCCUPATIONS.iter().enumerate() {
        for (level, credits) in SKILL_LEVELS {
            let kind = CatalogueKind::SkillLevel;
            all.push(family(entry(kind, occupation_code(place), Some(level), (*name).into(), credits)));
        }
    }
    let words = |tags: &[&str]| tags.iter().map(ToString::to_string).collect();
    for (code, name, credits, family, tags) in EXAMINATIONS {
        let examination = entry(CatalogueKind::Examination, (*code).into(), None, (*name).into(), *credits);
        all.push(NewCatalogueEntry { family: family.map(str::to_owned), tags: words(tags), ..examination });
    }
    for (code, (name, tags)) in
        QUALIFICATIONS.iter().zip([("演示执业资格", &[][..]), ("演示结业合格证", &["basis:curriculum_only"])])
    {
        let qualification = entry(CatalogueKind::Qualification, (*code).into(), None, name.into(), 6_000);
        all.push(NewCatalogueEntry { tags: words(tags), ..qualification });
    }
    for (type_, name, credits) in [("apprenticeship", "学徒培养", 6_000), ("military_service", "服役经历", 4_000)]
    {
        let experience = entry(CatalogueKind::Experience, type_.into(), None, name.into(), credits);
        all.push(NewCatalogueEntry { body_id: None, ..experience });
    }
    for (place, (name, tier, first, tags)) in COMPETITIONS.iter().enumerate() {
        for (rank, prize) in PRIZES.iter().enumerate() {
            let kind = CatalogueKind::Competition;
            let credits = first - rank as i64 * 500;
            let code = competition_code(place);
            let competition = family(entry(kind, code, Some(prize.as_str()), (*name).into(), credits));
            let (tier, tags) = (Some(*tier), words(tags));
            all.push(NewCatalogueEntry { body_id: None, tier, team_max: Some(3), tags, ..competition });
        }
    }
    all
}

/// Publishes the catalogues; `done` is called after every entry with the number of all.
pub fn publish(app: &App, body: InstitutionId, done: &dyn Fn(usize, usize)) -> Result<()> {
    let all = entries(body);
    for (place, new) in all.iter().enumerate() {
        app.add_certificate(new)?;
        done(place + 1, all.len());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::majors::MAJORS;

    #[test]
    fn every_entry_stands_up_to_the_checks() {
        for new in entries(InstitutionId::from_uuid(uuid::Uuid::nil())) {
            assert!(new.validate().is_ok(), "{}: {:?}", new.code, new.validate());
            assert!(new.credits > CreditAmount::ZERO, "{}", new.code);
        }
        assert!(CERTIFICATES.len() >= 12 && CERTIFICATES.len() >= MAJORS.len());
        assert_eq!(OCCUPATIONS.len(), MAJORS.len());
    }
}
