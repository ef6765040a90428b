//! A conversion plan 转换方案: the best set of lines, why each is there, and why each other achievement is not.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::limit_words::LimitWords;
use super::policy::Procedure;
use super::rule::ConversionRule;
use super::rule_set::RuleSetVersion;
use super::target::Remainder;
use crate::domain::credit::CreditAmount;
use crate::domain::credit_type::CreditType;
use crate::domain::text_enum::text_enum;

/// The best set of lines for one learner and one programme.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConversionPlan {
    /// The lines, numbered from 1.
    pub lines: Vec<PlanLine>,
    /// Achievements that no line uses, each with its reason; in order of id.
    pub unused: Vec<Unused>,
    /// Credits of all lines.
    pub credits: CreditAmount,
    /// The programme's cap, where there is one.
    pub cap: Option<CapUse>,
    /// No allowed set of lines gives more, and ties are settled as DESIGN §4 says.
    pub optimal: bool,
    /// No allowed set of lines gives more than this.
    pub bound: CreditAmount,
}

/// How far the cap on converted credits is used, earlier conversions included.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CapUse {
    /// The cap's share of the programme's total, as a decimal.
    pub share: Option<String>,
    /// The most that may be converted.
    pub credits: CreditAmount,
    /// What this plan and earlier conversions use.
    pub used: CreditAmount,
}

/// A line: one use of one rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanLine {
    /// 1, 2, 3…
    pub line: u32,
    /// The rule.
    pub rule: RuleRef,
    /// What it grants.
    pub grants: Grant,
    /// What it rests on.
    pub evidence: Vec<EvidenceRef>,
    /// What it uses up.
    pub draws: Vec<Draw>,
    /// Under which key each piece of evidence is used once.
    pub uses: Vec<UseKey>,
    /// How it is decided.
    pub procedure: Procedure,
    /// The arithmetic, as facts: rendered in both languages by `explain`.
    pub because: Vec<Because>,
}

/// A rule of a version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RuleRef {
    /// The set.
    pub rule_set: Uuid,
    /// Its version.
    pub version: i64,
    /// The rule's code.
    pub code: String,
    /// Its title.
    pub title: String,
    /// Its clause.
    pub clause: Option<String>,
}

impl RuleRef {
    /// The rule as plans name it.
    pub(super) fn of(set: &RuleSetVersion, rule: &ConversionRule) -> Self {
        Self {
            rule_set: set.rule_set,
            version: set.version,
            code: rule.code.clone(),
            title: rule.title.clone(),
            clause: rule.clause.clone(),
        }
    }
}

/// What a line grants.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Grant {
    /// Credits in all.
    pub credits: CreditAmount,
    /// Their type: the programme's.
    pub credit_type: CreditType,
    /// The module, for credits that exempt no course.
    pub module: Option<String>,
    /// Exempted courses.
    pub exempts: Vec<Exemption>,
    /// Score to record with credits that exempt no course, where the rule names one.
    #[serde(default)]
    pub score: Option<String>,
    /// Of `credits`, what goes to public electives.
    pub electives: CreditAmount,
}

/// An exempted course.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Exemption {
    /// Its code in the plan.
    pub course_code: String,
    /// Its name in the plan.
    pub name: String,
    /// Its module.
    pub module: String,
    /// Credits it counts for.
    pub credits: CreditAmount,
    /// Score to record: a mark, a grade, or 免考.
    pub score: String,
    /// The part that is exempted, where it is not the whole course.
    pub part: Option<String>,
}

/// An achievement or fact that a line rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum EvidenceRef {
    /// An achievement.
    AchievementId(Uuid),
    /// An attested fact.
    FactId(Uuid),
}

impl EvidenceRef {
    /// The id, whatever it is of.
    pub const fn id(&self) -> Uuid {
        match self {
            Self::AchievementId(id) | Self::FactId(id) => *id,
        }
    }
}

/// Credits that a line uses up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Draw {
    /// The lot.
    pub lot: Uuid,
    /// The amount.
    pub amount: CreditAmount,
    /// Its type.
    pub credit_type: CreditType,
}

/// The key under which evidence is used once: unique per learner, evidence, family and scope.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct UseKey {
    /// The achievement or fact.
    pub evidence: Uuid,
    /// The family.
    pub family: String,
    /// `life`, `level:<level>` or `programme:<id>`.
    pub scope: String,
}

/// One step of a line's arithmetic.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Because {
    /// The rule gives this value.
    Value {
        /// How: `fixed`, `table`, `hours_per`, `ratio`, `target_course`, `named_courses`, `block`.
        how: String,
        /// Before rounding and limits.
        credits: CreditAmount,
    },
    /// Rounded.
    Rounded {
        /// To this.
        credits: CreditAmount,
    },
    /// An earlier, lower one gave this already; the difference counts.
    Difference {
        /// Already given.
        given: CreditAmount,
    },
    /// A limit cut the result.
    Cut {
        /// The cap's code.
        cap: String,
        /// Its clause.
        clause: Option<String>,
        /// What it allows, in credits or in courses.
        allows: String,
        /// The cap in words.
        #[serde(default)]
        limit: Option<LimitWords>,
        /// Names of courses that could not be exempted for that reason.
        courses: Vec<String>,
    },
    /// Credits beyond what the exempted courses take.
    Remainder {
        /// So many.
        credits: CreditAmount,
        /// What happens with them.
        policy: Remainder,
    },
}

