//! Answers that carry a version.

use actix_web::HttpResponse;
use actix_web::http::header::LOCATION;
use serde::Serialize;

use crate::http::etag;

/// 201 with the address and the version of what was created.
pub fn created<B: Serialize>(address: String, version: i64, body: B) -> HttpResponse {
    HttpResponse::Created().insert_header((LOCATION, address)).insert_header(etag::header(version)).json(body)
}

/// 200 with the version of what stands.
pub fn standing<B: Serialize>(version: i64, body: B) -> HttpResponse {
    HttpResponse::Ok().insert_header(etag::header(version)).json(body)
}
