//! Enrolments of learners and their status.

use actix_web::web::{Data, Payload, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, web};
use utoipa::OpenApi;

use super::problem_schema::ProblemBody;
use crate::domain::enrolment::NewEnrolment;
use crate::domain::ids::{EnrolmentId, LearnerId};
use crate::http::bearer::Bearer;
use crate::http::body::{self, BODY_MAX};
use crate::http::cursor::{self, Page};
use crate::http::etag;
use crate::http::keyed::Keyed;
use crate::http::present::{blocking, path_id, replayed};
use crate::http::problem::Problem;
use crate::services::App;
use crate::services::enrolment::{ChangeStatus, EnrolmentDetails, EnrolmentView};

/// This noun's part of the document.
#[derive(OpenApi)]
#[openapi(paths(open_enrolment, list_enrolments, get_enrolment, change_enrolment_status))]
pub struct Doc;

/// Routes of this noun.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(
            web::resource("/api/v1/learners/{id}/enrolments")
                .route(web::post().to(open_enrolment))
                .route(web::get().to(list_enrolments)),
        )
        .service(web::resource("/api/v1/enrolments/{id}").route(web::get().to(get_enrolment)))
        .service(web::resource("/api/v1/enrolments/{id}/status").route(web::post().to(change_enrolment_status)));
}

#[utoipa::path(
    post, path = "/api/v1/learners/{id}/enrolments", operation_id = "open_enrolment", tag = "enrolments",
    summary = "Open an enrolment · 登记学籍",
    description = "In a programme of the caller's, for a learner it knows. One that stands already is answered.",
    params(
        ("id" = Uuid, Path, description = "The learner"),
        ("Idempotency-Key" = String, Header, description = "1 to 255 visible ASCII characters"),
    ),
    request_body = NewEnrolment,
    responses(
        (status = 201, description = "The enrolment", body = EnrolmentDetails),
        (status = 400, description = "Something is wrong with the request", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No valid token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "The client's quota is used up: wait Retry-After seconds", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "A scope is missing", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "None that the caller may see", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "The student number is another learner's, or the learner is in the programme already", body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "Too large", body = ProblemBody, content_type = "application/problem+json"),
        (status = 415, description = "Not JSON", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "A rule says no", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "Not now", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("oauth2" = ["learners:write"]))
)]
async fn open_enrolment(
    app: Data<App>,
    Bearer(actor): Bearer,
    id: web::Path<String>,
    keyed: Keyed,
) -> Result<HttpResponse, Problem> {
    let id = path_id::<LearnerId>(&id)?;
    let (new, once) = keyed.read::<NewEnrolment>(&app, actor, "open_enrolment", id).await?;
    let (details, again) = blocking(move || Ok(app.open_enrolment(&actor, id, &new, &once)?.parts())).await?;
    Ok(replayed(HttpResponse::Created(), again).insert_header(etag::header(details.version)).json(details))
}

#[utoipa::path(
    get, path = "/api/v1/learners/{id}/enrolments", operation_id = "list_enrolments", tag = "enrolments",
    summary = "The enrolments of a learner · 查询学习者的学籍",
    description = "All of one's own learner; those at other institutions without student number and class.",
    params(("id" = Uuid, Path, description = "The learner")),
    responses(
        (status = 200, description = "All of them", body = Page<EnrolmentView>),
        (status = 401, description = "No valid token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "The client's quota is used up: wait Retry-After seconds", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "A scope is missing", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "None that the caller may see", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "Not now", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("oauth2" = ["learners:read"]))
)]
async fn list_enrolments(
    app: Data<App>,
    Bearer(actor): Bearer,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let id = path_id::<LearnerId>(&id)?;
    let items = blocking(move || app.list_enrolments(&actor, id)).await?;
    Ok(cursor::respond(&Page { items, next: None }))
}

#[utoipa::path(
    get, path = "/api/v1/enrolments/{id}", operation_id = "get_enrolment", tag = "enrolments",
    summary = "An enrolment with its history · 查看学籍",
    params(("id" = Uuid, Path, description = "The enrolment")),
    responses(
        (status = 200, description = "The enrolment", body = EnrolmentDetails),
        (status = 401, description = "No valid token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "The client's quota is used up: wait Retry-After seconds", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "A scope is missing", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "None that the caller may see", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "Not now", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("oauth2" = ["learners:read"]))
)]
async fn get_enrolment(app: Data<App>, Bearer(actor): Bearer, id: web::Path<String>) -> Result<HttpResponse, Problem> {
    let id = path_id::<EnrolmentId>(&id)?;
    let details = blocking(move || app.get_enrolment(&actor, id)).await?;
    Ok(HttpResponse::Ok().insert_header(etag::header(details.version)).json(details))
}

#[utoipa::path(
    post, path = "/api/v1/enrolments/{id}/status", operation_id = "change_enrolment_status", tag = "enrolments",
    summary = "Change the status of an enrolment · 变更学籍状态",
    description = "By its institution. Ends are final, but a completed (结业) learner may graduate later.",
    params(("id" = Uuid, Path, description = "The enrolment")),
    request_body = ChangeStatus,
    responses(
        (status = 200, description = "The enrolment as it is now", body = EnrolmentDetails),
        (status = 400, description = "Something is wrong with the request", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No valid token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "The client's quota is used up: wait Retry-After seconds", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "A scope is missing", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "None that the caller may see", body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "Too large", body = ProblemBody, content_type = "application/problem+json"),
        (status = 415, description = "Not JSON", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "This status cannot follow the present one", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "Not now", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("oauth2" = ["learners:write"]))
)]
async fn change_enrolment_status(
    app: Data<App>,
    Bearer(actor): Bearer,
    id: web::Path<String>,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    let id = path_id::<EnrolmentId>(&id)?;
    let change = body::json::<ChangeStatus>(&request, payload, BODY_MAX).await?.value;
    let details = blocking(move || app.change_enrolment_status(&actor, id, &change)).await?;
    Ok(HttpResponse::Ok().insert_header(etag::header(details.version)).json(details))
}
