//! Credits that follow a learner to another enrolment.

use actix_web::web::{Data, ServiceConfig};
use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};
use utoipa::{OpenApi, ToSchema};
use uuid::Uuid;

use super::responses::SubpostProblems;
use crate::domain::ids::EnrolmentId;
use crate::domain::invalid::{Invalid, Reason};
use crate::http::bearer::Bearer;
use crate::http::keyed::Keyed;
use crate::http::present::{blocking, path_id, replayed};
use crate::http::problem::Problem;
use crate::services::App;
use crate::services::achievements::TransactionRef;

/// Most lots named in one transfer.
const LOTS_MAX: usize = 500;

/// This noun's part of the document.
#[derive(OpenApi)]
#[openapi(paths(transfer_enrolment))]
pub struct Doc;

/// Routes of this noun.
pub fn routes(config: &mut ServiceConfig) {
    config.service(web::resource("/api/v1/enrolments/{id}/transfer").route(web::post().to(transfer_enrolment)));
}

/// Which lots move, and where.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TransferPost {
    /// The enrolment they go to: the caller's own, live, of the same learner and level.
    to_enrolment_id: EnrolmentId,
    /// The achievements whose credits move, or `"all"`.
    lots: Lots,
    /// Why.
    #[serde(default)]
    reason: Option<String>,
}

/// Named lots, or all.
#[derive(Deserialize, ToSchema)]
#[serde(untagged)]
pub enum Lots {
    /// These.
    Named(Vec<Uuid>),
    /// The word `all`.
    All(String),
}

/// What a transfer wrote.
#[derive(Serialize, ToSchema)]
pub struct TransferBody {
    /// The transactions.
    transactions: Vec<TransactionRef>,
}

#[utoipa::path(
    post, path = "/api/v1/enrolments/{id}/transfer", operation_id = "transfer_enrolment", tag = "enrolments",
    summary = "Move credits to another enrolment · 调整学分归属",
    description = "By the receiving institution, between programmes of one level.",
    params(
        ("id" = Uuid, Path, description = "The enrolment the credits lie in"),
        ("Idempotency-Key" = String, Header, description = "1 to 255 visible ASCII characters"),
    ),
    request_body = TransferPost,
    responses(
        (status = 200, description = "What was written", body = TransferBody),
        SubpostProblems,
    ),
    security(("oauth2" = ["learners:write"]))
)]
async fn transfer_enrolment(
    app: Data<App>,
    Bearer(actor): Bearer,
    id: web::Path<String>,
    keyed: Keyed,
) -> Result<HttpResponse, Problem> {
    let from = path_id::<EnrolmentId>(&id)?;
    let (TransferPost { to_enrolment_id, lots, reason }, once) =
        keyed.read::<TransferPost>(&app, actor, "transfer_enrolment", from).await?;
    if to_enrolment_id == from {
        return Err(Invalid::one("/to_enrolment_id", Reason::Mismatch).into());
    }
    let lots = match lots {
        Lots::Named(lots) if (1..=LOTS_MAX).contains(&lots.len()) => Some(lots),
        Lots::Named(_) => return Err(Invalid::one("/lots", Reason::range(1, LOTS_MAX)).into()),
        Lots::All(word) if word == "all" => None,
        Lots::All(_) => return Err(Invalid::one("/lots", Reason::Unknown).into()),
    };
    let answer = blocking(move || {
        app.transfer_enrolment(&actor, from, to_enrolment_id, lots.as_deref(), reason.as_deref(), &once)
    })
    .await?;
    let (transactions, again) = answer.parts();
    Ok(replayed(HttpResponse::Ok(), again).json(TransferBody { transactions }))
}
