//! Words of closed and half-closed lists as a sentence says them.

use super::super::selector::TeamRole;
use super::super::share::Share;
use super::{Text, join};
use crate::domain::achievement::Delivery;
use crate::domain::competition::{CompetitionTier, Prize};
use crate::domain::institution::InstitutionKind;
use crate::domain::kind::AchievementKind;
use crate::domain::level::{NationalLevel, ProgrammeLevel, XLevel};

/// `a、b或c` / `a, b or c`.
pub fn or(parts: impl IntoIterator<Item = Text>) -> Text {
    list(parts, ["或", " or "])
}

/// `a、b和c` / `a, b and c`.
pub fn and(parts: impl IntoIterator<Item = Text>) -> Text {
    list(parts, ["和", " and "])
}

fn list(parts: impl IntoIterator<Item = Text>, [zh, en]: [&str; 2]) -> Text {
    let mut parts: Vec<Text> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    let Some(last) = parts.pop() else { return Text::default() };
    if parts.is_empty() {
        return last;
    }
    let first = join(parts, ["、", ", "]);
    Text::new(format!("{}{zh}{}", first.zh, last.zh), format!("{}{en}{}", first.en, last.en))
}

/// Words that are the same in both languages, quoted.
pub fn quoted(words: &[String]) -> Text {
    or(words.iter().map(|word| Text::new(format!("“{word}”"), format!("\"{word}\""))))
}

/// Codes, prefixes with `*` at the end.
pub fn codes(words: &[String]) -> Text {
    or(words.iter().map(|word| match word.strip_suffix('*') {
        Some(stem) => Text::new(format!("以 {stem} 开头"), format!("starting with {stem}")),
        None => Text::new(word.clone(), word.clone()),
    }))
}

/// A kind of achievement, as an object of "hold".
pub fn kind(kind: AchievementKind) -> Text {
    let en = match kind {
        AchievementKind::Course => "a course",
        AchievementKind::Examination => "an examination",
        AchievementKind::SkillCertificate => "a 1+X certificate",
        AchievementKind::SkillLevel => "a skill-level certificate",
        AchievementKind::Qualification => "a vocational qualification",
        AchievementKind::Training => "a training",
        AchievementKind::Competition => "a competition prize",
        AchievementKind::Experience => "practical experience",
        AchievementKind::Diploma => "a diploma",
    };
    let zh = if kind == AchievementKind::Competition { "技能竞赛奖项" } else { kind.zh() };
    Text::new(zh, en)
}

/// What one does to have it.
pub fn verb(kinds: &[AchievementKind]) -> Text {
    use AchievementKind::{Competition, Course, Diploma, Examination, Experience, Training};
    match kinds {
        [Course] => Text::new("修完", "having passed"),
        [Examination] => Text::new("通过", "having passed"),
        [Training] => Text::new("完成", "having completed"),
        [Competition] => Text::new("获得", "having won"),
        [Experience] => Text::new("有", "having"),
        [Diploma] => Text::new("取得", "holding"),
        kinds if kinds.iter().all(|kind| kind.is_certificate()) => Text::new("持有", "holding"),
        _ => Text::new("取得", "having"),
    }
}

/// A level, of whichever scale.
pub fn level(word: &str) -> Text {
    if let Ok(level) = word.parse::<XLevel>() {
        return Text::new(level.zh(), level.as_str());
    }
    if let Ok(level) = word.parse::<NationalLevel>() {
        return Text::new(level.zh(), format!("level {word}"));
    }
    if let Ok(prize) = word.parse::<Prize>() {
        return self::prize(prize);
    }
    match word.parse::<ProgrammeLevel>() {
        Ok(level) => programme_level(level),
        Err(_) => Text::new(word, word),
    }
}

/// A level of programme.
pub fn programme_level(level: ProgrammeLevel) -> Text {
    let en = match level {
        ProgrammeLevel::Secondary => "secondary vocational",
        ProgrammeLevel::Higher => "higher vocational",
        ProgrammeLevel::Undergraduate => "applied undergraduate",
    };
    Text::new(level.zh(), en)
}

