//! The bureau's catalogues: what certificates and other results are worth. Every client reads them.

use actix_web::web::{Data, Path, Payload, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, web};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, OpenApi, ToSchema};

use super::listing::Place;
use super::responses::{CreateProblems, GetProblems, ListProblems, UpdateProblems};
use super::versioned::{created, standing};
use crate::domain::catalogue::{CatalogueKind, NewCatalogueEntry};
use crate::domain::competition::CompetitionTier;
use crate::domain::credit::CreditAmount;
use crate::domain::ids::{CatalogueEntryId, InstitutionId};
use crate::http::bearer::Bearer;
use crate::http::body::{self, BODY_MAX};
use crate::http::cursor::Page;
use crate::http::etag;
use crate::http::present::{blocking, path_id};
use crate::http::problem::Problem;
use crate::services::App;
use crate::services::catalogue::{CatalogueChange, CatalogueRow};

#[derive(OpenApi)]
#[openapi(paths(create_certificate, list_certificates, get_certificate, update_certificate))]
/// This noun's part of the document.
pub struct Doc;

/// Routes of this noun.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(
            web::resource("/api/v1/certificates")
                .route(web::post().to(create_certificate))
                .route(web::get().to(list_certificates)),
        )
        .service(
            web::resource("/api/v1/certificates/{id}")
                .route(web::get().to(get_certificate))
                .route(web::patch().to(update_certificate)),
        );
}

/// What one kind, code and level is worth.
#[derive(Serialize, ToSchema)]
#[schema(as = CatalogueEntry)]
pub struct CatalogueEntryBody {
    /// Its id.
    id: CatalogueEntryId,
    /// Kind.
    kind: CatalogueKind,
    /// Code; for experience its type.
    code: String,
    /// Level; null where the kind has none, or where the entry holds for every level.
    level: Option<String>,
    /// Name.
    name: String,
    /// The body that issues it.
    body_id: Option<InstitutionId>,
    /// Credits.
    credits: CreditAmount,
    /// First day of completion or issue for which it holds.
    valid_from: NaiveDate,
    /// Last such day; open when null.
    valid_to: Option<NaiveDate>,
    /// Competitions only: the tier.
    tier: Option<CompetitionTier>,
    /// Competitions only: team members that may gain credits.
    team_max: Option<u32>,
    /// What counts once however many of it are held: the levels of one certificate, the prizes of one contest.
    family: Option<String>,
    /// Words that rules may ask for.
    tags: Vec<String>,
}

impl From<CatalogueRow> for CatalogueEntryBody {
    fn from(CatalogueRow { kind, code, entry, .. }: CatalogueRow) -> Self {
        Self {
            id: CatalogueEntryId::from_uuid(entry.id),
            kind,
            code,
            level: entry.level,
            name: entry.name,
            body_id: entry.body_id.map(InstitutionId::from_uuid),
            credits: entry.credits,
            valid_from: entry.valid_from,
            valid_to: entry.valid_to,
            tier: entry.tier,
            team_max: entry.team_max,
            family: entry.family,
            tags: entry.tags,
        }
    }
}

/// Which entries are wanted.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct CatalogueQuery {
    /// Of this kind only.
    kind: Option<CatalogueKind>,
    /// Of this code only.
    code: Option<String>,
    /// Items on a page.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<i64>,
    /// From `next`.
    cursor: Option<String>,
}

#[utoipa::path(
    post, path = "/api/v1/certificates", operation_id = "create_certificate", tag = "certificates",
    summary = "Publish a catalogue entry · 发布证书目录条目",
    description = "For the bureau: a certificate, examination, competition or kind of experience and its credits.",
    request_body = NewCatalogueEntry,
    responses((status = 201, description = "Published", body = CatalogueEntryBody), CreateProblems),
    security(("oauth2" = ["catalogue:write"]))
)]
async fn create_certificate(
    Bearer(actor): Bearer,
    request: HttpRequest,
    payload: Payload,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    let new = body::json::<NewCatalogueEntry>(&request, payload, BODY_MAX).await?.value;
    let row = blocking(move || app.create_certificate(&actor, &new)).await?;
    Ok(created(format!("/api/v1/certificates/{}", row.entry.id), row.version, CatalogueEntryBody::from(row)))
}

#[utoipa::path(
    get, path = "/api/v1/certificates", operation_id = "list_certificates", tag = "certificates",
    summary = "List the catalogue · 证书目录",
    params(CatalogueQuery),
    responses((status = 200, description = "A page", body = Page<CatalogueEntryBody>), ListProblems),
    security(("oauth2" = ["catalogue:read"]))
)]
async fn list_certificates(
    Bearer(actor): Bearer,
    request: HttpRequest,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    let CatalogueQuery { kind, code, limit, cursor } = body::query(&request)?;
    let place = Place::read(&app, &request, limit, cursor.as_deref())?;
    let reader = app.clone();
    let rows = move || reader.list_certificates(&actor, kind, code.as_deref(), place.after, place.rows());
    let rows = blocking(rows).await?;
    Ok(place.respond(&app, &request, rows, |row| row.entry.id, CatalogueEntryBody::from))
}

#[utoipa::path(
    get, path = "/api/v1/certificates/{id}", operation_id = "get_certificate", tag = "certificates",
    summary = "Get a catalogue entry · 查看证书目录条目",
    params(("id" = Uuid, Path, description = "The entry")),
    responses((status = 200, description = "The entry", body = CatalogueEntryBody), GetProblems),
    security(("oauth2" = ["catalogue:read"]))
)]
async fn get_certificate(Bearer(actor): Bearer, path: Path<String>, app: Data<App>) -> Result<HttpResponse, Problem> {
    let id = path_id(&path)?;
    let row = blocking(move || app.get_certificate(&actor, id)).await?;
    Ok(standing(row.version, CatalogueEntryBody::from(row)))
}

#[utoipa::path(
    patch, path = "/api/v1/certificates/{id}", operation_id = "update_certificate", tag = "certificates",
    summary = "Change a catalogue entry · 修改证书目录条目",
    description = "For the bureau. What was recognised before stands.",
    params(
        ("id" = Uuid, Path, description = "The entry"),
        ("If-Match" = String, Header, description = "The version that the change is based on, from ETag"),
    ),
    request_body = CatalogueChange,
    responses((status = 200, description = "As it stands now", body = CatalogueEntryBody), UpdateProblems),
    security(("oauth2" = ["catalogue:write"]))
)]
async fn update_certificate(
    Bearer(actor): Bearer,
    path: Path<String>,
    request: HttpRequest,
    payload: Payload,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    let id = path_id(&path)?;
    let expected = etag::expected_version(&request)?;
    let change = body::json::<CatalogueChange>(&request, payload, BODY_MAX).await?.value;
    let row = blocking(move || app.update_certificate(&actor, id, expected, &change)).await?;
    Ok(standing(row.version, CatalogueEntryBody::from(row)))
}
