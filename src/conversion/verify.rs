//! The check in integers: whether selections keep within every limit of their lines and every row.

use std::collections::HashMap;

use super::course_choice::too_much;
use super::limit_words::LimitWords;
use super::line::{Counts, Courses, Limit, Line, Offer, Why};
use super::matching::{Miss, depth};
use super::model::{About, Model, Row, Selection};
use super::plan::UnusedReason;
use super::view::View;
use crate::domain::credit::CreditAmount;

/// What stands against selections: the place among them of the last one at fault, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    /// Place among the selections.
    pub at: usize,
    /// Why.
    pub miss: Miss,
}

/// Checks every selection by itself, then all together.
pub(super) fn verify(model: &Model, selections: &[Selection]) -> Result<(), Fault> {
    for (at, selection) in selections.iter().enumerate() {
        let line = &model.found.lines[selection.line];
        let miss = match &line.offer {
            Offer::Plain(plain) => plain_fault(line, plain.most, selection),
            Offer::Courses(courses) => courses_fault(&model.view, line, courses, selection),
        };
        if let Some(miss) = miss {
            return Err(Fault { at, miss });
        }
    }
    for row in &model.rows {
        let (sum, last) = activity(model, row, selections);
        if sum > row.most {
            return Err(Fault { at: last, miss: over_row(model, row, sum) });
        }
    }
    Ok(())
}

fn plain_fault(line: &Line, most: i64, selection: &Selection) -> Option<Miss> {
    let show = |amount| CreditAmount::from_thousandths(amount).to_string();
    if !selection.choices.is_empty() {
        return Some(Miss::new(depth::TARGET, UnusedReason::CourseMissing));
    }
    if selection.credits <= 0 || selection.credits % line.step() != 0 {
        let miss = Miss::new(depth::WORTH, UnusedReason::WorthNothing);
        return Some(miss.facts(show(line.step()), Some(show(selection.credits))));
    }
    (selection.credits > most).then(|| {
        let miss = Miss::new(depth::ITEM, UnusedReason::ItemCap);
        miss.facts(show(most), Some(show(selection.credits)))
    })
}

fn courses_fault(view: &View, line: &Line, courses: &Courses, selection: &Selection) -> Option<Miss> {
    let ascending = selection.choices.windows(2).all(|pair| pair[0] < pair[1]);
    let known = selection.choices.iter().all(|&at| at < courses.choices.len());
    if selection.choices.is_empty() || !ascending || !known {
        return Some(Miss::new(depth::TARGET, UnusedReason::CourseMissing));
    }
    if courses.all && selection.choices.len() != courses.choices.len() {
        return Some(Miss::new(depth::TARGET, UnusedReason::MissingTogether));
    }
    let show = |amount| CreditAmount::from_thousandths(amount).to_string();
    let exempted: i64 = selection.choices.iter().map(|&at| courses.choices[at].credits).sum();
    let all = courses.with_electives.unwrap_or(exempted);
    // Public electives take what is left, never more; courses together never pass what goes with electives.
    if selection.credits < 0 || selection.credits % line.step() != 0 || exempted + selection.credits > all {
        let miss = Miss::new(depth::ITEM, UnusedReason::TargetAboveSource);
        return Some(miss.facts(show(all), Some(show(exempted + selection.credits))));
    }
    courses.limits.iter().find_map(|limit| {
        let sum = limit_sum(limit, courses, selection);
        (sum > limit.most).then(|| too_much(view, limit, sum))
    })
}

/// What the selection takes of one limit of its line.
pub(super) fn limit_sum(limit: &Limit, courses: &Courses, selection: &Selection) -> i64 {
    let sum: i64 = selection.choices.iter().map(|&at| limit.takes(at, courses.choices[at])).sum();
    let everything = limit.of.is_none() && limit.counts == Counts::Credits && limit.why != Why::MostCourses;
    if everything { sum + selection.credits } else { sum }
}

/// What the selections take of a row, and the last of them that takes any.
pub(super) fn activity(model: &Model, row: &Row, selections: &[Selection]) -> (i64, usize) {
    let mut of: HashMap<usize, Vec<usize>> = HashMap::with_capacity(selections.len());
    for (at, selection) in selections.iter().enumerate() {
        of.entry(selection.line).or_default().push(at);
    }
    let (mut sum, mut last) = (0_i64, 0);
    for &(line, part, weight) in &row.terms {
        for &at in of.get(&line).into_iter().flatten() {
            let amount = model.times(&selections[at], part);
            if amount != 0 {
                sum = sum.saturating_add(amount.saturating_mul(weight));
                last = last.max(at);
            }
        }
    }
    (sum, last)
}

/// The reason for a row being passed by the sum of what was asked for.
pub(super) fn over_row(model: &Model, row: &Row, sum: i64) -> Miss {
    let show = |amount| CreditAmount::from_thousandths(amount).to_string();
    let miss = |reason| Miss::new(depth::ITEM, reason);
    match row.about {
        About::Achievement | About::Fact | About::Diploma => miss(UnusedReason::AlreadyUsed),
        About::Course(course) => {
            Miss { found: Some(model.view.courses[course].entry.name.clone()), ..miss(UnusedReason::CourseConverted) }
        }
        About::Module(module) => Miss {
            wanted: Some(show(row.most)),
            found: Some(model.view.modules()[module].name.clone()),
            ..miss(UnusedReason::ModuleFull)
        },
        About::Cap { cap, counts, allows, .. } => {
            let used = allows - row.most + sum;
            let (wanted, found) = match counts {
                Counts::Credits => (show(allows), show(used)),
                _ => (allows.to_string(), used.to_string()),
            };
            let limit = Some(LimitWords::of_cap(&model.view, cap, counts));
            Miss { cap: Some(cap.code.clone()), limit, ..miss(UnusedReason::Cap).facts(wanted, Some(found)) }
        }
        About::Programme { allows } => {
            let found = show(allows - row.most + sum);
            let limit = Some(LimitWords::of_programme(&model.view));
            let miss = miss(UnusedReason::Cap).facts(show(allows), Some(found));
            Miss { cap: Some(PROGRAMME_CAP.to_owned()), limit, ..miss }
        }
    }
}

/// The code under which the plan's own cap on converted credits is named.
pub const PROGRAMME_CAP: &str = "programme-share";
