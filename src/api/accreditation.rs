//! Accreditations: the bureau grants what an institution may post.

use actix_web::web::{Data, Path, Payload, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, web};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, OpenApi, ToSchema};

use super::listing::Place;
use super::responses::{GetProblems, SubcreateProblems, SublistProblems, UpdateProblems};
use super::versioned::{created, standing};
use crate::domain::accreditation::NewAccreditation;
use crate::domain::ids::{AccreditationId, InstitutionId};
use crate::domain::kind::AchievementKind;
use crate::http::bearer::Bearer;
use crate::http::body::{self, BODY_MAX};
use crate::http::cursor::Page;
use crate::http::etag;
use crate::http::present::{blocking, path_id};
use crate::http::problem::Problem;
use crate::services::App;
use crate::services::accreditation::{AccreditationChange, AccreditationRow};

#[derive(OpenApi)]
#[openapi(paths(create_accreditation, list_accreditations, get_accreditation, update_accreditation))]
/// This noun's part of the document.
pub struct Doc;

/// Routes of this noun.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(
            web::resource("/api/v1/institutions/{id}/accreditations")
                .route(web::post().to(create_accreditation))
                .route(web::get().to(list_accreditations)),
        )
        .service(
            web::resource("/api/v1/accreditations/{id}")
                .route(web::get().to(get_accreditation))
                .route(web::patch().to(update_accreditation)),
        );
}

/// What an institution may post.
#[derive(Serialize, ToSchema)]
#[schema(as = Accreditation)]
pub struct AccreditationBody {
    /// Its id.
    id: AccreditationId,
    /// Who may post.
    institution_id: InstitutionId,
    /// Kind of achievement.
    kind: AchievementKind,
    /// Codes, exact or as a prefix that ends in `*`; all when null.
    codes: Option<Vec<String>>,
    /// Levels; all when null.
    levels: Option<Vec<String>>,
    /// First day.
    valid_from: NaiveDate,
    /// Last day; open when null.
    valid_to: Option<NaiveDate>,
}

impl From<AccreditationRow> for AccreditationBody {
    fn from(AccreditationRow { accreditation, .. }: AccreditationRow) -> Self {
        Self {
            id: accreditation.id,
            institution_id: accreditation.institution_id,
            kind: accreditation.kind,
            codes: accreditation.codes,
            levels: accreditation.levels,
            valid_from: accreditation.valid_from,
            valid_to: accreditation.valid_to,
        }
    }
}

/// Which page is wanted.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct AccreditationQuery {
    /// Items on a page.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<i64>,
    /// From `next`.
    cursor: Option<String>,
}

#[utoipa::path(
    post, path = "/api/v1/institutions/{id}/accreditations", operation_id = "create_accreditation",
    tag = "institutions",
    summary = "Accredit an institution · 备案机构可登记的成果",
    description = "For the bureau. Any one accreditation that covers kind, code, level and day permits posting.",
    params(("id" = Uuid, Path, description = "The institution")),
    request_body = NewAccreditation,
    responses((status = 201, description = "Granted", body = AccreditationBody), SubcreateProblems),
    security(("oauth2" = ["accreditations:write"]))
)]
async fn create_accreditation(
    Bearer(actor): Bearer,
    path: Path<String>,
    request: HttpRequest,
    payload: Payload,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    let institution = path_id(&path)?;
    let new = body::json::<NewAccreditation>(&request, payload, BODY_MAX).await?.value;
    let row = blocking(move || app.create_accreditation(&actor, institution, &new)).await?;
    let address = format!("/api/v1/accreditations/{}", row.accreditation.id);
    Ok(created(address, row.version, AccreditationBody::from(row)))
}

#[utoipa::path(
    get, path = "/api/v1/institutions/{id}/accreditations", operation_id = "list_accreditations",
    tag = "institutions",
    summary = "List an institution's accreditations · 机构备案列表",
    params(("id" = Uuid, Path, description = "The institution"), AccreditationQuery),
    responses((status = 200, description = "A page", body = Page<AccreditationBody>), SublistProblems),
    security(("oauth2" = ["institutions:read"]))
)]
async fn list_accreditations(
    Bearer(actor): Bearer,
    path: Path<String>,
    request: HttpRequest,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    let institution = path_id(&path)?;
    let query = body::query::<AccreditationQuery>(&request)?;
    let place = Place::read(&app, &request, query.limit, query.cursor.as_deref())?;
    let reader = app.clone();
    let rows = move || reader.list_accreditations(&actor, institution, place.after, place.rows());
    let rows = blocking(rows).await?;
    Ok(place.respond(&app, &request, rows, |row| row.accreditation.id.uuid(), AccreditationBody::from))
}

#[utoipa::path(
    get, path = "/api/v1/accreditations/{id}", operation_id = "get_accreditation", tag = "institutions",
    summary = "Get an accreditation · 查看备案",
    params(("id" = Uuid, Path, description = "The accreditation")),
    responses((status = 200, description = "The accreditation", body = AccreditationBody), GetProblems),
    security(("oauth2" = ["institutions:read"]))
)]
async fn get_accreditation(Bearer(actor): Bearer, path: Path<String>, app: Data<App>) -> Result<HttpResponse, Problem> {
    let id = path_id(&path)?;
    let row = blocking(move || app.get_accreditation(&actor, id)).await?;
    Ok(standing(row.version, AccreditationBody::from(row)))
}

#[utoipa::path(
    patch, path = "/api/v1/accreditations/{id}", operation_id = "update_accreditation", tag = "institutions",
    summary = "Change an accreditation · 修改备案",
    description = "For the bureau. What was posted under it stands.",
    params(
        ("id" = Uuid, Path, description = "The accreditation"),
        ("If-Match" = String, Header, description = "The version that the change is based on, from ETag"),
    ),
    request_body = AccreditationChange,
    responses((status = 200, description = "As it stands now", body = AccreditationBody), UpdateProblems),
    security(("oauth2" = ["accreditations:write"]))
)]
async fn update_accreditation(
    Bearer(actor): Bearer,
    path: Path<String>,
    request: HttpRequest,
    payload: Payload,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    let id = path_id(&path)?;
    let expected = etag::expected_version(&request)?;
    let change = body::json::<AccreditationChange>(&request, payload, BODY_MAX).await?.value;
    let row = blocking(move || app.update_accreditation(&actor, id, expected, &change)).await?;
    Ok(standing(row.version, AccreditationBody::from(row)))
}
