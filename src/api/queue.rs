//! Queues of cases, page by page: what is due first comes first.

use actix_web::{HttpRequest, HttpResponse};
use chrono::NaiveDate;
use serde::Serialize;
use uuid::Uuid;

use super::listing::next_address;
use crate::domain::invalid::Invalid;
use crate::domain::time::parse_date;
use crate::http::cursor::{self, Page};
use crate::services::App;
use crate::services::recognition::QueuePlace;

/// Letters of a date in a cursor.
const DATE: usize = 10;

/// Reads a cursor that [`respond`] gave for the same path.
pub fn place(app: &App, request: &HttpRequest, cursor: Option<&str>) -> Result<Option<QueuePlace>, Invalid> {
    let Some(cursor) = cursor else { return Ok(None) };
    let position = cursor::decode(&app.keys, request.path(), cursor)?;
    let (day, id) = position.split_at_checked(DATE).ok_or_else(cursor::wrong)?;
    let day: Option<NaiveDate> = std::str::from_utf8(day).ok().and_then(|text| parse_date(text).ok());
    day.zip(Uuid::from_slice(id).ok()).map(Some).ok_or_else(cursor::wrong)
}

/// Answers a page and where the next one begins.
pub fn respond<T: Serialize>(
    app: &App,
    request: &HttpRequest,
    items: Vec<T>,
    next: Option<QueuePlace>,
) -> HttpResponse {
    let next = next.map(|(day, id)| {
        let position = [day.to_string().as_bytes(), id.as_bytes()].concat();
        let cursor = cursor::encode(&app.keys, request.path(), &position);
        next_address(request.path(), request.query_string(), &cursor)
    });
    cursor::respond(&Page { items, next })
}
