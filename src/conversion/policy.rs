//! The policies of a rule: score to record, exclusivity, time, person, procedure, draws, rounding.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::selector::FactCondition;
use crate::domain::credit::CreditAmount;
use crate::domain::text_enum::text_enum;
use crate::domain::time::strict_date;

/// What is recorded as the score of an exempted course.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "is", rename_all = "snake_case", deny_unknown_fields)]
pub enum ScorePolicy {
    /// 免考: no score.
    Exempt,
    /// The source's own.
    Keep,
    /// Always this, such as `60` or `优秀`.
    Fixed {
        /// The score.
        score: String,
        /// The learner may ask to be examined; then the mark gained is recorded.
        #[serde(default)]
        or_examined: bool,
    },
    /// By the source's score: the first band that contains it (bounds inclusive).
    Bands {
        /// The bands.
        bands: Vec<ScoreBand>,
    },
    /// The source's own, at most this.
    Capped {
        /// The most that is recorded.
        most: String,
    },
    /// What the row of the value's table says.
    ByRow,
}

/// A band of scores.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ScoreBand {
    /// From, included.
    pub from: String,
    /// To, included.
    pub to: String,
    /// The score to record.
    pub record: String,
}

text_enum! {
    /// How far "once" reaches.
    pub enum UseScope {
        Programme = "programme" / "每个专业一次",
        Level = "level" / "每个层次一次",
        Life = "life" / "终身一次",
    }
}

/// How often an achievement may be used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Exclusivity {
    /// Once per programme, level or life.
    pub scope: UseScope,
    /// Rules with the same family share that once; a family of its own (the rule's code) when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub family: Option<String>,
    /// Of achievements of one family of the catalogue (初级 and 高级 of one certificate, prizes of one contest) only the
    /// highest counts.
    #[serde(default)]
    pub highest_only: bool,
    /// A higher one gained after a lower one was converted adds the difference; else it adds nothing.
    #[serde(default)]
    pub upgrade_adds_difference: bool,
}

/// When an achievement counts and when one may apply.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct TimeLimits {
    /// Years from completion (issue for certificates) through the same calendar day, included. 29 February ends on the
    /// last day of February.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub valid_years: Option<u32>,
    /// The certificate's own last day must not have passed. True unless said otherwise.
    pub within_own_validity: bool,
    /// Completed on or after.
    #[serde(skip_serializing_if = "Option::is_none", with = "crate::domain::time::strict_date_opt")]
    pub completed_from: Option<NaiveDate>,
    /// Completed on or before.
    #[serde(skip_serializing_if = "Option::is_none", with = "crate::domain::time::strict_date_opt")]
    pub completed_to: Option<NaiveDate>,
    /// When one may apply; any time when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub window: Option<Window>,
}

impl Default for TimeLimits {
    /// Any time, as long as the certificate itself is valid.
    fn default() -> Self {
        Self { valid_years: None, within_own_validity: true, completed_from: None, completed_to: None, window: None }
    }
}

/// When one may apply. All bounds are inclusive Beijing dates.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "is", rename_all = "snake_case", deny_unknown_fields)]
pub enum Window {
    /// Between two dates.
    Dates {
        /// First day.
        #[serde(with = "strict_date")]
        from: NaiveDate,
        /// Last day.
        #[serde(with = "strict_date")]
        to: NaiveDate,
    },
    /// Every year between two days, written `MM-DD`.
    Yearly {
        /// First day.
        from: String,
        /// Last day.
        to: String,
    },
    /// Weeks of a term, counted from 1.
    TermWeeks {
        /// First week.
        first: u32,
        /// Last week.
        last: u32,
    },
    /// Before the learner registers in the programme: until the day before the enrolment begins.
    BeforeRegistration,
}

/// Who may use a rule.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PersonCondition {
    /// Facts that must all be attested and hold.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub facts: Vec<FactCondition>,
}

text_enum! {
    /// Whose decision a step is.
    pub enum StepBy {
        Receiver = "receiver" / "接收院校",
        Issuer = "issuer" / "发证机构",
        Bureau = "bureau" / "教体局",
        Nobody = "nobody" / "公示",
    }
}

/// How a line is decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "is", rename_all = "snake_case", deny_unknown_fields)]
pub enum Procedure {
    /// At once, by the rule alone.
    Automatic,
    /// Steps in order.
    Steps {
        /// The steps, 1 to 10.
        steps: Vec<Step>,
    },
}

/// A step of a procedure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Its name, such as 学院审核.
    pub name: String,
    /// Whose decision it is; `nobody` for a public notice, which ends when its days have passed.
    pub by: StepBy,
    /// The role that decides within the institution, such as `reviewer`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// Working days for it, 1 to 120.
    pub working_days: u32,
}

text_enum! {
    /// Whether credits are used up.
    pub enum Draws {
        None = "none" / "不扣减原学分",
        Full = "full" / "扣减原学分",
    }
}

text_enum! {
    /// How an amount is brought to a multiple of its step.
    pub enum RoundingMode {
        Down = "down" / "向下取整",
        Up = "up" / "向上取整",
        HalfUp = "half_up" / "四舍五入",
    }
}

/// Rounding, done once, at the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Rounding {
    /// The mode.
    pub mode: RoundingMode,
    /// The step: more than nothing, at most 10 credits.
    pub step: CreditAmount,
}

impl Default for Rounding {
    /// Down to half a credit: nobody gains by rounding.
    fn default() -> Self {
        Self { mode: RoundingMode::Down, step: CreditAmount::from_thousandths(500) }
    }
}
