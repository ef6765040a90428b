//! What can be said of a rule, a day and an achievement before any amount is counted: force, programme, person, time, use.

use chrono::{Datelike, NaiveDate};

use super::input::PastUse;
use super::matching::{Miss, depth, fact_holds};
use super::plan::{Asked, UnusedReason};
use super::policy::{TimeLimits, UseScope, Window};
use super::rule::ConversionRule;
use super::rule_set::{Authority, RuleSetVersion};
use super::selector::FactCondition;
use super::view::{Item, View, use_family};

/// Whether the set speaks of this programme, cohort and day at all.
pub(super) fn set_applies(view: &View, set: &RuleSetVersion) -> Result<(), Miss> {
    let (programme, document, on) = (&view.input.programme, &set.document, view.input.on);
    let foreign = document.authority == Authority::Institution && set.institution != programme.institution;
    if foreign || !(document.programmes.is_empty() || document.programmes.contains(&programme.programme)) {
        return Err(Miss::new(depth::PROGRAMME, UnusedReason::WrongProgramme));
    }
    let in_period = document.effective_from <= on && document.effective_to.is_none_or(|to| on <= to);
    let in_cohort = document.cohort_from.is_none_or(|from| from <= programme.cohort)
        && document.cohort_to.is_none_or(|to| programme.cohort <= to);
    let miss = Miss::new(depth::IN_FORCE, UnusedReason::NotInForce);
    if !in_period {
        let found = Some(on.to_string());
        return Err(match document.effective_to.filter(|last| *last < on) {
            Some(last) => miss.facts(format!("≤{last}"), found).asked(Asked::Ended { last }),
            None => {
                let first = document.effective_from;
                miss.facts(first, found).asked(Asked::Begins { first })
            }
        });
    }
    if !in_cohort {
        let year = |year: Option<i32>| year.map_or_else(String::new, |year| year.to_string());
        let cohorts = format!("{}–{}", year(document.cohort_from), year(document.cohort_to));
        let own = programme.cohort;
        return Err(miss.facts(cohorts, Some(own.to_string())).asked(Asked::Cohort { own }));
    }
    Ok(())
}

/// Whether the rule's target is this programme.
pub(super) fn rule_applies(view: &View, rule: &ConversionRule) -> Result<(), Miss> {
    let (programme, target) = (&view.input.programme, &rule.target);
    let fits = (target.levels.is_empty() || target.levels.contains(&programme.level))
        && (target.programmes.is_empty() || target.programmes.contains(&programme.programme))
        && (target.institutions.is_empty() || target.institutions.contains(&programme.institution));
    if !fits {
        return Err(Miss::new(depth::PROGRAMME, UnusedReason::WrongProgramme));
    }
    if !major_in(&target.majors, &programme.major_code, true) {
        let miss = Miss::new(depth::PROGRAMME, UnusedReason::WrongProgramme);
        return Err(miss.facts(target.majors.join("/"), Some(programme.major_code.clone())));
    }
    if major_in(&target.majors_excluded, &programme.major_code, false) {
        let miss = Miss::new(depth::MAJOR, UnusedReason::MajorExcluded);
        return Err(Miss { found: Some(programme.major_code.clone()), ..miss });
    }
    Ok(())
}

/// Whether the major begins with one of the prefixes.
pub(super) fn major_in(prefixes: &[String], major: &str, when_empty: bool) -> bool {
    if prefixes.is_empty() { when_empty } else { prefixes.iter().any(|prefix| major.starts_with(prefix.as_str())) }
}

/// Whether the person is one of those who may use the rule, and today is a day on which one may apply.
pub(super) fn person_may(view: &View, rule: &ConversionRule) -> Result<(), Miss> {
    let on = view.input.on;
    for condition in &rule.person.facts {
        if !view.facts.iter().any(|fact| fact_holds(condition, fact, on)) {
            return Err(not_the_person(condition));
        }
    }
    match &rule.time.window {
        Some(window) if !window_open(view, window) => {
            let miss = Miss::new(depth::PERSON, UnusedReason::Window);
            let miss = miss.facts(window_text(window), Some(on.to_string()));
            Err(if *window == Window::BeforeRegistration { miss.asked(Asked::BeforeRegistration) } else { miss })
        }
        _ => Ok(()),
    }
}

/// That the person is not one of those who may.
pub(super) fn not_the_person(condition: &FactCondition) -> Miss {
    let wanted = match condition.at_least {
        Some(least) => format!("{} ≥ {least}", condition.fact),
        None => condition.fact.clone(),
    };
    let asked = Asked::Fact { fact: condition.fact.clone(), at_least: condition.at_least };
    Miss { wanted: Some(wanted), ..Miss::new(depth::PERSON, UnusedReason::Person).asked(asked) }
}

