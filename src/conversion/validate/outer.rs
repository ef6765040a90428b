//! Bounds nest: what a province or city limits, a set below it may only limit further.

use super::super::fault::{Faults, What};
use super::super::limits::{Cap, Most};
use super::super::rule_set::{RuleSetDocument, RuleSetVersion};

pub fn check(document: &RuleSetDocument, outer: &[RuleSetVersion], faults: &mut Faults) {
    for version in outer {
        let other = &version.document;
        // `Authority` is ordered from the outermost inwards.
        if other.authority >= document.authority || !at_once(document, other) {
            continue;
        }
        let above = |allows: String| What::AboveOuter { set: other.name.clone(), allows };
        for (i, cap) in document.caps.iter().enumerate() {
            if let Some(limit) = other.caps.iter().find(|limit| allows_more(cap, limit)) {
                faults.push(format!("/caps/{i}/most"), above(amount(&limit.most)));
            }
        }
        if let (Some(own), Some(least)) = (document.min_similarity, other.min_similarity)
            && own < least
        {
            faults.push("/min_similarity", above(least.to_string()));
        }
        let Some(years) = other.valid_years_max else { continue };
        if document.valid_years_max.is_some_and(|own| own > years) {
            faults.push("/valid_years_max", above(years.to_string()));
        }
        for (i, rule) in document.rules.iter().enumerate() {
            if rule.time.valid_years.is_none_or(|own| own > years) {
                faults.push(format!("/rules/{i}/time/valid_years"), above(years.to_string()));
            }
        }
    }
}

/// Whether the two hold on some common day for some common cohort.
fn at_once(a: &RuleSetDocument, b: &RuleSetDocument) -> bool {
    let days = a.effective_to.is_none_or(|to| b.effective_from <= to)
        && b.effective_to.is_none_or(|to| a.effective_from <= to);
    let below = |to: Option<i32>, from: Option<i32>| to.is_none_or(|to| from.is_none_or(|from| from <= to));
    days && below(a.cohort_to, b.cohort_from) && below(b.cohort_to, a.cohort_from)
}

/// Whether `cap` lets through more of the same thing than `limit`. Caps of different things do not compare: both hold.
fn allows_more(cap: &Cap, limit: &Cap) -> bool {
    if (&cap.over, cap.per) != (&limit.over, limit.per) {
        return false;
    }
    match (&cap.most, &limit.most) {
        (Most::Credits { credits: own }, Most::Credits { credits: most }) => own > most,
        (Most::Achievements { count: own }, Most::Achievements { count: most })
        | (Most::Courses { count: own }, Most::Courses { count: most }) => own > most,
        (Most::Share { share: own, base: a }, Most::Share { share: most, base: b })
        | (Most::CourseShare { share: own, base: a }, Most::CourseShare { share: most, base: b }) => {
            a == b && own > most
        }
        _ => false,
    }
}

/// What a cap allows, as a number.
fn amount(most: &Most) -> String {
    match most {
        Most::Credits { credits } => credits.to_string(),
        Most::Share { share, .. } | Most::CourseShare { share, .. } => share.to_string(),
        Most::Achievements { count } | Most::Courses { count } => count.to_string(),
        Most::Source => String::new(),
    }
}
