//! Values: amounts within limits, rows that can be reached, totals that add up.

use super::super::fault::{Faults, What};
use super::super::policy::{Rounding, RoundingMode, ScorePolicy};
use super::super::rule::ConversionRule;
use super::super::value::{Adjustment, NamedCourse, TableRow, Value};
use super::selector::{self, covers};
use super::words::{code, line, within};
use crate::domain::credit::CreditAmount;
use crate::domain::invalid::Reason;
use crate::domain::kind::AchievementKind::{self, Course, Experience, Training};

/// Most rows of one table.
pub const ROWS_MAX: usize = 500;
/// Most adjustments of one table.
const ADJUSTMENTS_MAX: usize = 20;
/// Most courses that one rule names.
const COURSES_MAX: usize = 50;
/// Greatest number of hours for a credit, and of either side of a ratio.
const PER_MAX: u32 = 1_000;
/// Longest score to record.
pub const SCORE_MAX: usize = 20;
/// Longest name of a course.
const NAME_MAX: usize = 200;

pub fn check(value: &Value, rule: &ConversionRule, kinds: &[AchievementKind], at: &str, faults: &mut Faults) {
    match value {
        Value::Fixed { credits } | Value::Block { credits } => {
            amount(*credits, &format!("{at}/credits"), faults);
            if !credits.is_zero() && rounded(*credits, rule.rounding).is_zero() {
                faults.push(format!("{at}/credits"), What::WorthNothing);
            }
        }
        Value::Table { rows, adjustments } => {
            check_rows(rows, rule, kinds, at, faults);
            check_adjustments(adjustments, kinds, at, faults);
        }
        Value::HoursPer { hours } => {
            within(*hours, [1, PER_MAX], format!("{at}/hours"), faults);
            if !kinds.is_empty() && !kinds.iter().any(|kind| matches!(kind, Course | Training | Experience)) {
                let kinds = selector::kinds_zh(kinds);
                faults.push(format!("{at}/is"), What::PropertyOfOtherKind { kinds });
            }
        }
        Value::Ratio { numerator, denominator } => {
            within(*numerator, [1, PER_MAX], format!("{at}/numerator"), faults);
            within(*denominator, [1, PER_MAX], format!("{at}/denominator"), faults);
        }
        Value::TargetCourse => {}
        Value::NamedCourses { courses, total, .. } => check_courses(courses, *total, at, faults),
    }
}

/// More than nothing, at most what one achievement can be worth.
fn amount(credits: CreditAmount, at: &str, faults: &mut Faults) {
    let least = CreditAmount::from_thousandths(1);
    within(credits, [least, CreditAmount::MAX_PER_ACHIEVEMENT], at, faults);
}

fn check_rows(rows: &[TableRow], rule: &ConversionRule, kinds: &[AchievementKind], at: &str, faults: &mut Faults) {
    match rows.len() {
        0 => faults.field(format!("{at}/rows"), Reason::Empty),
        1..=ROWS_MAX => {}
        _ => {
            faults.field(format!("{at}/rows"), Reason::TooMany { max: ROWS_MAX });
            return;
        }
    }
    let by_row = rule.score == ScorePolicy::ByRow;
    for (i, row) in rows.iter().enumerate() {
        if faults.is_full() {
            return;
        }
        let at = format!("{at}/rows/{i}");
        selector::check_row(&row.when, kinds, &format!("{at}/when"), faults);
        selector::check_majors(&row.majors, &format!("{at}/majors"), faults);
        within(row.credits, [CreditAmount::ZERO, CreditAmount::MAX_PER_ACHIEVEMENT], format!("{at}/credits"), faults);
        if let Some(score) = &row.score {
            line(score, &format!("{at}/score"), SCORE_MAX, faults);
            if !by_row {
                faults.field(format!("{at}/score"), Reason::NotAllowedHere);
            }
        }
        let wider = |other: &&TableRow| {
            covers(&other.when, &row.when)
                && (other.majors.is_empty() || (!row.majors.is_empty() && majors_cover(&other.majors, &row.majors)))
        };
        if let Some(other) = rows[..i].iter().position(|other| wider(&other)) {
            faults.push(at, What::NeverReached { other: Some(other + 1) });
        }
    }
    // Rows without a score are recorded as exempt; without any, "by row" says nothing.
    if by_row && rows.iter().all(|row| row.score.is_none()) {
        faults.field(format!("{at}/rows"), Reason::Required);
    }
    if rows.iter().all(|row| row.credits.is_zero()) {
        faults.push(format!("{at}/rows"), What::WorthNothing);
    }
}

