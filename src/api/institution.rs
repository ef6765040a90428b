//! Institutions: the bureau keeps the list, every client reads it.

use actix_web::web::{Data, Path, Payload, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, web};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, OpenApi, ToSchema};

use super::listing::Place;
use super::responses::{CreateProblems, GetProblems, ListProblems, UpdateProblems};
use super::versioned::{created, standing};
use crate::domain::ids::InstitutionId;
use crate::domain::institution::{InstitutionKind, InstitutionStatus, NewInstitution};
use crate::http::bearer::Bearer;
use crate::http::body::{self, BODY_MAX};
use crate::http::cursor::Page;
use crate::http::etag;
use crate::http::present::{blocking, path_id};
use crate::http::problem::Problem;
use crate::services::App;
use crate::services::institution::{InstitutionChange, InstitutionRow};

#[derive(OpenApi)]
#[openapi(paths(create_institution, list_institutions, get_institution, update_institution))]
/// This noun's part of the document.
pub struct Doc;

/// Routes of this noun.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(
            web::resource("/api/v1/institutions")
                .route(web::post().to(create_institution))
                .route(web::get().to(list_institutions)),
        )
        .service(
            web::resource("/api/v1/institutions/{id}")
                .route(web::get().to(get_institution))
                .route(web::patch().to(update_institution)),
        );
}

/// An institution.
#[derive(Serialize, ToSchema)]
#[schema(as = Institution)]
pub struct InstitutionBody {
    /// Its id.
    id: InstitutionId,
    /// Full name.
    name: String,
    /// Short name.
    short_name: Option<String>,
    /// Kind.
    kind: InstitutionKind,
    /// Unified social credit code.
    uscc: String,
    /// School code 学校标识码.
    school_code: Option<String>,
    /// The bureau that it belongs to.
    authority_id: Option<InstitutionId>,
    /// Region code.
    region: String,
    /// Whether it may act.
    status: InstitutionStatus,
}

impl From<InstitutionRow> for InstitutionBody {
    fn from(row: InstitutionRow) -> Self {
        let InstitutionRow { id, uscc, school_code, name, short_name, kind, authority_id, region, status, .. } = row;
        Self { id, name, short_name, kind, uscc, school_code, authority_id, region, status }
    }
}

/// Which institutions are wanted.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct InstitutionQuery {
    /// Of this kind only.
    kind: Option<InstitutionKind>,
    /// Items on a page.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<i64>,
    /// From `next`.
    cursor: Option<String>,
}

#[utoipa::path(
    post, path = "/api/v1/institutions", operation_id = "create_institution", tag = "institutions",
    summary = "Register an institution · 登记机构",
    description = "For the bureau. The institution is not accredited for anything yet.",
    request_body = NewInstitution,
    responses((status = 201, description = "Registered", body = InstitutionBody), CreateProblems),
    security(("oauth2" = ["institutions:write"]))
)]
async fn create_institution(
    Bearer(actor): Bearer,
    request: HttpRequest,
    payload: Payload,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    let new = body::json::<NewInstitution>(&request, payload, BODY_MAX).await?.value;
    let row = blocking(move || app.create_institution(&actor, &new)).await?;
    Ok(created(format!("/api/v1/institutions/{}", row.id), row.version, InstitutionBody::from(row)))
}

#[utoipa::path(
    get, path = "/api/v1/institutions", operation_id = "list_institutions", tag = "institutions",
    summary = "List institutions · 机构列表",
    params(InstitutionQuery),
    responses((status = 200, description = "A page", body = Page<InstitutionBody>), ListProblems),
    security(("oauth2" = ["institutions:read"]))
)]
async fn list_institutions(
    Bearer(actor): Bearer,
    request: HttpRequest,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    let query = body::query::<InstitutionQuery>(&request)?;
    let place = Place::read(&app, &request, query.limit, query.cursor.as_deref())?;
    let reader = app.clone();
    let rows = move || reader.list_institutions(&actor, query.kind, place.after, place.rows());
    let rows = blocking(rows).await?;
    Ok(place.respond(&app, &request, rows, |row| row.id.uuid(), InstitutionBody::from))
}

#[utoipa::path(
    get, path = "/api/v1/institutions/{id}", operation_id = "get_institution", tag = "institutions",
    summary = "Get an institution · 查看机构",
    params(("id" = Uuid, Path, description = "The institution")),
    responses((status = 200, description = "The institution", body = InstitutionBody), GetProblems),
    security(("oauth2" = ["institutions:read"]))
)]
async fn get_institution(Bearer(actor): Bearer, path: Path<String>, app: Data<App>) -> Result<HttpResponse, Problem> {
    let id = path_id(&path)?;
    let row = blocking(move || app.get_institution(&actor, id)).await?;
    Ok(standing(row.version, InstitutionBody::from(row)))
}

#[utoipa::path(
    patch, path = "/api/v1/institutions/{id}", operation_id = "update_institution", tag = "institutions",
    summary = "Change an institution · 修改机构",
    description = "For the bureau. The clients of an institution that is not active are refused.",
    params(
        ("id" = Uuid, Path, description = "The institution"),
        ("If-Match" = String, Header, description = "The version that the change is based on, from ETag"),
    ),
    request_body = InstitutionChange,
    responses((status = 200, description = "As it stands now", body = InstitutionBody), UpdateProblems),
    security(("oauth2" = ["institutions:write"]))
)]
async fn update_institution(
    Bearer(actor): Bearer,
    path: Path<String>,
    request: HttpRequest,
    payload: Payload,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    let id = path_id(&path)?;
    let expected = etag::expected_version(&request)?;
    let change = body::json::<InstitutionChange>(&request, payload, BODY_MAX).await?.value;
    let row = blocking(move || app.update_institution(&actor, id, expected, &change)).await?;
    Ok(standing(row.version, InstitutionBody::from(row)))
}
