//! The first page: what this is and where to go.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use super::error::or_page;
use super::page::{Frame, html};
use super::visitor::Visitor;
use crate::http::problem::Problem;
use crate::services::App;

/// The first page.
#[derive(Template)]
#[template(path = "index.html")]
pub struct IndexPage {
    /// Around it.
    pub frame: Frame,
}

/// `GET /`
pub async fn show(request: HttpRequest, app: Data<App>) -> HttpResponse {
    let page = page(&request, &app).await;
    or_page(&request, &app, page)
}

async fn page(request: &HttpRequest, app: &Data<App>) -> Result<HttpResponse, Problem> {
    let visitor = Visitor::of(request, app).await?;
    html(app, StatusCode::OK, &visitor, &IndexPage { frame: Frame::new(app, &visitor) })
}
