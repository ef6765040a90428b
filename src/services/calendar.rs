//! Working days: the bureau enters each year's arrangements, everybody reads them, deadlines count by them.

use chrono::NaiveDate;

use super::App;
use super::actor::{Actor, ClientActor};
use super::error::{Error, Precondition, Result};
use super::scope::Scope;
use crate::domain::working_days::{Calendar, CalendarYear, SPAN_MAX, YEARS};
use crate::store::calendar;
pub use crate::store::calendar::YearRow;
use crate::store::conn::Conn;

impl App {
    /// The arrangements of a year.
    pub fn get_calendar(&self, _: &Actor, year: i32) -> Result<YearRow> {
        self.db.read(|conn| calendar::get(conn, year))?.ok_or(Error::NotFound)
    }

    /// Puts the arrangements of a year in the place of those that stand at `expected`. Answers whether they are the first
    /// ones of the year.
    pub fn put_calendar(
        &self,
        actor: &ClientActor,
        year: i32,
        new: &CalendarYear,
        expected: Option<i64>,
    ) -> Result<(YearRow, bool)> {
        actor.require(Scope::CatalogueWrite)?;
        actor.require_bureau()?;
        if !YEARS.contains(&year) {
            return Err(Error::NotFound);
        }
        let new = new.validate(year)?;
        let now = self.clock.now();
        self.db.write(|conn| {
            let stands = calendar::get(conn, year)?;
            match (&stands, expected) {
                (Some(_), None) => return Err(Error::Precondition(Precondition::Missing)),
                (None, Some(_)) => return Err(Error::Precondition(Precondition::Stale)),
                _ => {}
            }
            if !calendar::put(conn, year, &new, expected, actor.client.uuid(), now)? {
                return Err(Error::Precondition(Precondition::Stale));
            }
            self.audit_client(conn, actor, "update_calendar", None, true, None)?;
            Ok((calendar::get(conn, year)?.ok_or(Error::NotFound)?, stands.is_none()))
        })
    }

    /// The calendar by which deadlines that begin on or after `from` are counted.
    pub fn calendar_from(&self, conn: &mut Conn, from: NaiveDate) -> Result<Calendar> {
        Ok(calendar::between(conn, from, from + SPAN_MAX)?)
    }
}
