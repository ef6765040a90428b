//! Source selector: which achievements, or which attested facts of the person, a rule rests on.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::share::Share;
use crate::domain::achievement::Delivery;
use crate::domain::competition::{CompetitionTier, Prize};
use crate::domain::institution::InstitutionKind;
use crate::domain::kind::AchievementKind;
use crate::domain::text_enum::text_enum;

text_enum! {
    /// Part that the learner took in a competition.
    pub enum TeamRole {
        Individual = "individual" / "个人",
        Team = "team" / "团体",
        Lead = "lead" / "团体主力",
        Member = "member" / "团体成员（非主力）",
    }
}

/// One thing that must be there. Every list that is not empty must be met by one of its words; every bound that is given
/// must hold (bounds are inclusive). Nothing said about a property means that it does not matter.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Selector {
    /// Kinds of achievement; empty only when `fact` is given.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub kinds: Vec<AchievementKind>,
    /// An attested fact of the person instead of an achievement, such as `veteran`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fact: Option<FactCondition>,
    /// Codes, or prefixes ending in `*`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub codes: Vec<String>,
    /// Names (courses and trainings whose codes differ between institutions), compared after folding.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub names: Vec<String>,
    /// Issuing institutions.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub issuers: Vec<Uuid>,
    /// Kinds of issuing institution.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub issuer_kinds: Vec<InstitutionKind>,
    /// Levels as catalogues write them: `elementary`, `intermediate`, `advanced`, or `1` to `5`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub levels: Vec<String>,
    /// Tiers of a competition, after `association` results have been put one tier down where the rule set says so.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tiers: Vec<CompetitionTier>,
    /// Prizes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub prizes: Vec<Prize>,
    /// Parts in a team.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<TeamRole>,
    /// Greatest place within the team.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub team_rank_max: Option<u32>,
    /// Least score on the achievement's own scale: a number, or a grade such as `good`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub score_min: Option<String>,
    /// Greatest score.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub score_max: Option<String>,
    /// Least hours, in lessons of 45 minutes for training, else as posted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hours_min: Option<u32>,
    /// Least share of practice in the hours.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub practice_share_min: Option<Share>,
    /// How it was taught.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub deliveries: Vec<Delivery>,
    /// Tags of the catalogue of which one must be there (`tier:national`, `organiser:association`, `category:self-study`).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags_any: Vec<String>,
    /// Tags of which none may be there (`basis:curriculum_only`).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags_none: Vec<String>,
    /// Whether the course was required in the plan it was earned in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub required: Option<bool>,
    /// Classes of the course in the plan it was earned in.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub classes: Vec<String>,
}

/// A fact that must be attested and hold on the day of evaluation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FactCondition {
    /// The fact: `veteran`, `age_reached`, `migrant_worker`…
    pub fact: String,
    /// For facts with a number, such as the age reached: at least this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_least: Option<i64>,
}
