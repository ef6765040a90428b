//! Course substitutions for one learner.

use actix_web::web::{Data, Path, Payload, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, web};
use utoipa::OpenApi;
use uuid::Uuid;

use super::responses::{GetProblems, SubpostProblems};
use crate::domain::ids::EnrolmentId;
use crate::domain::requirement::Substitution;
use crate::http::bearer::Bearer;
use crate::http::body::{self, BODY_MAX};
use crate::http::caller::Caller;
use crate::http::cursor::{self, Page};
use crate::http::present::{blocking, path_id};
use crate::http::problem::Problem;
use crate::services::App;
use crate::services::substitution::SubstitutionView;

/// This noun's part of the document.
#[derive(OpenApi)]
#[openapi(paths(list_substitutions, create_substitution, revoke_substitution))]
pub struct Doc;

/// Routes of this noun.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(
            web::resource("/api/v1/enrolments/{id}/substitutions")
                .route(web::get().to(list_substitutions))
                .route(web::post().to(create_substitution)),
        )
        .service(
            web::resource("/api/v1/enrolments/{id}/substitutions/{substitution}")
                .route(web::delete().to(revoke_substitution)),
        );
}

#[utoipa::path(
    get, path = "/api/v1/enrolments/{id}/substitutions", operation_id = "list_substitutions", tag = "awards",
    summary = "Course substitutions of an enrolment · 课程替代",
    params(("id" = Uuid, Path, description = "The enrolment")),
    responses((status = 200, description = "All of them", body = Page<SubstitutionView>), GetProblems),
    security(("oauth2" = ["awards:read"]), ("session" = []))
)]
async fn list_substitutions(
    app: Data<App>,
    Caller(actor): Caller,
    path: Path<String>,
) -> Result<HttpResponse, Problem> {
    let id = path_id(&path)?;
    let items = blocking(move || app.list_substitutions(&actor, id)).await?;
    Ok(cursor::respond(&Page { items, next: None }))
}

#[utoipa::path(
    post, path = "/api/v1/enrolments/{id}/substitutions", operation_id = "create_substitution", tag = "awards",
    summary = "Let courses stand for another one · 登记课程替代",
    description = "By the enrolment's institution, for this learner alone. One that holds already is answered.",
    params(("id" = Uuid, Path, description = "The enrolment")),
    request_body = Substitution,
    responses((status = 201, description = "It holds", body = SubstitutionView), SubpostProblems),
    security(("oauth2" = ["awards:write"]))
)]
async fn create_substitution(
    app: Data<App>,
    Bearer(actor): Bearer,
    path: Path<String>,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    let id = path_id(&path)?;
    let new = body::json::<Substitution>(&request, payload, BODY_MAX).await?.value;
    let view = blocking(move || app.add_substitution(&actor, id, &new)).await?;
    Ok(HttpResponse::Created().json(view))
}

#[utoipa::path(
    delete, path = "/api/v1/enrolments/{id}/substitutions/{substitution}", operation_id = "revoke_substitution",
    tag = "awards",
    summary = "End a course substitution · 取消课程替代",
    params(
        ("id" = Uuid, Path, description = "The enrolment"),
        ("substitution" = Uuid, Path, description = "The substitution"),
    ),
    responses((status = 204, description = "It holds no longer"), GetProblems),
    security(("oauth2" = ["awards:write"]))
)]
async fn revoke_substitution(
    app: Data<App>,
    Bearer(actor): Bearer,
    path: Path<(String, String)>,
) -> Result<HttpResponse, Problem> {
    let (id, substitution) = path.into_inner();
    let id = path_id::<EnrolmentId>(&id)?;
    let substitution = path_id::<Uuid>(&substitution)?;
    blocking(move || app.end_substitution(&actor, id, substitution)).await?;
    Ok(HttpResponse::NoContent().finish())
}
