//! A plan in plain words, Chinese and English, for people of sixteen: where each line comes from and how it was counted.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::limit_words::LimitWords;
use super::plan::{Because, PlanLine, RuleRef};
use super::target::Remainder;

/// The same said twice.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Text {
    /// In Chinese.
    #[serde(rename = "zh-CN")]
    pub zh: String,
    /// In English.
    pub en: String,
}

impl Text {
    /// From both.
    pub fn new(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self { zh: zh.into(), en: en.into() }
    }

    /// Whether nothing is said.
    pub(super) const fn is_empty(&self) -> bool {
        self.zh.is_empty()
    }

    /// With more said after it.
    fn then(mut self, more: &Self) -> Self {
        self.zh.push_str(&more.zh);
        self.en.push_str(&more.en);
        self
    }
}

/// The rule and its clause.
pub(super) fn rule_words(rule: &RuleRef) -> Text {
    match &rule.clause {
        Some(clause) => {
            Text::new(format!("规则“{}”（{clause}）", rule.title), format!("Rule “{}” ({clause})", rule.title))
        }
        None => Text::new(format!("规则“{}”", rule.title), format!("Rule “{}”", rule.title)),
    }
}

/// Why the line is in the plan: rule, clause and arithmetic, then what it gives.
pub fn line(line: &PlanLine) -> Text {
    let mut text = rule_words(&line.rule).then(&Text::new("：", ": "));
    let steps: Vec<Text> = line.because.iter().map(step).collect();
    for (at, step) in steps.iter().enumerate() {
        if at > 0 {
            text = text.then(&Text::new("；", "; "));
        }
        text = text.then(step);
    }
    text.then(&Text::new("。", ". ")).then(&grants(line))
}

fn step(because: &Because) -> Text {
    match because {
        Because::Value { how, credits } => match how.as_str() {
            "table" => {
                Text::new(format!("按表中这一档计 {credits} 学分"), format!("the table gives {credits} credits"))
            }
            "hours_per" => {
                Text::new(format!("按学时折算为 {credits} 学分"), format!("the hours come to {credits} credits"))
            }
            "ratio" => Text::new(
                format!("按原学分的比例折算为 {credits} 学分"),
                format!("its own credits come to {credits} credits"),
            ),
            "target_course" => Text::new(
                format!("按被免修课程的学分计，共 {credits} 学分"),
                format!("the exempted courses count for what they are worth, {credits} credits in all"),
            ),
            "named_courses" => Text::new(
                format!("对应规则列出的课程，共 {credits} 学分"),
                format!("the courses named in the rule, {credits} credits in all"),
            ),
            "block" => Text::new(format!("学历整体计 {credits} 学分"), format!("the diploma gives {credits} credits")),
            _ => Text::new(format!("规则给 {credits} 学分"), format!("the rule gives {credits} credits")),
        },
        Because::Rounded { credits } => {
            Text::new(format!("取整为 {credits} 学分"), format!("rounded to {credits} credits"))
        }
        Because::Difference { given } => Text::new(
            format!("较低等级以前已转换 {given} 学分，这次只算差额"),
            format!("a lower one has given {given} credits before, so only the difference counts"),
        ),
        Because::Cut { cap, clause, allows, limit, courses } => {
            cut((cap, clause.as_deref()), allows, limit.as_ref(), courses)
        }
        Because::Remainder { credits, policy } => match policy {
            Remainder::Lost => Text::new(
                format!("多出的 {credits} 学分不再计算"),
                format!("the other {credits} credits are not counted"),
            ),
            Remainder::Kept => Text::new(
                format!("多出的 {credits} 学分留在原账户"),
                format!("the other {credits} credits stay where they are"),
            ),
            Remainder::PublicElectives => Text::new(
                format!("多出的 {credits} 学分可计入公共选修"),
                format!("the other {credits} credits can go to public electives"),
            ),
        },
    }
}

fn cut((cap, clause): (&str, Option<&str>), allows: &str, limit: Option<&LimitWords>, courses: &[String]) -> Text {
    // Plans kept from before limits had words name the code and clause.
    let of = match limit {
        Some(limit) => {
            let most = limit.amount(allows);
            Text::new(format!("“{}”，即最多 {}", limit.text.zh, most.zh), format!("{}: {}", limit.text.en, most.en))
        }
        None => {
            let of = |gap| clause.map_or_else(|| cap.to_owned(), |clause| [cap, clause].join(gap));
            Text::new(format!("最多 {allows}，{}", of("，")), format!("at most {allows}; {}", of(", ")))
        }
    };
    if courses.is_empty() {
        return Text::new(format!("受上限限制（{}）", of.zh), format!("cut by a limit ({})", of.en));
    }
    Text::new(
        format!("受上限限制（{}），未能免修：{}", of.zh, courses.join("、")),
        format!("a limit ({}) leaves these courses out: {}", of.en, courses.join(", ")),
    )
}

fn grants(line: &PlanLine) -> Text {
    let grants = &line.grants;
    let credits = grants.credits;
    if grants.exempts.is_empty() {
        return match &grants.module {
            Some(module) => Text::new(
                format!("得 {credits} 学分，计入模块 {module}。"),
                format!("It gives {credits} credits in module {module}."),
            ),
            None => Text::new(format!("得 {credits} 学分。"), format!("It gives {credits} credits.")),
        };
    }
    let zh: Vec<String> = (grants.exempts.iter())
        .map(|course| match &course.part {
            Some(part) => format!("《{}》的{part}", course.name),
            None => format!("《{}》（{} 学分，成绩记“{}”）", course.name, course.credits, course.score),
        })
        .collect();
    let en: Vec<String> = (grants.exempts.iter())
        .map(|course| match &course.part {
            Some(part) => format!("{part} of {}", course.name),
            None => format!("{} ({} credits, recorded as “{}”)", course.name, course.credits, course.score),
        })
        .collect();
    let mut text = Text::new(
        format!("可以免修{}，共 {credits} 学分", zh.join("、")),
        format!("It exempts {}: {credits} credits in all", en.join(", ")),
    );
    if !grants.electives.is_zero() {
        let electives = grants.electives;
        text = text.then(&Text::new(
            format!("，其中 {electives} 学分计入公共选修"),
            format!(", of which {electives} go to public electives"),
        ));
    }
    text.then(&Text::new("。", "."))
}
