//! Keyset cursors: opaque to clients, bound to the list they came from by a keyed digest.

use actix_web::http::header::LINK;
use actix_web::{HttpResponse, HttpResponseBuilder};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;

use crate::crypto::keys::{KeyRing, Purpose, same};
use crate::domain::invalid::{Invalid, Reason};

/// Most items on a page.
pub const PAGE_MAX: i64 = 200;
/// Items on a page unless asked otherwise.
pub const PAGE_DEFAULT: i64 = 50;
const TAG_LEN: usize = 8;

/// The number of items asked for, within bounds.
pub fn page_size(limit: Option<i64>) -> Result<i64, Invalid> {
    match limit.unwrap_or(PAGE_DEFAULT) {
        limit @ 1..=PAGE_MAX => Ok(limit),
        _ => Err(Invalid::one("/query/limit", Reason::OutOfRange { min: "1".into(), max: PAGE_MAX.to_string() })),
    }
}

/// Writes `position` in `list` as a cursor.
pub fn encode(keys: &KeyRing, list: &str, position: &[u8]) -> String {
    let tag = keys.digest(Purpose::Cursor, &[list.as_bytes(), position]);
    URL_SAFE_NO_PAD.encode([&tag[..TAG_LEN], position].concat())
}

/// The refusal of a cursor that no page gave.
pub fn wrong() -> Invalid {
    Invalid::one("/query/cursor", Reason::Format { expected: "a cursor from `next`" })
}

/// Reads a cursor back; one of another list or made up is refused.
pub fn decode(keys: &KeyRing, list: &str, cursor: &str) -> Result<Vec<u8>, Invalid> {
    let bytes = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| wrong())?;
    let (tag, position) = bytes.split_at_checked(TAG_LEN).ok_or_else(wrong)?;
    let expected = keys.digest(Purpose::Cursor, &[list.as_bytes(), position]);
    if same(tag, &expected[..TAG_LEN]) { Ok(position.to_vec()) } else { Err(wrong()) }
}

/// A page of a list and where the next one is.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Page<T> {
    /// The items.
    pub items: Vec<T>,
    /// Address of the next page; null on the last.
    pub next: Option<String>,
}

/// Answers a page with its `Link` header (RFC 8288).
pub fn respond<T: Serialize>(page: &Page<T>) -> HttpResponse {
    let mut response: HttpResponseBuilder = HttpResponse::Ok();
    if let Some(next) = &page.next {
        response.insert_header((LINK, format!("<{next}>; rel=\"next\"")));
    }
    response.json(page)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::SystemIds;

    #[test]
    fn a_cursor_reads_back_in_its_own_list_only() {
        let keys = KeyRing::from_hex(&KeyRing::generate_hex(&SystemIds)).expect("good");
        let cursor = encode(&keys, "learners", b"42");
        assert_eq!(decode(&keys, "learners", &cursor).expect("own"), b"42");
        assert!(decode(&keys, "statement", &cursor).is_err());
        assert!(decode(&keys, "learners", "AAAA").is_err());
        assert!(decode(&keys, "learners", "不是").is_err());
    }

    #[test]
    fn page_sizes_have_bounds() {
        assert_eq!(page_size(None).ok(), Some(PAGE_DEFAULT));
        assert_eq!(page_size(Some(200)).ok(), Some(200));
        for bad in [0, -1, 201, i64::MAX] {
            assert!(page_size(Some(bad)).is_err());
        }
    }
}
