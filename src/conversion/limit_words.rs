//! A limit in words, for saying what stands against a line: which limit it is, and what it counts.

use serde::{Deserialize, Serialize};

use super::explain::Text;
use super::limits::Cap;
use super::line::Counts;
use super::sentence;
use super::view::View;
use crate::domain::text_enum::text_enum;

text_enum! {
    /// What a limit counts.
    pub enum LimitUnit {
        Credits = "credits" / "学分",
        Courses = "courses" / "门课",
        Achievements = "achievements" / "项成果",
    }
}

/// A limit in words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LimitWords {
    /// What it says, with its clause where it has one.
    pub text: Text,
    /// What it counts.
    pub counts: LimitUnit,
}

impl LimitWords {
    /// Those of a cap, of a rule or of a whole set.
    pub(super) fn of_cap(view: &View, cap: &Cap, counts: Counts) -> Self {
        let of_set = view.sets.iter().any(|set| set.document.caps.iter().any(|other| std::ptr::eq(other, cap)));
        Self { text: sentence::cap_words(cap, of_set), counts: counts.into() }
    }

    /// Those of the limit that stands in the plan of the programme itself.
    pub(super) fn of_programme(view: &View) -> Self {
        let plan = &view.input.programme.plan;
        let share = plan.conversion_cap_share.as_deref().and_then(|share| share.parse().ok());
        let share = share.map_or_else(String::new, sentence::percent);
        let text = Text::new(
            format!("转换的学分合计不超过毕业总学分的 {share}"),
            format!("conversions fill at most {share} of the programme's credits"),
        );
        Self { text, counts: LimitUnit::Credits }
    }

    /// An amount with its unit: `40 学分`, `2 courses`.
    pub(super) fn amount(&self, amount: &str) -> Text {
        let singular = amount == "1";
        let en = match self.counts {
            LimitUnit::Credits if singular => "credit",
            LimitUnit::Credits => "credits",
            LimitUnit::Courses if singular => "course",
            LimitUnit::Courses => "courses",
            LimitUnit::Achievements if singular => "achievement",
            LimitUnit::Achievements => "achievements",
        };
        Text::new(format!("{amount} {}", self.counts.zh()), format!("{amount} {en}"))
    }
}

impl From<Counts> for LimitUnit {
    fn from(counts: Counts) -> Self {
        match counts {
            Counts::Credits => Self::Credits,
            Counts::Courses => Self::Courses,
            Counts::Achievements => Self::Achievements,
        }
    }
}
