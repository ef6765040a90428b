//! Lists by id, page by page.

use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;
use uuid::Uuid;

use crate::domain::invalid::Invalid;
use crate::http::cursor::{self, Page};
use crate::services::App;

/// Which page of a list is wanted.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    /// It begins after this id.
    pub after: Option<Uuid>,
    /// Items on the page.
    limit: i64,
}

impl Place {
    /// Reads `limit` and `cursor` of a request. A cursor belongs to the path it was given for.
    pub fn read(app: &App, request: &HttpRequest, limit: Option<i64>, cursor: Option<&str>) -> Result<Self, Invalid> {
        let limit = cursor::page_size(limit)?;
        let after = cursor
            .map(|cursor| {
                let position = cursor::decode(&app.keys, request.path(), cursor)?;
                Uuid::from_slice(&position).map_err(|_| cursor::wrong())
            })
            .transpose()?;
        Ok(Self { after, limit })
    }

    /// Rows to be read: one more than the page has tells whether there is another page.
    pub fn rows(&self) -> i64 {
        self.limit + 1
    }

    /// Answers the page that `rows` hold.
    pub fn respond<R, B: Serialize>(
        &self,
        app: &App,
        request: &HttpRequest,
        mut rows: Vec<R>,
        id: impl Fn(&R) -> Uuid,
        body: impl Fn(R) -> B,
    ) -> HttpResponse {
        let limit = usize::try_from(self.limit).unwrap_or(usize::MAX);
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = rows.last().filter(|_| more).map(|last| {
            let cursor = cursor::encode(&app.keys, request.path(), id(last).as_bytes());
            next_address(request.path(), request.query_string(), &cursor)
        });
        cursor::respond(&Page { items: rows.into_iter().map(body).collect(), next })
    }
}

/// The same address with another cursor.
pub(super) fn next_address(path: &str, query: &str, cursor: &str) -> String {
    let kept = query.split('&').filter(|pair| !pair.is_empty() && !pair.starts_with("cursor="));
    let cursor = format!("cursor={cursor}");
    let pairs: Vec<&str> = kept.chain([cursor.as_str()]).collect();
    format!("{path}?{}", pairs.join("&"))
}

#[cfg(test)]
mod tests {
    use super::next_address;

    #[test]
    fn the_next_page_keeps_the_filter() {
        assert_eq!(next_address("/a", "", "X"), "/a?cursor=X");
        assert_eq!(next_address("/a", "kind=b%20c&cursor=W&limit=2", "X"), "/a?kind=b%20c&limit=2&cursor=X");
    }
}
