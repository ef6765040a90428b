//! What rules name must exist, and what they aim at must be somewhere.

use std::collections::HashSet;

use super::super::fault::{Faults, What};
use super::super::fold::folded;
use super::super::known::{Known, OpenProgramme};
use super::super::limits::{Most, Per};
use super::super::rule::ConversionRule;
use super::super::rule_set::RuleSetDocument;
use super::super::selector::Selector;
use super::super::target::{Place, Target};
use super::super::value::{NamedCourse, Value};
use super::super::view::code_matches;
use super::Context;
use super::selector::kinds_zh;
use crate::domain::catalogue::CatalogueKind;
use crate::domain::class_word::{ELECTIVE, PRACTICE, REQUIRED};
use crate::domain::kind::AchievementKind;
use crate::domain::programme_version::{Module, ModuleCourse};

pub fn check(document: &RuleSetDocument, context: &Context<'_>, faults: &mut Faults) {
    if let Some(known) = context.known {
        known_ids(&document.programmes, &known.programmes, "/programmes", faults);
        for (i, rule) in document.rules.iter().enumerate() {
            check_names(rule, known, &format!("/rules/{i}"), faults);
        }
    }
    let open: Vec<&OpenProgramme> = context.programmes.iter().filter(|open| holds_for(document, open)).collect();
    if context.programmes.is_empty() {
        return;
    }
    check_classes(document, &open, faults);
    check_totals(document, &open, faults);
    for (i, rule) in document.rules.iter().enumerate() {
        if faults.is_full() {
            return;
        }
        if !open.iter().any(|open| reaches(rule, open)) {
            faults.push(format!("/rules/{i}/target"), What::EmptyTarget);
        }
    }
}

/// A limit on the credits of a programme that no programme of the set can come to.
fn check_totals(document: &RuleSetDocument, open: &[&OpenProgramme], faults: &mut Faults) {
    let Some(most) = open.iter().map(|open| open.plan.total_credits).max() else { return };
    let of_set = document.caps.iter().enumerate().map(|(i, cap)| (format!("/caps/{i}/most"), cap));
    let of_rules = document.rules.iter().enumerate().flat_map(|(i, rule)| {
        rule.caps.iter().enumerate().map(move |(j, cap)| (format!("/rules/{i}/caps/{j}/most"), cap))
    });
    for (at, cap) in of_set.chain(of_rules) {
        if let (Most::Credits { credits }, Per::Programme) = (&cap.most, cap.per)
            && *credits > most
        {
            faults.push(at, What::CapNeverBinds { most: Some(most.to_string()) });
        }
    }
}

fn holds_for(document: &RuleSetDocument, open: &OpenProgramme) -> bool {
    let cohort = open.plan.cohort;
    (document.programmes.is_empty() || document.programmes.contains(&open.programme))
        && document.cohort_from.is_none_or(|from| from <= cohort)
        && document.cohort_to.is_none_or(|to| cohort <= to)
}

fn known_ids(ids: &[uuid::Uuid], known: &std::collections::BTreeSet<uuid::Uuid>, at: &str, faults: &mut Faults) {
    for (i, id) in ids.iter().enumerate() {
        if !known.is_empty() && !known.contains(id) {
            faults.push(format!("{at}/{i}"), What::Unknown { word: id.to_string() });
        }
    }
}

fn check_names(rule: &ConversionRule, known: &Known, at: &str, faults: &mut Faults) {
    for (i, source) in rule.sources.iter().enumerate() {
        check_selector(source, &source.kinds, known, &format!("{at}/sources/{i}"), faults);
    }
    let kinds = rule.sources.first().map_or(&[][..], |source| &source.kinds);
    if let Value::Table { rows, adjustments } = &rule.value {
        for (i, row) in rows.iter().enumerate() {
            let at = format!("{at}/value/rows/{i}");
            check_selector(&row.when, kinds, known, &format!("{at}/when"), faults);
            check_majors(&row.majors, known, &format!("{at}/majors"), faults);
        }
        for (i, adjustment) in adjustments.iter().enumerate() {
            check_selector(&adjustment.when, kinds, known, &format!("{at}/value/adjustments/{i}/when"), faults);
        }
    }
    let target = &rule.target;
    let at = format!("{at}/target");
    known_ids(&target.programmes, &known.programmes, &format!("{at}/programmes"), faults);
    known_ids(&target.institutions, &known.institutions, &format!("{at}/institutions"), faults);
    check_majors(&target.majors, known, &format!("{at}/majors"), faults);
    check_majors(&target.majors_excluded, known, &format!("{at}/majors_excluded"), faults);
}

fn check_majors(majors: &[String], known: &Known, at: &str, faults: &mut Faults) {
    for (i, major) in majors.iter().enumerate() {
        if !known.has_major(major) {
            faults.push(format!("{at}/{i}"), What::Unknown { word: major.clone() });
        }
    }
}

