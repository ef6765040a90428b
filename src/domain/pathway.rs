//! Pathways 贯通培养: programmes of rising levels, one after another, with a rule set of their own.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::ids::ProgrammeId;
use super::invalid::{Invalid, Reason};
use super::text::{NAME_MAX, clean_line};

/// Most programmes of a pathway: there are three levels.
pub const PROGRAMMES_MAX: usize = 3;

text_enum! {
    /// How the levels are joined.
    pub enum PathwayKind {
        Integrated = "integrated" / "中高职贯通",
        ThreePlusTwo = "three_plus_two" / "3+2",
        Linked = "linked" / "中高本衔接",
    }
}

text_enum! {
    /// Whether learners still enter it.
    pub enum PathwayState {
        Open = "open" / "招生中",
        Closed = "closed" / "已停止",
    }
}

/// A pathway to be registered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPathway {
    /// Name.
    #[schema(max_length = 200)]
    pub name: String,
    /// How the levels are joined.
    pub kind: PathwayKind,
    /// Its programmes, each of a higher level than the one before.
    #[schema(min_items = 2, max_items = 3)]
    pub programmes: Vec<ProgrammeId>,
    /// The rule set that holds within it.
    #[serde(default)]
    pub rule_set_id: Option<Uuid>,
}

impl NewPathway {
    /// The same with texts in their one spelling. Whether the programmes exist and their levels rise is for whoever knows
    /// them.
    pub fn validate(&self) -> Result<Self, Invalid> {
        let mut invalid = Invalid::default();
        let name = invalid.take("/name", clean_line(&self.name, NAME_MAX));
        match self.programmes.len() {
            0 | 1 => invalid.push("/programmes", Reason::range(2, PROGRAMMES_MAX)),
            2..=PROGRAMMES_MAX => {}
            _ => invalid.push("/programmes", Reason::TooMany { max: PROGRAMMES_MAX }),
        }
        let mut known = HashSet::new();
        for (i, programme) in self.programmes.iter().take(PROGRAMMES_MAX).enumerate() {
            if !known.insert(programme) {
                invalid.push(format!("/programmes/{i}"), Reason::Duplicate);
            }
        }
        match name {
            Some(name) if invalid.is_empty() => Ok(Self { name, ..self.clone() }),
            _ => Err(invalid),
        }
    }
}
