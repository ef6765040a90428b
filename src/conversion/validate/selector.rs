//! Selectors: words that the listed kinds have, bounds in order, something left to select.

use super::super::fault::{Faults, What};
use super::super::selector::Selector;
use super::words::{WORD_MAX, codes, fact, lines, majors, once, within};
use crate::domain::competition::Prize;
use crate::domain::invalid::Reason;
use crate::domain::kind::AchievementKind::{self, *};
use crate::domain::level::{NationalLevel, ProgrammeLevel, XLevel};
use crate::domain::score::FiveGrade;

/// Longest name of a course or training.
const NAME_MAX: usize = 200;
/// Largest place in a team.
const TEAM_MAX: u32 = 100;
/// Most hours of anything.
const HOURS_MAX: u32 = 10_000;
/// Greatest number of a fact.
const FACT_NUMBER_MAX: i64 = 1_000_000;

/// A source: kinds of achievement, or a fact and nothing else.
pub fn check_source(selector: &Selector, at: &str, faults: &mut Faults) {
    match &selector.fact {
        Some(condition) => {
            check_fact(&condition.fact, condition.at_least, &format!("{at}/fact"), faults);
            let rest = Selector { fact: None, ..selector.clone() };
            if rest != Selector::default() {
                faults.field(at, Reason::ExactlyOne { of: "kinds, fact" });
            }
        }
        None if selector.kinds.is_empty() => faults.field(format!("{at}/kinds"), Reason::Required),
        None => {
            once(&selector.kinds, &format!("{at}/kinds"), faults);
            check_properties(selector, &selector.kinds, at, faults);
        }
    }
}

/// A row's condition, on achievements that a source of `kinds` selected.
pub fn check_row(selector: &Selector, kinds: &[AchievementKind], at: &str, faults: &mut Faults) {
    if selector.fact.is_some() {
        faults.field(format!("{at}/fact"), Reason::NotAllowedHere);
    }
    once(&selector.kinds, &format!("{at}/kinds"), faults);
    for (i, kind) in selector.kinds.iter().enumerate() {
        if !kinds.contains(kind) {
            faults.push(format!("{at}/kinds/{i}"), What::SelectsNothing);
        }
    }
    let kinds = if selector.kinds.is_empty() { kinds } else { &selector.kinds };
    check_properties(selector, kinds, at, faults);
}

/// A fact of the person.
pub fn check_fact(word: &str, at_least: Option<i64>, at: &str, faults: &mut Faults) {
    fact(word, &format!("{at}/fact"), faults);
    if let Some(number) = at_least {
        within(number, [0, FACT_NUMBER_MAX], format!("{at}/at_least"), faults);
    }
}

/// The Chinese names of kinds.
pub fn kinds_zh(kinds: &[AchievementKind]) -> String {
    kinds.iter().map(|kind| kind.zh()).collect::<Vec<_>>().join("、")
}

/// Which kinds have a property: none of the others can ever fit a condition on it.
fn having(property: &str) -> &'static [AchievementKind] {
    match property {
        "levels" => &[SkillCertificate, SkillLevel, Qualification, Competition, Diploma],
        "tiers" | "prizes" | "roles" | "team_rank_max" => &[Competition],
        "names" => &[Course, Training],
        "hours_min" => &[Course, Training, Experience],
        "practice_share_min" => &[Course, Training],
        "required" | "classes" => &[Course],
        _ => AchievementKind::ALL,
    }
}

fn check_properties(selector: &Selector, kinds: &[AchievementKind], at: &str, faults: &mut Faults) {
    let given = [
        ("levels", !selector.levels.is_empty()),
        ("names", !selector.names.is_empty()),
        ("tiers", !selector.tiers.is_empty()),
        ("prizes", !selector.prizes.is_empty()),
        ("roles", !selector.roles.is_empty()),
        ("team_rank_max", selector.team_rank_max.is_some()),
        ("hours_min", selector.hours_min.is_some()),
        ("practice_share_min", selector.practice_share_min.is_some()),
        ("required", selector.required.is_some()),
        ("classes", !selector.classes.is_empty()),
    ];
    let given = given.iter().filter(|(_, given)| *given).map(|(property, _)| *property);
    let mut left: Vec<AchievementKind> = kinds.to_vec();
    for property in given {
        let before = left.clone();
        left.retain(|kind| having(property).contains(kind));
        if left.is_empty() {
            if !kinds.is_empty() {
                faults.push(format!("{at}/{property}"), What::PropertyOfOtherKind { kinds: kinds_zh(&before) });
            }
            break;
        }
    }
    check_levels(&selector.levels, kinds, at, faults);
    check_lists(selector, at, faults);
    check_bounds(selector, at, faults);
}

/// A level's word must be one of some listed kind.
fn check_levels(levels: &[String], kinds: &[AchievementKind], at: &str, faults: &mut Faults) {
    once(levels, &format!("{at}/levels"), faults);
    for (i, level) in levels.iter().enumerate() {
        let fits = |kind: &AchievementKind| match kind {
            SkillCertificate => level.parse::<XLevel>().is_ok(),
            SkillLevel | Qualification => level.parse::<NationalLevel>().is_ok(),
            Competition => level.parse::<Prize>().is_ok(),
            Diploma => level.parse::<ProgrammeLevel>().is_ok(),
            _ => false,
        };
        let place = format!("{at}/levels/{i}");
        if !AchievementKind::ALL.iter().any(fits) {
            faults.field(place, Reason::Unknown);
        } else if !kinds.is_empty() && !kinds.iter().any(fits) {
            faults.push(place, What::WordOfOtherKind { word: level.clone(), kinds: kinds_zh(kinds) });
        }
    }
}

