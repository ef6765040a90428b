//! Policies: score bands, times, persons, procedures, rounding.

use chrono::NaiveDate;

use super::super::fault::{Faults, What};
use super::super::policy::{Procedure, ScoreBand, ScorePolicy, Step, StepBy, TimeLimits, Window};
use super::super::rule::ConversionRule;
use super::super::value::Value;
use super::selector::{ScoreBound, check_fact};
use super::value::SCORE_MAX;
use super::words::{LIST_MAX, WORD_MAX, line, within};
use crate::domain::credit::CreditAmount;
use crate::domain::invalid::Reason;

/// Most bands of scores.
const BANDS_MAX: usize = 50;
/// Most steps of a procedure.
const STEPS_MAX: usize = 10;
/// Most working days of a step.
const DAYS_MAX: u32 = 120;
/// Most years of validity.
const YEARS_MAX: u32 = 100;
/// Most weeks of a term.
const WEEKS_MAX: u32 = 30;
/// Largest step of rounding: ten credits.
const ROUNDING_MAX: CreditAmount = CreditAmount::from_thousandths(10_000);
/// Longest name of a step.
const STEP_NAME_MAX: usize = 50;

pub fn check(rule: &ConversionRule, at: &str, faults: &mut Faults) {
    check_score(rule, &format!("{at}/score"), faults);
    if let Some(family) = &rule.exclusivity.family {
        line(family, &format!("{at}/exclusivity/family"), WORD_MAX, faults);
    }
    check_time(&rule.time, &format!("{at}/time"), faults);
    let facts = &rule.person.facts;
    if facts.len() > LIST_MAX {
        faults.field(format!("{at}/person/facts"), Reason::TooMany { max: LIST_MAX });
        return;
    }
    for (i, condition) in facts.iter().enumerate() {
        let at = format!("{at}/person/facts/{i}");
        check_fact(&condition.fact, condition.at_least, &at, faults);
        if facts[..i].iter().any(|other| other.fact == condition.fact) {
            faults.field(at, Reason::Duplicate);
        }
    }
    if let Procedure::Steps { steps } = &rule.procedure {
        check_steps(steps, &format!("{at}/procedure/steps"), faults);
    }
    let step = CreditAmount::from_thousandths(1);
    within(rule.rounding.step, [step, ROUNDING_MAX], format!("{at}/rounding/step"), faults);
}

fn check_score(rule: &ConversionRule, at: &str, faults: &mut Faults) {
    match &rule.score {
        ScorePolicy::Fixed { score, .. } => line(score, &format!("{at}/score"), SCORE_MAX, faults),
        ScorePolicy::Capped { most } => {
            faults.take(format!("{at}/most"), ScoreBound::read(most));
        }
        ScorePolicy::Bands { bands } => check_bands(rule, bands, &format!("{at}/bands"), faults),
        ScorePolicy::ByRow if !matches!(rule.value, Value::Table { .. }) => {
            faults.field(at, Reason::Mismatch);
        }
        ScorePolicy::ByRow | ScorePolicy::Exempt | ScorePolicy::Keep => {}
    }
}

/// Bands are in order, apart from one another, and within what the first source lets through.
fn check_bands(rule: &ConversionRule, bands: &[ScoreBand], at: &str, faults: &mut Faults) {
    match bands.len() {
        0 => faults.field(at, Reason::Empty),
        1..=BANDS_MAX => {}
        _ => {
            faults.field(at, Reason::TooMany { max: BANDS_MAX });
            return;
        }
    }
    let bound = |text: &Option<String>| text.as_ref().and_then(|text| ScoreBound::read(text).ok());
    let source = rule.sources.first();
    let least = source.and_then(|source| bound(&source.score_min));
    let most = source.and_then(|source| bound(&source.score_max));
    let mut read: Vec<Option<[ScoreBound; 2]>> = Vec::with_capacity(bands.len());
    for (i, band) in bands.iter().enumerate() {
        let at = format!("{at}/{i}");
        line(&band.record, &format!("{at}/record"), SCORE_MAX, faults);
        let from = faults.take(format!("{at}/from"), ScoreBound::read(&band.from));
        let to = faults.take(format!("{at}/to"), ScoreBound::read(&band.to));
        let (Some(from), Some(to)) = (from, to) else {
            read.push(None);
            continue;
        };
        match from.partial_cmp(&to) {
            None => faults.field(format!("{at}/to"), Reason::Mismatch),
            Some(std::cmp::Ordering::Greater) => {
                faults.push(format!("{at}/to"), What::Reversed { from: band.from.clone(), to: band.to.clone() });
            }
            Some(_) => {}
        }
        let overlaps = |other: &Option<[ScoreBound; 2]>| other.is_some_and(|[low, high]| low <= to && from <= high);
        if let Some(other) = read.iter().position(overlaps) {
            faults.push(&at, What::BandsOverlap { other: other + 1 });
        }
        if least.is_some_and(|least| to < least) || most.is_some_and(|most| from > most) {
            faults.push(&at, What::NeverReached { other: None });
        }
        read.push(Some([from, to]));
    }
}

