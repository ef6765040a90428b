//! The best plan by trying everything: single lines as the check allows them, put together by plain counting.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;
use xuefen::conversion::check::check;
use xuefen::conversion::input::PlanInput;
use xuefen::conversion::limits::{Cap, Most, Over, Per};
use xuefen::conversion::plan::{EvidenceRef, PlanLine, RequestedLine};
use xuefen::domain::CreditAmount;

/// What plans are compared by, greater is better: credits, exemptions without credits, fewer achievements, and those that
/// expire first (then lowest ids), one flag per achievement in that order.
pub type Score = (i64, usize, i64, Vec<bool>);

pub fn score(input: &PlanInput, lines: &[PlanLine]) -> Score {
    let used = achievements(lines);
    let mut order: Vec<_> =
        input.evidence.iter().map(|it| (it.valid_until.unwrap_or(chrono::NaiveDate::MAX), it.id)).collect();
    order.sort();
    (
        lines.iter().map(|line| line.grants.credits.thousandths()).sum(),
        lines.iter().flat_map(|line| &line.grants.exempts).filter(|course| course.credits.is_zero()).count(),
        -i64::try_from(used.len()).unwrap(),
        order.into_iter().map(|(_, id)| used.contains(&id)).collect(),
    )
}

fn achievements(lines: &[PlanLine]) -> BTreeSet<Uuid> {
    let all = lines.iter().flat_map(|line| &line.evidence);
    all.filter_map(|it| if let EvidenceRef::AchievementId(id) = it { Some(*id) } else { None }).collect()
}

/// Every line that stands by itself, in every size.
pub fn single_lines(input: &PlanInput) -> Vec<PlanLine> {
    let mut lines = Vec::new();
    let set = &input.rule_sets[0];
    let ids: Vec<Uuid> = input.evidence.iter().map(|it| it.id).chain(input.facts.iter().map(|it| it.id)).collect();
    let codes: Vec<&str> = input.programme.plan.modules[0].courses.iter().map(|it| it.code.as_str()).collect();
    for rule in &set.document.rules {
        for subset in subsets(ids.len(), rule.sources.len()) {
            let evidence: Vec<Uuid> = subset.iter().map(|&at| ids[at]).collect();
            let request = |courses: Vec<String>, credits: Option<i64>| RequestedLine {
                rule_set: set.rule_set,
                rule: rule.code.clone(),
                evidence: evidence.clone(),
                courses,
                credits: credits.map(CreditAmount::from_thousandths),
            };
            for size in 0..=codes.len() {
                for chosen in subsets(codes.len(), size) {
                    let courses: Vec<String> = chosen.iter().map(|&at| codes[at].to_owned()).collect();
                    // What a shared limit cuts may still fit in part.
                    let less =
                        |_| (0..=24).rev().find_map(|n| check(input, &[request(courses.clone(), Some(n * 500))]).ok());
                    let Some(most) = check(input, &[request(courses.clone(), None)]).map_or_else(less, Some) else {
                        continue;
                    };
                    let top = most[0].grants.credits.thousandths();
                    lines.extend(most);
                    for amount in (0..top).step_by(500) {
                        lines.extend(
                            check(input, &[request(courses.clone(), Some(amount))])
                                .unwrap_or_default()
                                .into_iter()
                                .filter(|line| line.grants.credits.thousandths() == amount),
                        );
                    }
                }
            }
        }
    }
    lines
}

fn subsets(of: usize, size: usize) -> Vec<Vec<usize>> {
    (0_u32..1 << of)
        .filter(|bits| usize::try_from(bits.count_ones()).unwrap() == size)
        .map(|bits| (0..of).filter(|at| bits & (1 << at) != 0).collect())
        .collect()
}

/// The best of all ways to put lines together.
pub fn best(input: &PlanInput) -> Score {
    let lines = single_lines(input);
    let weights: Vec<Vec<(usize, i64)>> = lines.iter().map(|line| weights(input, line)).collect();
    let mut room: Vec<i64> = bounds(input);
    let mut best = score(input, &[]);
    let mut chosen = Vec::new();
    extend(input, &lines, &weights, 0, &mut room, &mut chosen, &mut best);
    best
}

fn extend(
    input: &PlanInput,
    lines: &[PlanLine],
    weights: &[Vec<(usize, i64)>],
    from: usize,
    room: &mut Vec<i64>,
    chosen: &mut Vec<PlanLine>,
    best: &mut Score,
) {
    let here = score(input, chosen);
    if here > *best {
        *best = here;
    }
    for at in from..lines.len() {
        let evidence: BTreeSet<Uuid> = lines[at].evidence.iter().map(EvidenceRef::id).collect();
        let courses: BTreeSet<&str> = lines[at].grants.exempts.iter().map(|it| it.course_code.as_str()).collect();
        let clash = chosen.iter().any(|other| {
            let shared = other.evidence.iter().any(|it| match it {
                EvidenceRef::AchievementId(id) => evidence.contains(id),
                // A fact is used once per rule here: no rule names a family.
                EvidenceRef::FactId(id) => evidence.contains(id) && other.rule.code == lines[at].rule.code,
            });
            shared || other.grants.exempts.iter().any(|it| courses.contains(it.course_code.as_str()))
        });
        if clash || weights[at].iter().any(|(cap, weight)| *weight > room[*cap]) {
            continue;
        }
        for (cap, weight) in &weights[at] {
            room[*cap] -= weight;
        }
        chosen.push(lines[at].clone());
        extend(input, lines, weights, at + 1, room, chosen, best);
        chosen.pop();
        for (cap, weight) in &weights[at] {
            room[*cap] += weight;
        }
    }
}

