//! Request headers that handlers ask for.

use actix_web::{HttpMessage, HttpRequest};
use uuid::Uuid;

/// The id of this request, made by the middleware; it stands in every transaction the request writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestId(pub Uuid);

impl RequestId {
    /// The id the middleware gave `request`.
    pub fn of(request: &HttpRequest) -> Self {
        request.extensions().get::<Self>().copied().unwrap_or(Self(Uuid::nil()))
    }
}
