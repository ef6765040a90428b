//! A conversion rule 转换规则: ten primitives and nothing else.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::limits::Cap;
use super::policy::{Draws, Exclusivity, PersonCondition, Procedure, Rounding, ScorePolicy, TimeLimits};
use super::selector::Selector;
use super::target::{Remainder, Target};
use super::value::Value;
use crate::domain::credit::CreditAmount;

/// A rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConversionRule {
    /// Code, unique within its set, 1 to 64 characters: letters, digits, `-`, `_`, `.`.
    pub code: String,
    /// Title in Chinese, 1 to 200 characters.
    pub title: String,
    /// Clause of the set's document that it comes from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clause: Option<String>,
    /// What must be there, 1 to 5 things together, each another achievement or fact.
    pub sources: Vec<Selector>,
    /// How many credits.
    pub value: Value,
    /// Where.
    pub target: Target,
    /// Score to record.
    #[serde(default = "exempt")]
    pub score: ScorePolicy,
    /// What happens with the rest.
    #[serde(default = "lost")]
    pub remainder: Remainder,
    /// How often.
    pub exclusivity: Exclusivity,
    /// Caps on this rule's uses; `per: item` is the cap per certificate.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub caps: Vec<Cap>,
    /// When.
    #[serde(default)]
    pub time: TimeLimits,
    /// Who.
    #[serde(default)]
    pub person: PersonCondition,
    /// How it is decided.
    #[serde(default = "automatic")]
    pub procedure: Procedure,
    /// Whether credits are used up.
    #[serde(default = "none")]
    pub draws: Draws,
    /// Rounding of the value.
    #[serde(default)]
    pub rounding: Rounding,
    /// Cases that the rule must give, run at validation.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cases: Vec<RuleCase>,
}

fn exempt() -> ScorePolicy {
    ScorePolicy::Exempt
}

fn lost() -> Remainder {
    Remainder::Lost
}

fn automatic() -> Procedure {
    Procedure::Automatic
}

fn none() -> Draws {
    Draws::None
}

/// A case: what is held, and what must come out. The input is a [`super::input::PlanInput`] in short form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RuleCase {
    /// Its name.
    pub name: String,
    /// What is held and where, as JSON (see [`super::input::PlanInput`]; what is left out has a plain default).
    #[schema(value_type = Object)]
    pub given: serde_json::Value,
    /// What must come out.
    pub expect: Expectation,
}

/// What a case must give.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Expectation {
    /// Credits in all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub credits: Option<CreditAmount>,
    /// Number of exempted courses.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub courses: Option<u32>,
    /// Score recorded for the first exempted course.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub score: Option<String>,
    /// Reason code why the (first) achievement is not used, or the requested lines are refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
}