fn check_lists(selector: &Selector, at: &str, faults: &mut Faults) {
    codes(&selector.codes, &format!("{at}/codes"), faults);
    lines(&selector.names, &format!("{at}/names"), NAME_MAX, faults);
    once(&selector.issuers, &format!("{at}/issuers"), faults);
    once(&selector.issuer_kinds, &format!("{at}/issuer_kinds"), faults);
    once(&selector.tiers, &format!("{at}/tiers"), faults);
    once(&selector.prizes, &format!("{at}/prizes"), faults);
    once(&selector.roles, &format!("{at}/roles"), faults);
    once(&selector.deliveries, &format!("{at}/deliveries"), faults);
    lines(&selector.tags_any, &format!("{at}/tags_any"), WORD_MAX, faults);
    lines(&selector.tags_none, &format!("{at}/tags_none"), WORD_MAX, faults);
    lines(&selector.classes, &format!("{at}/classes"), WORD_MAX, faults);
    let barred = |tag: &String| selector.tags_none.contains(tag);
    if !selector.tags_any.is_empty() && selector.tags_any.iter().all(barred) {
        faults.push(format!("{at}/tags_any"), What::SelectsNothing);
    }
}

fn check_bounds(selector: &Selector, at: &str, faults: &mut Faults) {
    if let Some(rank) = selector.team_rank_max {
        within(rank, [1, TEAM_MAX], format!("{at}/team_rank_max"), faults);
    }
    if let Some(hours) = selector.hours_min {
        within(hours, [1, HOURS_MAX], format!("{at}/hours_min"), faults);
    }
    let mut bound = |text: &Option<String>, field: &str| {
        text.as_ref().and_then(|text| faults.take(format!("{at}/{field}"), ScoreBound::read(text)))
    };
    let (min, max) = (bound(&selector.score_min, "score_min"), bound(&selector.score_max, "score_max"));
    if let (Some(min), Some(max)) = (min, max) {
        match min.partial_cmp(&max) {
            Some(std::cmp::Ordering::Greater) => {
                let written = |text: &Option<String>| text.clone().unwrap_or_default();
                let (from, to) = (written(&selector.score_min), written(&selector.score_max));
                faults.push(format!("{at}/score_max"), What::Reversed { from, to });
            }
            Some(_) => {}
            None => faults.field(format!("{at}/score_max"), Reason::Mismatch),
        }
    }
}

/// A bound on scores: points with at most one decimal, or a grade.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScoreBound {
    /// In thousandths of a point.
    Points(i64),
    /// A grade.
    Grade(FiveGrade),
}

impl ScoreBound {
    /// Most points of any scale.
    const MAX: i64 = 1_000_000;

    /// Reads what a rule writes.
    pub fn read(text: &str) -> Result<Self, Reason> {
        if let Ok(grade) = text.parse() {
            return Ok(Self::Grade(grade));
        }
        match text.parse::<crate::domain::credit::CreditAmount>()?.thousandths() {
            points if points % 100 != 0 => Err(Reason::DecimalPlaces { max: 1 }),
            points if points > Self::MAX => Err(Reason::range(0, Self::MAX / 1_000)),
            points => Ok(Self::Points(points)),
        }
    }
}

impl PartialOrd for ScoreBound {
    /// None between points and grades: rules do not mix them.
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        match (self, other) {
            (Self::Points(a), Self::Points(b)) => Some(a.cmp(b)),
            (Self::Grade(a), Self::Grade(b)) => Some(a.cmp(b)),
            _ => None,
        }
    }
}

/// Whether every achievement that fits `b` fits `a` as well, as far as the two texts tell.
pub fn covers(a: &Selector, b: &Selector) -> bool {
    fn within<T: PartialEq>(a: &[T], b: &[T]) -> bool {
        a.is_empty() || (!b.is_empty() && b.iter().all(|word| a.contains(word)))
    }
    fn at_most<T: PartialOrd>(a: Option<T>, b: Option<T>) -> bool {
        a.is_none_or(|a| b.is_some_and(|b| a <= b))
    }
    let score = |text: &Option<String>| text.as_ref().and_then(|text| ScoreBound::read(text).ok());
    within(&a.kinds, &b.kinds)
        && a.fact == b.fact
        && (a.codes.is_empty()
            || (!b.codes.is_empty() && b.codes.iter().all(|code| a.codes.iter().any(|wide| code_covers(wide, code)))))
        && within(&a.names, &b.names)
        && within(&a.issuers, &b.issuers)
        && within(&a.issuer_kinds, &b.issuer_kinds)
        && within(&a.levels, &b.levels)
        && within(&a.tiers, &b.tiers)
        && within(&a.prizes, &b.prizes)
        && within(&a.roles, &b.roles)
        && a.team_rank_max.is_none_or(|most| b.team_rank_max.is_some_and(|other| other <= most))
        && at_most(score(&a.score_min), score(&b.score_min))
        && score(&a.score_max).is_none_or(|most| score(&b.score_max).is_some_and(|other| other <= most))
        && at_most(a.hours_min, b.hours_min)
        && at_most(a.practice_share_min, b.practice_share_min)
        && within(&a.deliveries, &b.deliveries)
        && within(&a.tags_any, &b.tags_any)
        && a.tags_none.iter().all(|tag| b.tags_none.contains(tag))
        && (a.required.is_none() || a.required == b.required)
        && within(&a.classes, &b.classes)
}

/// Whether a code or prefix takes in another code or prefix.
pub fn code_covers(wide: &str, code: &str) -> bool {
    match wide.strip_suffix('*') {
        Some(prefix) => code.strip_suffix('*').unwrap_or(code).starts_with(prefix),
        None => wide == code,
    }
}

/// Majors of a row.
pub fn check_majors(list: &[String], at: &str, faults: &mut Faults) {
    majors(list, at, faults);
}
