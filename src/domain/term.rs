//! Terms 学期 and attempts 修读方式.

use std::fmt;
use std::str::FromStr;

use chrono::{Datelike, Days, NaiveDate};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

use super::invalid::Reason;

text_enum! {
    /// How a course was sat.
    pub enum Attempt {
        First = "first" / "正考",
        Deferred = "deferred" / "缓考",
        Resit = "resit" / "补考",
        Retake = "retake" / "重修",
    }
}

/// A term of a school year, written `2025-2026-1`; later terms are greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Term {
    first_year: u16,
    number: u8,
}

impl Term {
    /// The autumn or spring term that contains `day`: autumn from August to January, spring from February to July.
    pub fn containing(day: NaiveDate) -> Self {
        let autumn = !(2..8).contains(&day.month());
        let first = if day.month() >= 8 { day.year() } else { day.year() - 1 };
        Self { first_year: u16::try_from(first.clamp(1950, 2100)).unwrap_or(1950), number: if autumn { 1 } else { 2 } }
    }

    /// The year in which the school year begins.
    pub const fn first_year(self) -> u16 {
        self.first_year
    }

    /// The Monday of its first week: that of 1 September in autumn, of 20 February in spring, of 1 July in summer. Schools'
    /// own calendars are not known here.
    pub fn first_day(self) -> NaiveDate {
        let year = i32::from(self.first_year);
        let (year, month, day) = match self.number {
            1 => (year, 9, 1),
            2 => (year + 1, 2, 20),
            _ => (year + 1, 7, 1),
        };
        let day = NaiveDate::from_ymd_opt(year, month, day).unwrap_or_default();
        day.checked_sub_days(Days::new(u64::from(day.weekday().num_days_from_monday()))).unwrap_or(day)
    }

    /// 1 autumn, 2 spring, 3 the short summer term that some schools have.
    pub const fn number(self) -> u8 {
        self.number
    }
}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}-{}", self.first_year, self.first_year + 1, self.number)
    }
}

impl FromStr for Term {
    type Err = Reason;
    fn from_str(text: &str) -> Result<Self, Reason> {
        const FORM: Reason = Reason::Format { expected: "2025-2026-1" };
        let bytes = text.as_bytes();
        let form = bytes.len() == 11
            && bytes.iter().enumerate().all(|(i, b)| if i == 4 || i == 9 { *b == b'-' } else { b.is_ascii_digit() });
        if !form {
            return Err(FORM);
        }
        let first_year: u16 = text[..4].parse().map_err(|_| FORM)?;
        let second_year: u16 = text[5..9].parse().map_err(|_| FORM)?;
        let number = bytes[10] - b'0';
        if second_year != first_year + 1 || !(1..=3).contains(&number) || !(1950..=2100).contains(&first_year) {
            return Err(FORM);
        }
        Ok(Self { first_year, number })
    }
}

impl Serialize for Term {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Term {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(|reason: Reason| reason.serde_error())
    }
}

impl PartialSchema for Term {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .pattern(Some(r"^\d{4}-\d{4}-[123]$"))
            .description(Some("School year and term 1 to 3; the years follow one another"))
            .examples(["2025-2026-1"])
            .into()
    }
}

impl ToSchema for Term {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_lies_in_a_term() {
        let of = |text: &str| Term::containing(text.parse().expect("a date")).to_string();
        assert_eq!(of("2025-09-01"), "2025-2026-1");
        assert_eq!(of("2026-01-31"), "2025-2026-1");
        assert_eq!(of("2026-02-01"), "2025-2026-2");
        assert_eq!(of("2026-07-31"), "2025-2026-2");
        assert_eq!(of("2026-08-01"), "2026-2027-1");
    }

    #[test]
    fn a_term_begins_on_a_monday() {
        let first = |term: &str| term.parse::<Term>().expect("a term").first_day().to_string();
        assert_eq!(first("2025-2026-1"), "2025-09-01");
        assert_eq!(first("2026-2027-1"), "2026-08-31");
        assert_eq!(first("2025-2026-2"), "2026-02-16");
        assert_eq!(first("2025-2026-3"), "2026-06-29");
    }

    #[test]
    fn terms_are_read_and_ordered() {
        let read = |text: &str| text.parse::<Term>();
        assert_eq!(read("2025-2026-1").map(|term| term.to_string()), Ok("2025-2026-1".to_owned()));
        assert!(read("2024-2025-2").ok() < read("2025-2026-1").ok());
        for bad in [
            "",
            "2025-2026-0",
            "2025-2026-4",
            "2025-2027-1",
            "2026-2025-1",
            "2025-2026",
            "2025/2026/1",
            "20252026--1",
            "0001-0002-1",
            "2025-2026-１",
        ] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }
}
