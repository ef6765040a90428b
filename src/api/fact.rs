//! Attested facts of persons.

use actix_web::web::{Data, Path, Payload, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, web};
use utoipa::OpenApi;

use super::achievements::{REASON_MAX, RevocationPost};
use super::responses::{GetProblems, SubcreateProblems, SubpostProblems};
use crate::domain::ids::LearnerId;
use crate::domain::invalid::Invalid;
use crate::domain::text::clean_line;
use crate::http::bearer::Bearer;
use crate::http::body::{self, BODY_MAX};
use crate::http::caller::Caller;
use crate::http::cursor::{self, Page};
use crate::http::keyed::{Keyed, answer};
use crate::http::present::{blocking, path_id};
use crate::http::problem::Problem;
use crate::services::App;
use crate::services::fact::{FactView, NewFact};

/// This noun's part of the document.
#[derive(OpenApi)]
#[openapi(paths(create_learner_fact, list_learner_facts, revoke_learner_fact))]
pub struct Doc;

/// Routes of this noun.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(
            web::resource("/api/v1/learners/{id}/facts")
                .route(web::post().to(create_learner_fact))
                .route(web::get().to(list_learner_facts)),
        )
        .service(
            web::resource("/api/v1/learners/{id}/facts/{fact_id}/revocation")
                .route(web::post().to(revoke_learner_fact)),
        );
}

#[utoipa::path(
    post, path = "/api/v1/learners/{id}/facts", operation_id = "create_learner_fact", tag = "learners",
    summary = "Attest a fact of the person that rules may ask for · 登记个人情况",
    description = "By a school in which the learner is enrolled, or the bureau: `veteran`, `age_reached`… with where it was \
                   seen and from when it holds. A date of birth is not needed. Facts are never changed; one that no longer \
                   holds ends with its last day, one attested in error is revoked. At most 100 per learner.",
    params(("id" = Uuid, Path, description = "The learner")),
    request_body = NewFact,
    responses((status = 201, description = "Attested", body = FactView), SubcreateProblems),
    security(("oauth2" = ["facts:write"]))
)]
async fn create_learner_fact(
    app: Data<App>,
    Bearer(actor): Bearer,
    path: Path<String>,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    let learner = path_id(&path)?;
    let new = body::json::<NewFact>(&request, payload, BODY_MAX).await?.value;
    let view = blocking(move || app.attest_fact(&actor, learner, &new)).await?;
    Ok(HttpResponse::Created().json(view))
}

#[utoipa::path(
    get, path = "/api/v1/learners/{id}/facts", operation_id = "list_learner_facts", tag = "learners",
    summary = "Attested facts of a learner · 个人情况",
    params(("id" = Uuid, Path, description = "The learner")),
    responses((status = 200, description = "All of them, oldest first", body = Page<FactView>), GetProblems),
    security(("oauth2" = ["learners:read"]), ("session" = []))
)]
async fn list_learner_facts(
    app: Data<App>,
    Caller(actor): Caller,
    path: Path<String>,
) -> Result<HttpResponse, Problem> {
    let learner = path_id(&path)?;
    let items = blocking(move || app.list_facts(&actor, learner)).await?;
    Ok(cursor::respond(&Page { items, next: None }))
}

#[utoipa::path(
    post, path = "/api/v1/learners/{id}/facts/{fact_id}/revocation", operation_id = "revoke_learner_fact", tag = "learners",
    summary = "Revoke an attested fact · 撤销个人情况登记",
    description = "By whoever attested it, or the bureau. Conversions that rest on it are undone; what an award has redeemed of \
                   them, and conversions whose rule only asked for it, are reported as discrepancies.",
    params(
        ("id" = Uuid, Path, description = "The learner"),
        ("fact_id" = Uuid, Path, description = "The fact"),
        ("Idempotency-Key" = String, Header, description = "1 to 255 visible ASCII characters"),
    ),
    request_body = RevocationPost,
    responses((status = 200, description = "Revoked", body = FactView), SubpostProblems),
    security(("oauth2" = ["facts:write"]))
)]
async fn revoke_learner_fact(
    app: Data<App>,
    Bearer(actor): Bearer,
    path: Path<(String, String)>,
    keyed: Keyed,
) -> Result<HttpResponse, Problem> {
    let (learner, fact) = (path_id::<LearnerId>(&path.0)?, path_id::<uuid::Uuid>(&path.1)?);
    let (new, once) =
        keyed.read::<RevocationPost>(&app, actor, "revoke_learner_fact", format_args!("{learner}/{fact}")).await?;
    let reason = clean_line(&new.reason, REASON_MAX).map_err(|reason| Invalid::one("/reason", reason))?;
    answer(HttpResponse::Ok(), move || app.revoke_fact(&actor, learner, fact, &reason, &once)).await
}