/// A prize.
pub fn prize(prize: Prize) -> Text {
    let en = match prize {
        Prize::Special => "special prize",
        Prize::First => "first prize",
        Prize::Second => "second prize",
        Prize::Third => "third prize",
        Prize::Merit => "merit prize",
    };
    Text::new(prize.zh(), en)
}

/// A tier.
pub fn tier(tier: CompetitionTier) -> Text {
    Text::new(tier.zh(), tier.as_str())
}

/// A part in a team.
pub fn role(role: TeamRole) -> Text {
    let en = match role {
        TeamRole::Individual => "alone",
        TeamRole::Team => "in a team",
        TeamRole::Lead => "as the team's lead",
        TeamRole::Member => "as another member of the team",
    };
    Text::new(role.zh(), en)
}

/// A way of teaching.
pub fn delivery(delivery: Delivery) -> Text {
    Text::new(delivery.zh(), delivery.as_str())
}

/// A kind of institution.
pub fn issuer_kind(kind: InstitutionKind) -> Text {
    Text::new(kind.zh(), kind.as_str().replace('_', " "))
}

/// Tags that have plain words of their own; others are quoted.
pub fn tag(word: &str) -> Text {
    let words = match word {
        "tier:national" => ("国家级", "national"),
        "tier:provincial" => ("省级", "provincial"),
        "tier:city" => ("市级", "city-level"),
        "tier:industry" => ("行业级", "of the industry"),
        "organiser:association" => ("协会主办", "run by an association"),
        "category:self-study" => ("高等教育自学考试", "of the self-study examinations"),
        "category:computing-qualification" => {
            ("计算机软件水平考试（软考）", "of the national computing qualifications")
        }
        "basis:curriculum_only" => ("修完课程即可取得", "given for a course alone"),
        "basis:automatic_on_graduation" => ("毕业时自动取得", "given automatically on graduation"),
        "basis:derived" => ("由其他证书换得", "derived from another certificate"),
        "basis:experience_only" => ("仅凭工作年限取得", "given for years of work alone"),
        "basis:school_level" => ("高中及以下层次", "of school level"),
        "basis:requires_degree" => ("须先有学位", "open to graduates only"),
        "class:key" => ("重点职业（工种）", "key trades"),
        "class:employment" => ("就业技能", "employment trades"),
        "class:rural" => ("农村实用技术", "rural trades"),
        "level:elementary" => ("初级", "elementary"),
        "level:intermediate" => ("中级", "intermediate"),
        "level:advanced" => ("高级", "advanced"),
        "level:technician" => ("技师", "technician"),
        "level:senior_technician" => ("高级技师", "senior technician"),
        _ => return Text::new(format!("标注为“{word}”"), format!("marked \"{word}\"")),
    };
    Text::new(words.0, words.1)
}

/// Who the person is, by an attested fact.
pub fn fact(word: &str, at_least: Option<i64>) -> Text {
    match (word, at_least) {
        ("veteran", _) => Text::new("是退役军人", "being a veteran"),
        ("age_reached", Some(age)) => Text::new(format!("年满 {age} 周岁"), format!("being at least {age} years old")),
        ("migrant_worker" | "rural_migrant_worker", _) => Text::new("是进城务工人员", "being a rural migrant worker"),
        ("disabled", _) => Text::new("是残疾人", "being disabled"),
        (word, Some(least)) => {
            Text::new(format!("经证明“{word}”不低于 {least}"), format!("with \"{word}\" of at least {least} attested"))
        }
        (word, None) => Text::new(format!("经证明符合“{word}”"), format!("with \"{word}\" attested")),
    }
}

/// A grade or number of a score.
pub fn score(word: &str) -> Text {
    let zh = match word {
        "excellent" => "优秀",
        "good" => "良好",
        "average" => "中等",
        "pass" => "及格",
        "fail" => "不及格",
        other => other,
    };
    Text::new(zh, word)
}

/// A share as a percentage: `0.35` is `35%`, `0.333` is `33.3%`.
pub fn percent(share: Share) -> String {
    let (whole, rest) = (share.thousandths() / 10, share.thousandths() % 10);
    if rest == 0 { format!("{whole}%") } else { format!("{whole}.{rest}%") }
}
