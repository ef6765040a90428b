//! Caps: how much may be converted, over what, and in which period.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::share::Share;
use crate::domain::achievement::Delivery;
use crate::domain::credit::CreditAmount;
use crate::domain::kind::AchievementKind;
use crate::domain::text_enum::text_enum;

/// What a cap counts: uses that fit every list given (empty lists fit all). What a use rests on fits when one of its
/// achievements meets kinds, deliveries and tags together; a cap on the number of achievements counts those that do. A cap
/// of a rule counts that rule's uses only.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Over {
    /// Grants in courses of these classes, or in modules of these classes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub classes: Vec<String>,
    /// Grants in these modules.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub modules: Vec<String>,
    /// Grants that rest on these kinds of achievement.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub kinds: Vec<AchievementKind>,
    /// Grants that rest on achievements taught like this.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub deliveries: Vec<Delivery>,
    /// Grants that rest on achievements with one of these tags.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
}

impl Over {
    /// Whether a grant may rest on anything, facts alone included.
    pub const fn takes_any(&self) -> bool {
        self.kinds.is_empty() && self.deliveries.is_empty() && self.tags.is_empty()
    }

    /// Whether an achievement of that kind, taught like that and with those tags is of those it is about: one and the same
    /// must meet every list.
    pub fn fits(&self, kind: AchievementKind, delivery: Option<Delivery>, tags: &BTreeSet<String>) -> bool {
        (self.kinds.is_empty() || self.kinds.contains(&kind))
            && (self.deliveries.is_empty() || delivery.is_some_and(|it| self.deliveries.contains(&it)))
            && (self.tags.is_empty() || self.tags.iter().any(|tag| tags.contains(tag)))
    }
}

text_enum! {
    /// Over which time or thing a cap reaches.
    pub enum Per {
        /// One use: one certificate.
        Item = "item" / "每项成果",
        Programme = "programme" / "整个专业",
        Term = "term" / "每学期",
        Year = "year" / "每学年",
    }
}

/// How much.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "is", rename_all = "snake_case", deny_unknown_fields)]
pub enum Most {
    /// So many credits.
    Credits {
        /// The credits.
        credits: CreditAmount,
    },
    /// A share of the credits of the base.
    Share {
        /// The share.
        share: Share,
        /// The base.
        #[serde(default)]
        base: Base,
    },
    /// So many achievements (certificates).
    Achievements {
        /// The number.
        count: u32,
    },
    /// So many courses.
    Courses {
        /// The number.
        count: u32,
    },
    /// A share of the number of courses of the base.
    CourseShare {
        /// The share.
        share: Share,
        /// The base; with `per: term` the courses of the term in question.
        #[serde(default)]
        base: Base,
    },
    /// The source's own credits: a grant is never worth more than what it rests on.
    Source,
}

/// Of what a share is taken: the plan of the learner's cohort.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Base {
    /// Courses and modules of these classes; the whole programme when empty.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub classes: Vec<String>,
    /// Without those of these classes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub without: Vec<String>,
}

/// A cap; what it allows is included ("不超过").
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Cap {
    /// Code, unique in its set, shown when it cuts a result (`total-share`).
    pub code: String,
    /// Its clause in the document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clause: Option<String>,
    /// What it counts.
    #[serde(default)]
    pub over: Over,
    /// Over which time or thing.
    pub per: Per,
    /// How much.
    pub most: Most,
}
