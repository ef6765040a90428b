//! Conditions that credits cannot show.

use actix_web::web::{Data, Path, Payload, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, web};
use utoipa::OpenApi;

use super::responses::{GetProblems, SubcreateProblems};
use crate::domain::ids::EnrolmentId;
use crate::http::bearer::Bearer;
use crate::http::body::{self, BODY_MAX};
use crate::http::caller::Caller;
use crate::http::cursor::{self, Page};
use crate::http::present::{blocking, path_id};
use crate::http::problem::Problem;
use crate::services::App;
use crate::services::condition::{ConditionView, DecideCondition};

/// This noun's part of the document.
#[derive(OpenApi)]
#[openapi(paths(list_conditions, update_condition))]
pub struct Doc;

/// Routes of this noun.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/api/v1/enrolments/{id}/conditions").route(web::get().to(list_conditions)))
        .service(web::resource("/api/v1/enrolments/{id}/conditions/{code}").route(web::put().to(update_condition)));
}

#[utoipa::path(
    get, path = "/api/v1/enrolments/{id}/conditions", operation_id = "list_conditions", tag = "awards",
    summary = "Conditions of an enrolment and where they stand · 毕业条件",
    params(("id" = Uuid, Path, description = "The enrolment")),
    responses((status = 200, description = "All of them", body = Page<ConditionView>), GetProblems),
    security(("oauth2" = ["awards:read"]), ("session" = []))
)]
async fn list_conditions(app: Data<App>, Caller(actor): Caller, path: Path<String>) -> Result<HttpResponse, Problem> {
    let id = path_id(&path)?;
    let items = blocking(move || app.list_conditions(&actor, id)).await?;
    Ok(cursor::respond(&Page { items, next: None }))
}

#[utoipa::path(
    put, path = "/api/v1/enrolments/{id}/conditions/{code}", operation_id = "update_condition", tag = "awards",
    summary = "Confirm a condition, or say that it failed · 认定毕业条件",
    description = "By the enrolment's institution. `conduct`, `discipline`, `fitness`, `internship`, and what the plan asks for. Every decision stays on record; the latest holds. One that failed needs a reason.",
    params(
        ("id" = Uuid, Path, description = "The enrolment"),
        ("code" = String, Path, description = "The condition"),
    ),
    request_body = DecideCondition,
    responses((status = 200, description = "As it stands now", body = ConditionView), SubcreateProblems),
    security(("oauth2" = ["awards:write"]))
)]
async fn update_condition(
    app: Data<App>,
    Bearer(actor): Bearer,
    path: Path<(String, String)>,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    let (id, code) = path.into_inner();
    let id = path_id::<EnrolmentId>(&id)?;
    let decision = body::json::<DecideCondition>(&request, payload, BODY_MAX).await?.value;
    let view = blocking(move || app.decide_condition(&actor, id, &code, &decision)).await?;
    Ok(HttpResponse::Ok().json(view))
}
