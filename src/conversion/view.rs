//! One plan input made ready: everything sorted, indexed and parsed once, so that evaluation never depends on the order in
//! which the input came.

use std::cmp::Ordering;
use std::collections::{BTreeSet, HashMap, HashSet};

use uuid::Uuid;

use super::fold::{code_fits, folded};
use super::input::{Evidence, Fact, LotView, PlanInput};
use super::policy::UseScope;
use super::rule::ConversionRule;
use super::rule_set::RuleSetVersion;
use super::selector::TeamRole;
use crate::domain::competition::{CompetitionTier, Prize};
use crate::domain::kind::AchievementKind;
use crate::domain::level::{NationalLevel, XLevel};
use crate::domain::programme_version::{Module, ModuleCourse};
use crate::domain::score::ValidScore;

/// A course of the plan aimed at.
pub(super) struct Course<'a> {
    /// The course.
    pub entry: &'a ModuleCourse,
    /// Its module's place.
    pub module: usize,
    /// Its folded name.
    pub name: String,
    /// All its classes.
    pub classes: Vec<&'a str>,
    /// Earned or exempted already.
    pub done: bool,
    /// Exempted, wholly or in part, by an earlier conversion into this programme.
    pub converted: bool,
}

/// An achievement with what rules ask about it.
pub(super) struct Item<'a> {
    /// The achievement.
    pub entry: &'a Evidence,
    /// Its folded name.
    pub name: Option<String>,
    /// Prize, for competitions.
    pub prize: Option<Prize>,
    /// Parts taken in a team.
    pub roles: Vec<TeamRole>,
    /// Its score, where it can be read.
    pub score: Option<ValidScore>,
    /// Run by an association.
    pub association: bool,
    /// Credits of its lot that can be drawn, in thousandths.
    pub available: i64,
    /// Whether an award has redeemed some of it.
    pub redeemed: bool,
    /// Its lot, where there is one.
    pub lot: Option<Uuid>,
    /// Place in the order in which achievements are preferred: those that expire first, then lowest ids.
    pub rank: usize,
    /// Used for this programme by an earlier conversion, by itself or through a diploma, earned in it, or brought into it
    /// by a transfer.
    pub counted_here: bool,
}

/// The input, ready for use.
pub(super) struct View<'a> {
    /// The input.
    pub input: &'a PlanInput,
    /// Achievements in order of id, each once.
    pub items: Vec<Item<'a>>,
    /// Facts in order of id.
    pub facts: Vec<&'a Fact>,
    /// Rule sets, outermost authority first.
    pub sets: Vec<&'a RuleSetVersion>,
    /// Courses in the order of the plan.
    pub courses: Vec<Course<'a>>,
    /// Places of achievements by kind and code.
    by_code: HashMap<(AchievementKind, &'a str), Vec<usize>>,
    /// Places of achievements by kind.
    by_kind: HashMap<AchievementKind, Vec<usize>>,
}

