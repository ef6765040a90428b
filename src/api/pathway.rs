//! Pathways: programmes one after another.

use actix_web::web::{Data, Path, Payload, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, web};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, OpenApi, ToSchema};
use uuid::Uuid;

use super::listing::Place;
use super::responses::{CreateProblems, GetProblems, ListProblems, UpdateProblems};
use super::versioned::{created, standing};
use crate::domain::ids::ProgrammeId;
use crate::domain::pathway::{NewPathway, PathwayKind, PathwayState};
use crate::http::bearer::Bearer;
use crate::http::body::{self, BODY_MAX};
use crate::http::caller::Caller;
use crate::http::cursor::{self, Page};
use crate::http::etag;
use crate::http::present::{blocking, path_id};
use crate::http::problem::Problem;
use crate::services::App;
use crate::services::pathway::{LearnerPathway, PathwayChange, PathwayRow};

/// This noun's part of the document.
#[derive(OpenApi)]
#[openapi(paths(create_pathway, list_pathways, get_pathway, update_pathway, list_learner_pathways))]
pub struct Doc;

/// Routes of this noun.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(
            web::resource("/api/v1/pathways").route(web::post().to(create_pathway)).route(web::get().to(list_pathways)),
        )
        .service(
            web::resource("/api/v1/pathways/{id}")
                .route(web::get().to(get_pathway))
                .route(web::patch().to(update_pathway)),
        )
        .service(web::resource("/api/v1/learners/{id}/pathway").route(web::get().to(list_learner_pathways)));
}

/// A pathway.
#[derive(Serialize, ToSchema)]
#[schema(as = Pathway)]
pub struct PathwayBody {
    /// Its id.
    id: Uuid,
    /// Name.
    name: String,
    /// How the levels are joined.
    kind: PathwayKind,
    /// Its programmes, in order.
    programmes: Vec<ProgrammeId>,
    /// The rule set that holds within it.
    rule_set_id: Option<Uuid>,
    /// Whether learners still enter it.
    state: PathwayState,
}

impl From<PathwayRow> for PathwayBody {
    fn from(row: PathwayRow) -> Self {
        Self {
            id: row.id,
            name: row.name,
            kind: row.kind,
            programmes: row.programmes.into_iter().map(ProgrammeId::from_uuid).collect(),
            rule_set_id: row.rule_set,
            state: row.state,
        }
    }
}

/// Which page is wanted.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct PathwayQuery {
    /// Items on a page.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<i64>,
    /// From `next`.
    cursor: Option<String>,
}

#[utoipa::path(
    post, path = "/api/v1/pathways", operation_id = "create_pathway", tag = "pathways",
    summary = "Register a pathway · 登记贯通培养",
    description = "For the bureau: two or three programmes of rising levels (中职 → 高职 → 应用型本科).",
    request_body = NewPathway,
    responses((status = 201, description = "Registered", body = PathwayBody), CreateProblems),
    security(("oauth2" = ["awards:write"]))
)]
async fn create_pathway(
    app: Data<App>,
    Bearer(actor): Bearer,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    let new = body::json::<NewPathway>(&request, payload, BODY_MAX).await?.value;
    let row = blocking(move || app.create_pathway(&actor, &new)).await?;
    Ok(created(format!("/api/v1/pathways/{}", row.id), row.version, PathwayBody::from(row)))
}

#[utoipa::path(
    get, path = "/api/v1/pathways", operation_id = "list_pathways", tag = "pathways",
    summary = "List pathways · 贯通培养列表",
    params(PathwayQuery),
    responses((status = 200, description = "A page", body = Page<PathwayBody>), ListProblems),
    security(("oauth2" = ["programmes:read"]))
)]
async fn list_pathways(app: Data<App>, Bearer(actor): Bearer, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let query = body::query::<PathwayQuery>(&request)?;
    let place = Place::read(&app, &request, query.limit, query.cursor.as_deref())?;
    let reader = app.clone();
    let rows = blocking(move || reader.list_pathways(&actor, place.after, place.rows())).await?;
    Ok(place.respond(&app, &request, rows, |row| row.id, PathwayBody::from))
}

#[utoipa::path(
    get, path = "/api/v1/pathways/{id}", operation_id = "get_pathway", tag = "pathways",
    summary = "Get a pathway · 查看贯通培养",
    params(("id" = Uuid, Path, description = "The pathway")),
    responses((status = 200, description = "The pathway", body = PathwayBody), GetProblems),
    security(("oauth2" = ["programmes:read"]))
)]
async fn get_pathway(app: Data<App>, Bearer(actor): Bearer, path: Path<String>) -> Result<HttpResponse, Problem> {
    let id = path_id::<Uuid>(&path)?;
    let row = blocking(move || app.get_pathway(&actor, id)).await?;
    Ok(standing(row.version, PathwayBody::from(row)))
}

#[utoipa::path(
    patch, path = "/api/v1/pathways/{id}", operation_id = "update_pathway", tag = "pathways",
    summary = "Change a pathway · 修改贯通培养",
    description = "For the bureau. What is left out stays.",
    params(
        ("id" = Uuid, Path, description = "The pathway"),
        ("If-Match" = String, Header, description = "The version the change is based on"),
    ),
    request_body = PathwayChange,
    responses((status = 200, description = "Changed", body = PathwayBody), UpdateProblems),
    security(("oauth2" = ["awards:write"]))
)]
async fn update_pathway(
    app: Data<App>,
    Bearer(actor): Bearer,
    path: Path<String>,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    let id = path_id::<Uuid>(&path)?;
    let expected = etag::expected_version(&request)?;
    let change = body::json::<PathwayChange>(&request, payload, BODY_MAX).await?.value;
    let row = blocking(move || app.update_pathway(&actor, id, expected, &change)).await?;
    Ok(standing(row.version, PathwayBody::from(row)))
}

#[utoipa::path(
    get, path = "/api/v1/learners/{id}/pathway", operation_id = "list_learner_pathways", tag = "pathways",
    summary = "Where a learner is on its pathways · 学习者的贯通培养进程",
    params(("id" = Uuid, Path, description = "The learner")),
    responses((status = 200, description = "Its pathways", body = Page<LearnerPathway>), GetProblems),
    security(("oauth2" = ["learners:read"]), ("session" = []))
)]
async fn list_learner_pathways(
    app: Data<App>,
    Caller(actor): Caller,
    path: Path<String>,
) -> Result<HttpResponse, Problem> {
    let learner = path_id(&path)?;
    let items = blocking(move || app.learner_pathways(&actor, learner)).await?;
    Ok(cursor::respond(&Page { items, next: None }))
}
