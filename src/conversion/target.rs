//! Target constraint: where in a programme a rule may give credits.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::domain::level::ProgrammeLevel;
use crate::domain::text_enum::text_enum;

/// Where the credits go. Empty lists mean "any".
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// Levels of the programme.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub levels: Vec<ProgrammeLevel>,
    /// Major codes, or prefixes of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub majors: Vec<String>,
    /// Majors, or prefixes, for which it does not hold (非计算机类专业).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub majors_excluded: Vec<String>,
    /// Programmes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub programmes: Vec<Uuid>,
    /// Institutions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub institutions: Vec<Uuid>,
    /// The place within the programme.
    pub place: Place,
    /// Classes of course that are never exempted (politics, physical education, practice…).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub never: Vec<String>,
    /// What may stand for what.
    #[serde(default)]
    pub direction: Direction,
}

/// The place within a programme.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "in", rename_all = "snake_case", deny_unknown_fields)]
pub enum Place {
    /// Courses of the plan are exempted. With [`super::value::Value::NamedCourses`] the value names them.
    Courses {
        /// Classes of which a course must have one; any when empty.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        classes: Vec<String>,
        /// Codes, or prefixes ending in `*`; any when empty.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        codes: Vec<String>,
        /// Module codes; any when empty.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        modules: Vec<String>,
        /// The course must have the name (after folding) or the code of the source course.
        #[serde(default)]
        same_course: bool,
        /// Most courses that one use may exempt.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        most: Option<u32>,
        /// The part that is exempted, where it is not the whole course (统考): then no credits are granted.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        part: Option<String>,
    },
    /// Credits go to a module of the plan: the first of these codes or classes that the plan has.
    Module {
        /// Module codes.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        codes: Vec<String>,
        /// Module classes.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        classes: Vec<String>,
    },
    /// Credits go to the programme as a whole.
    Programme,
}

/// What may stand for what.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Direction {
    /// A required course is replaced by a required one only; a required one may replace an elective one.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub required_by_required: bool,
    /// The target's credits are at most the source's.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub target_at_most_source: bool,
    /// The target's credits are at least the source's (不低于原课程学分).
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub target_at_least_source: bool,
}

text_enum! {
    /// What happens with credits of the source beyond what the target takes.
    pub enum Remainder {
        Lost = "lost" / "不再计算",
        Kept = "kept" / "保留在原账户",
        PublicElectives = "public_electives" / "计入公共选修",
    }
}