/// An achievement that no line uses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unused {
    /// The achievement.
    pub achievement_id: Uuid,
    /// Why, as a stable code.
    pub reason: UnusedReason,
    /// The rule that came closest.
    pub rule: Option<RuleRef>,
    /// What would have been needed: a score, a level, hours, a date, the cap's amount.
    pub wanted: Option<String>,
    /// What is there.
    pub found: Option<String>,
    /// The cap that cut it.
    pub cap: Option<String>,
    /// That cap in words.
    #[serde(default)]
    pub limit: Option<LimitWords>,
    /// What was asked for, where `wanted` can be read in more than one way; none in plans kept from before it was told.
    #[serde(default)]
    pub asked: Option<Box<Asked>>,
}

/// What a condition that is not met asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Asked {
    /// A day on which the rule holds: it has ended.
    Ended {
        /// Its last day.
        last: NaiveDate,
    },
    /// A day on which the rule holds: it has not begun.
    Begins {
        /// Its first day.
        first: NaiveDate,
    },
    /// Another cohort.
    Cohort {
        /// The learner's.
        own: i32,
    },
    /// An attested fact of the person.
    Fact {
        /// The fact.
        fact: String,
        /// Its least number.
        at_least: Option<i64>,
    },
    /// A score that is not greater.
    ScoreAtMost {
        /// The greatest.
        score: String,
    },
    /// An application before the learner registers.
    BeforeRegistration,
}

/// A line that somebody wants applied: which rule, resting on what, for which courses or how many credits.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestedLine {
    /// The rule set.
    pub rule_set: Uuid,
    /// The rule's code.
    pub rule: String,
    /// Achievements and facts it rests on, in any order.
    pub evidence: Vec<Uuid>,
    /// Codes of the courses to be exempted.
    pub courses: Vec<String>,
    /// Credits in all; as many as the rule and its own limits allow when left out.
    pub credits: Option<CreditAmount>,
}

/// Why requested lines cannot be applied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Breach {
    /// Place among the requested lines, from 0, of the (last) one at fault.
    pub line: usize,
    /// The same codes as for unused achievements.
    pub reason: UnusedReason,
    /// The rule.
    pub rule: Option<RuleRef>,
    /// What would have been needed or is allowed.
    pub wanted: Option<String>,
    /// What is there or was asked for.
    pub found: Option<String>,
    /// The cap that stands against it.
    pub cap: Option<String>,
    /// That cap in words.
    #[serde(default)]
    pub limit: Option<LimitWords>,
    /// What was asked for, where `wanted` can be read in more than one way; none in plans kept from before it was told.
    #[serde(default)]
    pub asked: Option<Box<Asked>>,
}

text_enum! {
    /// Why an achievement is not used, nearest reason first.
    pub enum UnusedReason {
        NoRule = "no-rule" / "没有规则涉及这项成果",
        WrongProgramme = "wrong-programme" / "规则不适用于这个专业",
        MajorExcluded = "major-excluded" / "规则不适用于本专业类别",
        Level = "level-too-low" / "等级不符合要求",
        Score = "score-below-minimum" / "成绩未达到要求",
        Hours = "hours-below-minimum" / "学时未达到要求",
        PracticeShare = "practice-share-below-minimum" / "实操比例未达到要求",
        Prize = "prize-not-listed" / "奖项等级不在范围内",
        TeamRank = "team-rank" / "团队排名不在范围内",
        Issuer = "issuer-not-listed" / "发证机构不在范围内",
        Delivery = "delivery-not-listed" / "授课方式不在范围内",
        Excluded = "double-count" / "规则排除这类成果",
        Expired = "expired" / "已过有效期",
        CompletedOutside = "completed-outside-period" / "完成日期不在规定时间内",
        Window = "outside-window" / "不在申请时间内",
        Person = "person-condition" / "个人条件不符合",
        NotInForce = "rule-not-in-force" / "规则尚未生效或已停用",
        AlreadyUsed = "already-used" / "已经使用过",
        AlreadyRedeemed = "already-redeemed" / "已计入毕业",
        NotDrawable = "credits-not-available" / "学分被占用或不足",
        LowerOfFamily = "lower-of-family" / "同类成果只计最高一项",
        CourseClass = "course-class" / "课程类别不符合",
        CourseNever = "excluded-course" / "该课程不得免修",
        CourseDone = "course-already-done" / "课程已修得或已免修",
        CourseConverted = "course-already-converted" / "课程已由另一项成果免修",
        CourseMissing = "course-not-in-plan" / "培养方案中没有对应课程",
        Direction = "direction" / "必修课不能由选修课替代",
        TargetAboveSource = "target-above-source" / "目标课程学分高于原学分",
        TargetBelowSource = "target-below-source" / "目标课程学分低于原学分",
        Similarity = "similarity-below-minimum" / "内容相关度不足",
        ModuleFull = "module-full" / "模块学分已满",
        ItemCap = "per-item-cap" / "超过单项成果上限",
        Cap = "cap-reached" / "超过转换上限",
        WorthNothing = "worth-nothing" / "折算后不足最小单位",
        NotBest = "not-in-best-plan" / "其他组合学分更多",
        Granted = "granted-credits" / "转换所得学分不能再转换",
        MissingTogether = "needs-others-too" / "还需要其他成果一起满足",
        Changed = "changed" / "计算结果已变化",
    }
}