impl<'a> View<'a> {
    /// Sorts, indexes and parses.
    pub fn new(input: &'a PlanInput) -> Self {
        let mut evidence: Vec<&Evidence> = input.evidence.iter().collect();
        evidence.sort_by_key(|entry| entry.id);
        evidence.dedup_by_key(|entry| entry.id);
        let mut facts: Vec<&Fact> = input.facts.iter().collect();
        facts.sort_by_key(|fact| fact.id);
        facts.dedup_by_key(|fact| fact.id);
        let mut sets: Vec<&RuleSetVersion> = input.rule_sets.iter().collect();
        sets.sort_by_key(|set| (set.document.authority, set.rule_set, set.version));
        sets.dedup_by_key(|set| (set.rule_set, set.version));
        let mut order: Vec<usize> = (0..evidence.len()).collect();
        order.sort_by_key(|&at| (evidence[at].valid_until.unwrap_or(chrono::NaiveDate::MAX), evidence[at].id));
        let mut ranks = vec![0; evidence.len()];
        for (rank, &at) in order.iter().enumerate() {
            ranks[at] = rank;
        }
        let lots: HashMap<Uuid, &LotView> = input.lots.iter().map(|lot| (lot.achievement, lot)).collect();
        let used_here: HashSet<Uuid> = input
            .uses
            .iter()
            .filter(|past| past.programme == input.programme.programme)
            .map(|past| past.evidence)
            .collect();
        // Through a diploma its courses count here, and through one of them the diploma (I9).
        let through = |entry: &&Evidence| entry.redeemed_for.filter(|_| used_here.contains(&entry.id));
        let used_through: HashSet<Uuid> = evidence.iter().filter_map(through).collect();
        let used = |entry: &Evidence| {
            let diploma = entry.redeemed_for.is_some_and(|diploma| used_here.contains(&diploma));
            used_here.contains(&entry.id) || used_through.contains(&entry.id) || diploma
        };
        let items: Vec<Item> = evidence
            .iter()
            .zip(ranks)
            .map(|(entry, rank)| {
                let lot = lots.get(&entry.id).copied();
                let enrolment = input.programme.enrolment;
                let earned_here = enrolment.is_some() && entry.enrolment == enrolment;
                let lies_here = enrolment.zip(lot).is_some_and(|(here, lot)| lot.counts_in.contains(&here));
                Item {
                    name: entry.name.as_deref().map(folded),
                    prize: entry.level.as_deref().and_then(|level| level.parse().ok()),
                    roles: roles(entry),
                    score: entry.score.as_ref().and_then(|score| score.validate().ok()),
                    association: entry.tags.contains("organiser:association"),
                    available: match lot {
                        Some(lot) => lot.available.thousandths().max(0),
                        None if entry.hypothetical => entry.credits.thousandths(),
                        None => 0,
                    },
                    redeemed: lot.is_some_and(|lot| !lot.redeemed.is_zero()),
                    lot: lot.map(|lot| lot.lot),
                    rank,
                    counted_here: earned_here || lies_here || used(entry),
                    entry,
                }
            })
            .collect();
        let mut by_code: HashMap<_, Vec<usize>> = HashMap::new();
        let mut by_kind: HashMap<_, Vec<usize>> = HashMap::new();
        for (at, item) in items.iter().enumerate() {
            by_kind.entry(item.entry.kind).or_default().push(at);
            if let Some(code) = &item.entry.code {
                by_code.entry((item.entry.kind, code.as_str())).or_default().push(at);
            }
        }
        Self { items, facts, sets, courses: courses(input), by_code, by_kind, input }
    }

    /// Modules of the plan.
    pub fn modules(&self) -> &'a [Module] {
        &self.input.programme.plan.modules
    }

    /// Achievements of one of `kinds` that may have one of `codes` (prefixes end in `*`): all that do, and perhaps more.
    pub fn with_codes(&self, kinds: &[AchievementKind], codes: &[String]) -> Vec<usize> {
        let exact = !codes.is_empty() && codes.iter().all(|code| !code.ends_with('*'));
        let mut found: Vec<usize> = Vec::new();
        for kind in kinds {
            if exact {
                for code in codes {
                    found.extend(self.by_code.get(&(*kind, code.as_str())).into_iter().flatten());
                }
            } else {
                found.extend(self.by_kind.get(kind).into_iter().flatten());
            }
        }
        found.sort_unstable();
        found.dedup();
        found
    }

    /// An achievement's place.
    pub fn item_at(&self, id: Uuid) -> Option<usize> {
        self.items.binary_search_by_key(&id, |item| item.entry.id).ok()
    }

    /// A fact's place.
    pub fn fact_at(&self, id: Uuid) -> Option<usize> {
        self.facts.binary_search_by_key(&id, |fact| fact.id).ok()
    }

    /// The key of a scope for the programme aimed at.
    pub fn scope(&self, scope: UseScope) -> String {
        match scope {
            UseScope::Life => "life".to_owned(),
            UseScope::Level => format!("level:{}", self.input.programme.level),
            UseScope::Programme => format!("programme:{}", self.input.programme.programme),
        }
    }
}

