//! Feeds of what changed, page by page.

use actix_web::HttpRequest;
use uuid::Uuid;

use super::listing::next_address;
use crate::domain::invalid::{Invalid, Reason};
use crate::domain::time::Instant;
use crate::http::cursor;
use crate::services::App;
use crate::services::award_view::FeedPlace;

/// Where a page begins: at the cursor that [`next`] gave for the same path, else with what changed since an instant, itself
/// included, else with the first.
pub fn place(
    app: &App,
    request: &HttpRequest,
    cursor: Option<&str>,
    updated_since: Option<&str>,
) -> Result<FeedPlace, Invalid> {
    if let Some(cursor) = cursor {
        let position = cursor::decode(&app.keys, request.path(), cursor)?;
        let (at, id) = position.split_first_chunk::<8>().ok_or_else(cursor::wrong)?;
        let id = Uuid::from_slice(id).map_err(|_| cursor::wrong())?;
        return Ok(FeedPlace { updated_at: i64::from_be_bytes(*at), id });
    }
    let wrong = |_| Invalid::one("/query/updated_since", Reason::Format { expected: "RFC 3339 instant" });
    let since = updated_since.map(str::parse::<Instant>).transpose().map_err(wrong)?;
    Ok(FeedPlace { updated_at: since.map_or(0, |since| since.micros().saturating_sub(1)), id: Uuid::max() })
}

/// The address of the page that begins after a place.
pub fn next(app: &App, request: &HttpRequest, place: FeedPlace) -> String {
    let position = [&place.updated_at.to_be_bytes()[..], place.id.as_bytes()].concat();
    let cursor = cursor::encode(&app.keys, request.path(), &position);
    next_address(request.path(), request.query_string(), &cursor)
}
