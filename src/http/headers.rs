//! Request headers that handlers ask for.

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use std::future::{Ready, ready};
use uuid::Uuid;

use super::problem::Problem;
use super::registry::Code;

/// Longest `Idempotency-Key`.
pub const IDEMPOTENCY_KEY_MAX: usize = 255;

/// The request's `Idempotency-Key`: 1–255 visible ASCII characters.
#[derive(Debug, Clone)]
pub struct IdempotencyKey(pub String);

impl FromRequest for IdempotencyKey {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let key = request.headers().get("idempotency-key").and_then(|value| value.to_str().ok());
        let good = key.filter(|key| {
            (1..=IDEMPOTENCY_KEY_MAX).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic())
        });
        ready(good.map(|key| Self(key.to_owned())).ok_or_else(|| Problem::new(Code::IdempotencyKeyRequired)))
    }
}

/// The id of this request, made by the middleware; it stands in every transaction the request writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestId(pub Uuid);

impl RequestId {
    /// The id the middleware gave `request`.
    pub fn of(request: &HttpRequest) -> Self {
        request.extensions().get::<Self>().copied().unwrap_or(Self(Uuid::nil()))
    }
}
