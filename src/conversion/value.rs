//! Value: how many credits a rule gives for what it selected.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::selector::Selector;
use super::share::Share;
use crate::domain::credit::CreditAmount;

/// How the credits are found, before rounding and limits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "is", rename_all = "snake_case", deny_unknown_fields)]
pub enum Value {
    /// Always the same.
    Fixed {
        /// The credits.
        credits: CreditAmount,
    },
    /// By a table: the first row whose condition holds for the first selected achievement.
    Table {
        /// The rows, in order.
        rows: Vec<TableRow>,
        /// What is added or taken afterwards; each at most once, in order; never below nothing.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        adjustments: Vec<Adjustment>,
    },
    /// Hours divided by a number, in credits.
    HoursPer {
        /// Hours for one credit, 1 to 1000.
        hours: u32,
    },
    /// The achievement's own credits × numerator ÷ denominator.
    Ratio {
        /// 1 to 1000.
        numerator: u32,
        /// 1 to 1000.
        denominator: u32,
    },
    /// Whatever the courses it exempts are worth in the target programme.
    TargetCourse,
    /// The named courses of the target programme, all of them, for what each is worth there, or for `total` in all.
    NamedCourses {
        /// The courses.
        courses: Vec<NamedCourse>,
        /// Credits in all, where the document says so; must then equal the courses' sum unless every course names its own.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        total: Option<CreditAmount>,
        /// All of them or none; else any of them.
        #[serde(default)]
        all_or_nothing: bool,
    },
    /// A block of credits for a completed diploma, granted to the target's module.
    Block {
        /// The credits.
        credits: CreditAmount,
    },
}

/// A row of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TableRow {
    /// When it holds; the selector's `kinds` may be left out.
    pub when: Selector,
    /// Only for learners whose major begins with one of these.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub majors: Vec<String>,
    /// The credits.
    pub credits: CreditAmount,
    /// The score to record, where it differs by row.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score: Option<String>,
}

/// A change of what the table gave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Adjustment {
    /// When it applies.
    pub when: Selector,
    /// Credits taken off.
    pub minus: CreditAmount,
}

/// A course named by a rule: by its code, or by its name where codes differ between programmes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NamedCourse {
    /// Code in the target programme.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// Name in the target programme, compared after folding.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Credits it is exempted for, where the document says so; else its own in the target programme.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credits: Option<CreditAmount>,
    /// How far its contents are those of the source, as the institution has found (内容相关度).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub similarity: Option<Share>,
}
