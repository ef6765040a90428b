//! Within which limits, and how it is decided.

use super::super::limits::{Base, Cap, Most, Over, Per};
use super::super::policy::{Draws, Exclusivity, Procedure, Rounding, RoundingMode, StepBy, UseScope};
use super::super::rule::ConversionRule;
use super::super::target::{Place, Remainder};
use super::super::value::Value;
use super::words::{self, or, quoted};
use super::{Text, join};

/// The parts after the main one, in order.
pub fn limits(rule: &ConversionRule) -> Vec<Text> {
    let mut parts: Vec<Text> = rule.caps.iter().map(|one| cap(one, false)).collect();
    let target = &rule.target;
    if !target.never.is_empty() {
        let never = quoted(&target.never);
        parts.push(Text::new(format!("{}类不能免修", never.zh), format!("never courses of class {}", never.en)));
    }
    if target.direction.required_by_required {
        parts.push(Text::new("必修课只能由必修课替代", "a required course is replaced by a required one only"));
    }
    if target.direction.target_at_most_source {
        parts.push(Text::new("学分不能高于原来的学分", "for no more credits than it carries"));
    }
    if target.direction.target_at_least_source {
        parts.push(Text::new("学分不能低于原来的学分", "for no fewer credits than it carries"));
    }
    if matches!(rule.value, Value::HoursPer { .. } | Value::Ratio { .. }) {
        parts.push(rounding(rule.rounding));
    }
    parts.push(remainder(rule));
    if rule.draws == Draws::Full {
        parts.push(Text::new("用掉的学分从原账户扣除", "the credits are used up"));
    }
    parts.push(once(&rule.exclusivity));
    parts.push(procedure(&rule.procedure));
    parts
}

fn rounding(rounding: Rounding) -> Text {
    let step = rounding.step;
    match rounding.mode {
        RoundingMode::Down => {
            Text::new(format!("不满 {step} 学分的部分舍去"), format!("rounded down to multiples of {step}"))
        }
        RoundingMode::Up => {
            Text::new(format!("不满 {step} 学分的按 {step} 学分算"), format!("rounded up to multiples of {step}"))
        }
        RoundingMode::HalfUp => {
            Text::new(format!("按 {step} 学分四舍五入"), format!("rounded to the nearest multiple of {step}"))
        }
    }
}

fn remainder(rule: &ConversionRule) -> Text {
    match rule.remainder {
        Remainder::Lost => Text::default(),
        Remainder::Kept => Text::new("多出的学分保留在原账户", "what is left over stays where it was"),
        Remainder::PublicElectives if matches!(rule.target.place, Place::Courses { .. }) => {
            Text::new("多出的学分计入公共选修", "what is left over counts as public electives")
        }
        Remainder::PublicElectives => Text::default(),
    }
}

fn once(exclusivity: &Exclusivity) -> Text {
    let once = match exclusivity.scope {
        UseScope::Programme => Text::new("每个专业只能用一次", "once in each programme"),
        UseScope::Level => Text::new("每个学历层次只能用一次", "once at each level"),
        UseScope::Life => Text::new("一生只能用一次", "once in a lifetime"),
    };
    let highest = if exclusivity.highest_only {
        Text::new("同类成果只算最高的一项", "of one family only the highest counts")
    } else {
        Text::default()
    };
    let upgrade = if exclusivity.upgrade_adds_difference {
        Text::new("以后取得更高等级时补上差额", "a higher one gained later adds the difference")
    } else {
        Text::default()
    };
    join([once, highest, upgrade], ["，", ", "])
}

fn procedure(procedure: &Procedure) -> Text {
    let Procedure::Steps { steps } = procedure else {
        return Text::new("由系统直接认定", "decided at once");
    };
    let said = join(
        steps.iter().map(|step| {
            let (days, name) = (step.working_days, &step.name);
            let (zh, en) = match step.by {
                StepBy::Receiver => ("接收院校", "the receiving school"),
                StepBy::Issuer => ("发证机构", "the issuer"),
                StepBy::Bureau => ("教体局", "the bureau"),
                StepBy::Nobody => ("公示", "public notice"),
            };
            Text::new(
                format!("{name}（{zh}，{days} 个工作日内）"),
                format!("{name} ({en}, within {days} working days)"),
            )
        }),
        [" → ", " → "],
    );
    Text::new(format!("依次经过 {}", said.zh), format!("decided in steps: {}", said.en))
}

