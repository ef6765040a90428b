//! How long credits are good.

use actix_web::web::{Data, Payload, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, web};
use chrono::NaiveDate;
use serde::Serialize;
use utoipa::{OpenApi, ToSchema};

use super::responses::{CreateProblems, ReportProblems};
use crate::domain::credit_type::CreditType;
use crate::domain::expiry::NewExpiryPolicy;
use crate::domain::ids::InstitutionId;
use crate::domain::time::Instant;
use crate::http::bearer::Bearer;
use crate::http::body::{self, BODY_MAX};
use crate::http::caller::Caller;
use crate::http::present::blocking;
use crate::http::problem::Problem;
use crate::services::App;
use crate::services::expiry::PolicyRow;

/// This noun's part of the document.
#[derive(OpenApi)]
#[openapi(paths(create_expiry_policy, list_expiry_policies))]
pub struct Doc;

/// Routes of this noun.
pub fn routes(config: &mut ServiceConfig) {
    config.service(
        web::resource("/api/v1/expiry-policies")
            .route(web::post().to(create_expiry_policy))
            .route(web::get().to(list_expiry_policies)),
    );
}

/// A policy.
#[derive(Serialize, ToSchema)]
#[schema(as = ExpiryPolicy)]
pub struct PolicyBody {
    /// The bureau; it holds for results of the institutions that answer to it.
    institution_id: InstitutionId,
    /// For credits of this type.
    credit_type: CreditType,
    /// Months after the day of completion through which they are good; null: they end no more.
    months: Option<u32>,
    /// First day; it holds until the next one of the bureau for the type begins.
    effective_from: NaiveDate,
    /// The document that it rests on.
    basis: String,
    /// When it was set.
    created_at: Instant,
}

impl From<PolicyRow> for PolicyBody {
    fn from(row: PolicyRow) -> Self {
        Self {
            institution_id: InstitutionId::from_uuid(row.institution),
            credit_type: row.credit_type,
            months: row.months,
            effective_from: row.from,
            basis: row.basis,
            created_at: Instant::from_micros(row.created_at),
        }
    }
}

/// All policies.
#[derive(Serialize, ToSchema)]
struct ExpiryPolicies {
    /// By bureau, credit type and first day.
    items: Vec<PolicyBody>,
}

#[utoipa::path(
    post, path = "/api/v1/expiry-policies", operation_id = "create_expiry_policy", tag = "expiry-policies",
    summary = "Set how long credits are good · 设定学分有效期",
    description = "For the bureau, by credit type, from today at the earliest. Credits that lie at free disposal, or in a programme that the learner has left, end so many months after completion; what counts in a live programme, is held, was redeemed or was granted by a conversion does not. It cannot be taken back, but another one may follow.",
    request_body = NewExpiryPolicy,
    responses((status = 201, description = "Set", body = PolicyBody), CreateProblems),
    security(("oauth2" = ["catalogue:write"]))
)]
async fn create_expiry_policy(
    Bearer(actor): Bearer,
    request: HttpRequest,
    payload: Payload,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    let new = body::json::<NewExpiryPolicy>(&request, payload, BODY_MAX).await?.value;
    let row = blocking(move || app.create_expiry_policy(&actor, &new)).await?;
    Ok(HttpResponse::Created().json(PolicyBody::from(row)))
}

#[utoipa::path(
    get, path = "/api/v1/expiry-policies", operation_id = "list_expiry_policies", tag = "expiry-policies",
    summary = "List how long credits are good · 学分有效期规定",
    responses((status = 200, description = "All policies", body = ExpiryPolicies), ReportProblems),
    security(("oauth2" = ["catalogue:read"]), ("session" = []))
)]
async fn list_expiry_policies(Caller(actor): Caller, app: Data<App>) -> Result<HttpResponse, Problem> {
    let rows = blocking(move || app.list_expiry_policies(&actor)).await?;
    Ok(HttpResponse::Ok().json(ExpiryPolicies { items: rows.into_iter().map(PolicyBody::from).collect() }))
}
