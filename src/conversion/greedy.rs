//! A good allowed plan found without search: where the solver starts, and what stands if it may not finish.

use std::cmp::Reverse;

use super::line::{Counts, Courses, Line, Offer};
use super::model::{Model, Part, Selection};

/// Takes the lines worth most one after another, each with as much as still fits. Never breaks a limit.
pub(super) fn greedy(model: &Model, lines: &[usize], rows: &[usize]) -> Vec<Selection> {
    let mut room: Vec<i64> = vec![i64::MAX; model.rows.len()];
    let mut touching: Vec<Vec<(usize, Part, i64)>> = vec![Vec::new(); lines.len()];
    let mut place = vec![usize::MAX; model.found.lines.len()];
    for (at, &line) in lines.iter().enumerate() {
        place[line] = at;
    }
    for &row in rows {
        room[row] = model.rows[row].most;
        for &(line, part, weight) in &model.rows[row].terms {
            if let Some(touching) = touching.get_mut(place[line]) {
                touching.push((row, part, weight));
            }
        }
    }
    let mut order: Vec<usize> = (0..lines.len()).collect();
    order.sort_by_key(|&at| {
        let line = &model.found.lines[lines[at]];
        (Reverse(line.most()), line.items.len(), line.items.iter().map(|&it| model.view.items[it].rank).max(), at)
    });
    let mut taken = Vec::new();
    for at in order {
        let line = &model.found.lines[lines[at]];
        let selection = match &line.offer {
            Offer::Plain(plain) => credits(model, line, plain.most, lines[at], &touching[at], &room),
            Offer::Courses(courses) => choices(model, line, courses, lines[at], &touching[at], &room),
        };
        if let Some(selection) = selection {
            for &(row, part, weight) in &touching[at] {
                room[row] -= weight.saturating_mul(model.times(&selection, part));
            }
            taken.push(selection);
        }
    }
    taken.sort_by_key(|selection| selection.line);
    taken
}

fn fits(model: &Model, touching: &[(usize, Part, i64)], room: &[i64], selection: &Selection) -> bool {
    // A row can count several parts of one line: they are added up per row.
    let mut sums: Vec<(usize, i64)> = Vec::new();
    for &(row, part, weight) in touching {
        let amount = weight.saturating_mul(model.times(selection, part));
        match sums.iter_mut().find(|(other, _)| *other == row) {
            Some((_, sum)) => *sum = sum.saturating_add(amount),
            None => sums.push((row, amount)),
        }
    }
    sums.iter().all(|&(row, sum)| sum <= room[row])
}

fn credits(
    model: &Model,
    line: &Line,
    most: i64,
    at: usize,
    touching: &[(usize, Part, i64)],
    room: &[i64],
) -> Option<Selection> {
    let mut amount = most;
    for &(row, part, weight) in touching {
        if part == Part::Credits && weight > 0 {
            amount = amount.min(room[row] / weight);
        }
    }
    let amount = amount / line.step() * line.step();
    let selection = Selection { line: at, choices: Vec::new(), credits: amount };
    (amount > 0 && fits(model, touching, room, &selection)).then_some(selection)
}

fn choices(
    model: &Model,
    line: &Line,
    courses: &Courses,
    at: usize,
    touching: &[(usize, Part, i64)],
    room: &[i64],
) -> Option<Selection> {
    let mut selection = Selection { line: at, ..Selection::default() };
    if courses.all {
        selection.choices = (0..courses.choices.len()).collect();
        return fits(model, touching, room, &selection).then_some(selection);
    }
    let mut order: Vec<usize> = (0..courses.choices.len()).collect();
    order.sort_by_key(|&place| (Reverse(courses.choices[place].credits), place));
    for place in order {
        let mut next = selection.clone();
        next.choices.push(place);
        next.choices.sort_unstable();
        let sum: i64 = next.choices.iter().map(|&place| courses.choices[place].credits).sum();
        let within = courses.with_electives.is_none_or(|all| sum <= all)
            && courses.limits.iter().all(|limit| super::verify::limit_sum(limit, courses, &next) <= limit.most);
        if within && fits(model, touching, room, &next) {
            selection = next;
        }
    }
    if selection.choices.is_empty() {
        return None;
    }
    if let Some(all) = courses.with_electives {
        let sum: i64 = selection.choices.iter().map(|&place| courses.choices[place].credits).sum();
        let mut rest = all - sum;
        for limit in courses.limits.iter().filter(|limit| limit.of.is_none() && limit.counts == Counts::Credits) {
            rest = rest.min(limit.most - sum);
        }
        rest = rest.max(0) / line.step() * line.step();
        // Public electives are taken whole or left: the solver does better.
        let with = Selection { credits: rest, ..selection.clone() };
        if fits(model, touching, room, &with) {
            selection = with;
        }
    }
    Some(selection)
}
