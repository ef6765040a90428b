//! Days and instants. Calendar dates are Beijing's; instants are UTC to the microsecond.

use std::fmt;

use chrono::{DateTime, FixedOffset, NaiveDate, SecondsFormat, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, Schema, SchemaFormat, Type};
use utoipa::{PartialSchema, ToSchema};

use super::invalid::Reason;

/// Beijing time, UTC+8 all year (no summer time since 1991).
pub const BEIJING: FixedOffset = match FixedOffset::east_opt(8 * 3600) {
    Some(offset) => offset,
    None => panic!("eight hours is within a day"),
};

/// Earliest day on which something recorded here can have been completed.
pub const EARLIEST_DATE: NaiveDate = match NaiveDate::from_ymd_opt(1950, 1, 1) {
    Some(date) => date,
    None => panic!("1 January is in every year"),
};

/// The calendar date in Beijing at an instant.
pub fn beijing_date(at: DateTime<Utc>) -> NaiveDate {
    at.with_timezone(&BEIJING).date_naive()
}

/// Reads `YYYY-MM-DD` and nothing looser (chrono itself also takes signs, spaces and missing zeros).
pub fn parse_date(text: &str) -> Result<NaiveDate, Reason> {
    let bytes = text.as_bytes();
    let form = bytes.len() == 10
        && bytes.iter().enumerate().all(|(i, b)| if i == 4 || i == 7 { *b == b'-' } else { b.is_ascii_digit() });
    if !form {
        return Err(Reason::NotADate);
    }
    NaiveDate::parse_from_str(text, "%Y-%m-%d").map_err(|_| Reason::NotADate)
}

/// `#[serde(with = "strict_date")]`: a date exactly as [`parse_date`] reads it.
pub mod strict_date {
    use std::borrow::Cow;

    use super::*;

    /// As `YYYY-MM-DD`.
    pub fn serialize<S: Serializer>(date: &NaiveDate, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(date)
    }

    /// From `YYYY-MM-DD`.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<NaiveDate, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        parse_date(&text).map_err(|reason| reason.serde_error())
    }
}

/// `#[serde(default, with = "strict_date_opt")]`: the same where null or nothing may stand.
pub mod strict_date_opt {
    use std::borrow::Cow;

    use super::*;

    /// As `YYYY-MM-DD` or null.
    pub fn serialize<S: Serializer>(date: &Option<NaiveDate>, serializer: S) -> Result<S::Ok, S::Error> {
        date.serialize(serializer)
    }

    /// From `YYYY-MM-DD` or null.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<NaiveDate>, D::Error> {
        let text = Option::<Cow<'de, str>>::deserialize(deserializer)?;
        text.map(|text| parse_date(&text).map_err(|reason| reason.serde_error())).transpose()
    }
}

/// An instant in UTC microseconds, as it is stored, hashed and shown (RFC 3339 with six decimals and `Z`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Instant(i64);

impl Instant {
    /// From microseconds since 1970-01-01T00:00:00Z.
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// Parts of a microsecond are dropped.
    pub fn from_datetime(at: DateTime<Utc>) -> Self {
        Self(at.timestamp_micros())
    }

    /// As chrono has it; what lies beyond chrono's calendar (year 262142) becomes its last instant.
    pub fn to_datetime(self) -> DateTime<Utc> {
        DateTime::from_timestamp_micros(self.0).unwrap_or(if self.0 < 0 {
            DateTime::<Utc>::MIN_UTC
        } else {
            DateTime::<Utc>::MAX_UTC
        })
    }

    /// Microseconds since 1970-01-01T00:00:00Z.
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// The calendar date in Beijing.
    pub fn beijing_date(self) -> NaiveDate {
        beijing_date(self.to_datetime())
    }
}

impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_datetime().to_rfc3339_opts(SecondsFormat::Micros, true))
    }
}

impl std::str::FromStr for Instant {
    type Err = Reason;
    fn from_str(text: &str) -> Result<Self, Reason> {
        DateTime::parse_from_rfc3339(text)
            .map(|at| Self::from_datetime(at.to_utc()))
            .map_err(|_| Reason::Format { expected: "RFC 3339 instant" })
    }
}

impl Serialize for Instant {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Instant {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(|reason: Reason| reason.serde_error())
    }
}

impl PartialSchema for Instant {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
            .into()
    }
}

impl ToSchema for Instant {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_day_turns_at_midnight_in_beijing() {
        let before: Instant = "2026-01-12T15:59:59.999999Z".parse().expect("an instant");
        let after: Instant = "2026-01-12T16:30:00Z".parse().expect("an instant");
        assert_eq!(before.beijing_date().to_string(), "2026-01-12");
        assert_eq!(after.beijing_date().to_string(), "2026-01-13");
    }

    #[test]
    fn instants_are_shown_with_microseconds() {
        let at: Instant = "2026-03-01T08:00:00.1234567+08:00".parse().expect("an instant");
        assert_eq!(at.to_string(), "2026-03-01T00:00:00.123456Z");
        assert_eq!(at.to_string().parse(), Ok(at));
        assert!("2026-03-01".parse::<Instant>().is_err());
        let _ = Instant::from_micros(i64::MAX).to_string();
        let _ = Instant::from_micros(i64::MIN).to_string();
    }

    #[test]
    fn dates_are_read_strictly() {
        assert_eq!(parse_date("2024-02-29").map(|d| d.to_string()), Ok("2024-02-29".to_owned()));
        for bad in [
            "2023-02-29",
            "2026-02-30",
            "2026-13-01",
            "2026-00-10",
            "2026-1-2",
            "20260102",
            "2026/01/02",
            "+2026-01-02",
            " 2026-01-02",
            "2026-01-02 ",
            "2026-01-02T00:00:00Z",
            "",
            "二〇二六年一月",
            "2026-01-0x",
        ] {
            assert_eq!(parse_date(bad), Err(Reason::NotADate), "{bad:?}");
        }
    }
}
