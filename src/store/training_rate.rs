//! What training hours are worth, as the bureau sets it.

use chrono::NaiveDate;
use diesel::RunQueryDsl;
use diesel::sql_types::BigInt;

use super::conn::{Conn, on_backend};
use super::error::Result;
use super::hot::{Hot, IntoBind};
use crate::domain::time::Instant;

/// Hours of 45 minutes per training credit until the bureau sets a rate: the lower end of the 16 to 18 hours per credit
/// that the ministry's 教职成〔2019〕13号 has for vocational schools. The city's plan of 2021 names no number of its own.
pub const DEFAULT_HOURS_PER_CREDIT: i64 = 16;

/// Hours per credit for training completed on `on`: the rate whose first day came last.
pub fn hours_per_credit(conn: &mut Conn, on: NaiveDate) -> Result<i64> {
    let mut query = Hot::<BigInt>::new("SELECT hours_per_credit FROM training_rate WHERE valid_from <= ");
    query.bind(on).text(" ORDER BY valid_from DESC LIMIT 1");
    let found: Option<i64> = on_backend!(conn, c => query.load(c))?.pop();
    Ok(found.unwrap_or(DEFAULT_HOURS_PER_CREDIT))
}

/// Sets the rate from a day on; a rate that begins on that day already is replaced.
pub fn set(conn: &mut Conn, valid_from: NaiveDate, hours_per_credit: i64, at: Instant) -> Result<()> {
    let mut statement = Hot::<()>::new("INSERT INTO training_rate (valid_from, hours_per_credit, created_at) VALUES ");
    statement.row([valid_from.bind(), hours_per_credit.bind(), at.micros().bind()]);
    statement.text(
        " ON CONFLICT (valid_from) DO UPDATE SET hours_per_credit = excluded.hours_per_credit, \
         created_at = excluded.created_at",
    );
    on_backend!(conn, c => statement.execute(c))?;
    Ok(())
}
