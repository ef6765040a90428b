//! Why an achievement is in no line: the nearest reason, with what would have been needed.

use super::line::Offer;
use super::matching::{Miss, depth};
use super::model::{Model, Part, Row, Selection};
use super::plan::{RuleRef, Unused, UnusedReason};
use super::verify::{activity, over_row};

/// One answer per achievement that no line uses, in order of id.
pub(super) fn unused(model: &Model, selections: &[Selection]) -> Vec<Unused> {
    let view = &model.view;
    let mut used = vec![false; view.items.len()];
    for selection in selections {
        for &item in &model.found.lines[selection.line].items {
            used[item] = true;
        }
    }
    let mut lines: Vec<Vec<usize>> = vec![Vec::new(); view.items.len()];
    for (at, line) in model.found.lines.iter().enumerate() {
        for &item in &line.items {
            lines[item].push(at);
        }
    }
    let rows: Vec<(&Row, i64)> =
        model.rows.iter().map(|row| (row, row.most - activity(model, row, selections).0)).collect();
    let mut touching: Vec<Vec<(usize, Part, i64)>> = vec![Vec::new(); model.found.lines.len()];
    for (at, row) in model.rows.iter().enumerate() {
        for &(line, part, weight) in &row.terms {
            touching[line].push((at, part, weight));
        }
    }
    (0..view.items.len())
        .filter(|&item| !used[item])
        .map(|item| {
            let blocked =
                lines[item].iter().filter_map(|&line| Some((blocked(model, line, &rows, &touching[line])?, line)));
            // A limit says more than another achievement having taken the course, and that more than another order.
            let best = blocked.min_by_key(|(miss, line)| (order(miss.reason), *line));
            let (miss, rule) = match best {
                Some((miss, line)) => {
                    let line = &model.found.lines[line];
                    (miss, Some(RuleRef::of(line.set, line.rule)))
                }
                None => match &model.found.misses[item] {
                    Some((miss, rule)) => (miss.clone(), Some(rule_at(model, *rule))),
                    None if view.items[item].counted_here => (Miss::new(depth::USED, UnusedReason::AlreadyUsed), None),
                    None => (Miss::new(depth::NO_RULE, UnusedReason::NoRule), None),
                },
            };
            Unused {
                achievement_id: view.items[item].entry.id,
                reason: miss.reason,
                rule,
                wanted: miss.wanted,
                found: miss.found,
                cap: miss.cap,
                limit: miss.limit,
                asked: miss.asked,
            }
        })
        .collect()
}

fn rule_at(model: &Model, (set, rule): (usize, usize)) -> RuleRef {
    let set = model.view.sets[set];
    RuleRef::of(set, &set.document.rules[rule])
}

fn order(reason: UnusedReason) -> u8 {
    match reason {
        UnusedReason::Cap => 0,
        UnusedReason::ModuleFull => 1,
        UnusedReason::CourseConverted => 2,
        _ => 3,
    }
}

/// Why a line of the achievement could not be added to what was selected.
fn blocked(model: &Model, at: usize, rows: &[(&Row, i64)], touching: &[(usize, Part, i64)]) -> Option<Miss> {
    let line = &model.found.lines[at];
    // The first row that has no room for so much of that part.
    let stop = |part: Part, times: i64| {
        touching
            .iter()
            .filter(|term| term.1 == part && term.2.saturating_mul(times) > rows[term.0].1)
            .map(|term| {
                let row = rows[term.0].0;
                over_row(model, row, row.most - rows[term.0].1 + term.2.saturating_mul(times))
            })
            .min_by_key(|miss| order(miss.reason))
    };
    if let Some(miss) = stop(Part::Use, 1) {
        let another = matches!(miss.reason, UnusedReason::AlreadyUsed);
        return Some(if another { Miss::new(depth::ITEM, UnusedReason::NotBest) } else { miss });
    }
    match &line.offer {
        Offer::Plain(_) => stop(Part::Credits, line.step()),
        Offer::Courses(courses) => {
            let mut stops = (0..courses.choices.len()).map(|place| stop(Part::Choice(place), 1));
            let all: Option<Vec<Miss>> = if courses.all {
                Some(stops.flatten().collect())
            } else {
                stops.try_fold(Vec::new(), |mut all, stop| {
                    all.push(stop?);
                    Some(all)
                })
            };
            all?.into_iter().min_by_key(|miss| order(miss.reason))
        }
    }
    .or_else(|| Some(Miss::new(depth::ITEM, UnusedReason::NotBest)))
}
