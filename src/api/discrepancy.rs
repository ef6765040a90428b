//! Decisions that rest on a record which has changed since: list, settle.

use actix_web::web::{Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use utoipa::{OpenApi, ToSchema};

use super::listing::Place;
use super::responses::{ListProblems, SubpostProblems};
use crate::domain::conversion::DiscrepancyState;
use crate::domain::ids::DiscrepancyId;
use crate::domain::invalid::{Invalid, Reason};
use crate::domain::text::{REASON_MAX, clean_line};
use crate::http::bearer::Bearer;
use crate::http::body;
use crate::http::cursor::Page;
use crate::http::keyed::{Keyed, answer};
use crate::http::present::{blocking, path_id};
use crate::http::problem::Problem;
use crate::services::App;
use crate::services::discrepancies::DiscrepancyView;

/// This noun's part of the document.
#[derive(OpenApi)]
#[openapi(paths(list_discrepancies, create_discrepancy_resolution))]
pub struct Doc;

/// Routes of this noun.
pub fn routes(config: &mut ServiceConfig) {
    config.service(web::resource("/api/v1/discrepancies").route(web::get().to(list_discrepancies))).service(
        web::resource("/api/v1/discrepancies/{id}/resolution").route(web::post().to(create_discrepancy_resolution)),
    );
}

/// Which of them are wanted.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ListQuery {
    state: Option<String>,
    cursor: Option<String>,
    limit: Option<i64>,
}

#[utoipa::path(
    get, path = "/api/v1/discrepancies", operation_id = "list_discrepancies", tag = "conversions",
    summary = "What has to be looked at, because a record has changed since · 需要核对的事项",
    description = "An award or a conversion that rests on an achievement which was revoked or corrected afterwards, and that \
                   the ledger does not put right by itself. A bureau sees everybody's.",
    params(
        ("state" = Option<String>, Query, description = "`open` or `resolved`; `open` unless said otherwise"),
        ("cursor" = Option<String>, Query, description = "From `next`"),
        ("limit" = Option<i64>, Query, description = "1 to 200, 50 unless said otherwise"),
    ),
    responses((status = 200, description = "A page", body = Page<DiscrepancyView>), ListProblems),
    security(("oauth2" = ["conversions:read"]))
)]
async fn list_discrepancies(
    app: Data<App>,
    Bearer(actor): Bearer,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let query = body::query::<ListQuery>(&request)?;
    let state = query.state.as_deref().map_or(Ok(DiscrepancyState::Open), str::parse);
    let state = state.map_err(|_| Invalid::one("/query/state", Reason::Unknown))?;
    let place = Place::read(&app, &request, query.limit, query.cursor.as_deref())?;
    let service = app.clone();
    let rows = blocking(move || service.list_discrepancies(&actor, state, place.after, place.rows())).await?;
    Ok(place.respond(&app, &request, rows, |row| row.id.uuid(), |row| row))
}

/// What was found.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ResolutionPost {
    /// 1 to 500 characters: what was found and done.
    #[schema(min_length = 1, max_length = 500)]
    finding: String,
}

#[utoipa::path(
    post, path = "/api/v1/discrepancies/{id}/resolution", operation_id = "create_discrepancy_resolution", tag = "conversions",
    summary = "Settle what was looked at · 核对办结",
    params(
        ("id" = Uuid, Path, description = "The discrepancy"),
        ("Idempotency-Key" = String, Header, description = "1 to 255 visible ASCII characters"),
    ),
    request_body = ResolutionPost,
    responses((status = 200, description = "Settled", body = DiscrepancyView), SubpostProblems),
    security(("oauth2" = ["conversions:decide"]))
)]
async fn create_discrepancy_resolution(
    app: Data<App>,
    Bearer(actor): Bearer,
    id: web::Path<String>,
    keyed: Keyed,
) -> Result<HttpResponse, Problem> {
    let id = path_id::<DiscrepancyId>(&id)?;
    let (new, once) = keyed.read::<ResolutionPost>(&app, actor, "create_discrepancy_resolution", id).await?;
    let finding = clean_line(&new.finding, REASON_MAX).map_err(|reason| Invalid::one("/finding", reason))?;
    answer(HttpResponse::Ok(), move || app.resolve_discrepancy(&actor, id, &finding, &once)).await
}
