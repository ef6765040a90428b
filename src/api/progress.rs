//! How far learners are in their programmes.

use actix_web::web::{Data, Path, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use utoipa::{IntoParams, OpenApi};

use super::responses::{GetProblems, SublistProblems};
use crate::domain::ids::EnrolmentId;
use crate::http::body;
use crate::http::caller::Caller;
use crate::http::cursor::{self, Page};
use crate::http::present::{blocking, path_id};
use crate::http::problem::Problem;
use crate::services::App;
use crate::services::progress::ProgressView;

/// This noun's part of the document.
#[derive(OpenApi)]
#[openapi(paths(get_enrolment_progress, list_learner_progress))]
pub struct Doc;

/// Routes of this noun.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/api/v1/enrolments/{id}/progress").route(web::get().to(get_enrolment_progress)))
        .service(web::resource("/api/v1/learners/{id}/progress").route(web::get().to(list_learner_progress)));
}

#[utoipa::path(
    get, path = "/api/v1/enrolments/{id}/progress", operation_id = "get_enrolment_progress", tag = "progress",
    summary = "How far an enrolment is, and what is missing · 学业进度",
    description = "Per module what is earned, granted and needed, which courses are missing and what would fill it; every requirement of the plan; conditions; converted credits against the cap. For the learner, its institution and the bureau.",
    params(("id" = Uuid, Path, description = "The enrolment")),
    responses((status = 200, description = "How far", body = ProgressView), GetProblems),
    security(("oauth2" = ["learners:read"]), ("session" = []))
)]
async fn get_enrolment_progress(
    app: Data<App>,
    Caller(actor): Caller,
    path: Path<String>,
) -> Result<HttpResponse, Problem> {
    let id = path_id::<EnrolmentId>(&path)?;
    let view = blocking(move || app.enrolment_progress(&actor, id)).await?;
    Ok(HttpResponse::Ok().json(view))
}

/// Which enrolment is wanted.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ProgressQuery {
    /// Only this enrolment.
    enrolment_id: Option<EnrolmentId>,
}

#[utoipa::path(
    get, path = "/api/v1/learners/{id}/progress", operation_id = "list_learner_progress", tag = "progress",
    summary = "How far a learner is in its enrolments · 学习者的学业进度",
    description = "For the learner all, for a school those of its own, for the bureau all.",
    params(("id" = Uuid, Path, description = "The learner"), ProgressQuery),
    responses((status = 200, description = "Every enrolment", body = Page<ProgressView>), SublistProblems),
    security(("oauth2" = ["learners:read"]), ("session" = []))
)]
async fn list_learner_progress(
    app: Data<App>,
    Caller(actor): Caller,
    path: Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let learner = path_id(&path)?;
    let ProgressQuery { enrolment_id } = body::query(&request)?;
    let items = blocking(move || app.learner_progress(&actor, learner, enrolment_id)).await?;
    Ok(cursor::respond(&Page { items, next: None }))
}
