//! The book, for auditors: a transaction, the trial balance.

use actix_web::web::{Data, ServiceConfig};
use actix_web::{HttpResponse, web};
use utoipa::OpenApi;

use super::responses::{GetProblems, ReportProblems};
use crate::domain::ids::TransactionId;
use crate::http::bearer::Bearer;
use crate::http::present::{blocking, path_id};
use crate::http::problem::Problem;
use crate::services::App;
use crate::services::ledger::{TransactionView, TrialBalance};

/// This noun's part of the document.
#[derive(OpenApi)]
#[openapi(paths(get_transaction, get_trial_balance))]
pub struct Doc;

/// Routes of this noun.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/api/v1/ledger/transactions/{id}").route(web::get().to(get_transaction)))
        .service(web::resource("/api/v1/ledger/trial-balance").route(web::get().to(get_trial_balance)));
}

#[utoipa::path(
    get, path = "/api/v1/ledger/transactions/{id}", operation_id = "get_transaction", tag = "ledger",
    summary = "One transaction · 查看一笔交易",
    params(("id" = Uuid, Path, description = "The transaction")),
    responses(
        (status = 200, description = "The transaction", body = TransactionView),
        GetProblems,
    ),
    security(("oauth2" = ["ledger:read"]))
)]
async fn get_transaction(
    app: Data<App>,
    Bearer(actor): Bearer,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let id = path_id::<TransactionId>(&id)?;
    let view = blocking(move || app.transaction(&actor, id)).await?;
    Ok(HttpResponse::Ok().json(view))
}

#[utoipa::path(
    get, path = "/api/v1/ledger/trial-balance", operation_id = "get_trial_balance", tag = "ledger",
    summary = "The trial balance of the whole book · 试算平衡表",
    responses(
        (status = 200, description = "Per credit type; every sum is zero", body = TrialBalance),
        ReportProblems,
    ),
    security(("oauth2" = ["ledger:read"]))
)]
async fn get_trial_balance(app: Data<App>, Bearer(actor): Bearer) -> Result<HttpResponse, Problem> {
    let view = blocking(move || app.trial_balance(&actor)).await?;
    Ok(HttpResponse::Ok().json(view))
}
