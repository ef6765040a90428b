//! Whether an achievement or a fact is what a selector asks for, and if not, the nearest reason.

use std::cmp::Ordering;

use chrono::NaiveDate;

use super::fold::folded;
use super::input::Fact;
use super::limit_words::LimitWords;
use super::plan::{Asked, UnusedReason};
use super::policy::ScoreBand;
use super::rule_set::RuleSetVersion;
use super::selector::{FactCondition, Selector};
use super::view::{Item, code_matches, tier};
use crate::domain::score::{Score, ScoreScale, ValidScore, compare};

/// Why not, and how far it got: the greater the depth, the nearer it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Miss {
    /// How near it came.
    pub depth: u8,
    /// Why.
    pub reason: UnusedReason,
    /// What would have been needed.
    pub wanted: Option<String>,
    /// What is there.
    pub found: Option<String>,
    /// The cap that stands against it.
    pub cap: Option<String>,
    /// That cap in words.
    pub limit: Option<LimitWords>,
    /// What was asked for, where `wanted` can be read in more than one way.
    pub asked: Option<Box<Asked>>,
}

impl Miss {
    /// Without particulars.
    pub fn new(depth: u8, reason: UnusedReason) -> Self {
        Self { depth, reason, wanted: None, found: None, cap: None, limit: None, asked: None }
    }

    /// What was wanted and what was found.
    pub fn facts(mut self, wanted: impl ToString, found: Option<String>) -> Self {
        self.wanted = Some(wanted.to_string());
        self.found = found;
        self
    }

    /// What was asked for.
    pub fn asked(mut self, asked: Asked) -> Self {
        self.asked = Some(Box::new(asked));
        self
    }
}

/// Depths, in the order in which things are looked at.
pub(super) mod depth {
    pub const NO_RULE: u8 = 0;
    pub const PROGRAMME: u8 = 1;
    pub const IN_FORCE: u8 = 2;
    pub const MAJOR: u8 = 3;
    pub const ISSUER: u8 = 4;
    pub const LEVEL: u8 = 5;
    pub const ROLE: u8 = 6;
    pub const TAUGHT: u8 = 7;
    pub const SCORE: u8 = 8;
    pub const EXCLUDED: u8 = 9;
    pub const TIME: u8 = 10;
    pub const PERSON: u8 = 11;
    pub const TOGETHER: u8 = 12;
    pub const USED: u8 = 13;
    pub const TARGET: u8 = 14;
    pub const WORTH: u8 = 15;
    pub const ITEM: u8 = 16;
}

/// Whether the achievement is what the selector asks for. With `any_kind` the selector's kinds do not matter (rows of a
/// table and adjustments are about the achievement that the rule selected already).
pub(super) fn matches(selector: &Selector, item: &Item, set: &RuleSetVersion, any_kind: bool) -> Result<(), Miss> {
    let entry = item.entry;
    if !any_kind && (selector.fact.is_some() || !selector.kinds.contains(&entry.kind)) {
        return Err(Miss::new(depth::NO_RULE, UnusedReason::NoRule));
    }
    let named = selector.names.is_empty()
        || item.name.as_ref().is_some_and(|name| selector.names.iter().any(|wanted| folded(wanted) == *name));
    let tagged = selector.tags_any.is_empty() || selector.tags_any.iter().any(|tag| entry.tags.contains(tag));
    if !named || !tagged || !code_matches(&selector.codes, entry.code.as_deref()) {
        return Err(Miss::new(depth::NO_RULE, UnusedReason::NoRule));
    }
    let issued = (selector.issuers.is_empty() || selector.issuers.contains(&entry.issuer))
        && (selector.issuer_kinds.is_empty() || selector.issuer_kinds.contains(&entry.issuer_kind));
    if !issued {
        return Err(Miss::new(depth::ISSUER, UnusedReason::Issuer));
    }
    standing(selector, item, set)?;
    teaching(selector, item)?;
    scored(selector, item)?;
    if let Some(tag) = selector.tags_none.iter().find(|tag| entry.tags.contains(*tag)) {
        return Err(Miss { found: Some(tag.clone()), ..Miss::new(depth::EXCLUDED, UnusedReason::Excluded) });
    }
    Ok(())
}

