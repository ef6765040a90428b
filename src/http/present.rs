//! Small helpers of every handler.

use actix_web::web;

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
