//! Dates around now. The city under test lives today, so its results must too.

use chrono::{DateTime, Datelike, Days, FixedOffset, NaiveDate, SecondsFormat, Utc};

/// The present instant.
#[allow(clippy::disallowed_methods)] // a black-box test has no clock to inject into the server
pub fn now() -> DateTime<Utc> {
    Utc::now()
}

/// An instant as the wire writes it, with microseconds.
pub fn rfc3339(instant: DateTime<Utc>) -> String {
    instant.to_rfc3339_opts(SecondsFormat::Micros, true)
}

/// Today's date in Beijing.
pub fn today() -> NaiveDate {
    let beijing = FixedOffset::east_opt(8 * 3600).expect("eight hours are a valid offset");
    now().with_timezone(&beijing).date_naive()
}

/// The date `days` before today.
pub fn days_ago(days: u64) -> NaiveDate {
    today() - Days::new(days)
}

/// The date `days` after today.
pub fn days_ahead(days: u64) -> NaiveDate {
    today() + Days::new(days)
}

/// The day on which results are completed unless a test says otherwise.
pub fn completed() -> NaiveDate {
    days_ago(60)
}

/// The cohort that learners belong to unless a test says otherwise; it began at least sixteen months ago.
pub fn cohort() -> i32 {
    today().year() - 2
}

/// The term in which a date lies, as in `2025-2026-1`.
pub fn term_of(date: NaiveDate) -> String {
    let (year, term) = match date.month() {
        9..=12 => (date.year(), 1),
        1 => (date.year() - 1, 1),
        _ => (date.year() - 1, 2),
    };
    format!("{year}-{}-{term}", year + 1)
}
