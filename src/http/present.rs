//! Small helpers of every handler.

use actix_web::{HttpResponseBuilder, web};

use super::problem::Problem;
use super::registry::Code;
use crate::services::error::Error;

/// Runs a use case that blocks on the database, off the request threads.
pub async fn blocking<T: Send + 'static>(
    use_case: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Problem> {
    match web::block(use_case).await {
        Ok(result) => result.map_err(Problem::from),
        Err(_) => Err(Problem::new(Code::ServiceUnavailable)), // the pool is shutting down
    }
}

/// The id in a path; a malformed one names nothing.
pub fn path_id<T: std::str::FromStr>(text: &str) -> Result<T, Problem> {
    text.parse().map_err(|_| Problem::new(Code::NotFound))
}

/// Marks the answer to a request whose key had been answered before.
pub fn replayed(mut response: HttpResponseBuilder, again: bool) -> HttpResponseBuilder {
    if again {
        response.insert_header(("idempotency-replayed", "true"));
    }
    response
}
