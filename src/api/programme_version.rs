//! Programme versions: the plan of a programme for one cohort. A plan that stands is not changed.

use actix_web::web::{Data, Path, Payload, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, web};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, OpenApi, ToSchema};

use super::listing::Place;
use super::responses::{KeyedSubcreateProblems, SublistProblems};
use crate::domain::credit::CreditAmount;
use crate::domain::ids::{ProgrammeId, ProgrammeVersionId};
use crate::domain::programme_version::{Module, NewProgrammeVersion};
use crate::domain::requirement::Requirements;
use crate::http::bearer::Bearer;
use crate::http::body::{self, BODY_MAX};
use crate::http::cursor::Page;
use crate::http::present::{blocking, path_id};
use crate::http::problem::Problem;
use crate::services::App;
use crate::services::programme_version::ProgrammeVersionRow;

#[derive(OpenApi)]
#[openapi(paths(create_programme_version, list_programme_versions))]
/// This noun's part of the document.
pub struct Doc;

/// Routes of this noun.
pub fn routes(config: &mut ServiceConfig) {
    config.service(
        web::resource("/api/v1/programmes/{id}/versions")
            .route(web::post().to(create_programme_version))
            .route(web::get().to(list_programme_versions)),
    );
}

/// The plan of a programme for one cohort.
#[derive(Serialize, ToSchema)]
#[schema(as = ProgrammeVersion)]
pub struct ProgrammeVersionBody {
    /// Its id.
    id: ProgrammeVersionId,
    /// Whose plan.
    programme_id: ProgrammeId,
    /// Cohort.
    cohort: i32,
    /// Credits needed in all.
    total_credits: CreditAmount,
    /// Modules.
    modules: Vec<Module>,
    /// Largest share of the total that conversion may fill.
    conversion_cap_share: Option<String>,
    /// What is asked for beyond modules and total.
    requirements: Requirements,
}

impl From<ProgrammeVersionRow> for ProgrammeVersionBody {
    fn from(ProgrammeVersionRow { id, programme_id, plan }: ProgrammeVersionRow) -> Self {
        let NewProgrammeVersion { cohort, total_credits, modules, conversion_cap_share, requirements } = plan;
        Self { id, programme_id, cohort, total_credits, modules, conversion_cap_share, requirements }
    }
}

/// Which page is wanted.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ProgrammeVersionQuery {
    /// Items on a page.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<i64>,
    /// From `next`.
    cursor: Option<String>,
}

#[utoipa::path(
    post, path = "/api/v1/programmes/{id}/versions", operation_id = "create_programme_version", tag = "programmes",
    summary = "Write a programme's plan for a cohort · 登记培养方案",
    description = "For the school whose programme it is; one plan per cohort.",
    params(("id" = Uuid, Path, description = "The programme")),
    request_body = NewProgrammeVersion,
    responses((status = 201, description = "Written", body = ProgrammeVersionBody), KeyedSubcreateProblems),
    security(("oauth2" = ["programmes:write"]))
)]
async fn create_programme_version(
    Bearer(actor): Bearer,
    path: Path<String>,
    request: HttpRequest,
    payload: Payload,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    let programme = path_id(&path)?;
    let new = body::json::<NewProgrammeVersion>(&request, payload, BODY_MAX).await?.value;
    let row = blocking(move || app.create_programme_version(&actor, programme, &new)).await?;
    Ok(HttpResponse::Created().json(ProgrammeVersionBody::from(row)))
}

#[utoipa::path(
    get, path = "/api/v1/programmes/{id}/versions", operation_id = "list_programme_versions", tag = "programmes",
    summary = "List a programme's plans · 培养方案列表",
    params(("id" = Uuid, Path, description = "The programme"), ProgrammeVersionQuery),
    responses((status = 200, description = "A page", body = Page<ProgrammeVersionBody>), SublistProblems),
    security(("oauth2" = ["programmes:read"]))
)]
async fn list_programme_versions(
    Bearer(actor): Bearer,
    path: Path<String>,
    request: HttpRequest,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    let programme = path_id(&path)?;
    let query = body::query::<ProgrammeVersionQuery>(&request)?;
    let place = Place::read(&app, &request, query.limit, query.cursor.as_deref())?;
    let reader = app.clone();
    let rows = move || reader.list_programme_versions(&actor, programme, place.after, place.rows());
    let rows = blocking(rows).await?;
    Ok(place.respond(&app, &request, rows, |row| row.id.uuid(), ProgrammeVersionBody::from))
}
