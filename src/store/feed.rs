//! Feeds of what changed at an institution: rows by when they last changed, then by id.

use uuid::Uuid;

use super::hot::Hot;

/// A place in a feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FeedPlace {
    /// When the row last changed, in UTC microseconds.
    pub updated_at: i64,
    /// Its id.
    pub id: Uuid,
}

/// Ends a statement with the rows of `institution` that come after a place, oldest change first, at most `limit`.
pub(super) fn after<ST>(query: &mut Hot<'_, ST>, institution: Uuid, place: FeedPlace, limit: i64) {
    query.text("institution_id = ").bind(institution).text(" AND updated_at >= ").bind(place.updated_at);
    query.text(" AND (updated_at, id) > (").bind(place.updated_at).text(", ").bind(place.id);
    query.text(") ORDER BY updated_at, id LIMIT ").bind(limit);
}
