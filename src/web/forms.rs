//! Reading a form, and telling our own forms from those that stand on other sites.

use actix_web::HttpRequest;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::web::{Payload, Query};
use serde::de::DeserializeOwned;

use super::visitor::Visitor;
use crate::http::body;
use crate::http::problem::Problem;
use crate::http::registry::Code;
use crate::http::same_site;
use crate::services::App;

/// Largest form: long names and passwords, percent-encoded, fit several times over.
const FORM_MAX: usize = 64 * 1024;

/// Reads a form; members that are not asked for are passed over.
pub async fn read<T: DeserializeOwned>(request: &HttpRequest, payload: Payload) -> Result<T, Problem> {
    let media = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !media.to_ascii_lowercase().starts_with("application/x-www-form-urlencoded") {
        return Err(Problem::new(Code::UnsupportedMediaType));
    }
    let raw = body::read(request, payload, FORM_MAX).await?;
    let malformed = || Problem::new(Code::InvalidRequest);
    let text = String::from_utf8(raw).map_err(|_| malformed())?;
    Query::<T>::from_query(&text).map(Query::into_inner).map_err(|_| malformed())
}

/// Refuses a form that is not ours: its token must be that of the visitor's cookie, and the browser must not say that
/// it came from another site.
pub fn guard(request: &HttpRequest, app: &App, visitor: &Visitor, token: &str) -> Result<(), Problem> {
    let ours =
        same_site::not_elsewhere(request, &app.settings.base_url) && app.form_token_fits(visitor.binding(), token);
    if ours { Ok(()) } else { Err(Problem::new(Code::Forbidden)) }
}