/// A cap, of a rule or of a whole set.
pub fn cap(cap: &Cap, of_set: bool) -> Text {
    let over = over(&cap.over);
    let per = match (cap.per, of_set) {
        (Per::Item, _) => Text::new("每项成果", "for each achievement"),
        (Per::Programme, true) => Text::new("整个专业中", "in a programme"),
        (Per::Programme, false) => Text::new("按本规则在整个专业中", "by this rule in a programme"),
        (Per::Term, _) => Text::new("每学期", "each term"),
        (Per::Year, _) => Text::new("每学年", "each school year"),
    };
    let most = match &cap.most {
        Most::Credits { credits } => Text::new(format!("最多 {credits} 学分"), format!("at most {credits} credits")),
        Most::Share { share, base } => {
            let (share, base) = (words::percent(*share), self::base(base));
            Text::new(
                format!("不超过{}学分的 {share}", base.zh),
                format!("at most {share} of the credits of {}", base.en),
            )
        }
        Most::Achievements { count } => {
            Text::new(format!("最多 {count} 项成果"), format!("at most {count} achievements"))
        }
        Most::Courses { count } => Text::new(format!("最多 {count} 门课"), format!("at most {count} courses")),
        Most::CourseShare { share, base } => {
            let (share, mut base) = (words::percent(*share), self::base(base));
            if cap.per == Per::Term {
                base = Text::new("该学期课程", "the courses of that term");
            }
            Text::new(
                format!("不超过{}门数的 {share}", base.zh),
                format!("at most {share} of the number of {}", base.en),
            )
        }
        Most::Source => Text::new("不超过它本身的学分", "never more than it carries itself"),
    };
    let clause = match &cap.clause {
        Some(clause) => Text::new(format!("（{clause}）"), format!(" ({clause})")),
        None => Text::default(),
    };
    Text::new(
        format!("{}{}{}{}", per.zh, over.zh, most.zh, clause.zh),
        format!("{} {}{}{}", per.en, over.en, most.en, clause.en),
    )
}

fn over(over: &Over) -> Text {
    let mut parts = Vec::new();
    if !over.classes.is_empty() {
        let classes = quoted(&over.classes);
        parts.push(Text::new(format!("{}类课程", classes.zh), format!("in class {}", classes.en)));
    }
    if !over.modules.is_empty() {
        let modules = over.modules.join("、");
        parts.push(Text::new(format!("模块 {modules}"), format!("in module {modules}")));
    }
    if !over.kinds.is_empty() {
        let kinds = or(over.kinds.iter().map(|kind| words::kind(*kind)));
        parts.push(Text::new(format!("凭{}转换的", kinds.zh), format!("on the strength of {}", kinds.en)));
    }
    if !over.deliveries.is_empty() {
        let ways = or(over.deliveries.iter().map(|way| words::delivery(*way)));
        parts.push(Text::new(format!("{}学习取得的", ways.zh), format!("for {} study", ways.en)));
    }
    if !over.tags.is_empty() {
        let tags = or(over.tags.iter().map(|tag| words::tag(tag)));
        parts.push(Text::new(format!("{}的", tags.zh), format!("for what is {}", tags.en)));
    }
    let parts = join(parts, ["、", " and "]);
    if parts.is_empty() { parts } else { Text::new(parts.zh, format!("{} ", parts.en)) }
}

fn base(base: &Base) -> Text {
    let whole = if base.classes.is_empty() {
        Text::new("专业总", "the programme")
    } else {
        let classes = quoted(&base.classes);
        Text::new(format!("{}类课程", classes.zh), format!("class {}", classes.en))
    };
    if base.without.is_empty() {
        return whole;
    }
    let without = quoted(&base.without);
    Text::new(format!("{}（不含{}）", whole.zh, without.zh), format!("{} (without {})", whole.en, without.en))
}
