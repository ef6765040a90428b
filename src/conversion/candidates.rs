//! Every line that could stand by itself: rule × what it rests on, with the courses or credits it could grant.

use std::collections::BTreeMap;

use super::course_choice::{self, Ground};
use super::eligible::{
    fact_used_before, in_time, not_the_person, overlaps, person_may, rule_applies, set_applies, used_before,
};
use super::line::{Line, Offer};
use super::matching::{Miss, band, depth, fact_holds, matches};
use super::offer;
use super::plan::UnusedReason;
use super::policy::{Draws, ScorePolicy};
use super::rule::ConversionRule;
use super::rule_set::RuleSetVersion;
use super::target::Remainder;
use super::view::{Item, View, compare_heights};
use super::worth::worth;

/// Most combinations of achievements looked at for one rule with several sources. Published rules name particular
/// certificates and have a handful; a plan that leaves some out says that it may not be the best.
pub(super) const COMBINATIONS_MAX: usize = 2_000;

/// Everything found.
#[derive(Default)]
pub(super) struct Candidates<'a> {
    /// The lines, in order of set, rule and evidence.
    pub lines: Vec<Line<'a>>,
    /// Per achievement, the nearest reason why some rule does not take it, with that rule's place.
    pub misses: Vec<Option<(Miss, (usize, usize))>>,
    /// The most that lines left out for want of room could add.
    pub left_out: i64,
}

impl Candidates<'_> {
    /// Notes a reason if none came nearer.
    pub fn miss(&mut self, item: usize, miss: &Miss, rule: (usize, usize)) {
        let nearer = self.misses[item].as_ref().is_none_or(|(other, _)| miss.depth > other.depth);
        if nearer && miss.depth > depth::NO_RULE {
            self.misses[item] = Some((miss.clone(), rule));
        }
    }
}

/// What one source may be.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Source {
    Item(usize),
    Fact(usize),
}

/// All candidate lines, before families are compared.
pub(super) fn collect<'a>(view: &View<'a>) -> Candidates<'a> {
    let mut found = Candidates { misses: vec![None; view.items.len()], ..Candidates::default() };
    for set_at in 0..view.sets.len() {
        let applies = set_applies(view, view.sets[set_at]);
        for rule_at in 0..view.sets[set_at].document.rules.len() {
            collect_rule(view, (set_at, rule_at), applies.as_ref().err(), &mut found);
        }
    }
    found
}

fn collect_rule<'a>(view: &View<'a>, at: (usize, usize), outside: Option<&Miss>, found: &mut Candidates<'a>) {
    let set = view.sets[at.0];
    let rule = &set.document.rules[at.1];
    let sources = sources(view, set, rule, at, found);
    if sources.iter().all(Vec::is_empty) {
        return;
    }
    let refused = outside.cloned().or_else(|| rule_applies(view, rule).err()).or_else(|| person_may(view, rule).err());
    let missing = sources.iter().any(Vec::is_empty).then(|| Miss::new(depth::TOGETHER, UnusedReason::MissingTogether));
    if let Some(miss) = refused.or(missing) {
        for source in sources.iter().flatten() {
            if let Source::Item(item) = source {
                found.miss(*item, &miss, at);
            }
        }
        return;
    }
    let ground = Ground::new(view, rule);
    // The same evidence in another order may be worth more or less: the best order stands for all.
    let mut best: BTreeMap<Vec<Source>, Line<'a>> = BTreeMap::new();
    let mut left = COMBINATIONS_MAX;
    let complete =
        combinations(&sources, &mut Vec::new(), &mut left, &mut |chosen| match build(view, set, at, &ground, chosen) {
            Ok(line) => {
                let mut key = chosen.to_vec();
                key.sort_unstable();
                if best.get(&key).is_none_or(|other| line.most() > other.most()) {
                    best.insert(key, line);
                }
            }
            Err(miss) => {
                for source in chosen {
                    if let Source::Item(item) = source {
                        found.miss(*item, &miss, at);
                    }
                }
            }
        });
    if !complete {
        // As many uses as the scarcest source allows, each for at most what any course plan can hold.
        let uses = sources.iter().map(Vec::len).min().unwrap_or(0);
        let most = view.input.programme.plan.total_credits.thousandths();
        found.left_out = found.left_out.saturating_add(most.saturating_mul(i64::try_from(uses).unwrap_or(i64::MAX)));
    }
    found.lines.extend(best.into_values());
}

