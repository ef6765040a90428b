//! The arranged days of each year.

use chrono::NaiveDate;
use diesel::prelude::*;
use uuid::Uuid;

use super::book::word;
use super::conn::Conn;
use super::error::Result;
use super::schema::{calendar_day, calendar_year};
use super::types::Key;
use crate::domain::time::Instant;
use crate::domain::working_days::{Calendar, CalendarDay, CalendarYear};

/// A year as it stands.
#[derive(Debug, Clone)]
pub struct YearRow {
    /// The arrangements.
    pub year: CalendarYear,
    /// Moves on with every change.
    pub version: i64,
}

/// The arrangements of a year, if any were entered.
pub fn get(conn: &mut Conn, year: i32) -> Result<Option<YearRow>> {
    let head: Option<(String, i64)> = calendar_year::table
        .find(i64::from(year))
        .select((calendar_year::source, calendar_year::version))
        .first(conn)
        .optional()?;
    let Some((source, version)) = head else { return Ok(None) };
    let rows: Vec<(NaiveDate, String, String)> = calendar_day::table
        .filter(calendar_day::year.eq(i64::from(year)))
        .order(calendar_day::day)
        .select((calendar_day::day, calendar_day::kind, calendar_day::name))
        .load(conn)?;
    let days = rows
        .into_iter()
        .map(|(day, kind, name)| Ok(CalendarDay { day, kind: word("calendar_day.kind", &kind)?, name }))
        .collect::<Result<_>>()?;
    Ok(Some(YearRow { year: CalendarYear { source, days }, version }))
}

/// The arranged days from `from` to `to`, both included.
pub fn between(conn: &mut Conn, from: NaiveDate, to: NaiveDate) -> Result<Calendar> {
    let rows: Vec<(NaiveDate, String)> = calendar_day::table
        .filter(calendar_day::day.ge(from))
        .filter(calendar_day::day.le(to))
        .select((calendar_day::day, calendar_day::kind))
        .load(conn)?;
    rows.into_iter().map(|(day, kind)| Ok((day, word("calendar_day.kind", &kind)?))).collect()
}

/// Puts the arrangements of a year in the place of those at `expected`; false when others stand. Without `expected` there
/// must be none yet.
pub fn put(
    conn: &mut Conn,
    year: i32,
    new: &CalendarYear,
    expected: Option<i64>,
    by: Uuid,
    at: Instant,
) -> Result<bool> {
    let number = i64::from(year);
    let head = (
        calendar_year::source.eq(&new.source),
        calendar_year::updated_by.eq(Key(by)),
        calendar_year::updated_at.eq(at.micros()),
    );
    match expected {
        Some(version) => {
            let standing = calendar_year::table.find(number).filter(calendar_year::version.eq(version));
            let changed = diesel::update(standing).set((head, calendar_year::version.eq(version + 1))).execute(conn)?;
            if changed == 0 {
                return Ok(false);
            }
        }
        None => {
            let row = (calendar_year::year.eq(number), calendar_year::version.eq(1), head);
            diesel::insert_into(calendar_year::table).values(row).execute(conn)?;
        }
    }
    diesel::delete(calendar_day::table.filter(calendar_day::year.eq(number))).execute(conn)?;
    for day in &new.days {
        let row = (
            calendar_day::day.eq(day.day),
            calendar_day::year.eq(number),
            calendar_day::kind.eq(day.kind.as_str()),
            calendar_day::name.eq(&day.name),
        );
        diesel::insert_into(calendar_day::table).values(row).execute(conn)?;
    }
    Ok(true)
}
