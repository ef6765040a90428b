//! Pages for what went wrong.

use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_TYPE, RETRY_AFTER};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use super::page::{Frame, headed};
use super::visitor::Visitor;
use crate::http::audit;
use crate::http::headers::RequestId;
use crate::http::problem::{Problem, RETRY_AFTER_SECONDS};
use crate::http::registry::Code;
use crate::services::App;

/// The page of a problem.
#[derive(Template)]
#[template(path = "error.html")]
pub struct ErrorPage<'a> {
    /// Around it.
    pub frame: Frame,
    /// The status.
    pub status: u16,
    /// The code.
    pub code: &'a str,
    /// The general explanation.
    pub explanation: &'a str,
    /// The request.
    pub request: &'a str,
}

/// The page that a handler made, or the one for its problem.
pub fn or_page(request: &HttpRequest, app: &Data<App>, result: Result<HttpResponse, Problem>) -> HttpResponse {
    result.unwrap_or_else(|problem| answer(request, app, problem.code))
}

/// The page of a problem. It asks the database nothing: the database may be the problem.
pub fn answer(request: &HttpRequest, app: &App, code: Code) -> HttpResponse {
    let status = code.status();
    let page = ErrorPage {
        frame: Frame::new(app, &Visitor::stranger(request, app)),
        status: status.as_u16(),
        code: code.as_str(),
        explanation: code.zh(),
        request: &RequestId::of(request).0.to_string(),
    };
    let mut response = headed(app, status);
    if matches!(status, StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS) {
        response.insert_header((RETRY_AFTER, RETRY_AFTER_SECONDS.to_string()));
    }
    let text = page.render().unwrap_or_else(|_| code.zh().to_owned());
    let mut response = response.insert_header((CONTENT_TYPE, "text/html; charset=utf-8")).body(text);
    audit::refused(&mut response, code);
    response
}
