//! Working days: Monday to Friday, but for the days off and working weekends (调休) that the State Council arranges each
//! year. A year without arrangements has weekends only.

use std::collections::BTreeMap;

use chrono::{Datelike, Days, NaiveDate, Weekday};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::invalid::{Invalid, Reason};
use super::text::{self, clean_line};
use super::time::strict_date;

/// Most working days of one deadline: a year has no more.
pub const DAYS_MAX: u32 = 260;
/// Most calendar days between a deadline's beginning and its end, by which calendars are loaded.
pub const SPAN_MAX: Days = Days::new(2 * DAYS_MAX as u64);
/// First and last year that a calendar is kept for.
pub const YEARS: std::ops::RangeInclusive<i32> = 2000..=2200;
/// Longest name of a day, graphemes.
const NAME_MAX: usize = 50;
/// Most entries of a year.
const ENTRIES_MAX: usize = 366;

text_enum! {
    /// What an arranged day is.
    pub enum DayKind {
        Holiday = "holiday" / "放假",
        Working = "working" / "调休上班",
    }
}

/// A day that is not what its place in the week says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CalendarDay {
    /// The day.
    #[serde(with = "strict_date")]
    pub day: NaiveDate,
    /// `holiday`: off. `working`: a Saturday or Sunday that is worked.
    pub kind: DayKind,
    /// What for.
    #[schema(max_length = 50, examples("春节"))]
    pub name: String,
}

/// A year's arrangements as the bureau enters them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CalendarYear {
    /// The document they come from.
    #[schema(max_length = 200, examples("国办发明电〔2025〕7号"))]
    pub source: String,
    /// All days of the year that are not what their place in the week says.
    #[schema(max_items = 366)]
    pub days: Vec<CalendarDay>,
}

impl CalendarYear {
    /// The same in one spelling and in order, if every day is in `year`, stands once and says something.
    pub fn validate(&self, year: i32) -> Result<Self, Invalid> {
        let mut invalid = Invalid::default();
        let source = invalid.take("/source", clean_line(&self.source, text::TITLE_MAX)).unwrap_or_default();
        if self.days.len() > ENTRIES_MAX {
            return Err(Invalid::one("/days", Reason::TooMany { max: ENTRIES_MAX }));
        }
        let mut days: BTreeMap<NaiveDate, CalendarDay> = BTreeMap::new();
        for (n, day) in self.days.iter().enumerate() {
            let name = invalid.take(format!("/days/{n}/name"), clean_line(&day.name, NAME_MAX)).unwrap_or_default();
            if day.day.year() != year {
                invalid.push(format!("/days/{n}/day"), Reason::Mismatch);
            }
            if day.kind == DayKind::Working && !is_weekend(day.day) {
                invalid.push(format!("/days/{n}/kind"), Reason::Mismatch);
            }
            if days.insert(day.day, CalendarDay { name, ..day.clone() }).is_some() {
                invalid.push(format!("/days/{n}/day"), Reason::Duplicate);
            }
        }
        invalid.into_result()?;
        Ok(Self { source, days: days.into_values().collect() })
    }
}

/// The arranged days of some years.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Calendar(BTreeMap<NaiveDate, DayKind>);

impl FromIterator<(NaiveDate, DayKind)> for Calendar {
    fn from_iter<I: IntoIterator<Item = (NaiveDate, DayKind)>>(days: I) -> Self {
        Self(days.into_iter().collect())
    }
}

impl Calendar {
    /// Whether `day` is worked.
    pub fn is_working_day(&self, day: NaiveDate) -> bool {
        match self.0.get(&day) {
            Some(kind) => *kind == DayKind::Working,
            None => !is_weekend(day),
        }
    }

    /// Working days after `from` up to `to`, which is included; none when `to` is not after `from`.
    pub fn between(&self, from: NaiveDate, to: NaiveDate) -> u32 {
        let days = from.iter_days().skip(1).take_while(|day| *day <= to).filter(|day| self.is_working_day(*day));
        u32::try_from(days.take(DAYS_MAX as usize).count()).unwrap_or(DAYS_MAX)
    }
}

