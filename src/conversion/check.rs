//! The check of lines that somebody wants applied: no search, whole numbers only, the same limits as the plan.

use std::cell::OnceCell;

use uuid::Uuid;

use super::candidates::{Candidates, line_for};
use super::course_choice::why_not;
use super::input::PlanInput;
use super::line::{Counts, Line, Offer};
use super::matching::{Miss, depth};
use super::model::{Model, Selection};
use super::plan::{Breach, PlanLine, RequestedLine, RuleRef, UnusedReason};
use super::settle::settle;
use super::verify::verify;
use super::view::View;
use super::worth::to_step;

/// Whether the lines may be applied, all of them together; then they come back as a plan would write them, in the order
/// asked for and numbered from 1. `input` says what stands now.
pub fn check(input: &PlanInput, requested: &[RequestedLine]) -> Result<Vec<PlanLine>, Breach> {
    let (model, selections) = select(input, requested)?;
    verify(&model, &selections).map_err(|fault| {
        let line = &model.found.lines[selections[fault.at].line];
        breach(fault.at, fault.miss, Some(RuleRef::of(line.set, line.rule)))
    })?;
    Ok(settle(&model, &selections))
}

/// Whether lines of an earlier plan still come out the same, all of them together. A plan may be older than its rules, the
/// learner's results and other conversions: whatever would change a line is named.
pub fn recheck(input: &PlanInput, lines: &[PlanLine]) -> Result<(), Breach> {
    let requested: Vec<RequestedLine> = lines.iter().map(RequestedLine::from).collect();
    let now = check(input, &requested)?;
    for (at, (line, now)) in lines.iter().zip(&now).enumerate() {
        let same = line.rule.version == now.rule.version
            && line.grants == now.grants
            && line.evidence == now.evidence
            && line.draws == now.draws
            && line.uses == now.uses
            && line.procedure == now.procedure;
        if !same {
            let miss = Miss::new(depth::ITEM, UnusedReason::Changed);
            let miss = miss.facts(line.grants.credits, Some(now.grants.credits.to_string()));
            return Err(breach(at, miss, Some(now.rule.clone())));
        }
    }
    Ok(())
}

impl From<&PlanLine> for RequestedLine {
    fn from(line: &PlanLine) -> Self {
        Self {
            rule_set: line.rule.rule_set,
            rule: line.rule.code.clone(),
            evidence: line.evidence.iter().map(super::plan::EvidenceRef::id).collect(),
            courses: line.grants.exempts.iter().map(|course| course.course_code.clone()).collect(),
            credits: Some(line.grants.credits),
        }
    }
}

fn breach(line: usize, miss: Miss, rule: Option<RuleRef>) -> Breach {
    let Miss { reason, wanted, found, cap, limit, asked, .. } = miss;
    Breach { line, reason, rule, wanted, found, cap, limit, asked }
}

/// The requested lines as selections of a model made of them alone.
fn select<'a>(input: &'a PlanInput, requested: &[RequestedLine]) -> Result<(Model<'a>, Vec<Selection>), Breach> {
    let view = View::new(input);
    let whole = Whole::of(input);
    let mut lines: Vec<(Line<'a>, usize)> = Vec::new();
    for (at, wanted) in requested.iter().enumerate() {
        let line = requested_line(&view, wanted).map_err(|(miss, rule)| breach(at, miss, rule))?;
        higher_stands(&whole, &line, &view).map_err(|miss| breach(at, miss, Some(RuleRef::of(line.set, line.rule))))?;
        lines.push((line, at));
    }
    // Caps look for the lines of one rule in one stretch.
    lines.sort_by_key(|(line, at)| (line.order, *at));
    let places: Vec<usize> = lines.iter().map(|(_, at)| *at).collect();
    let found = Candidates {
        misses: vec![None; view.items.len()],
        lines: lines.into_iter().map(|(line, _)| line).collect(),
        left_out: 0,
    };
    let model = Model::of_lines(view, found);
    let mut selections = vec![Selection::default(); requested.len()];
    for (line, &at) in places.iter().enumerate() {
        let of = &model.found.lines[line];
        selections[at] = selection(&model, line, &requested[at])
            .map_err(|miss| breach(at, miss, Some(RuleRef::of(of.set, of.rule))))?;
    }
    Ok((model, selections))
}

fn requested_line<'a>(view: &View<'a>, wanted: &RequestedLine) -> Result<Line<'a>, (Miss, Option<RuleRef>)> {
    let none = |reason| (Miss::new(depth::NO_RULE, reason), None);
    let set_at = (0..view.sets.len())
        .filter(|&at| view.sets[at].rule_set == wanted.rule_set)
        .max_by_key(|&at| view.sets[at].version)
        .ok_or_else(|| none(UnusedReason::NotInForce))?;
    let set = view.sets[set_at];
    let rules = &set.document.rules;
    let rule_at =
        rules.iter().position(|rule| rule.code == wanted.rule).ok_or_else(|| none(UnusedReason::NotInForce))?;
    let mut items = Vec::new();
    let mut facts = Vec::new();
    let mut ids: Vec<Uuid> = wanted.evidence.clone();
    ids.sort_unstable();
    ids.dedup();
    for id in ids {
        match (view.item_at(id), view.fact_at(id)) {
            (Some(item), _) => items.push(item),
            (None, Some(fact)) => facts.push(fact),
            // What a conversion granted is never a source again.
            (None, None) if view.input.uses.iter().any(|past| past.conversion == id) => {
                return Err(none(UnusedReason::Granted));
            }
            // What a plan rested on is not there any more.
            (None, None) => return Err(none(UnusedReason::Changed)),
        }
    }
    line_for(view, (set_at, rule_at), &items, &facts).map_err(|miss| (miss, Some(RuleRef::of(set, &rules[rule_at]))))
}

