//! Versions of mutable resources as strong entity tags (RFC 9110, section 8.8.3).

use actix_web::HttpRequest;
use actix_web::http::header::{ETAG, IF_MATCH};

use crate::services::error::{Error, Precondition, Result};

/// The header of a resource at `version`.
pub fn header(version: i64) -> (actix_web::http::header::HeaderName, String) {
    (ETAG, format!("\"v{version}\""))
}

/// The version a change is based on, from `If-Match`.
pub fn expected_version(request: &HttpRequest) -> Result<i64> {
    let header = request.headers().get(IF_MATCH).ok_or(Error::Precondition(Precondition::Missing))?;
    header
        .to_str()
        .ok()
        .and_then(|text| text.trim().strip_prefix("\"v")?.strip_suffix('"')?.parse().ok())
        .ok_or(Error::Precondition(Precondition::Stale))
}
