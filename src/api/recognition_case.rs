//! Recognition cases: present, complete, withdraw, decide, appeal.

use actix_web::web::{Data, Path, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use utoipa::{IntoParams, OpenApi};

use super::queue;
use super::responses::{GetProblems, ListProblems, SubpostProblems};
use crate::domain::ids::RecognitionCaseId;
use crate::domain::recognition_case::CaseState;
use crate::http::bearer::Bearer;
use crate::http::body;
use crate::http::caller::Caller;
use crate::http::cursor::{Page, page_size};
use crate::http::keyed::{Keyed, answer};
use crate::http::present::{blocking, path_id};
use crate::http::problem::Problem;
use crate::services::App;
use crate::services::recognition::{
    Appeal, CaseBrief, CaseFilter, CaseView, Completion, Decision, Presentation, Withdrawal,
};

/// This noun's part of the document.
#[derive(OpenApi)]
#[openapi(paths(
    create_recognition_case,
    list_recognition_cases,
    get_recognition_case,
    post_recognition_completion,
    post_recognition_withdrawal,
    post_recognition_decision,
    post_recognition_appeal
))]
pub struct Doc;

/// Routes of this noun.
pub fn routes(config: &mut ServiceConfig) {
    let one = "/api/v1/recognition-cases/{id}";
    config
        .service(
            web::resource("/api/v1/recognition-cases")
                .route(web::post().to(create_recognition_case))
                .route(web::get().to(list_recognition_cases)),
        )
        .service(web::resource(one).route(web::get().to(get_recognition_case)))
        .service(web::resource(format!("{one}/completion")).route(web::post().to(post_recognition_completion)))
        .service(web::resource(format!("{one}/withdrawal")).route(web::post().to(post_recognition_withdrawal)))
        .service(web::resource(format!("{one}/decision")).route(web::post().to(post_recognition_decision)))
        .service(web::resource(format!("{one}/appeal")).route(web::post().to(post_recognition_appeal)));
}

#[utoipa::path(
    post, path = "/api/v1/recognition-cases", operation_id = "create_recognition_case", tag = "recognition cases",
    summary = "Present an achievement for recognition · 提交学习成果认定申请",
    description = "By the learner, or by a school where the learner has a live enrolment. Decided within 20 working days.",
    params(("Idempotency-Key" = String, Header, description = "1 to 255 visible ASCII characters")),
    request_body = Presentation,
    responses((status = 201, description = "Presented", body = CaseView), SubpostProblems),
    security(("oauth2" = ["cases:write"]), ("session" = []))
)]
async fn create_recognition_case(app: Data<App>, Caller(actor): Caller, keyed: Keyed) -> Result<HttpResponse, Problem> {
    let (new, once) = keyed.read::<Presentation>(&app, actor, "create_recognition_case", "").await?;
    answer(HttpResponse::Created(), move || app.present_case(&actor, &new, &once)).await
}

/// Which cases are wanted.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct CaseQuery {
    /// In this state.
    state: Option<CaseState>,
    /// Only those whose deadline has passed.
    overdue: Option<bool>,
    /// Items on a page.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<i64>,
    /// From `next`.
    cursor: Option<String>,
}

#[utoipa::path(
    get, path = "/api/v1/recognition-cases", operation_id = "list_recognition_cases", tag = "recognition cases",
    summary = "One's cases, or the queue of one's institution · 认定申请列表",
    description = "A learner sees its own, the newest first. An institution sees those it is asked to decide and those \
                   it has presented, a bureau those it has to see to, what is due first before what is due later.",
    params(CaseQuery),
    responses((status = 200, description = "A page", body = Page<CaseBrief>), ListProblems),
    security(("oauth2" = ["cases:read"]), ("session" = []))
)]
async fn list_recognition_cases(
    app: Data<App>,
    Caller(actor): Caller,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let CaseQuery { state, overdue, limit, cursor } = body::query(&request)?;
    let limit = page_size(limit)?;
    let after = queue::place(&app, &request, cursor.as_deref())?;
    let filter = CaseFilter { state, overdue: overdue.unwrap_or(false) };
    let reader = app.clone();
    let (items, next) = blocking(move || reader.list_cases(&actor, filter, after, limit)).await?;
    Ok(queue::respond(&app, &request, items, next))
}

#[utoipa::path(
    get, path = "/api/v1/recognition-cases/{id}", operation_id = "get_recognition_case", tag = "recognition cases",
    summary = "Get a case · 查看认定申请",
    params(("id" = Uuid, Path, description = "The case")),
    responses((status = 200, description = "The case", body = CaseView), GetProblems),
    security(("oauth2" = ["cases:read"]), ("session" = []))
)]
async fn get_recognition_case(
    app: Data<App>,
    Caller(actor): Caller,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    let id = path_id(&id)?;
    let view = blocking(move || app.get_case(&actor, id)).await?;
    Ok(HttpResponse::Ok().json(view))
}

