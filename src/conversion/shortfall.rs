//! What is missing for a programme, as codes and facts, with a sentence in both languages.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::class_word;
use crate::domain::credit::CreditAmount;
use crate::domain::requirement::Unit;
use crate::domain::text_enum::text_enum;

text_enum! {
    /// What kind of thing is missing.
    pub enum ShortfallCode {
        TotalCredits = "total-credits" / "总学分不足",
        ModuleCredits = "module-credits" / "模块学分不足",
        CourseMissing = "course-missing" / "必修课程未修",
        RequirementLeast = "requirement-least" / "低于最低要求",
        RequirementMost = "requirement-most" / "超过最高限额",
        RequirementEach = "requirement-each" / "类别学分不足",
        RequirementHolds = "requirement-holds" / "证书等级未达到",
        RequirementLate = "requirement-late" / "超过截止日期",
        StudyTime = "study-time" / "修业年限未到",
        ConditionOpen = "condition-open" / "条件未确认",
        ConditionFailed = "condition-failed" / "条件不合格",
        NoPlan = "no-plan" / "没有培养方案",
    }
}

/// One thing that is missing. Amounts are decimals in `unit`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Shortfall {
    /// What kind of thing.
    pub code: ShortfallCode,
    /// Code of the module, course, requirement or condition.
    pub about: Option<String>,
    /// Its name.
    pub name: Option<String>,
    /// The class at fault, where several are asked for.
    pub class: Option<String>,
    /// In what it is counted.
    pub unit: Option<Unit>,
    /// What is asked for: the least, or the most.
    pub needed: Option<CreditAmount>,
    /// What is there.
    pub has: Option<CreditAmount>,
    /// What is missing, or too much.
    pub missing: Option<CreditAmount>,
    /// The day that has passed, or from which it may be.
    pub on: Option<NaiveDate>,
}

impl Shortfall {
    /// Nothing but its code.
    pub fn of(code: ShortfallCode) -> Self {
        Self {
            code,
            about: None,
            name: None,
            class: None,
            unit: None,
            needed: None,
            has: None,
            missing: None,
            on: None,
        }
    }

    /// About this module, course, requirement or condition.
    pub fn about(code: ShortfallCode, about: &str, name: &str) -> Self {
        Self { about: Some(about.to_owned()), name: Some(name.to_owned()), ..Self::of(code) }
    }

    /// With what is asked for and what is there; what is missing, or too much, follows.
    pub fn amounts(self, unit: Unit, needed: i64, has: i64) -> Self {
        let amount = |thousandths| Some(CreditAmount::from_thousandths(thousandths));
        Self {
            unit: Some(unit),
            needed: amount(needed),
            has: amount(has),
            missing: amount((needed - has).abs()),
            ..self
        }
    }

    /// One Chinese sentence.
    pub fn zh(&self) -> String {
        let what = self.what("总学分");
        let unit = self.unit.map_or("", Unit::zh);
        let [needed, has, missing] = self.told();
        match self.code {
            ShortfallCode::TotalCredits | ShortfallCode::ModuleCredits | ShortfallCode::RequirementLeast => {
                format!("{what}要求不少于 {needed} {unit}，现有 {has}，还差 {missing}。")
            }
            ShortfallCode::RequirementEach => {
                let class = self.class.as_deref().map(|word| class_word::name(word).0).unwrap_or_default();
                format!("{what}要求“{class}”类不少于 {needed} {unit}，现有 {has}，还差 {missing}。")
            }
            ShortfallCode::RequirementMost => {
                format!("{what}不得超过 {needed} {unit}，现有 {has}，超出 {missing}。")
            }
            ShortfallCode::CourseMissing => format!("必修课程《{what}》尚未修得。"),
            ShortfallCode::RequirementHolds => format!("{what}：尚未取得所要求等级的有效证书。"),
            ShortfallCode::RequirementLate => format!("{what}须在 {}（含）前完成，逾期取得的不计。", self.day()),
            ShortfallCode::StudyTime => format!("未满修业年限，最早可于 {} 毕业。", self.day()),
            ShortfallCode::ConditionOpen => format!("“{what}”尚未由学校确认。"),
            ShortfallCode::ConditionFailed => format!("“{what}”经学校认定不合格。"),
            ShortfallCode::NoPlan => "该年级没有登记培养方案。".into(),
        }
    }

