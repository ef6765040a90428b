//! Around every request: its id, its log line, problems in its language, headers of every answer.

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage};
use uuid::Uuid;

use super::headers::RequestId;
use super::language::Language;
use super::problem::Problem;
use super::registry::Code;
use crate::ports::IdSource;

const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Gives the request an id (the caller's own UUID is kept), answers every refusal as a problem in its language and
/// marks the answer with the id.
pub async fn envelope(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let sent = request.headers().get(X_REQUEST_ID).and_then(|v| Uuid::parse_str(v.to_str().ok()?).ok());
    let id = sent.unwrap_or_else(|| crate::ports::SystemIds.id());
    request.extensions_mut().insert(RequestId(id));
    let language = Language::of(request.headers());
    let page = !request.path().starts_with("/api/") && !request.path().starts_with("/oauth/");
    let method = request.method().clone();
    let response = match next.call(request).await {
        Ok(response) => response.map_into_boxed_body(),
        Err(error) => return Err(error), // only what other middleware raises: there is none
    };
    let status = response.status();
    let problem = response.response().error().map(|error| match error.as_error::<Problem>() {
        Some(problem) => problem.clone(),
        None => Problem::new(general(status)),
    });
    let bare = status.is_client_error() && response.headers().get("content-type").is_none();
    let problem = problem.or_else(|| bare.then(|| Problem::new(general(status))));
    let mut response = match problem {
        Some(problem) if !page || bare => {
            let old = response.response().headers().get("allow").cloned();
            let (request, _) = response.into_parts();
            let mut answer = problem.respond(language, Some(&id.to_string()));
            if let Some(allow) = old {
                answer.headers_mut().insert(HeaderName::from_static("allow"), allow);
            }
            ServiceResponse::new(request, answer)
        }
        _ => response,
    };
    let headers = response.headers_mut();
    headers.insert(X_REQUEST_ID, HeaderValue::from_str(&id.to_string()).expect("a UUID is a header value"));
    headers.insert(HeaderName::from_static("x-content-type-options"), HeaderValue::from_static("nosniff"));
    if !headers.contains_key("cache-control") {
        headers.insert(HeaderName::from_static("cache-control"), HeaderValue::from_static("no-store"));
    }
    if status.is_server_error() {
        // The path may hold ids but no personal data; the query may, and is left out.
        tracing::warn!(request = %id, %method, path = response.request().path(), status = status.as_u16(), "answered");
    }
    Ok(response)
}

fn general(status: actix_web::http::StatusCode) -> Code {
    match status.as_u16() {
        400 => Code::InvalidRequest,
        404 => Code::NotFound,
        405 => Code::MethodNotAllowed,
        408 => Code::RequestTimeout,
        413 => Code::PayloadTooLarge,
        415 => Code::UnsupportedMediaType,
        429 => Code::TooManyRequests,
        503 => Code::ServiceUnavailable,
        _ => Code::InternalError,
    }
}