fn majors_cover(wide: &[String], narrow: &[String]) -> bool {
    narrow.iter().all(|major| wide.iter().any(|prefix| major.starts_with(prefix.as_str())))
}

fn check_adjustments(adjustments: &[Adjustment], kinds: &[AchievementKind], at: &str, faults: &mut Faults) {
    if adjustments.len() > ADJUSTMENTS_MAX {
        faults.field(format!("{at}/adjustments"), Reason::TooMany { max: ADJUSTMENTS_MAX });
        return;
    }
    for (i, adjustment) in adjustments.iter().enumerate() {
        let at = format!("{at}/adjustments/{i}");
        selector::check_row(&adjustment.when, kinds, &format!("{at}/when"), faults);
        amount(adjustment.minus, &format!("{at}/minus"), faults);
    }
}

fn check_courses(courses: &[NamedCourse], total: Option<CreditAmount>, at: &str, faults: &mut Faults) {
    match courses.len() {
        0 => faults.field(format!("{at}/courses"), Reason::Empty),
        1..=COURSES_MAX => {}
        _ => {
            faults.field(format!("{at}/courses"), Reason::TooMany { max: COURSES_MAX });
            return;
        }
    }
    for (i, course) in courses.iter().enumerate() {
        let place = format!("{at}/courses/{i}");
        if course.code.is_none() && course.name.is_none() {
            faults.field(&place, Reason::Required);
        }
        if let Some(written) = &course.code {
            code(written, &format!("{place}/code"), faults);
        }
        if let Some(name) = &course.name {
            line(name, &format!("{place}/name"), NAME_MAX, faults);
        }
        if let Some(credits) = course.credits {
            amount(credits, &format!("{place}/credits"), faults);
        }
        let same = |other: &NamedCourse| (&other.code, &other.name) == (&course.code, &course.name);
        if courses[..i].iter().any(same) {
            faults.field(&place, Reason::Duplicate);
        }
    }
    if let Some(total) = total {
        amount(total, &format!("{at}/total"), faults);
        let said = sum(courses.iter().filter_map(|course| course.credits));
        let all = courses.iter().all(|course| course.credits.is_some());
        if said > total || (all && said != total) {
            faults.push(format!("{at}/total"), What::Total { sum: said.to_string() });
        }
    }
}

fn sum(amounts: impl Iterator<Item = CreditAmount>) -> CreditAmount {
    let most = CreditAmount::from_thousandths(i64::MAX);
    amounts.fold(CreditAmount::ZERO, |sum, amount| sum.checked_add(amount).unwrap_or(most))
}

/// An amount brought to a multiple of the step. A step of nothing leaves it alone (and is refused elsewhere).
pub fn rounded(amount: CreditAmount, rounding: Rounding) -> CreditAmount {
    let step = rounding.step.thousandths();
    if step <= 0 {
        return amount;
    }
    let (amount, rest) = (amount.thousandths(), amount.thousandths().rem_euclid(step));
    let up = match rounding.mode {
        RoundingMode::Down => false,
        RoundingMode::Up => rest > 0,
        RoundingMode::HalfUp => rest.saturating_mul(2) >= step,
    };
    CreditAmount::from_thousandths((amount - rest).saturating_add(if up { step } else { 0 }))
}

/// The least and the most credits that one use of the rule can come to before caps, where its text alone says so. Rows that
/// give nothing are no uses.
pub fn range(rule: &ConversionRule) -> (Option<CreditAmount>, Option<CreditAmount>) {
    let round = |amount| Some(rounded(amount, rule.rounding));
    match &rule.value {
        Value::Fixed { credits } | Value::Block { credits } => (round(*credits), round(*credits)),
        Value::Table { rows, adjustments } => {
            let given = || rows.iter().map(|row| row.credits).filter(|credits| !credits.is_zero());
            let least = if adjustments.is_empty() { given().min().and_then(round) } else { None };
            (least, given().max().and_then(round))
        }
        Value::NamedCourses { courses, total, all_or_nothing } => {
            let all = courses.iter().all(|course| course.credits.is_some());
            let most = total.or_else(|| all.then(|| sum(courses.iter().filter_map(|course| course.credits))));
            let least = if *all_or_nothing { most } else { courses.iter().filter_map(|c| c.credits).min() };
            (least.filter(|_| *all_or_nothing || all), most)
        }
        Value::HoursPer { .. } | Value::Ratio { .. } | Value::TargetCourse => (None, None),
    }
}