fn caps(input: &PlanInput) -> Vec<(Option<&str>, &Cap)> {
    let document = &input.rule_sets[0].document;
    let of_rules = document.rules.iter().flat_map(|rule| rule.caps.iter().map(|cap| (Some(rule.code.as_str()), cap)));
    let all = document.caps.iter().map(|cap| (None, cap)).chain(of_rules);
    all.filter(|(_, cap)| cap.per == Per::Programme && cap.most != Most::Source).collect()
}

/// The room of each cap, the programme's own last, with what the past took.
fn bounds(input: &PlanInput) -> Vec<i64> {
    let total = input.programme.plan.total_credits.thousandths();
    let mut bounds: Vec<i64> = caps(input)
        .iter()
        .map(|(rule, cap)| {
            let past: i64 = input
                .uses
                .iter()
                .filter(|past| rule.is_none_or(|rule| rule == past.rule))
                .filter(|past| {
                    let over = &cap.over;
                    over.classes.is_empty()
                        && over.deliveries.is_empty()
                        && (over.kinds.is_empty() || over.kinds.contains(&past.kind.unwrap()))
                        && (over.modules.is_empty() || over.modules.contains(past.module.as_ref().unwrap()))
                })
                .map(|past| match &cap.most {
                    Most::Credits { .. } | Most::Share { .. } => past.credits.thousandths(),
                    Most::Achievements { .. } => 1,
                    _ => 0,
                })
                .sum();
            let most = match &cap.most {
                Most::Credits { credits } => credits.thousandths(),
                Most::Share { share, .. } => total * share.thousandths() / 1_000,
                Most::Achievements { count } | Most::Courses { count } => i64::from(*count),
                _ => unreachable!(),
            };
            (most - past).max(0)
        })
        .collect();
    let past: i64 = input.uses.iter().map(|past| past.credits.thousandths()).sum();
    let own = input.programme.plan.conversion_cap().map_or(i64::MAX / 2, CreditAmount::thousandths);
    bounds.push((own - past).max(0));
    bounds
}

/// What a line takes of each cap.
fn weights(input: &PlanInput, line: &PlanLine) -> Vec<(usize, i64)> {
    let classes: BTreeMap<&str, &str> =
        input.programme.plan.modules[0].courses.iter().map(|it| (it.code.as_str(), it.classes[0].as_str())).collect();
    let entries: Vec<_> =
        input.evidence.iter().filter(|entry| line.evidence.iter().any(|it| it.id() == entry.id)).collect();
    let weight = |over: &Over, most: &Most| -> i64 {
        let rests = (over.kinds.is_empty() || entries.iter().any(|it| over.kinds.contains(&it.kind)))
            && (over.deliveries.is_empty() || entries.iter().any(|it| over.deliveries.contains(&it.delivery.unwrap())));
        if !rests {
            return 0;
        }
        let everywhere = over.classes.is_empty() && over.modules.is_empty();
        let counted: Vec<i64> = line
            .grants
            .exempts
            .iter()
            .filter(|it| everywhere || over.classes.iter().any(|class| class == classes[it.course_code.as_str()]))
            .map(|it| it.credits.thousandths())
            .collect();
        let plain = line.grants.exempts.is_empty()
            && (everywhere || line.grants.module.as_ref().is_some_and(|module| over.modules.contains(module)));
        match most {
            Most::Credits { .. } | Most::Share { .. } if plain => line.grants.credits.thousandths(),
            Most::Credits { .. } | Most::Share { .. } => {
                counted.iter().sum::<i64>() + if everywhere { line.grants.electives.thousandths() } else { 0 }
            }
            Most::Courses { .. } => i64::try_from(counted.len()).unwrap(),
            Most::Achievements { .. } if plain || !counted.is_empty() => {
                let fits = entries.iter().filter(|it| over.fits(it.kind, it.delivery, &it.tags));
                i64::try_from(fits.count()).unwrap()
            }
            _ => 0,
        }
    };
    let mut weights: Vec<(usize, i64)> = caps(input)
        .iter()
        .enumerate()
        .filter(|(_, (rule, _))| rule.is_none_or(|rule| rule == line.rule.code))
        .map(|(at, (_, cap))| (at, weight(&cap.over, &cap.most)))
        .collect();
    weights.push((weights_len(input), line.grants.credits.thousandths()));
    weights
}

fn weights_len(input: &PlanInput) -> usize {
    caps(input).len()
}