fn window_open(view: &View, window: &Window) -> bool {
    let on = view.input.on;
    match window {
        Window::Dates { from, to } => *from <= on && on <= *to,
        Window::Yearly { from, to } => {
            let today = format!("{:02}-{:02}", on.month(), on.day());
            // A window over New Year is written with its end before its beginning.
            if from <= to { *from <= today && today <= *to } else { *from <= today || today <= *to }
        }
        Window::TermWeeks { first, last } => view.input.programme.term_start.is_some_and(|start| {
            let days = (on - start).num_days();
            days >= 0 && (i64::from(*first)..=i64::from(*last)).contains(&(days / 7 + 1))
        }),
        Window::BeforeRegistration => view.input.programme.registered_on.is_none_or(|registered| on < registered),
    }
}

fn window_text(window: &Window) -> String {
    match window {
        Window::Dates { from, to } => format!("{from} – {to}"),
        Window::Yearly { from, to } => format!("{from} – {to}"),
        Window::TermWeeks { first, last } => format!("{first} – {last}"),
        Window::BeforeRegistration => "registration".to_owned(),
    }
}

/// Whether the achievement is of the right time and still valid; every last day is included.
pub(super) fn in_time(view: &View, limits: &TimeLimits, item: &Item) -> Result<(), Miss> {
    let (entry, on) = (item.entry, view.input.on);
    let gained = match entry.issued_on {
        Some(issued) if entry.kind.is_certificate() => issued,
        _ => entry.completed_on,
    };
    if limits.completed_from.is_some_and(|from| gained < from) || limits.completed_to.is_some_and(|to| gained > to) {
        let from = limits.completed_from.map_or_else(String::new, |from| from.to_string());
        let to = limits.completed_to.map_or_else(String::new, |to| to.to_string());
        let miss = Miss::new(depth::TIME, UnusedReason::CompletedOutside);
        return Err(miss.facts(format!("{from} – {to}"), Some(gained.to_string())));
    }
    let own = entry.valid_until.filter(|_| limits.within_own_validity);
    let ruled = limits.valid_years.map(|years| last_valid_day(gained, years));
    match [own, ruled].into_iter().flatten().min() {
        Some(last) if last < on => Err(Miss::new(depth::TIME, UnusedReason::Expired).facts(last, Some(on.to_string()))),
        _ => Ok(()),
    }
}

/// The same calendar day so many years later; 29 February becomes the last day of February.
pub(super) fn last_valid_day(gained: NaiveDate, years: u32) -> NaiveDate {
    let year = gained.year().saturating_add(i32::try_from(years).unwrap_or(i32::MAX));
    let last_of_february = || NaiveDate::from_ymd_opt(year, 3, 1).and_then(|day| day.pred_opt());
    if (gained.month(), gained.day()) == (2, 29) {
        return last_of_february().unwrap_or(NaiveDate::MAX);
    }
    NaiveDate::from_ymd_opt(year, gained.month(), gained.day()).unwrap_or(NaiveDate::MAX)
}

/// Whether a use of the evidence stands already that this one would repeat.
pub(super) fn used_before<'a>(
    view: &View<'a>,
    set: &RuleSetVersion,
    rule: &ConversionRule,
    evidence: uuid::Uuid,
) -> Option<&'a PastUse> {
    let family = use_family(set, rule);
    view.input
        .uses
        .iter()
        .find(|past| past.evidence == evidence && past.family == family && overlaps(view, rule.exclusivity.scope, past))
}

/// The same for a fact, which is its word: attested twice it is still one, whatever numbers and days were written down.
pub(super) fn fact_used_before(view: &View, set: &RuleSetVersion, rule: &ConversionRule, fact: usize) -> bool {
    let word = &view.facts[fact].fact;
    view.facts.iter().filter(|other| other.fact == *word).any(|other| used_before(view, set, rule, other.id).is_some())
}

/// Whether "once" of this scope and that of a past use can be about the same thing.
pub(super) fn overlaps(view: &View, scope: UseScope, past: &PastUse) -> bool {
    scope == UseScope::Life
        || past.scope == view.scope(UseScope::Life)
        || past.scope == view.scope(scope)
        || past.programme == view.input.programme.programme
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a day")
    }

    #[test]
    fn validity_ends_on_the_same_day_or_with_february() {
        assert_eq!(last_valid_day(day("2018-06-01"), 6), day("2024-06-01"));
        assert_eq!(last_valid_day(day("2016-02-29"), 6), day("2022-02-28"));
        assert_eq!(last_valid_day(day("2016-02-29"), 8), day("2024-02-29"));
        assert_eq!(last_valid_day(day("2016-02-29"), u32::MAX), NaiveDate::MAX);
    }

    #[test]
    fn majors_match_by_prefix() {
        let prefixes = vec!["5102".to_owned()];
        assert!(major_in(&prefixes, "510201", true));
        assert!(!major_in(&prefixes, "560213", true));
        assert!(major_in(&[], "560213", true));
        assert!(!major_in(&[], "560213", false));
    }
}
