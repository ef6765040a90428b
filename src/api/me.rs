//! Who the caller is.

use actix_web::web::{Data, ServiceConfig};
use actix_web::{HttpResponse, web};
use utoipa::OpenApi;

use super::responses::ReportProblems;
use crate::http::caller::Caller;
use crate::http::present::blocking;
use crate::http::problem::Problem;
use crate::services::App;
use crate::services::me::MeView;

/// This noun's part of the document.
#[derive(OpenApi)]
#[openapi(paths(get_me))]
pub struct Doc;

/// Routes of this noun.
pub fn routes(config: &mut ServiceConfig) {
    config.service(web::resource("/api/v1/me").route(web::get().to(get_me)));
}

#[utoipa::path(
    get, path = "/api/v1/me", operation_id = "get_me", tag = "service",
    summary = "Who the caller is: a client or a learner · 当前调用者",
    responses((status = 200, description = "The caller", body = MeView), ReportProblems),
    security(("oauth2" = []), ("session" = []))
)]
async fn get_me(app: Data<App>, Caller(actor): Caller) -> Result<HttpResponse, Problem> {
    let me = blocking(move || app.me(&actor)).await?;
    Ok(HttpResponse::Ok().json(me))
}