/// What each source may be; notes why others may not.
fn sources(
    view: &View,
    set: &RuleSetVersion,
    rule: &ConversionRule,
    at: (usize, usize),
    found: &mut Candidates,
) -> Vec<Vec<Source>> {
    rule.sources
        .iter()
        .map(|selector| match &selector.fact {
            // Attested twice it is still one fact: the first attestation that holds stands for all.
            Some(condition) => (0..view.facts.len())
                .find(|&fact| fact_holds(condition, view.facts[fact], view.input.on))
                .map(Source::Fact)
                .into_iter()
                .collect(),
            None => view
                .with_codes(&selector.kinds, &selector.codes)
                .into_iter()
                .filter(|&item| match matches(selector, &view.items[item], set, false) {
                    Ok(()) => true,
                    Err(miss) => {
                        found.miss(item, &miss, at);
                        false
                    }
                })
                .map(Source::Item)
                .collect(),
        })
        .collect()
}

/// Calls `each` with every way to take one of each source, none twice; false when there were too many.
fn combinations(
    sources: &[Vec<Source>],
    chosen: &mut Vec<Source>,
    left: &mut usize,
    each: &mut impl FnMut(&[Source]),
) -> bool {
    let Some(options) = sources.get(chosen.len()) else {
        if *left == 0 {
            return false;
        }
        *left -= 1;
        each(chosen);
        return true;
    };
    for option in options {
        if chosen.contains(option) {
            continue;
        }
        chosen.push(*option);
        let complete = combinations(sources, chosen, left, each);
        chosen.pop();
        if !complete {
            return false;
        }
    }
    true
}

/// The line of one rule that rests on exactly these achievements and facts, whichever serves as which source.
pub(super) fn line_for<'a>(
    view: &View<'a>,
    at: (usize, usize),
    items: &[usize],
    facts: &[usize],
) -> Result<Line<'a>, Miss> {
    let set = view.sets[at.0];
    let rule = &set.document.rules[at.1];
    set_applies(view, set)?;
    rule_applies(view, rule)?;
    let mut nearest = Miss::new(depth::NO_RULE, UnusedReason::NoRule);
    let mut fits: Vec<Vec<Source>> = Vec::new();
    for selector in &rule.sources {
        let mut options = Vec::new();
        match &selector.fact {
            Some(condition) => {
                let holds = |fact: &usize| fact_holds(condition, view.facts[*fact], view.input.on);
                options.extend(facts.iter().copied().filter(holds).map(Source::Fact));
                if options.is_empty() {
                    nearest = nearer(nearest, not_the_person(condition));
                }
            }
            None => {
                for &item in items {
                    match matches(selector, &view.items[item], set, false) {
                        Ok(()) => options.push(Source::Item(item)),
                        Err(miss) => nearest = nearer(nearest, miss),
                    }
                }
            }
        }
        fits.push(options);
    }
    if fits.iter().any(Vec::is_empty) || items.len() + facts.len() < rule.sources.len() {
        let together = Miss::new(depth::TOGETHER, UnusedReason::MissingTogether);
        return Err(if fits.iter().all(Vec::is_empty) || nearest.depth > depth::NO_RULE { nearest } else { together });
    }
    if items.len() + facts.len() > rule.sources.len() {
        return Err(Miss::new(depth::NO_RULE, UnusedReason::NoRule));
    }
    person_may(view, rule)?;
    let ground = Ground::new(view, rule);
    let mut best: Option<Line<'a>> = None;
    let mut refused: Option<Miss> = None;
    combinations(&fits, &mut Vec::new(), &mut COMBINATIONS_MAX.clone(), &mut |chosen| match build(
        view, set, at, &ground, chosen,
    ) {
        Ok(line) if best.as_ref().is_none_or(|other| line.most() > other.most()) => best = Some(line),
        Ok(_) => {}
        Err(miss) => refused = Some(refused.take().map_or(miss.clone(), |other| nearer(other, miss))),
    });
    best.ok_or_else(|| refused.unwrap_or_else(|| Miss::new(depth::TOGETHER, UnusedReason::MissingTogether)))
}

