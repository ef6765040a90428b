//! The public register of precedents.

use actix_web::web::{Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use utoipa::{IntoParams, OpenApi};
use uuid::Uuid;

use super::listing::next_address;
use super::responses::PublicListProblems;
use crate::domain::ids::InstitutionId;
use crate::domain::invalid::Invalid;
use crate::domain::kind::AchievementKind;
use crate::http::body;
use crate::http::cursor::{self, Page, page_size};
use crate::http::present::blocking;
use crate::http::problem::Problem;
use crate::services::App;
use crate::services::precedents::{PrecedentRow, RegisterPlace, Wanted};

/// This noun's part of the document.
#[derive(OpenApi)]
#[openapi(paths(list_precedents))]
pub struct Doc;

/// Routes of this noun.
pub fn routes(config: &mut ServiceConfig) {
    config.service(web::resource("/api/v1/precedents").route(web::get().to(list_precedents)));
}

/// Which precedents are wanted.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct PrecedentQuery {
    /// Of this kind.
    kind: Option<AchievementKind>,
    /// Of this code.
    #[param(max_length = 64)]
    code: Option<String>,
    /// Of this institution.
    institution_id: Option<InstitutionId>,
    /// Items on a page.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<i64>,
    /// From `next`.
    cursor: Option<String>,
}

#[utoipa::path(
    get, path = "/api/v1/precedents", operation_id = "list_precedents", tag = "recognition cases",
    summary = "Decided cases without personal data, for everybody · 认定先例",
    params(PrecedentQuery),
    responses((status = 200, description = "A page, the newest month first", body = Page<PrecedentRow>), PublicListProblems),
    security(())
)]
async fn list_precedents(app: Data<App>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let PrecedentQuery { kind, code, institution_id, limit, cursor } = body::query(&request)?;
    let limit = page_size(limit)?;
    let after = cursor.as_deref().map(|text| place(&app, text)).transpose()?;
    let wanted = Wanted { kind, code, institution: institution_id.map(InstitutionId::uuid) };
    let reader = app.clone();
    let (items, next) = blocking(move || reader.list_precedents(&wanted, after, limit)).await?;
    let next = next.map(|(month, id)| {
        let position = [month.as_bytes(), id.as_bytes()].concat();
        let cursor = cursor::encode(&app.keys, request.path(), &position);
        next_address(request.path(), request.query_string(), &cursor)
    });
    Ok(cursor::respond(&Page { items, next }))
}

/// Letters of a month in a cursor.
const MONTH: usize = 7;

fn place(app: &App, text: &str) -> Result<RegisterPlace, Invalid> {
    let position = cursor::decode(&app.keys, "/api/v1/precedents", text)?;
    let (month, id) = position.split_at_checked(MONTH).ok_or_else(cursor::wrong)?;
    let month = std::str::from_utf8(month).map_err(|_| cursor::wrong())?;
    Ok((month.to_owned(), Uuid::from_slice(id).map_err(|_| cursor::wrong())?))
}