/// Everything that could be converted beside the lines asked for, made when it is first needed: it takes far longer than the
/// rest of the check, which runs under the learner's lock.
struct Whole<'a> {
    input: &'a PlanInput,
    model: OnceCell<Model<'a>>,
}

impl<'a> Whole<'a> {
    fn of(input: &'a PlanInput) -> Self {
        Self { input, model: OnceCell::new() }
    }

    fn model(&self) -> &Model<'a> {
        self.model.get_or_init(|| {
            #[cfg(test)]
            tests::MADE.with(|made| made.set(made.get() + 1));
            Model::new(self.input)
        })
    }
}

/// Where only the highest of a family counts, a lower one is refused while a higher one has a line of its own.
fn higher_stands(whole: &Whole, line: &Line, view: &View) -> Result<(), Miss> {
    let families = line.items.iter().filter_map(|&item| view.items[item].entry.family.as_deref());
    if !line.rule.exclusivity.highest_only || families.clone().count() == 0 {
        return Ok(());
    }
    let alone = families
        .clone()
        .all(|family| view.items.iter().filter(|item| item.entry.family.as_deref() == Some(family)).count() == 1);
    if alone {
        return Ok(());
    }
    let model = whole.model();
    let sorted = |items: &[usize]| {
        let mut items = items.to_vec();
        items.sort_unstable();
        items
    };
    let wanted = sorted(&line.items);
    if model.found.lines.iter().any(|other| other.order == line.order && sorted(&other.items) == wanted) {
        return Ok(());
    }
    let lower = line.items.iter().find_map(|&item| model.found.misses[item].clone());
    match lower {
        Some((miss, _)) if miss.reason == UnusedReason::LowerOfFamily => Err(miss),
        _ => Err(Miss::new(depth::ITEM, UnusedReason::LowerOfFamily)),
    }
}

fn selection(model: &Model, at: usize, wanted: &RequestedLine) -> Result<Selection, Miss> {
    let line = &model.found.lines[at];
    let asked = wanted.credits.map(crate::domain::credit::CreditAmount::thousandths);
    match &line.offer {
        Offer::Plain(plain) => {
            if let Some(code) = wanted.courses.first() {
                return Err(Miss {
                    found: Some(code.clone()),
                    ..Miss::new(depth::TARGET, UnusedReason::CourseMissing)
                });
            }
            Ok(Selection { line: at, choices: Vec::new(), credits: asked.unwrap_or(plain.most) })
        }
        Offer::Courses(courses) => {
            let mut choices = Vec::new();
            for code in &wanted.courses {
                let course = model.view.courses.iter().position(|course| course.entry.code == *code);
                let missing =
                    || Miss { found: Some(code.clone()), ..Miss::new(depth::TARGET, UnusedReason::CourseMissing) };
                let course = course.ok_or_else(missing)?;
                let place = courses.choices.iter().position(|choice| choice.course == course);
                choices.push(place.ok_or_else(|| why_not(&model.view, line, course).unwrap_or_else(missing))?);
            }
            choices.sort_unstable();
            choices.dedup();
            let exempted: i64 = choices.iter().map(|&place| courses.choices[place].credits).sum();
            let credits = match (courses.with_electives, asked) {
                (None, _) => 0,
                (Some(_), Some(asked)) => asked - exempted,
                (Some(all), None) => {
                    let wide = courses.limits.iter().filter(|it| it.of.is_none() && it.counts == Counts::Credits);
                    to_step(wide.fold(all, |most, it| most.min(it.most)) - exempted, line.rule.rounding)
                }
            };
            Ok(Selection { line: at, choices, credits })
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use serde_json::json;

    use super::*;
    use crate::conversion::cases;

    thread_local! {
        /// How often everything was looked for in this thread.
        pub(super) static MADE: Cell<usize> = const { Cell::new(0) };
    }

    #[test]
    fn everything_is_looked_for_once_at_most() {
        let document = serde_json::from_value(json!({
            "name": "规则", "authority": "city", "basis": "办法", "effective_from": "2026-01-01",
            "rules": [{
                "code": "R", "title": "证书", "sources": [{"kinds": ["skill_certificate"]}],
                "value": {"is": "fixed", "credits": "1"}, "target": {"place": {"in": "programme"}},
                "exclusivity": {"scope": "programme", "highest_only": true},
            }],
        }))
        .expect("a document");
        let certificate = |family: usize, level: &str| json!({"kind": "skill_certificate", "family": format!("F{family}"), "level": level, "credits": "2"});
        let evidence: Vec<_> =
            (0..3).flat_map(|family| ["advanced", "intermediate"].map(|level| certificate(family, level))).collect();
        let input = cases::input(&document, &json!({"evidence": evidence})).expect("an input");
        let line = |at: usize| RequestedLine {
            rule_set: input.rule_sets[0].rule_set,
            rule: "R".into(),
            evidence: vec![input.evidence[at].id],
            courses: Vec::new(),
            credits: None,
        };
        MADE.set(0);
        let highest = [line(0), line(2), line(4)];
        assert_eq!(check(&input, &highest).map(|lines| lines.len()), Ok(3));
        assert_eq!(MADE.get(), 1, "once for all lines");
        let lower = check(&input, &[line(0), line(3)]).expect_err("an advanced one has a line of its own");
        assert_eq!((lower.line, lower.reason), (1, UnusedReason::LowerOfFamily));
        // Where no family has two members nothing is looked for.
        let mut few = input.clone();
        few.evidence.retain(|entry| entry.level.as_deref() == Some("advanced"));
        MADE.set(0);
        assert_eq!(check(&few, &highest).map(|lines| lines.len()), Ok(3));
        assert_eq!(MADE.get(), 0);
    }
}
