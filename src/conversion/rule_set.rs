//! A rule set 规则集: what is drafted, reviewed, published by a second person and retired, as one document.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::limits::Cap;
use super::rule::ConversionRule;
use super::share::Share;
use crate::domain::text_enum::text_enum;
use crate::domain::time::{strict_date, strict_date_opt};

/// Most rules of one set (DESIGN §13).
pub const RULES_MAX: usize = 5_000;

text_enum! {
    /// Where a version of a rule set stands.
    pub enum RuleSetState {
        Draft = "draft" / "草稿",
        InReview = "in_review" / "征求意见",
        Published = "published" / "已发布",
        Retired = "retired" / "已停用",
    }
}

text_enum! {
    /// Whose rules they are; bounds nest: what a city caps, an institution may only cap lower.
    pub enum Authority {
        Province = "province" / "省级",
        City = "city" / "市级",
        Institution = "institution" / "院校",
    }
}

/// The document of one version: a published one never changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RuleSetDocument {
    /// Name, 1 to 200 characters.
    pub name: String,
    /// Whose.
    pub authority: Authority,
    /// The public document that it comes from: title and number.
    pub basis: String,
    /// Where that document can be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub basis_url: Option<String>,
    /// First day on which it holds.
    #[serde(with = "strict_date")]
    pub effective_from: NaiveDate,
    /// Last day; open when left out.
    #[serde(default, with = "strict_date_opt", skip_serializing_if = "Option::is_none")]
    pub effective_to: Option<NaiveDate>,
    /// First cohort it holds for; all when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cohort_from: Option<i32>,
    /// Last cohort.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cohort_to: Option<i32>,
    /// Programmes that it holds for; those of its authority when empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub programmes: Vec<Uuid>,
    /// Caps over all of its rules.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub caps: Vec<Cap>,
    /// Least similarity of contents for courses that name one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_similarity: Option<Share>,
    /// Most years of validity that a rule of this set, or of a set below it, may give an achievement; then every rule
    /// names its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_years_max: Option<u32>,
    /// Contests run by associations (tag `organiser:association`) count one tier down.
    #[serde(default)]
    pub association_one_tier_down: bool,
    /// The rules, at most [`RULES_MAX`].
    pub rules: Vec<ConversionRule>,
}

impl RuleSetDocument {
    /// The same set without its rules, for looking at one of them alone.
    pub fn clone_head(&self) -> Self {
        Self {
            name: self.name.clone(),
            authority: self.authority,
            basis: self.basis.clone(),
            basis_url: self.basis_url.clone(),
            effective_from: self.effective_from,
            effective_to: self.effective_to,
            cohort_from: self.cohort_from,
            cohort_to: self.cohort_to,
            programmes: self.programmes.clone(),
            caps: self.caps.clone(),
            min_similarity: self.min_similarity,
            valid_years_max: self.valid_years_max,
            association_one_tier_down: self.association_one_tier_down,
            rules: Vec::new(),
        }
    }
}

/// A version in force, as evaluation needs it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleSetVersion {
    /// The set.
    pub rule_set: Uuid,
    /// The version, from 1.
    pub version: i64,
    /// The institution whose set it is.
    pub institution: Uuid,
    /// The document.
    pub document: RuleSetDocument,
}
