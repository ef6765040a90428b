//! From what was selected to lines of a plan: grants, draws, keys of use, scores to record and the arithmetic.

use uuid::Uuid;

use super::limit_words::LimitWords;
use super::line::{Counts, Courses, Line, Offer, Why};
use super::matching::{band, compared, written};
use super::model::{About, Model, Part, Row, Selection};
use super::plan::{Because, Draw, EvidenceRef, Exemption, Grant, PlanLine, RuleRef, UseKey};
use super::policy::{Draws, ScorePolicy};
use super::target::Remainder;
use super::value::Value;
use super::verify::{PROGRAMME_CAP, activity, limit_sum};
use super::view::{Item, View, use_family};
use crate::domain::credit::CreditAmount;

/// What is recorded for a course that was not sat: 免考.
pub const EXEMPTED: &str = "免考";

/// The lines of a plan, numbered in the order of the selections.
pub(super) fn settle(model: &Model, selections: &[Selection]) -> Vec<PlanLine> {
    let full = tight_rows(model, selections);
    selections
        .iter()
        .enumerate()
        .map(|(at, selection)| {
            let number = u32::try_from(at + 1).unwrap_or(u32::MAX);
            settle_line(model, selection, number, &full)
        })
        .collect()
}

fn settle_line(model: &Model, selection: &Selection, number: u32, full: &[(&Row, i64)]) -> PlanLine {
    let view = &model.view;
    let line = &model.found.lines[selection.line];
    let credits = model.credits(selection);
    let achievements = line.items.iter().map(|&item| EvidenceRef::AchievementId(view.items[item].entry.id));
    let facts = line.facts.iter().map(|&fact| EvidenceRef::FactId(view.facts[fact].id));
    let evidence: Vec<EvidenceRef> = achievements.chain(facts).collect();
    let (family, scope) = (use_family(line.set, line.rule), view.scope(line.rule.exclusivity.scope));
    let key = |evidence: Uuid| UseKey { evidence, family: family.clone(), scope: scope.clone() };
    let grants = match &line.offer {
        Offer::Plain(plain) => Grant {
            credits: CreditAmount::from_thousandths(credits),
            credit_type: view.input.programme.level.credit_type(),
            module: plain.module.map(|module| view.modules()[module].code.clone()),
            exempts: Vec::new(),
            score: (line.rule.score != ScorePolicy::Exempt).then(|| score(view, line, "")),
            electives: CreditAmount::ZERO,
        },
        Offer::Courses(courses) => Grant {
            credits: CreditAmount::from_thousandths(credits),
            credit_type: view.input.programme.level.credit_type(),
            module: None,
            exempts: selection.choices.iter().map(|&at| exemption(view, line, courses, at)).collect(),
            score: None,
            electives: CreditAmount::from_thousandths(selection.credits),
        },
    };
    PlanLine {
        line: number,
        rule: RuleRef::of(line.set, line.rule),
        uses: evidence.iter().map(|evidence| key(evidence.id())).collect(),
        draws: draws(view, line, credits),
        because: because(model, line, selection, credits, full),
        procedure: line.rule.procedure.clone(),
        grants,
        evidence,
    }
}

fn exemption(view: &View, line: &Line, courses: &Courses, at: usize) -> Exemption {
    let choice = courses.choices[at];
    let course = &view.courses[choice.course];
    Exemption {
        course_code: course.entry.code.clone(),
        name: course.entry.name.clone(),
        module: view.modules()[course.module].code.clone(),
        credits: CreditAmount::from_thousandths(choice.credits),
        score: score(view, line, &course.entry.code),
        part: courses.part.map(str::to_owned),
    }
}

/// The score to record for one course.
fn score(view: &View, line: &Line, course: &str) -> String {
    let first: Option<&Item> = line.items.first().map(|&item| &view.items[item]);
    let own = first.and_then(|item| item.score.as_ref());
    let exempted = || EXEMPTED.to_owned();
    match &line.rule.score {
        ScorePolicy::Exempt => exempted(),
        ScorePolicy::Keep => own.map_or_else(exempted, |score| score.value.clone()),
        ScorePolicy::Fixed { score, or_examined } => {
            let examined = view.input.examined.get(course).filter(|_| *or_examined);
            examined.unwrap_or(score).clone()
        }
        ScorePolicy::Bands { bands } => band(bands, first).map_or_else(exempted, |band| band.record.clone()),
        ScorePolicy::Capped { most } => match (first, own) {
            (Some(item), Some(own)) if compared(item, most).is_some_and(std::cmp::Ordering::is_le) => own.value.clone(),
            (_, Some(own)) => written(most, own.scale).map_or_else(|| most.clone(), |most| most.value),
            _ => exempted(),
        },
        ScorePolicy::ByRow => line.worth.row.and_then(|row| row.score.clone()).unwrap_or_else(exempted),
    }
}

/// What the line uses up: all of it, or as much as it grants where the rest is kept.
fn draws(view: &View, line: &Line, credits: i64) -> Vec<Draw> {
    if line.rule.draws != Draws::Full {
        return Vec::new();
    }
    let mut left = match (&line.rule.remainder, &line.rule.value) {
        (Remainder::Kept, Value::Ratio { numerator, denominator }) => {
            let (up, down) = (i128::from(*denominator), i128::from((*numerator).max(1)));
            i64::try_from((i128::from(credits) * up + down - 1) / down).unwrap_or(i64::MAX)
        }
        (Remainder::Kept, _) => credits,
        _ => i64::MAX,
    };
    let mut draws = Vec::new();
    for &item in &line.items {
        let item = &view.items[item];
        let amount = item.available.min(item.entry.credits.thousandths()).min(left);
        if amount <= 0 {
            continue;
        }
        left -= amount;
        draws.push(Draw {
            lot: item.lot.unwrap_or(item.entry.id),
            amount: CreditAmount::from_thousandths(amount),
            credit_type: item.entry.credit_type,
        });
    }
    draws
}

