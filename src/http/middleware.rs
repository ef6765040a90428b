//! Around every request: its id, its log line, problems in its language, headers of every answer.

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{AUTHORIZATION, HeaderName, HeaderValue, WWW_AUTHENTICATE};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{Error, HttpMessage, HttpRequest};
use uuid::Uuid;

use super::audit;
use super::headers::RequestId;
use super::language::Language;
use super::problem::Problem;
use super::rate_limit;
use super::registry::Code;
use crate::ports::IdSource;
use crate::services::App;

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
    let bears = request.headers().contains_key(AUTHORIZATION);
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
    audit::note(&response, problem.as_ref().map(|problem| problem.code));
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
    let asked = response.request().clone();
    let headers = response.headers_mut();
    rate_limit::tell(&asked, headers);
    if let Some(challenge) = headers.get(WWW_AUTHENTICATE).and_then(|old| challenge(&asked, old, bears)) {
        headers.insert(WWW_AUTHENTICATE, challenge);
    }
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

/// A challenge for a token that says where to learn how to get one (RFC 9728, section 5.1). Who sent none made no error
/// (RFC 6750, section 3.1).
fn challenge(request: &HttpRequest, old: &HeaderValue, bears: bool) -> Option<HeaderValue> {
    let old = old.to_str().ok().filter(|old| old.starts_with("Bearer "))?;
    let app = request.app_data::<Data<App>>()?;
    let old = if bears { old.to_owned() } else { old.replace(r#", error="invalid_token""#, "") };
    let metadata = format!("{}/.well-known/oauth-protected-resource", app.settings.base_url);
    HeaderValue::try_from(format!(r#"{old}, resource_metadata="{metadata}""#)).ok()
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