    /// One English sentence.
    pub fn en(&self) -> String {
        let what = self.what("Total credits");
        let unit = self.unit.map_or_else(String::new, |unit| unit.as_str().replace('_', " "));
        let [needed, has, missing] = self.told();
        match self.code {
            ShortfallCode::TotalCredits | ShortfallCode::ModuleCredits | ShortfallCode::RequirementLeast => {
                format!("{what}: at least {needed} {unit} are needed, {has} are there, {missing} are missing.")
            }
            ShortfallCode::RequirementEach => {
                let class = self.class.as_deref().map(|word| class_word::name(word).1).unwrap_or_default();
                format!("{what}: at least {needed} {unit} of {class} are needed, {has} are there.")
            }
            ShortfallCode::RequirementMost => {
                format!("{what}: at most {needed} {unit} are allowed, {has} are there, {missing} too many.")
            }
            ShortfallCode::CourseMissing => format!("The required course {what} has not been passed."),
            ShortfallCode::RequirementHolds => format!("{what}: no valid certificate of the level asked for is held."),
            ShortfallCode::RequirementLate => {
                format!("{what}: what was completed after {} does not count.", self.day())
            }
            ShortfallCode::StudyTime => format!("The study time ends on {} at the earliest.", self.day()),
            ShortfallCode::ConditionOpen => format!("{what} has not been confirmed by the school."),
            ShortfallCode::ConditionFailed => format!("The school found that {what} is not met."),
            ShortfallCode::NoPlan => "No plan is registered for this cohort.".into(),
        }
    }

    fn what<'a>(&'a self, otherwise: &'a str) -> &'a str {
        self.name.as_deref().or(self.about.as_deref()).unwrap_or(otherwise)
    }

    fn day(&self) -> String {
        self.on.map(|on| on.to_string()).unwrap_or_default()
    }

    fn told(&self) -> [String; 3] {
        [self.needed, self.has, self.missing].map(|amount| amount.map(|a| a.to_string()).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn each(class: &str) -> Shortfall {
        let short = Shortfall::about(ShortfallCode::RequirementEach, "mix", "综合拓展");
        Shortfall { class: Some(class.to_owned()), ..short.amounts(Unit::Credits, 4_000, 1_500) }
    }

    #[test]
    fn derived_classes_have_names() {
        for (class, name) in [
            ("kind:competition", "技能竞赛"),
            ("issuer:awarding_body", "培训评价组织颁发"),
            ("delivery:online", "在线"),
            ("required", "必修"),
            ("elective", "选修"),
            ("practice", "实践"),
            ("granted", "转换取得"),
            ("module:PRO", "模块 PRO"),
            ("专业核心必修", "专业核心必修"),
        ] {
            assert_eq!(each(class).zh(), format!("综合拓展要求“{name}”类不少于 4 学分，现有 1.5，还差 2.5。"));
        }
        assert_eq!(
            each("kind:skill_certificate").en(),
            "综合拓展: at least 4 credits of skill certificate are needed, 1.5 are there."
        );
    }

    #[test]
    fn the_last_day_is_in_time() {
        let late = Shortfall::about(ShortfallCode::RequirementLate, "late", "社会实践");
        let late = Shortfall { on: crate::domain::time::parse_date("2027-06-30").ok(), ..late };
        assert_eq!(late.zh(), "社会实践须在 2027-06-30（含）前完成，逾期取得的不计。");
        assert_eq!(late.en(), "社会实践: what was completed after 2027-06-30 does not count.");
    }

    #[test]
    fn every_shortfall_says_what_and_how_much() {
        let about = |code| Shortfall::about(code, "X", "思想政治");
        let amounts = |code| about(code).amounts(Unit::Credits, 6_000, 2_000);
        for (short, zh) in [
            (
                Shortfall::of(ShortfallCode::TotalCredits).amounts(Unit::Credits, 10_000, 0),
                "总学分要求不少于 10 学分，现有 0，还差 10。",
            ),
            (amounts(ShortfallCode::ModuleCredits), "思想政治要求不少于 6 学分，现有 2，还差 4。"),
            (amounts(ShortfallCode::RequirementLeast), "思想政治要求不少于 6 学分，现有 2，还差 4。"),
            (
                about(ShortfallCode::RequirementMost).amounts(Unit::Credits, 6_000, 8_000),
                "思想政治不得超过 6 学分，现有 8，超出 2。",
            ),
            (about(ShortfallCode::CourseMissing), "必修课程《思想政治》尚未修得。"),
            (about(ShortfallCode::RequirementHolds), "思想政治：尚未取得所要求等级的有效证书。"),
            (about(ShortfallCode::ConditionOpen), "“思想政治”尚未由学校确认。"),
            (about(ShortfallCode::ConditionFailed), "“思想政治”经学校认定不合格。"),
            (Shortfall::of(ShortfallCode::NoPlan), "该年级没有登记培养方案。"),
        ] {
            assert_eq!(short.zh(), zh);
        }
    }
}