fn check_selector(selector: &Selector, kinds: &[AchievementKind], known: &Known, at: &str, faults: &mut Faults) {
    known_ids(&selector.issuers, &known.institutions, &format!("{at}/issuers"), faults);
    // Kinds without a catalogue (training, diplomas), or with an empty one, cannot be checked.
    let checked = |kind: &AchievementKind| {
        (CatalogueKind::of(*kind).is_some() || *kind == AchievementKind::Course) && known.has_codes(*kind)
    };
    if kinds.is_empty() || !kinds.iter().all(checked) {
        return;
    }
    for (i, code) in selector.codes.iter().enumerate() {
        if kinds.iter().any(|kind| known.has_code(*kind, code, &selector.issuers)) {
            continue;
        }
        let what = match known.kind_of_code(code) {
            Some(other) if !kinds.contains(&other) => {
                What::WordOfOtherKind { word: code.clone(), kinds: kinds_zh(kinds) }
            }
            _ => What::Unknown { word: code.clone() },
        };
        faults.push(format!("{at}/codes/{i}"), what);
    }
    if selector.codes.is_empty() || selector.levels.is_empty() {
        return;
    }
    for (i, level) in selector.levels.iter().enumerate() {
        let there = |code: &String| kinds.iter().any(|kind| known.has_level(*kind, code, level));
        if !selector.codes.iter().any(there) {
            faults.push(format!("{at}/levels/{i}"), What::Unknown { word: level.clone() });
        }
    }
}

/// Classes that caps count must be words of some plan.
fn check_classes(document: &RuleSetDocument, open: &[&OpenProgramme], faults: &mut Faults) {
    let mut words: HashSet<&str> = HashSet::from([REQUIRED, ELECTIVE, PRACTICE]);
    for module in open.iter().flat_map(|open| &open.plan.modules) {
        words.extend(module.classes.iter().map(String::as_str));
        words.extend(module.courses.iter().flat_map(|course| &course.classes).map(String::as_str));
    }
    let set = document.caps.iter().enumerate().map(|(i, cap)| (format!("/caps/{i}"), cap));
    let rules =
        document.rules.iter().enumerate().flat_map(|(i, rule)| {
            rule.caps.iter().enumerate().map(move |(j, cap)| (format!("/rules/{i}/caps/{j}"), cap))
        });
    for (at, cap) in set.chain(rules) {
        for (i, class) in cap.over.classes.iter().enumerate() {
            if !words.contains(class.as_str()) {
                faults.push(format!("{at}/over/classes/{i}"), What::Unknown { word: class.clone() });
            }
        }
    }
}

/// Whether the rule can give anything in the programme.
fn reaches(rule: &ConversionRule, open: &OpenProgramme) -> bool {
    let target = &rule.target;
    if !admits(target, open) {
        return false;
    }
    let modules = &open.plan.modules;
    match &target.place {
        Place::Programme => true,
        Place::Module { codes, classes } => modules.iter().any(|module| {
            codes.contains(&module.code)
                || module.own_classes().any(|class| classes.iter().any(|wanted| wanted == class))
        }),
        Place::Courses { classes, codes, modules: within, same_course, .. } => {
            let fits = |module: &Module, course: &ModuleCourse| {
                let has = |wanted: &String| module.classes_of(course).contains(&wanted.as_str());
                (classes.is_empty() || classes.iter().any(has))
                    && !target.never.iter().any(has)
                    && code_matches(codes, Some(&course.code))
                    && (within.is_empty() || within.contains(&module.code))
            };
            let source = rule.sources.first();
            let same = |course: &ModuleCourse| {
                let Some(source) = source.filter(|_| *same_course) else { return true };
                (source.codes.is_empty() && source.names.is_empty())
                    || (!source.codes.is_empty() && code_matches(&source.codes, Some(&course.code)))
                    || source.names.iter().any(|name| folded(name) == folded(&course.name))
            };
            let wanted = |named: &NamedCourse| {
                modules.iter().any(|module| module.courses.iter().any(|c| is_named(named, c) && fits(module, c)))
            };
            match &rule.value {
                Value::NamedCourses { courses, all_or_nothing: true, .. } => courses.iter().all(wanted),
                Value::NamedCourses { courses, .. } => courses.iter().any(wanted),
                _ => modules.iter().any(|module| module.courses.iter().any(|c| fits(module, c) && same(c))),
            }
        }
    }
}

fn admits(target: &Target, open: &OpenProgramme) -> bool {
    let begins = |prefix: &String| open.major_code.starts_with(prefix.as_str());
    (target.levels.is_empty() || target.levels.contains(&open.level))
        && (target.majors.is_empty() || target.majors.iter().any(begins))
        && !target.majors_excluded.iter().any(begins)
        && (target.programmes.is_empty() || target.programmes.contains(&open.programme))
        && (target.institutions.is_empty() || target.institutions.contains(&open.institution))
}

fn is_named(named: &NamedCourse, course: &ModuleCourse) -> bool {
    match (&named.code, &named.name) {
        (Some(code), _) if *code == course.code => true,
        (_, Some(name)) => folded(name) == folded(&course.name),
        _ => false,
    }
}