#[utoipa::path(
    post, path = "/api/v1/recognition-cases/{id}/completion", operation_id = "post_recognition_completion",
    tag = "recognition cases",
    summary = "Put right a returned case · 补正认定申请",
    description = "The deadline goes on where it stopped.",
    params(
        ("id" = Uuid, Path, description = "The case"),
        ("Idempotency-Key" = String, Header, description = "1 to 255 visible ASCII characters"),
    ),
    request_body = Completion,
    responses((status = 200, description = "As it stands now", body = CaseView), SubpostProblems),
    security(("oauth2" = ["cases:write"]), ("session" = []))
)]
async fn post_recognition_completion(
    app: Data<App>,
    Caller(actor): Caller,
    id: Path<String>,
    keyed: Keyed,
) -> Result<HttpResponse, Problem> {
    let id = path_id::<RecognitionCaseId>(&id)?;
    let (new, once) = keyed.read::<Completion>(&app, actor, "post_recognition_completion", id).await?;
    answer(HttpResponse::Ok(), move || app.complete_case(&actor, id, &new, &once)).await
}

#[utoipa::path(
    post, path = "/api/v1/recognition-cases/{id}/withdrawal", operation_id = "post_recognition_withdrawal",
    tag = "recognition cases",
    summary = "Take back a case that is not decided yet · 撤回认定申请",
    params(
        ("id" = Uuid, Path, description = "The case"),
        ("Idempotency-Key" = String, Header, description = "1 to 255 visible ASCII characters"),
    ),
    request_body = Withdrawal,
    responses((status = 200, description = "As it stands now", body = CaseView), SubpostProblems),
    security(("oauth2" = ["cases:write"]), ("session" = []))
)]
async fn post_recognition_withdrawal(
    app: Data<App>,
    Caller(actor): Caller,
    id: Path<String>,
    keyed: Keyed,
) -> Result<HttpResponse, Problem> {
    let id = path_id::<RecognitionCaseId>(&id)?;
    let (new, once) = keyed.read::<Withdrawal>(&app, actor, "post_recognition_withdrawal", id).await?;
    answer(HttpResponse::Ok(), move || app.withdraw_case(&actor, id, &new, &once)).await
}

#[utoipa::path(
    post, path = "/api/v1/recognition-cases/{id}/decision", operation_id = "post_recognition_decision",
    tag = "recognition cases",
    summary = "Decide a case, or an appeal · 作出认定决定",
    description = "By another client of the institution that was asked than the one that presented it; by a bureau where \
                   the deadline has passed, and on appeal. What is recognised is in the account at once.",
    params(
        ("id" = Uuid, Path, description = "The case"),
        ("Idempotency-Key" = String, Header, description = "1 to 255 visible ASCII characters"),
    ),
    request_body = Decision,
    responses((status = 200, description = "As it stands now", body = CaseView), SubpostProblems),
    security(("oauth2" = ["cases:decide"]))
)]
async fn post_recognition_decision(
    app: Data<App>,
    Bearer(actor): Bearer,
    id: Path<String>,
    keyed: Keyed,
) -> Result<HttpResponse, Problem> {
    let id = path_id::<RecognitionCaseId>(&id)?;
    let (new, once) = keyed.read::<Decision>(&app, actor, "post_recognition_decision", id).await?;
    answer(HttpResponse::Ok(), move || app.decide_case(&actor, id, &new, &once)).await
}

#[utoipa::path(
    post, path = "/api/v1/recognition-cases/{id}/appeal", operation_id = "post_recognition_appeal",
    tag = "recognition cases",
    summary = "Appeal to the bureau · 对认定决定提出申诉",
    description = "Once, within 15 working days, against what was not recognised in full. The bureau decides finally.",
    params(
        ("id" = Uuid, Path, description = "The case"),
        ("Idempotency-Key" = String, Header, description = "1 to 255 visible ASCII characters"),
    ),
    request_body = Appeal,
    responses((status = 200, description = "As it stands now", body = CaseView), SubpostProblems),
    security(("oauth2" = ["cases:write"]), ("session" = []))
)]
async fn post_recognition_appeal(
    app: Data<App>,
    Caller(actor): Caller,
    id: Path<String>,
    keyed: Keyed,
) -> Result<HttpResponse, Problem> {
    let id = path_id::<RecognitionCaseId>(&id)?;
    let (new, once) = keyed.read::<Appeal>(&app, actor, "post_recognition_appeal", id).await?;
    answer(HttpResponse::Ok(), move || app.appeal_case(&actor, id, &new, &once)).await
}