/// Years of validity.
pub fn years(years: Option<u32>, at: &str, faults: &mut Faults) {
    if let Some(years) = years {
        within(years, [1, YEARS_MAX], at, faults);
    }
}

fn check_time(time: &TimeLimits, at: &str, faults: &mut Faults) {
    years(time.valid_years, &format!("{at}/valid_years"), faults);
    if let (Some(from), Some(to)) = (time.completed_from, time.completed_to) {
        days(from, to, &format!("{at}/completed_to"), faults);
    }
    let at = format!("{at}/window");
    match &time.window {
        Some(Window::Dates { from, to }) => days(*from, *to, &format!("{at}/to"), faults),
        Some(Window::Yearly { from, to }) => {
            // The last day may come before the first: then the window reaches over New Year.
            faults.take(format!("{at}/from"), day_of_year(from));
            faults.take(format!("{at}/to"), day_of_year(to));
        }
        Some(Window::TermWeeks { first, last }) => {
            within(*first, [1, WEEKS_MAX], format!("{at}/first"), faults);
            within(*last, [1, WEEKS_MAX], format!("{at}/last"), faults);
            if last < first {
                faults.push(format!("{at}/last"), What::Reversed { from: first.to_string(), to: last.to_string() });
            }
        }
        Some(Window::BeforeRegistration) | None => {}
    }
}

fn days(from: NaiveDate, to: NaiveDate, at: &str, faults: &mut Faults) {
    if to < from {
        faults.push(at, What::Reversed { from: from.to_string(), to: to.to_string() });
    }
}

/// A month and day written `MM-DD`; 29 February is one, since some years have it.
fn day_of_year(text: &str) -> Result<(), Reason> {
    const FORM: Reason = Reason::Format { expected: "MM-DD" };
    let bytes = text.as_bytes();
    let form =
        bytes.len() == 5 && bytes.iter().enumerate().all(|(i, b)| if i == 2 { *b == b'-' } else { b.is_ascii_digit() });
    if !form {
        return Err(FORM);
    }
    let month: u32 = text[..2].parse().map_err(|_| FORM)?;
    let day: u32 = text[3..].parse().map_err(|_| FORM)?;
    // A leap year has every day that any year has.
    NaiveDate::from_ymd_opt(2024, month, day).map(drop).ok_or(FORM)
}

fn check_steps(steps: &[Step], at: &str, faults: &mut Faults) {
    match steps.len() {
        0 => faults.field(at, Reason::Empty),
        1..=STEPS_MAX => {}
        _ => {
            faults.field(at, Reason::TooMany { max: STEPS_MAX });
            return;
        }
    }
    for (i, step) in steps.iter().enumerate() {
        let at = format!("{at}/{i}");
        line(&step.name, &format!("{at}/name"), STEP_NAME_MAX, faults);
        within(step.working_days, [1, DAYS_MAX], format!("{at}/working_days"), faults);
        if let Some(role) = &step.role {
            line(role, &format!("{at}/role"), WORD_MAX, faults);
            if step.by == StepBy::Nobody {
                faults.field(format!("{at}/role"), Reason::NotAllowedHere);
            }
        }
        if steps[..i].iter().any(|other| other.name == step.name) {
            faults.field(format!("{at}/name"), Reason::Duplicate);
        }
    }
    if !steps.is_empty() && steps.iter().all(|step| step.by == StepBy::Nobody) {
        faults.push(at, What::NobodyDecides);
    }
}
