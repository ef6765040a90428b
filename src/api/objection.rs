//! Objections: raise, answer, take to the bureau.

use actix_web::web::{Data, Path, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use utoipa::{IntoParams, OpenApi};

use super::queue;
use super::responses::{GetProblems, ListProblems, SubpostProblems};
use crate::domain::ids::ObjectionId;
use crate::domain::objection::{NewObjection, ObjectionState};
use crate::http::bearer::Bearer;
use crate::http::body;
use crate::http::caller::Caller;
use crate::http::cursor::{Page, page_size};
use crate::http::keyed::{Keyed, answer};
use crate::http::present::{blocking, path_id};
use crate::http::problem::Problem;
use crate::services::App;
use crate::services::objections::{Escalation, ObjectionAnswer, ObjectionBrief, ObjectionFilter, ObjectionView};

/// This noun's part of the document.
#[derive(OpenApi)]
#[openapi(paths(create_objection, list_objections, get_objection, post_objection_answer, post_objection_escalation))]
pub struct Doc;

/// Routes of this noun.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(
            web::resource("/api/v1/objections")
                .route(web::post().to(create_objection))
                .route(web::get().to(list_objections)),
        )
        .service(web::resource("/api/v1/objections/{id}").route(web::get().to(get_objection)))
        .service(web::resource("/api/v1/objections/{id}/answer").route(web::post().to(post_objection_answer)))
        .service(web::resource("/api/v1/objections/{id}/escalation").route(web::post().to(post_objection_escalation)));
}

#[utoipa::path(
    post, path = "/api/v1/objections", operation_id = "create_objection", tag = "objections",
    summary = "Object to an entry, or to a missing one · 提出异议",
    description = "By the learner. Goes to the issuer, who answers within 10 working days; after them to the bureau.",
    params(("Idempotency-Key" = String, Header, description = "1 to 255 visible ASCII characters")),
    request_body = NewObjection,
    responses((status = 201, description = "Raised", body = ObjectionView), SubpostProblems),
    security(("session" = []))
)]
async fn create_objection(app: Data<App>, Caller(actor): Caller, keyed: Keyed) -> Result<HttpResponse, Problem> {
    let (new, once) = keyed.read::<NewObjection>(&app, actor, "create_objection", "").await?;
    answer(HttpResponse::Created(), move || app.raise_objection(&actor, &new, &once)).await
}

/// Which objections are wanted.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ObjectionQuery {
    /// In this state.
    state: Option<ObjectionState>,
    /// Only those whose deadline has passed.
    overdue: Option<bool>,
    /// Items on a page.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<i64>,
    /// From `next`.
    cursor: Option<String>,
}

#[utoipa::path(
    get, path = "/api/v1/objections", operation_id = "list_objections", tag = "objections",
    summary = "One's objections, or the queue of one's institution · 异议列表",
    description = "A learner sees its own, the newest first. An institution sees those to what it posted or should have \
                   posted, a bureau those it has to see to, what is due first before what is due later.",
    params(ObjectionQuery),
    responses((status = 200, description = "A page", body = Page<ObjectionBrief>), ListProblems),
    security(("oauth2" = ["cases:read"]), ("session" = []))
)]
async fn list_objections(app: Data<App>, Caller(actor): Caller, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let ObjectionQuery { state, overdue, limit, cursor } = body::query(&request)?;
    let limit = page_size(limit)?;
    let after = queue::place(&app, &request, cursor.as_deref())?;
    let filter = ObjectionFilter { state, overdue: overdue.unwrap_or(false) };
    let reader = app.clone();
    let (items, next) = blocking(move || reader.list_objections(&actor, filter, after, limit)).await?;
    Ok(queue::respond(&app, &request, items, next))
}

#[utoipa::path(
    get, path = "/api/v1/objections/{id}", operation_id = "get_objection", tag = "objections",
    summary = "Get an objection · 查看异议",
    params(("id" = Uuid, Path, description = "The objection")),
    responses((status = 200, description = "The objection", body = ObjectionView), GetProblems),
    security(("oauth2" = ["cases:read"]), ("session" = []))
)]
async fn get_objection(app: Data<App>, Caller(actor): Caller, id: Path<String>) -> Result<HttpResponse, Problem> {
    let id = path_id(&id)?;
    let view = blocking(move || app.get_objection(&actor, id)).await?;
    Ok(HttpResponse::Ok().json(view))
}

#[utoipa::path(
    post, path = "/api/v1/objections/{id}/answer", operation_id = "post_objection_answer", tag = "objections",
    summary = "Answer an objection · 答复异议",
    description = "By the issuer, naming the correction where the objection is right; by a bureau after the issuer's days \
                   and where the learner asked it to. What a bureau says is final: it may tell the issuer to correct.",
    params(
        ("id" = Uuid, Path, description = "The objection"),
        ("Idempotency-Key" = String, Header, description = "1 to 255 visible ASCII characters"),
    ),
    request_body = ObjectionAnswer,
    responses((status = 200, description = "As it stands now", body = ObjectionView), SubpostProblems),
    security(("oauth2" = ["cases:decide"]))
)]
async fn post_objection_answer(
    app: Data<App>,
    Bearer(actor): Bearer,
    id: Path<String>,
    keyed: Keyed,
) -> Result<HttpResponse, Problem> {
    let id = path_id::<ObjectionId>(&id)?;
    let (new, once) = keyed.read::<ObjectionAnswer>(&app, actor, "post_objection_answer", id).await?;
    answer(HttpResponse::Ok(), move || app.answer_objection(&actor, id, &new, &once)).await
}

#[utoipa::path(
    post, path = "/api/v1/objections/{id}/escalation", operation_id = "post_objection_escalation", tag = "objections",
    summary = "Take an answered objection to the bureau · 提请主管部门处理",
    description = "By the learner, within 15 working days of the answer.",
    params(
        ("id" = Uuid, Path, description = "The objection"),
        ("Idempotency-Key" = String, Header, description = "1 to 255 visible ASCII characters"),
    ),
    request_body = Escalation,
    responses((status = 200, description = "As it stands now", body = ObjectionView), SubpostProblems),
    security(("session" = []))
)]
async fn post_objection_escalation(
    app: Data<App>,
    Caller(actor): Caller,
    id: Path<String>,
    keyed: Keyed,
) -> Result<HttpResponse, Problem> {
    let id = path_id::<ObjectionId>(&id)?;
    let (new, once) = keyed.read::<Escalation>(&app, actor, "post_objection_escalation", id).await?;
    answer(HttpResponse::Ok(), move || app.escalate_objection(&actor, id, &new, &once)).await
}
