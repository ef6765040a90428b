//! Programmes: every school keeps its own, every client reads them.

use actix_web::web::{Data, Path, Payload, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, web};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, OpenApi, ToSchema};

use super::listing::Place;
use super::responses::{CreateProblems, GetProblems, KeyedUpdateProblems, ListProblems};
use super::versioned::{created, standing};
use crate::domain::ids::{InstitutionId, ProgrammeId};
use crate::domain::level::ProgrammeLevel;
use crate::domain::programme::NewProgramme;
use crate::http::bearer::Bearer;
use crate::http::body::{self, BODY_MAX};
use crate::http::cursor::Page;
use crate::http::etag;
use crate::http::present::{blocking, path_id};
use crate::http::problem::Problem;
use crate::services::App;
use crate::services::programme::{ProgrammeChange, ProgrammeFilter, VersionedProgramme};

#[derive(OpenApi)]
#[openapi(paths(create_programme, list_programmes, get_programme, update_programme))]
/// This noun's part of the document.
pub struct Doc;

/// Routes of this noun.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(
            web::resource("/api/v1/programmes")
                .route(web::post().to(create_programme))
                .route(web::get().to(list_programmes)),
        )
        .service(
            web::resource("/api/v1/programmes/{id}")
                .route(web::get().to(get_programme))
                .route(web::patch().to(update_programme)),
        );
}

/// A programme.
#[derive(Serialize, ToSchema)]
#[schema(as = Programme)]
pub struct ProgrammeBody {
    /// Its id.
    id: ProgrammeId,
    /// Whose.
    institution_id: InstitutionId,
    /// Level.
    level: ProgrammeLevel,
    /// Major code 专业代码.
    major_code: String,
    /// Name.
    name: String,
}

impl From<VersionedProgramme> for ProgrammeBody {
    fn from(VersionedProgramme { programme, .. }: VersionedProgramme) -> Self {
        Self {
            id: ProgrammeId::from_uuid(programme.id),
            institution_id: InstitutionId::from_uuid(programme.institution_id),
            level: programme.level,
            major_code: programme.major_code,
            name: programme.name,
        }
    }
}

/// Which programmes are wanted.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ProgrammeQuery {
    /// Of this institution only.
    institution_id: Option<InstitutionId>,
    /// Of this level only.
    level: Option<ProgrammeLevel>,
    /// Items on a page.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<i64>,
    /// From `next`.
    cursor: Option<String>,
}

#[utoipa::path(
    post, path = "/api/v1/programmes", operation_id = "create_programme", tag = "programmes",
    summary = "Register a programme · 登记专业",
    description = "For schools, their own. The major code must belong to the level.",
    request_body = NewProgramme,
    responses((status = 201, description = "Registered", body = ProgrammeBody), CreateProblems),
    security(("oauth2" = ["programmes:write"]))
)]
async fn create_programme(
    Bearer(actor): Bearer,
    request: HttpRequest,
    payload: Payload,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    let new = body::json::<NewProgramme>(&request, payload, BODY_MAX).await?.value;
    let row = blocking(move || app.create_programme(&actor, &new)).await?;
    Ok(created(format!("/api/v1/programmes/{}", row.programme.id), row.version, ProgrammeBody::from(row)))
}

#[utoipa::path(
    get, path = "/api/v1/programmes", operation_id = "list_programmes", tag = "programmes",
    summary = "List programmes · 专业列表",
    params(ProgrammeQuery),
    responses((status = 200, description = "A page", body = Page<ProgrammeBody>), ListProblems),
    security(("oauth2" = ["programmes:read"]))
)]
async fn list_programmes(Bearer(actor): Bearer, request: HttpRequest, app: Data<App>) -> Result<HttpResponse, Problem> {
    let query = body::query::<ProgrammeQuery>(&request)?;
    let place = Place::read(&app, &request, query.limit, query.cursor.as_deref())?;
    let filter = ProgrammeFilter { institution: query.institution_id, level: query.level };
    let reader = app.clone();
    let rows = blocking(move || reader.list_programmes(&actor, filter, place.after, place.rows())).await?;
    Ok(place.respond(&app, &request, rows, |row| row.programme.id, ProgrammeBody::from))
}

#[utoipa::path(
    get, path = "/api/v1/programmes/{id}", operation_id = "get_programme", tag = "programmes",
    summary = "Get a programme · 查看专业",
    params(("id" = Uuid, Path, description = "The programme")),
    responses((status = 200, description = "The programme", body = ProgrammeBody), GetProblems),
    security(("oauth2" = ["programmes:read"]))
)]
async fn get_programme(Bearer(actor): Bearer, path: Path<String>, app: Data<App>) -> Result<HttpResponse, Problem> {
    let id = path_id(&path)?;
    let row = blocking(move || app.get_programme(&actor, id)).await?;
    Ok(standing(row.version, ProgrammeBody::from(row)))
}

#[utoipa::path(
    patch, path = "/api/v1/programmes/{id}", operation_id = "update_programme", tag = "programmes",
    summary = "Change a programme · 修改专业",
    params(
        ("id" = Uuid, Path, description = "The programme"),
        ("If-Match" = String, Header, description = "The version that the change is based on, from ETag"),
    ),
    request_body = ProgrammeChange,
    responses((status = 200, description = "As it stands now", body = ProgrammeBody), KeyedUpdateProblems),
    security(("oauth2" = ["programmes:write"]))
)]
async fn update_programme(
    Bearer(actor): Bearer,
    path: Path<String>,
    request: HttpRequest,
    payload: Payload,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    let id = path_id(&path)?;
    let expected = etag::expected_version(&request)?;
    let change = body::json::<ProgrammeChange>(&request, payload, BODY_MAX).await?.value;
    let row = blocking(move || app.update_programme(&actor, id, expected, &change)).await?;
    Ok(standing(row.version, ProgrammeBody::from(row)))
}
