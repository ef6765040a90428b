//! What of a plan input decides how many credits can be converted: learners with one profile gain the same.
//!
//! For simulations over everybody: ids, names, dates and scores that no rule asks about are left out, so that few profiles
//! stand for many learners. Of facts and windows only which rules they open stays, of ids only their order within a family,
//! which settles what else is even. Programme, day and rule sets are not part of it: it compares inputs that share them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::course_choice::{Ground, Spot};
use super::eligible::{in_time, person_may, rule_applies, set_applies};
use super::input::PlanInput;
use super::matching::{band, fact_holds, matches};
use super::plan::UnusedReason;
use super::policy::ScorePolicy;
use super::rule::ConversionRule;
use super::rule_set::RuleSetVersion;
use super::selector::Selector;
use super::target::Place;
use super::value::Value;
use super::view::{Item, View};
use crate::domain::canonical;

/// The profile; none when no rule can give anything.
pub fn profile(input: &PlanInput) -> Option<String> {
    let view = View::new(input);
    let mut seen = Seen::default();
    for (set_at, set) in view.sets.iter().enumerate() {
        if set_applies(&view, set).is_err() {
            continue;
        }
        for (rule_at, rule) in set.document.rules.iter().enumerate() {
            seen.rule(&view, set, rule, (set_at, rule_at));
        }
    }
    if seen.open.is_empty() {
        return None;
    }
    let mut items: Vec<(String, usize)> =
        seen.items.iter().map(|(&at, taken)| (canonical::to_string(&item(&view.items[at], taken)), at)).collect();
    items.sort_unstable();
    let place_of: BTreeMap<_, usize> =
        items.iter().enumerate().map(|(place, (_, at))| (view.items[*at].entry.id, place)).collect();
    let link = |(place, (_, at)): (usize, &(String, usize))| {
        let diploma = view.items[*at].entry.redeemed_for?;
        Some([place, *place_of.get(&diploma)?])
    };
    let diplomas: Vec<[usize; 2]> = items.iter().enumerate().filter_map(link).collect();
    let orders = orders(&view, &items);
    let uses = uses(&view, &place_of);
    let done: BTreeSet<&str> = seen.done.iter().map(|&at| view.courses[at].entry.code.as_str()).collect();
    let counted: BTreeMap<&str, Json> = seen
        .modules
        .iter()
        .map(|&at| view.modules()[at].code.as_str())
        .map(|code| (code, json!(input.programme.counted.get(code))))
        .collect();
    let items: Vec<String> = items.into_iter().map(|(text, _)| text).collect();
    Some(json!([items, diplomas, orders, uses, done, counted, seen.open]).to_string())
}

/// Of each family the places of its achievements in the order in which they are preferred: where neither height nor worth
/// decides which one counts, this does.
fn orders(view: &View, items: &[(String, usize)]) -> Vec<Vec<usize>> {
    let mut families: BTreeMap<&str, Vec<(usize, usize)>> = BTreeMap::new();
    for (place, (_, at)) in items.iter().enumerate() {
        let item = &view.items[*at];
        if let Some(family) = &item.entry.family {
            families.entry(family).or_default().push((item.rank, place));
        }
    }
    let several = families.into_values().filter(|places| places.len() > 1);
    several
        .map(|mut places| {
            places.sort_unstable();
            places.into_iter().map(|(_, place)| place).collect()
        })
        .collect()
}

/// The uses that stand, conversion by conversion. Of evidence that no rule takes now it counts only whether it is the same,
/// and how high it stands in its family.
fn uses(view: &View, place_of: &BTreeMap<Uuid, usize>) -> Vec<Vec<(String, Option<usize>)>> {
    let input = view.input;
    let words: BTreeMap<Uuid, &str> = input.facts.iter().map(|fact| (fact.id, fact.fact.as_str())).collect();
    let mut conversions: BTreeMap<Uuid, Vec<(String, Uuid)>> = BTreeMap::new();
    for past in &input.uses {
        let mut value = json!(past);
        value["evidence"] = json!(place_of.get(&past.evidence));
        // A fact is its word: which attestation was used does not matter.
        value["fact"] = json!(words.get(&past.evidence));
        value["conversion"] = Json::Null;
        let in_family = past.evidence_family.as_ref().and_then(|_| view.item_at(past.evidence));
        let height = |at: usize| (view.items[at].entry.level.as_deref(), view.items[at].entry.tier);
        value["height"] = json!(in_family.map(height));
        conversions.entry(past.conversion).or_default().push((canonical::to_string(&value), past.evidence));
    }
    let mut conversions: Vec<Vec<(String, Uuid)>> = conversions.into_values().collect();
    for uses in &mut conversions {
        uses.sort_unstable();
    }
    conversions.sort_by(|a, b| a.iter().map(|(text, _)| text).cmp(b.iter().map(|(text, _)| text)));
    let mut others: Vec<Uuid> = Vec::new();
    let mut number = |evidence: Uuid| {
        if place_of.contains_key(&evidence) || words.contains_key(&evidence) {
            return None;
        }
        let known = others.iter().position(|other| *other == evidence);
        Some(known.unwrap_or_else(|| {
            others.push(evidence);
            others.len() - 1
        }))
    };
    let mut numbered = |uses: Vec<(String, Uuid)>| uses.into_iter().map(|(text, id)| (text, number(id))).collect();
    conversions.into_iter().map(&mut numbered).collect()
}