fn nearer(a: Miss, b: Miss) -> Miss {
    if b.depth > a.depth { b } else { a }
}

fn build<'a>(
    view: &View<'a>,
    set: &'a RuleSetVersion,
    order: (usize, usize),
    ground: &Ground,
    chosen: &[Source],
) -> Result<Line<'a>, Miss> {
    let rule = &set.document.rules[order.1];
    let mut items = Vec::with_capacity(chosen.len());
    let mut facts = Vec::new();
    for source in chosen {
        match source {
            Source::Item(item) => items.push(*item),
            Source::Fact(fact) => facts.push(*fact),
        }
    }
    let mut given = 0;
    for &item in &items {
        in_time(view, &rule.time, &view.items[item])?;
        given += free_to_use(view, set, rule, item)?;
    }
    for &fact in &facts {
        if fact_used_before(view, set, rule, fact) {
            return Err(Miss::new(depth::USED, UnusedReason::AlreadyUsed));
        }
    }
    let first = items.first().map(|&item| &view.items[item]);
    if let ScorePolicy::Bands { bands } = &rule.score
        && band(bands, first).is_none()
    {
        let wanted = bands.first().map_or_else(String::new, |band| band.from.clone());
        let found = first.and_then(|item| item.score.as_ref()).map(crate::domain::score::ValidScore::zh);
        return Err(Miss::new(depth::SCORE, UnusedReason::Score).facts(wanted, found));
    }
    let worth = worth(view, set, &rule.value, rule.rounding, first)?;
    let source = items.iter().map(|&item| view.items[item].entry.credits.thousandths()).sum();
    let mut line =
        Line { set, rule, order, items, facts, worth, source, given, offer: Offer::Courses(offer::no_courses()) };
    line.offer = match ground {
        Ground::Courses(courses) => Offer::Courses(course_choice::courses(view, &line, courses)?),
        Ground::Module(module) => Offer::Plain(offer::plain(view, &line, *module)?),
        Ground::Nowhere(miss) => return Err(miss.clone()),
    };
    Ok(line)
}

/// Why credits cannot be drawn: an award has them for good, or something else holds them.
pub(super) fn not_drawable(item: &Item) -> UnusedReason {
    if item.redeemed { UnusedReason::AlreadyRedeemed } else { UnusedReason::NotDrawable }
}

/// Refuses an achievement that is used up; else what lower ones of its family gave already.
fn free_to_use(view: &View, set: &RuleSetVersion, rule: &ConversionRule, at: usize) -> Result<i64, Miss> {
    let item = &view.items[at];
    let used = || Miss::new(depth::USED, UnusedReason::AlreadyUsed);
    if item.counted_here || used_before(view, set, rule, item.entry.id).is_some() {
        return Err(used());
    }
    if rule.draws == Draws::Full && rule.remainder != Remainder::Kept {
        let whole = item.entry.credits.thousandths();
        if item.available < whole {
            let show = |amount| crate::domain::credit::CreditAmount::from_thousandths(amount).to_string();
            let miss = Miss::new(depth::USED, not_drawable(item));
            return Err(miss.facts(show(whole), Some(show(item.available))));
        }
    }
    let Some(family) = item.entry.family.as_deref().filter(|_| rule.exclusivity.highest_only) else {
        return Ok(0);
    };
    // What a conversion granted may count in several programmes, a part in each.
    let mut given: BTreeMap<(uuid::Uuid, uuid::Uuid), i64> = BTreeMap::new();
    for past in &view.input.uses {
        let of_family = past.evidence_family.as_deref() == Some(family) && past.evidence != item.entry.id;
        if !of_family || !overlaps(view, rule.exclusivity.scope, past) {
            continue;
        }
        let higher = view
            .item_at(past.evidence)
            .is_some_and(|other| compare_heights(&view.items[other], item, set).is_some_and(std::cmp::Ordering::is_ge));
        if higher {
            return Err(Miss::new(depth::USED, UnusedReason::LowerOfFamily));
        }
        if !rule.exclusivity.upgrade_adds_difference {
            return Err(used());
        }
        given.insert((past.conversion, past.programme), past.credits.thousandths());
    }
    Ok(given.values().sum())
}
