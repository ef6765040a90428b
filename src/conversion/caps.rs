//! Caps over more than one use, as rows: what earlier conversions took is taken off.

use std::collections::BTreeSet;

use super::input::PastUse;
use super::limits::{Cap, Most, Over, Per};
use super::line::{Counts, Line, Offer};
use super::model::{About, Part, Row};
use super::offer::{allowance, fitting, over_course, over_module, rests_on};
use super::rule::ConversionRule;
use super::rule_set::RuleSetVersion;
use super::view::View;
use crate::domain::term::Term;

/// One row per cap that can count any of the lines.
pub(super) fn rows<'a>(view: &View<'a>, lines: &[Line<'a>], groups: &mut Vec<Vec<usize>>) -> Vec<Row<'a>> {
    let mut rows = Vec::new();
    let mut start = 0;
    for (set_at, set) in view.sets.iter().enumerate() {
        let end = start + lines[start..].partition_point(|line| line.order.0 == set_at);
        for cap in wide(&set.document.caps) {
            rows.extend(row(view, set, None, cap, (lines, start..end), groups));
        }
        let mut at = start;
        while at < end {
            let rule = lines[at].rule;
            let next = at + lines[at..end].partition_point(|line| line.order == lines[at].order);
            for cap in wide(&rule.caps) {
                rows.extend(row(view, set, Some(rule), cap, (lines, at..next), groups));
            }
            at = next;
        }
        start = end;
    }
    rows.extend(programme_row(view, lines));
    rows
}

fn wide(caps: &[Cap]) -> impl Iterator<Item = &Cap> {
    caps.iter().filter(|cap| cap.per != Per::Item && cap.most != Most::Source)
}

fn row<'a>(
    view: &View<'a>,
    set: &'a RuleSetVersion,
    rule: Option<&'a ConversionRule>,
    cap: &'a Cap,
    (lines, within): (&[Line<'a>], std::ops::Range<usize>),
    groups: &mut Vec<Vec<usize>>,
) -> Option<Row<'a>> {
    let (counts, allows) = allowance(view, cap, 0);
    let mut terms = Vec::new();
    for at in within {
        if rests_on(view, &cap.over, &lines[at]) {
            count(view, cap, counts, (at, &lines[at]), &mut terms, groups);
        }
    }
    if terms.is_empty() {
        return None;
    }
    let past: Vec<&PastUse> = view
        .input
        .uses
        .iter()
        .filter(|past| past.rule_set == set.rule_set && rule.is_none_or(|rule| past.rule == rule.code))
        .filter(|past| past.programme == view.input.programme.programme && in_period(view, cap.per, past))
        .collect();
    let most = (allows - taken(view, &cap.over, counts, &past)).max(0);
    Some(Row { about: About::Cap { cap, counts, allows }, most, terms })
}

/// What one line can add to the cap.
fn count(
    view: &View,
    cap: &Cap,
    counts: Counts,
    (at, line): (usize, &Line),
    terms: &mut Vec<(usize, Part, i64)>,
    groups: &mut Vec<Vec<usize>>,
) {
    let everywhere = cap.over.classes.is_empty() && cap.over.modules.is_empty();
    match &line.offer {
        Offer::Plain(plain) => {
            if !over_module(view, &cap.over, plain.module) {
                return;
            }
            match counts {
                Counts::Credits => terms.push((at, Part::Credits, 1)),
                Counts::Achievements => terms.push((at, Part::Use, fitting(view, &cap.over, line))),
                Counts::Courses => {}
            }
        }
        Offer::Courses(courses) => {
            let counted = courses
                .choices
                .iter()
                .enumerate()
                .filter(|(_, choice)| everywhere || over_course(view, &cap.over, choice.course));
            match counts {
                Counts::Credits => {
                    terms.extend(counted.map(|(place, choice)| (at, Part::Choice(place), choice.credits)));
                    if courses.with_electives.is_some() && everywhere {
                        terms.push((at, Part::Credits, 1));
                    }
                }
                Counts::Courses => terms.extend(counted.map(|(place, _)| (at, Part::Choice(place), 1))),
                Counts::Achievements => {
                    let group: Vec<usize> = counted.map(|(place, _)| place).collect();
                    if group.len() == courses.choices.len() {
                        terms.push((at, Part::Use, fitting(view, &cap.over, line)));
                    } else if !group.is_empty() {
                        terms.push((at, Part::Group(groups.len()), fitting(view, &cap.over, line)));
                        groups.push(group);
                    }
                }
            }
        }
    }
}

/// What earlier conversions take of a cap. A conversion that rests on several achievements stands in several uses.
fn taken(view: &View, over: &Over, counts: Counts, past: &[&PastUse]) -> i64 {
    let mut seen = BTreeSet::new();
    let mut sum: i64 = 0;
    for use_ in past {
        let fits = |kind| over.fits(kind, use_.delivery, &use_.tags);
        if !(over.takes_any() || use_.kind.is_some_and(fits)) {
            continue;
        }
        let module = use_.module.as_ref().and_then(|code| view.modules().iter().position(|it| it.code == *code));
        let everywhere = over.classes.is_empty() && over.modules.is_empty();
        let courses: Vec<i64> = use_
            .courses
            .iter()
            .filter(|(code, _)| {
                let at = view.courses.iter().position(|course| course.entry.code == **code);
                everywhere || at.is_some_and(|at| over_course(view, over, at))
            })
            .map(|(_, credits)| credits.thousandths())
            .collect();
        let plain = use_.courses.is_empty() && over_module(view, over, module);
        match counts {
            Counts::Achievements if use_.kind.is_some() && (plain || !courses.is_empty()) => sum += 1,
            Counts::Achievements => {}
            _ if !seen.insert(use_.conversion) => {}
            Counts::Courses => sum += i64::try_from(courses.len()).unwrap_or(i64::MAX),
            Counts::Credits if plain || everywhere => sum += use_.credits.thousandths(),
            Counts::Credits => sum += courses.iter().sum::<i64>(),
        }
    }
    sum
}

/// Whether the use falls in the period that is asked about now.
fn in_period(view: &View, per: Per, past: &PastUse) -> bool {
    let programme = &view.input.programme;
    match per {
        Per::Item | Per::Programme => true,
        Per::Term => match (past.term, programme.term) {
            (Some(then), Some(now)) => then == now,
            _ => programme.term_start.is_none_or(|start| past.on >= start),
        },
        Per::Year => match (past.term, programme.term) {
            (Some(then), Some(now)) => then.first_year() == now.first_year(),
            _ => Term::containing(past.on).first_year() == Term::containing(view.input.on).first_year(),
        },
    }
}

/// The cap on converted credits that stands in the plan itself: over every set.
fn programme_row<'a>(view: &View<'a>, lines: &[Line<'a>]) -> Option<Row<'a>> {
    let allows = view.input.programme.plan.conversion_cap()?.thousandths();
    let mut terms = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        match &line.offer {
            Offer::Plain(_) => terms.push((at, Part::Credits, 1)),
            Offer::Courses(courses) => {
                let places = courses.choices.iter().enumerate();
                terms.extend(places.map(|(place, choice)| (at, Part::Choice(place), choice.credits)));
                if courses.with_electives.is_some() {
                    terms.push((at, Part::Credits, 1));
                }
            }
        }
    }
    let most = (allows - converted(view, None)).max(0);
    Some(Row { about: About::Programme { allows }, most, terms })
}

/// Credits converted into the programme so far, by the rules of the set at a place or by all.
pub(super) fn converted(view: &View, set: Option<usize>) -> i64 {
    let set = set.map(|at| view.sets[at].rule_set);
    let here = |past: &&PastUse| past.programme == view.input.programme.programme;
    let past: Vec<&PastUse> =
        view.input.uses.iter().filter(here).filter(|past| set.is_none_or(|set| past.rule_set == set)).collect();
    taken(view, &Over::default(), Counts::Credits, &past)
}
