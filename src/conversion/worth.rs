//! What a rule's value gives for what it selected, in exact thousandths, rounded once.

use super::eligible::major_in;
use super::matching::{Miss, depth, matches};
use super::plan::UnusedReason;
use super::policy::{Rounding, RoundingMode};
use super::rule_set::RuleSetVersion;
use super::value::{TableRow, Value};
use super::view::{Item, View};

/// A value found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Worth<'a> {
    /// Which kind of value.
    pub how: &'static str,
    /// Before rounding, cut to whole thousandths; none when the target says what it is worth.
    pub raw: Option<i64>,
    /// After rounding.
    pub rounded: i64,
    /// The row of the table.
    pub row: Option<&'a TableRow>,
}

/// An exact amount: thousandths over a denominator.
#[derive(Clone, Copy)]
struct Exact {
    numerator: i128,
    denominator: i128,
}

/// The value for the first selected achievement; none of it for rules that rest on facts alone.
pub(super) fn worth<'a>(
    view: &View,
    set: &RuleSetVersion,
    value: &'a Value,
    rounding: Rounding,
    first: Option<&Item>,
) -> Result<Worth<'a>, Miss> {
    let whole = |thousandths: i64| Exact { numerator: i128::from(thousandths), denominator: 1 };
    let (how, exact, row) = match value {
        Value::Fixed { credits } => ("fixed", whole(credits.thousandths()), None),
        Value::Block { credits } => ("block", whole(credits.thousandths()), None),
        Value::Table { rows, adjustments } => {
            let row = table_row(view, set, rows, first)?;
            let minus: i64 = adjustments
                .iter()
                .filter(|change| first.is_some_and(|item| matches(&change.when, item, set, true).is_ok()))
                .fold(0, |sum, change| sum.saturating_add(change.minus.thousandths()));
            ("table", whole(row.credits.thousandths().saturating_sub(minus).max(0)), Some(row))
        }
        Value::HoursPer { hours } => {
            let held = first.and_then(|item| item.entry.hours).unwrap_or(0);
            let exact = Exact { numerator: i128::from(held) * 1_000, denominator: i128::from((*hours).max(1)) };
            ("hours_per", exact, None)
        }
        Value::Ratio { numerator, denominator } => {
            let own = first.map_or(0, |item| item.entry.credits.thousandths());
            let exact = Exact {
                numerator: i128::from(own) * i128::from(*numerator),
                denominator: i128::from((*denominator).max(1)),
            };
            ("ratio", exact, None)
        }
        Value::TargetCourse => return Ok(Worth { how: "target_course", raw: None, rounded: i64::MAX, row: None }),
        Value::NamedCourses { total, .. } => {
            let rounded = total.map_or(i64::MAX, crate::domain::credit::CreditAmount::thousandths);
            return Ok(Worth { how: "named_courses", raw: None, rounded, row: None });
        }
    };
    let raw = i64::try_from(exact.numerator / exact.denominator).unwrap_or(i64::MAX);
    Ok(Worth { how, raw: Some(raw), rounded: round(exact, rounding), row })
}

fn table_row<'a>(
    view: &View,
    set: &RuleSetVersion,
    rows: &'a [TableRow],
    first: Option<&Item>,
) -> Result<&'a TableRow, Miss> {
    let mut nearest = Miss::new(depth::LEVEL, UnusedReason::WorthNothing);
    for row in rows {
        if !major_in(&row.majors, &view.input.programme.major_code, true) {
            continue;
        }
        let Some(item) = first else { continue };
        match matches(&row.when, item, set, true) {
            Ok(()) => return Ok(row),
            Err(miss) if miss.depth > nearest.depth || nearest.reason == UnusedReason::WorthNothing => nearest = miss,
            Err(_) => {}
        }
    }
    if nearest.reason == UnusedReason::NoRule {
        nearest.reason = UnusedReason::WorthNothing;
    }
    nearest.depth = nearest.depth.max(depth::LEVEL);
    Err(nearest)
}

fn round(exact: Exact, rounding: Rounding) -> i64 {
    let step = i128::from(rounding.step.thousandths().max(1));
    let unit = exact.denominator * step;
    let steps = match rounding.mode {
        RoundingMode::Down => exact.numerator.div_euclid(unit),
        RoundingMode::Up => -(-exact.numerator).div_euclid(unit),
        RoundingMode::HalfUp => (2 * exact.numerator + unit).div_euclid(2 * unit),
    };
    i64::try_from(steps * step).unwrap_or(i64::MAX)
}

/// Down to a whole number of steps.
pub(super) fn to_step(amount: i64, rounding: Rounding) -> i64 {
    let step = rounding.step.thousandths().max(1);
    amount.max(0) / step * step
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::credit::CreditAmount;

    #[test]
    fn rounding_is_exact_and_named() {
        let with = |mode, step| Rounding { mode, step: CreditAmount::from_thousandths(step) };
        let third = Exact { numerator: 10_000, denominator: 3 };
        assert_eq!(round(third, with(RoundingMode::Down, 500)), 3_000);
        assert_eq!(round(third, with(RoundingMode::Up, 500)), 3_500);
        assert_eq!(round(third, with(RoundingMode::HalfUp, 500)), 3_500);
        assert_eq!(round(third, with(RoundingMode::HalfUp, 1)), 3_333);
        let quarter = Exact { numerator: 250, denominator: 1 };
        assert_eq!(round(quarter, with(RoundingMode::HalfUp, 500)), 500);
        assert_eq!(round(quarter, Rounding::default()), 0);
        let whole = Exact { numerator: 4_500, denominator: 1 };
        assert_eq!(round(whole, with(RoundingMode::Up, 500)), 4_500);
        let huge = Exact { numerator: i128::from(i64::MAX) * 1_000, denominator: 1 };
        assert_eq!(round(huge, Rounding::default()), i64::MAX);
        assert_eq!(to_step(8_200, Rounding::default()), 8_000);
    }
}
