//! The list of problem codes: what `type` of a problem points at.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use super::error::or_page;
use super::page::{Frame, html};
use super::visitor::Visitor;
use crate::http::problem::Problem;
use crate::http::registry::Code;
use crate::services::App;

/// The list.
#[derive(Template)]
#[template(path = "problems.html")]
pub struct ProblemsPage {
    /// Around it.
    pub frame: Frame,
    /// Every code.
    pub codes: &'static [Code],
}

/// `GET /problems`
pub async fn show(request: HttpRequest, app: Data<App>) -> HttpResponse {
    let page = page(&request, &app).await;
    or_page(&request, &app, page)
}

async fn page(request: &HttpRequest, app: &Data<App>) -> Result<HttpResponse, Problem> {
    let visitor = Visitor::of(request, app).await?;
    let page = ProblemsPage { frame: Frame::new(app, &visitor), codes: Code::ALL };
    html(app, StatusCode::OK, &visitor, &page)
}
