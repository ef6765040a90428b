//! Which module each thing that counts belongs to, and which course of the plan it stands for.

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::NaiveDate;

use super::progress::{Counted, Origin, origin_class};
use crate::domain::class_word::{ELECTIVE, UNPLANNED};
use crate::domain::programme_version::{Module, ModuleCourse, NewProgrammeVersion};
use crate::domain::requirement::Substitution;

/// Something that counts, in its place.
#[derive(Debug, Clone)]
pub(super) struct Placed<'a> {
    /// Place of its module in the plan.
    pub(super) module: Option<usize>,
    /// The course of the plan that it passes.
    pub(super) stands_for: Option<&'a str>,
    /// Credits, in thousandths.
    pub(super) credits: i64,
    /// Hours.
    pub(super) hours: u32,
    /// Of these, practice.
    pub(super) practice_hours: u32,
    /// Whether it is a course.
    pub(super) is_course: bool,
    /// How it came.
    pub(super) origin: Origin,
    /// When it was completed.
    pub(super) completed_on: NaiveDate,
    /// All its class words.
    pub(super) classes: Vec<String>,
}

type Planned<'a> = HashMap<&'a str, (usize, &'a Module, &'a ModuleCourse)>;

/// Places everything that counts; answers the courses that came twice as well.
///
/// A course of the plan counts in its module. Substitutes count in the module of the course they stand for, a grant in the
/// module it names. The rest goes to the open modules: to one whose classes it shares if there is one, and of several to
/// the one that lacks most. What no module takes is `unplanned`.
pub(super) fn place<'a>(
    version: &'a NewProgrammeVersion,
    counted: &'a [Counted],
    substitutions: &[&'a Substitution],
) -> (Vec<Placed<'a>>, Vec<String>) {
    let planned: Planned<'a> = version
        .modules
        .iter()
        .enumerate()
        .flat_map(|(index, module)| module.courses.iter().map(move |c| (c.code.as_str(), (index, module, c))))
        .collect();
    let (counted, counted_once) = once(counted);
    let stand_ins = stand_ins(&planned, &counted, substitutions);
    let mut sums = vec![0_i64; version.modules.len()];
    let mut placed = Vec::with_capacity(counted.len());
    let mut rest = Vec::new();
    for one in counted {
        let code = one.course.as_deref();
        let stands_for = code.and_then(|code| stand_ins.get(code).copied()).or(code);
        if let Some(&(index, module, course)) = stands_for.and_then(|code| planned.get(code)) {
            sums[index] += one.credits.thousandths();
            let classes = module.classes_of(course).into_iter().map(str::to_owned).collect();
            placed.push(of(one, Some((index, module)), Some(course), classes));
        } else if let Some((index, module)) = named(version, one) {
            sums[index] += one.credits.thousandths();
            placed.push(of(one, Some((index, module)), None, loose(module)));
        } else {
            rest.push(one);
        }
    }
    for one in rest {
        match open_module(version, one, &sums) {
            Some((index, module)) => {
                sums[index] += one.credits.thousandths();
                placed.push(of(one, Some((index, module)), None, loose(module)));
            }
            None => placed.push(of(one, None, None, vec![ELECTIVE.into(), UNPLANNED.into()])),
        }
    }
    (placed, counted_once)
}

fn named<'a>(version: &'a NewProgrammeVersion, one: &Counted) -> Option<(usize, &'a Module)> {
    let wanted = one.module.as_ref()?;
    version.modules.iter().enumerate().find(|(_, module)| module.code == *wanted)
}

/// The classes of what counts in a module without being one of its courses.
fn loose(module: &Module) -> Vec<String> {
    module.own_classes().chain([ELECTIVE]).map(str::to_owned).collect()
}

fn of<'a>(
    one: &Counted,
    module: Option<(usize, &Module)>,
    course: Option<&'a ModuleCourse>,
    mut classes: Vec<String>,
) -> Placed<'a> {
    classes.extend(module.map(|(_, module)| format!("module:{}", module.code)));
    classes.push(origin_class(one.origin).to_owned());
    for class in &one.classes {
        if !classes.contains(class) {
            classes.push(class.clone());
        }
    }
    let planned = |of: fn(&ModuleCourse) -> Option<u32>| course.and_then(of);
    Placed {
        module: module.map(|(index, _)| index),
        stands_for: course.map(|course| course.code.as_str()),
        credits: one.credits.thousandths(),
        hours: one.hours.or_else(|| planned(|course| course.hours)).unwrap_or(0),
        practice_hours: one.practice_hours.or_else(|| planned(|course| course.practice_hours)).unwrap_or(0),
        is_course: one.course.is_some(),
        origin: one.origin,
        completed_on: one.completed_on,
        classes,
    }
}

/// Of one course that came several times the one with most credits counts, of equal ones what was earned.
fn once(counted: &[Counted]) -> (Vec<&Counted>, Vec<String>) {
    let mut best: BTreeMap<&str, &Counted> = BTreeMap::new();
    let mut twice = Vec::new();
    let rank = |one: &Counted| (one.credits, one.origin == Origin::Earned, std::cmp::Reverse(one.id));
    for one in counted {
        let Some(code) = one.course.as_deref() else { continue };
        if let Some(other) = best.get(code).copied() {
            if !twice.iter().any(|known| known == code) {
                twice.push(code.to_owned());
            }
            if rank(other) >= rank(one) {
                continue;
            }
        }
        best.insert(code, one);
    }
    let counts = |one: &&Counted| one.course.as_deref().is_none_or(|code| std::ptr::eq(best[code], *one));
    let mut kept: Vec<&Counted> = counted.iter().filter(counts).collect();
    kept.sort_by_key(|one| (one.completed_on, one.id));
    (kept, twice)
}

/// By substitute, the course of the plan that it stands for. A required course stands for itself only; a course that was
/// passed needs no substitute; the first substitution whose courses are all there holds.
fn stand_ins<'a>(
    planned: &Planned<'a>,
    counted: &[&'a Counted],
    substitutions: &[&'a Substitution],
) -> HashMap<&'a str, &'a str> {
    let there: HashSet<&str> = counted.iter().filter_map(|one| one.course.as_deref()).collect();
    let free = |code: &str| there.contains(code) && planned.get(code).is_none_or(|(_, _, course)| !course.required);
    let mut taken: HashMap<&str, &str> = HashMap::new();
    let mut done: HashSet<&str> = HashSet::new();
    for one in substitutions {
        let course = one.course.as_str();
        let wanted = planned.contains_key(course) && !there.contains(course) && !done.contains(course);
        if wanted && one.by.iter().all(|code| free(code) && !taken.contains_key(code.as_str())) {
            done.insert(course);
            taken.extend(one.by.iter().map(|code| (code.as_str(), course)));
        }
    }
    taken
}

fn open_module<'a>(version: &'a NewProgrammeVersion, one: &Counted, sums: &[i64]) -> Option<(usize, &'a Module)> {
    let open = || version.modules.iter().enumerate().filter(|(_, module)| module.courses.is_empty());
    let shares = |module: &Module| module.own_classes().any(|class| one.classes.iter().any(|own| own == class));
    let lacks = |index: usize, module: &Module| module.min_credits.thousandths() - sums[index];
    // Of equal ones the first: `max_by_key` keeps the last, so they are seen from the end.
    let widest =
        |list: Vec<(usize, &'a Module)>| list.into_iter().rev().max_by_key(|(index, module)| lacks(*index, module));
    widest(open().filter(|(_, module)| shares(module)).collect()).or_else(|| widest(open().collect()))
}