fn because(model: &Model, line: &Line, selection: &Selection, credits: i64, full: &[(&Row, i64)]) -> Vec<Because> {
    let amount = CreditAmount::from_thousandths;
    let value = line.worth.raw.unwrap_or(credits);
    let mut steps = vec![Because::Value { how: line.worth.how.to_owned(), credits: amount(value) }];
    if line.worth.raw.is_some() && line.worth.rounded != value {
        steps.push(Because::Rounded { credits: amount(line.worth.rounded) });
    }
    if line.given > 0 {
        steps.push(Because::Difference { given: amount(line.given) });
    }
    match &line.offer {
        Offer::Plain(plain) => {
            if let Some((cap, allows)) = plain.cut {
                let limit = Some(LimitWords::of_cap(&model.view, cap, Counts::Credits));
                let (cap, clause, allows) = (cap.code.clone(), cap.clause.clone(), amount(allows).to_string());
                steps.push(Because::Cut { cap, clause, allows, limit, courses: Vec::new() });
            }
            if credits < plain.most {
                let row = no_room(full, selection.line, Part::Credits, line.step());
                steps.extend(row.and_then(|row| cut(&model.view, row, Vec::new())));
            }
        }
        Offer::Courses(courses) => {
            steps.extend(left_out(model, line, courses, selection, full));
            let beyond = if line.worth.raw.is_some() { line.worth.rounded } else { line.source } - line.given - credits;
            let partial = courses.part.is_some();
            if beyond + selection.credits > 0 && beyond < i64::MAX / 2 && !partial && !line.items.is_empty() {
                let rest = beyond + selection.credits;
                steps.push(Because::Remainder { credits: amount(rest), policy: line.rule.remainder });
            }
        }
    }
    steps
}

/// Rows that can cut what a line grants, with the room left in each.
fn tight_rows<'m, 'a>(model: &'m Model<'a>, selections: &[Selection]) -> Vec<(&'m Row<'a>, i64)> {
    let cutting = |row: &&Row| matches!(row.about, About::Cap { .. } | About::Programme { .. } | About::Module(_));
    model.rows.iter().filter(cutting).map(|row| (row, row.most - activity(model, row, selections).0)).collect()
}

/// The first row without room for that much of one part of a line.
fn no_room<'m, 'a>(full: &[(&'m Row<'a>, i64)], line: usize, part: Part, times: i64) -> Option<&'m Row<'a>> {
    let stops = |(row, room): &&(&'m Row<'a>, i64)| {
        row.terms.iter().any(|term| (term.0, term.1) == (line, part) && term.2.saturating_mul(times) > *room)
    };
    full.iter().find(stops).map(|(row, _)| *row)
}

fn cut(view: &View, row: &Row, courses: Vec<String>) -> Option<Because> {
    let credits = |allows| CreditAmount::from_thousandths(allows).to_string();
    match row.about {
        About::Cap { cap, counts, allows, .. } => Some(Because::Cut {
            cap: cap.code.clone(),
            clause: cap.clause.clone(),
            allows: if counts == Counts::Credits { credits(allows) } else { allows.to_string() },
            limit: Some(LimitWords::of_cap(view, cap, counts)),
            courses,
        }),
        About::Programme { allows } => Some(Because::Cut {
            cap: PROGRAMME_CAP.to_owned(),
            clause: None,
            allows: credits(allows),
            limit: Some(LimitWords::of_programme(view)),
            courses,
        }),
        _ => None,
    }
}

/// The courses that a limit kept from being exempted, under the first limit that would be passed.
fn left_out(
    model: &Model,
    line: &Line,
    courses: &Courses,
    selection: &Selection,
    full: &[(&Row, i64)],
) -> Option<Because> {
    let others: Vec<usize> =
        (0..courses.choices.len()).filter(|at| selection.choices.binary_search(at).is_err()).collect();
    let names = |places: &[usize]| -> Vec<String> {
        places.iter().map(|&at| model.view.courses[courses.choices[at].course].entry.name.clone()).collect()
    };
    for limit in &courses.limits {
        let Why::Cap(cap) = limit.why else { continue };
        let sum = limit_sum(limit, courses, selection);
        let stopped: Vec<usize> =
            others.iter().copied().filter(|&at| sum + limit.takes(at, courses.choices[at]) > limit.most).collect();
        if !stopped.is_empty() {
            let credits = limit.counts == Counts::Credits;
            let allows = limit.most + if credits { line.given } else { 0 };
            return Some(Because::Cut {
                cap: cap.code.clone(),
                clause: cap.clause.clone(),
                allows: if credits { CreditAmount::from_thousandths(allows).to_string() } else { allows.to_string() },
                limit: Some(LimitWords::of_cap(&model.view, cap, limit.counts)),
                courses: names(&stopped),
            });
        }
    }
    let row = others.iter().find_map(|&at| no_room(full, selection.line, Part::Choice(at), 1))?;
    let same = |at: &usize| no_room(full, selection.line, Part::Choice(*at), 1).is_some_and(|it| std::ptr::eq(it, row));
    let stopped: Vec<usize> = others.into_iter().filter(same).collect();
    cut(&model.view, row, names(&stopped))
}