fn is_weekend(day: NaiveDate) -> bool {
    matches!(day.weekday(), Weekday::Sat | Weekday::Sun)
}

/// The last day of a deadline of `days` working days (at most [`DAYS_MAX`]) that begins on `from`, which does not count.
/// No days at all: `from` itself.
pub fn due(from: NaiveDate, days: u32, calendar: &Calendar) -> NaiveDate {
    let days = days.min(DAYS_MAX) as usize;
    if days == 0 {
        return from;
    }
    let mut following = from.iter_days().skip(1).filter(|day| calendar.is_working_day(*day));
    following.nth(days - 1).unwrap_or(NaiveDate::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::parse_date;

    fn day(text: &str) -> NaiveDate {
        parse_date(text).expect("a date")
    }

    /// National Day 2026: 1 to 7 October off; Sunday 20 September and Saturday 10 October worked.
    fn october() -> Calendar {
        let off = (1..=7).map(|n| (day(&format!("2026-10-0{n}")), DayKind::Holiday));
        let worked = ["2026-09-20", "2026-10-10"].map(|text| (day(text), DayKind::Working));
        off.chain(worked).collect()
    }

    #[test]
    fn arranged_days_go_before_the_week() {
        let calendar = october();
        for (text, works) in [
            ("2026-09-20", true),
            ("2026-09-26", false),
            ("2026-09-30", true),
            ("2026-10-01", false),
            ("2026-10-07", false),
            ("2026-10-08", true),
            ("2026-10-10", true),
            ("2026-10-11", false),
        ] {
            assert_eq!(calendar.is_working_day(day(text)), works, "{text}");
        }
        assert!(
            !Calendar::default().is_working_day(day("2026-10-10"))
                && Calendar::default().is_working_day(day("2026-10-01"))
        );
    }

    #[test]
    fn deadlines_skip_what_is_not_worked() {
        let calendar = october();
        for (from, days, until) in [
            ("2026-09-30", 0, "2026-09-30"),
            ("2026-09-30", 1, "2026-10-08"),
            ("2026-09-30", 3, "2026-10-10"),
            ("2026-09-30", 4, "2026-10-12"),
            ("2026-10-03", 1, "2026-10-08"),
            ("2026-09-19", 1, "2026-09-20"),
        ] {
            assert_eq!(due(day(from), days, &calendar), day(until), "{days} from {from}");
        }
        assert_eq!(due(day("2026-11-20"), 5, &Calendar::default()), day("2026-11-27"), "weekends only");
        assert_eq!(due(day("2026-01-01"), u32::MAX, &calendar), due(day("2026-01-01"), DAYS_MAX, &calendar));
    }

    #[test]
    fn what_is_left_of_a_deadline_makes_the_same_deadline_again() {
        let calendar = october();
        let until = due(day("2026-09-15"), 15, &calendar);
        let stopped = day("2026-09-28");
        let left = calendar.between(stopped, until);
        assert_eq!(due(stopped, left, &calendar), until);
        assert_eq!(calendar.between(until, stopped), 0);
    }

    #[test]
    fn a_year_is_checked() {
        let entry = |text: &str, kind| CalendarDay { day: day(text), kind, name: " 国庆节 ".into() };
        let year = |days: &[CalendarDay]| CalendarYear { source: "演示".into(), days: days.to_vec() };
        let good = year(&[entry("2026-10-10", DayKind::Working), entry("2026-10-01", DayKind::Holiday)]);
        let good = good.validate(2026).expect("good");
        assert_eq!((good.days[0].day, good.days[0].name.as_str()), (day("2026-10-01"), "国庆节"));
        let fault = |days: &[CalendarDay]| year(days).validate(2026).expect_err("one fault").0[0].pointer.clone();
        assert_eq!(fault(&[entry("2025-10-01", DayKind::Holiday)]), "/days/0/day");
        assert_eq!(fault(&[entry("2026-10-12", DayKind::Working)]), "/days/0/kind");
        assert_eq!(
            fault(&[entry("2026-10-01", DayKind::Holiday), entry("2026-10-01", DayKind::Holiday)]),
            "/days/1/day"
        );
    }
}
