//! A learner's account: balances, statement, achievements.

use actix_web::web::{Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use utoipa::OpenApi;

use super::responses::{GetProblems, SublistProblems};
use crate::domain::ids::LearnerId;
use crate::domain::invalid::{Invalid, Reason};
use crate::domain::time::{Instant, parse_date};
use crate::http::bearer::Bearer;
use crate::http::body;
use crate::http::cursor::{self, Page};
use crate::http::present::{blocking, path_id};
use crate::http::problem::Problem;
use crate::services::App;
use crate::services::accounts::{BalancesView, StatementItem};
use crate::services::achievements::AchievementView;

/// This noun's part of the document.
#[derive(OpenApi)]
#[openapi(paths(get_balances, list_statement, list_learner_achievements))]
pub struct Doc;

/// Routes of this noun.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/api/v1/learners/{id}/balances").route(web::get().to(get_balances)))
        .service(web::resource("/api/v1/learners/{id}/statement").route(web::get().to(list_statement)))
        .service(web::resource("/api/v1/learners/{id}/achievements").route(web::get().to(list_learner_achievements)));
}

/// Which balances are wanted.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BalancesQuery {
    as_of: Option<String>,
    effective_on: Option<String>,
}

#[utoipa::path(
    get, path = "/api/v1/learners/{id}/balances", operation_id = "get_balances", tag = "accounts",
    summary = "Balances of an account · 查询账户余额",
    description = "Now, as of an instant, or counting only what takes effect by a date (totals only).",
    params(
        ("id" = Uuid, Path, description = "The learner"),
        ("as_of" = Option<String>, Query, description = "RFC 3339 instant, not in the future"),
        ("effective_on" = Option<String>, Query, description = "YYYY-MM-DD"),
    ),
    responses(
        (status = 200, description = "The balances", body = BalancesView),
        SublistProblems,
    ),
    security(("oauth2" = ["learners:read"]))
)]
async fn get_balances(
    app: Data<App>,
    Bearer(actor): Bearer,
    id: web::Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let id = path_id::<LearnerId>(&id)?;
    let query = body::query::<BalancesQuery>(&request)?;
    let expected = |_| Invalid::one("/query/as_of", Reason::Format { expected: "RFC 3339 instant" });
    let as_of = query.as_of.as_deref().map(str::parse::<Instant>).transpose().map_err(expected)?;
    let date = query.effective_on.as_deref().map(parse_date).transpose();
    let date = date.map_err(|reason| Invalid::one("/query/effective_on", reason))?;
    let view = blocking(move || app.balances(&actor, id, as_of, date)).await?;
    Ok(HttpResponse::Ok().json(view))
}

/// Which page of the statement is wanted.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PageQuery {
    cursor: Option<String>,
    limit: Option<i64>,
}

#[utoipa::path(
    get, path = "/api/v1/learners/{id}/statement", operation_id = "list_statement", tag = "accounts",
    summary = "The statement, newest first · 查询账户明细",
    params(
        ("id" = Uuid, Path, description = "The learner"),
        ("cursor" = Option<String>, Query, description = "From `next`"),
        ("limit" = Option<i64>, Query, description = "1 to 200, 50 unless said otherwise"),
    ),
    responses(
        (status = 200, description = "A page", body = Page<StatementItem>),
        SublistProblems,
    ),
    security(("oauth2" = ["learners:read"]))
)]
async fn list_statement(
    app: Data<App>,
    Bearer(actor): Bearer,
    id: web::Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let id = path_id::<LearnerId>(&id)?;
    let query = body::query::<PageQuery>(&request)?;
    let limit = cursor::page_size(query.limit)?;
    let list = format!("statement/{id}");
    let last = query.cursor.as_deref().map(|text| place(&app, &list, text)).transpose()?;
    let page = blocking(move || {
        let (items, next) = app.statement(&actor, id, last, limit)?;
        let next = next.map(|place| {
            let cursor = cursor::encode(&app.keys, &list, &place.to_be_bytes());
            format!("/api/v1/learners/{id}/statement?cursor={cursor}&limit={limit}")
        });
        Ok(Page { items, next })
    })
    .await?;
    Ok(cursor::respond(&page))
}

fn place(app: &App, list: &str, text: &str) -> Result<i64, Invalid> {
    let bytes = cursor::decode(&app.keys, list, text)?;
    bytes.as_slice().try_into().map(i64::from_be_bytes).map_err(|_| cursor::wrong())
}

#[utoipa::path(
    get, path = "/api/v1/learners/{id}/achievements", operation_id = "list_learner_achievements", tag = "accounts",
    summary = "Everything a learner has achieved · 查询学习者的全部成果",
    params(("id" = Uuid, Path, description = "The learner")),
    responses(
        (status = 200, description = "All of them, in the order they were posted", body = Page<AchievementView>),
        GetProblems,
    ),
    security(("oauth2" = ["achievements:read"]))
)]
async fn list_learner_achievements(
    app: Data<App>,
    Bearer(actor): Bearer,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let id = path_id::<LearnerId>(&id)?;
    let items = blocking(move || app.achievements_of(&actor, id)).await?;
    Ok(cursor::respond(&Page { items, next: None }))
}