/// Where a rule takes an achievement: set, rule and source.
type Taken = (usize, usize, usize);

/// What the rules that can give something look at.
#[derive(Default)]
struct Seen {
    /// Rules of which every source is there and that the person may use today: places of set and rule.
    open: BTreeSet<(usize, usize)>,
    items: BTreeMap<usize, Took>,
    done: BTreeSet<usize>,
    modules: BTreeSet<usize>,
}

#[derive(Default)]
struct Took {
    places: BTreeSet<Taken>,
    score: bool,
}

impl Seen {
    fn rule(&mut self, view: &View, set: &RuleSetVersion, rule: &ConversionRule, at: (usize, usize)) {
        if rule_applies(view, rule).is_err() || person_may(view, rule).is_err() {
            return;
        }
        let mut items: Vec<(usize, usize)> = Vec::new();
        let first = rule.sources.iter().position(|selector| selector.fact.is_none());
        for (source, selector) in rule.sources.iter().enumerate() {
            let found = match &selector.fact {
                Some(condition) => {
                    let holds = |&fact: &usize| fact_holds(condition, view.facts[fact], view.input.on);
                    (0..view.facts.len()).filter(holds).count()
                }
                None => {
                    let taken: Vec<usize> = view
                        .with_codes(&selector.kinds, &selector.codes)
                        .into_iter()
                        .filter(|&item| takes(view, set, rule, selector, &view.items[item]))
                        .filter(|&item| Some(source) != first || recorded(rule, &view.items[item]))
                        .collect();
                    items.extend(taken.iter().map(|&item| (item, source)));
                    taken.len()
                }
            };
            if found == 0 {
                return;
            }
        }
        self.open.insert(at);
        match Ground::new(view, rule) {
            Ground::Courses(spots) => self.done.extend(done(view, rule, &spots, &items)),
            Ground::Module(Some(module)) => {
                self.modules.insert(module);
            }
            Ground::Module(None) | Ground::Nowhere(_) => {}
        }
        let score = asks_score(rule);
        for (item, source) in items {
            let took = self.items.entry(item).or_default();
            took.places.insert((at.0, at.1, source));
            took.score |= score;
        }
    }
}

/// Whether a source of the rule is this achievement, in time. What was earned in the programme itself never is.
fn takes(view: &View, set: &RuleSetVersion, rule: &ConversionRule, selector: &Selector, item: &Item) -> bool {
    let enrolment = view.input.programme.enrolment;
    let earned_here = enrolment.is_some() && item.entry.enrolment == enrolment;
    !earned_here && matches(selector, item, set, false).is_ok() && in_time(view, &rule.time, item).is_ok()
}

/// Whether the rule has a score to record for its first achievement: where it names bands, one outside them is not taken.
fn recorded(rule: &ConversionRule, first: &Item) -> bool {
    match &rule.score {
        ScorePolicy::Bands { bands } => band(bands, Some(first)).is_some(),
        _ => true,
    }
}

/// Courses that the rule could exempt if they were not earned or exempted already.
fn done<'a>(
    view: &'a View,
    rule: &ConversionRule,
    spots: &'a [Spot],
    items: &'a [(usize, usize)],
) -> impl Iterator<Item = usize> + 'a {
    let same = matches!(rule.target.place, Place::Courses { same_course: true, .. });
    let by_done = |spot: &&Spot| spot.refused.as_ref().is_some_and(|miss| miss.reason == UnusedReason::CourseDone);
    let meant = move |at: &usize| {
        let course = &view.courses[*at];
        !same
            || items.iter().map(|(item, _)| &view.items[*item]).any(|item| {
                item.name.as_ref() == Some(&course.name) || item.entry.code.as_ref() == Some(&course.entry.code)
            })
    };
    spots.iter().filter(by_done).filter_map(|spot| spot.course).filter(meant)
}

/// Whether the score decides what the rule gives, beyond whether it takes the achievement at all.
fn asks_score(rule: &ConversionRule) -> bool {
    let bounded = |selector: &Selector| selector.score_min.is_some() || selector.score_max.is_some();
    match &rule.value {
        Value::Table { rows, adjustments } => {
            rows.iter().any(|row| bounded(&row.when)) || adjustments.iter().any(|change| bounded(&change.when))
        }
        _ => false,
    }
}

/// An achievement without what identifies it.
fn item(item: &Item, took: &Took) -> Json {
    let entry = item.entry;
    let score = took.score.then(|| json!(entry.score));
    json!([
        took.places,
        entry.kind,
        [&entry.code, &item.name, &entry.level, &entry.family],
        entry.tier,
        [entry.team_rank, entry.team_size, entry.hours, entry.practice_hours],
        entry.tags,
        entry.issuer,
        entry.credits,
        entry.delivery,
        [json!(entry.required), json!(entry.classes)],
        item.available,
        item.counted_here,
        score,
    ])
}