/// Levels, tiers, prizes and parts in a team.
fn standing(selector: &Selector, item: &Item, set: &RuleSetVersion) -> Result<(), Miss> {
    let entry = item.entry;
    let level = entry.level.as_deref();
    if !selector.levels.is_empty() && !level.is_some_and(|level| selector.levels.iter().any(|wanted| wanted == level)) {
        let miss = Miss::new(depth::LEVEL, UnusedReason::Level);
        return Err(miss.facts(selector.levels.join("/"), entry.level.clone()));
    }
    let tier = tier(item, set);
    if !selector.tiers.is_empty() && !tier.is_some_and(|tier| selector.tiers.contains(&tier)) {
        let words: Vec<&str> = selector.tiers.iter().map(|tier| tier.as_str()).collect();
        let miss = Miss::new(depth::LEVEL, UnusedReason::Prize);
        return Err(miss.facts(words.join("/"), tier.map(|tier| tier.to_string())));
    }
    if !selector.prizes.is_empty() && !item.prize.is_some_and(|prize| selector.prizes.contains(&prize)) {
        let words: Vec<&str> = selector.prizes.iter().map(|prize| prize.as_str()).collect();
        let miss = Miss::new(depth::LEVEL, UnusedReason::Prize);
        return Err(miss.facts(words.join("/"), entry.level.clone()));
    }
    if !selector.roles.is_empty() && !selector.roles.iter().any(|role| item.roles.contains(role)) {
        let words: Vec<&str> = selector.roles.iter().map(|role| role.as_str()).collect();
        let miss = Miss::new(depth::ROLE, UnusedReason::TeamRank);
        return Err(miss.facts(words.join("/"), item.roles.last().map(ToString::to_string)));
    }
    if let Some(most) = selector.team_rank_max {
        let alone = entry.team_size.unwrap_or(1) <= 1;
        if !alone && entry.team_rank.is_none_or(|rank| rank > most) {
            let miss = Miss::new(depth::ROLE, UnusedReason::TeamRank);
            return Err(miss.facts(most, entry.team_rank.map(|rank| rank.to_string())));
        }
    }
    Ok(())
}

/// How it was taught, for how long, and in which class of course.
fn teaching(selector: &Selector, item: &Item) -> Result<(), Miss> {
    let entry = item.entry;
    if !selector.deliveries.is_empty()
        && !entry.delivery.is_some_and(|delivery| selector.deliveries.contains(&delivery))
    {
        let miss = Miss::new(depth::TAUGHT, UnusedReason::Delivery);
        return Err(Miss { found: entry.delivery.map(|delivery| delivery.to_string()), ..miss });
    }
    if let Some(least) = selector.hours_min
        && entry.hours.is_none_or(|hours| hours < least)
    {
        let miss = Miss::new(depth::TAUGHT, UnusedReason::Hours);
        return Err(miss.facts(least, entry.hours.map(|hours| hours.to_string())));
    }
    if let Some(least) = selector.practice_share_min {
        let hours = i64::from(entry.hours.unwrap_or(0));
        let practice = i64::from(entry.practice_hours.unwrap_or(0));
        if hours == 0 || practice * 1_000 < hours * least.thousandths() {
            let miss = Miss::new(depth::TAUGHT, UnusedReason::PracticeShare);
            return Err(miss.facts(least, Some(format!("{practice}/{hours}"))));
        }
    }
    if let Some(required) = selector.required
        && entry.required.unwrap_or(false) != required
    {
        return Err(Miss::new(depth::TAUGHT, UnusedReason::Direction));
    }
    if !selector.classes.is_empty() && !selector.classes.iter().any(|class| entry.classes.contains(class)) {
        let miss = Miss::new(depth::TAUGHT, UnusedReason::CourseClass);
        return Err(miss.facts(selector.classes.join("/"), None));
    }
    Ok(())
}

fn scored(selector: &Selector, item: &Item) -> Result<(), Miss> {
    let found = || item.score.as_ref().map(ValidScore::zh);
    if let Some(least) = &selector.score_min
        && !compared(item, least).is_some_and(Ordering::is_ge)
    {
        return Err(Miss::new(depth::SCORE, UnusedReason::Score).facts(least, found()));
    }
    if let Some(most) = &selector.score_max
        && !compared(item, most).is_some_and(Ordering::is_le)
    {
        let miss = Miss::new(depth::SCORE, UnusedReason::Score).facts(format!("≤{most}"), found());
        return Err(miss.asked(Asked::ScoreAtMost { score: most.clone() }));
    }
    Ok(())
}

/// How the achievement's score stands to a written one; none when they do not compare.
pub(super) fn compared(item: &Item, bound: &str) -> Option<Ordering> {
    let score = item.score.as_ref()?;
    compare(score, &written(bound, score.scale)?)
}

/// The first band that contains the achievement's score, bounds included.
pub(super) fn band<'r>(bands: &'r [ScoreBand], item: Option<&Item>) -> Option<&'r ScoreBand> {
    let item = item?;
    bands.iter().find(|band| {
        compared(item, &band.from).is_some_and(Ordering::is_ge) && compared(item, &band.to).is_some_and(Ordering::is_le)
    })
}

/// A score as rules write it, read on the given scale if it fits, else as a grade or percentage.
pub(super) fn written(text: &str, scale: ScoreScale) -> Option<ValidScore> {
    [scale, ScoreScale::FiveGrade, ScoreScale::Percentage]
        .into_iter()
        .find_map(|scale| Score { scale, value: text.to_owned(), passed: None }.validate().ok())
}

/// Whether the fact is the one asked for and holds on that day.
pub(super) fn fact_holds(condition: &FactCondition, fact: &Fact, on: NaiveDate) -> bool {
    condition.fact == fact.fact
        && fact.from <= on
        && fact.to.is_none_or(|to| on <= to)
        && condition.at_least.is_none_or(|least| fact.number.is_some_and(|number| number >= least))
}