/// The family under which a rule's uses are exclusive: named, or the rule's own.
pub(super) fn use_family(set: &RuleSetVersion, rule: &ConversionRule) -> String {
    rule.exclusivity.family.clone().unwrap_or_else(|| format!("{}/{}", set.rule_set, rule.code))
}

/// The tier that counts: one lower for contests of associations where the set says so; none when there is no lower one.
pub(super) fn tier(item: &Item, set: &RuleSetVersion) -> Option<CompetitionTier> {
    let tier = item.entry.tier?;
    if !(item.association && set.document.association_one_tier_down) {
        return Some(tier);
    }
    let place = CompetitionTier::ALL.iter().position(|other| *other == tier)?;
    CompetitionTier::ALL.get(place + 1).copied()
}

/// Which of two achievements of one family stands higher: by level, or by tier and prize; none when they do not compare.
pub(super) fn compare_heights(a: &Item, b: &Item, set: &RuleSetVersion) -> Option<Ordering> {
    Some(height(a, set)?.cmp(&height(b, set)?))
}

fn height(item: &Item, set: &RuleSetVersion) -> Option<(usize, usize)> {
    let level = item.entry.level.as_deref();
    match item.entry.kind {
        AchievementKind::SkillCertificate => {
            let level = level?.parse::<XLevel>().ok()?;
            Some((XLevel::ALL.iter().position(|other| *other == level)?, 0))
        }
        AchievementKind::SkillLevel | AchievementKind::Qualification => {
            Some((usize::from(level?.parse::<NationalLevel>().ok()?.rank()), 0))
        }
        AchievementKind::Competition => {
            // Both lists stand highest first.
            let tiers = CompetitionTier::ALL;
            let below = tiers.len();
            let tier = tier(item, set).and_then(|tier| tiers.iter().position(|other| *other == tier)).unwrap_or(below);
            let prize = Prize::ALL.iter().position(|other| Some(*other) == item.prize)?;
            Some((below - tier, Prize::ALL.len() - prize))
        }
        _ => None,
    }
}

fn roles(entry: &Evidence) -> Vec<TeamRole> {
    if entry.kind != AchievementKind::Competition {
        return Vec::new();
    }
    match entry.team_size {
        None | Some(0 | 1) => vec![TeamRole::Individual],
        // Whose place is not known has not been shown to lead.
        Some(_) if entry.team_rank == Some(1) => vec![TeamRole::Team, TeamRole::Lead],
        Some(_) => vec![TeamRole::Team, TeamRole::Member],
    }
}

fn courses(input: &PlanInput) -> Vec<Course<'_>> {
    let programme = &input.programme;
    let converted: BTreeSet<&str> = input
        .uses
        .iter()
        .filter(|past| past.programme == programme.programme)
        .flat_map(|past| past.courses.keys().map(String::as_str))
        .collect();
    let mut courses = Vec::new();
    for (at, module) in programme.plan.modules.iter().enumerate() {
        for entry in &module.courses {
            courses.push(Course {
                entry,
                module: at,
                name: folded(&entry.name),
                classes: module.classes_of(entry),
                done: programme.done.contains(&entry.code),
                converted: converted.contains(entry.code.as_str()),
            });
        }
    }
    courses
}

/// Whether `code` is one of `codes`, of which those ending in `*` are prefixes; an empty list takes all.
pub(super) fn code_matches(codes: &[String], code: Option<&str>) -> bool {
    codes.is_empty() || code.is_some_and(|code| codes.iter().any(|wanted| code_fits(wanted, code)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_match_by_prefix() {
        let codes = vec!["CET*".to_owned(), "NCRE-2".to_owned()];
        assert!(code_matches(&codes, Some("CET4")));
        assert!(code_matches(&codes, Some("NCRE-2")));
        assert!(!code_matches(&codes, Some("NCRE-21")));
        assert!(!code_matches(&codes, None));
        assert!(code_matches(&[], None));
    }
}
