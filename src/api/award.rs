//! Awards: conferred by schools, looked at, undone by two.

use actix_web::web::{Data, Path, Payload, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, web};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, OpenApi, ToSchema};
use uuid::Uuid;

use super::feed;
use super::problem_schema::ProblemBody;
use super::responses::{GetProblems, ListProblems, SubpostProblems};
use crate::domain::ids::EnrolmentId;
use crate::http::bearer::Bearer;
use crate::http::body::{self, BODY_MAX};
use crate::http::caller::Caller;
use crate::http::cursor::{self, Page};
use crate::http::keyed::{Keyed, answer};
use crate::http::language::Language;
use crate::http::present::{blocking, path_id, replayed};
use crate::http::problem::Problem;
use crate::services::App;
use crate::services::audit_awards::{AwardItem, NewAwards};
use crate::services::award::NewAward;
use crate::services::award_view::{AwardView, FeedPlace};

/// This noun's part of the document.
#[derive(OpenApi)]
#[openapi(paths(
    create_award,
    list_awards,
    get_award,
    create_award_reversal,
    revoke_award_reversal,
    create_award_reversal_confirmation,
    create_graduation_audit_awards
))]
pub struct Doc;

/// Routes of this noun.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/api/v1/awards").route(web::post().to(create_award)).route(web::get().to(list_awards)))
        .service(web::resource("/api/v1/awards/{id}").route(web::get().to(get_award)))
        .service(
            web::resource("/api/v1/awards/{id}/reversal")
                .route(web::post().to(create_award_reversal))
                .route(web::delete().to(revoke_award_reversal)),
        )
        .service(
            web::resource("/api/v1/awards/{id}/reversal/confirmation")
                .route(web::post().to(create_award_reversal_confirmation)),
        )
        .service(
            web::resource("/api/v1/graduation-audits/{id}/awards")
                .route(web::post().to(create_graduation_audit_awards)),
        );
}

#[utoipa::path(
    post, path = "/api/v1/awards", operation_id = "create_award", tag = "awards",
    summary = "Confer an award · 毕业认定",
    description = "By the enrolment's institution. 毕业 needs everything that the plan asks for (422 `requirements-not-met` with the list), redeems the programme's credits and records the diploma, whose number is unique. 结业 and 肄业 end the enrolment and leave the credits; 结业 may become 毕业. 延期 is recorded only. The same again is 200.",
    params(("Idempotency-Key" = String, Header, description = "1 to 255 visible ASCII characters")),
    request_body = NewAward,
    responses(
        (status = 200, description = "It stands already", body = AwardView),
        (status = 201, description = "Conferred", body = AwardView),
        SubpostProblems,
    ),
    security(("oauth2" = ["awards:write"]))
)]
async fn create_award(app: Data<App>, Bearer(actor): Bearer, keyed: Keyed) -> Result<HttpResponse, Problem> {
    let (new, once) = keyed.read::<NewAward>(&app, actor, "create_award", "").await?;
    let (view, fresh, again) = blocking(move || {
        let (conferred, again) = app.create_award(&actor, &new, &once)?.parts();
        Ok((app.award_in(conferred.award)?, conferred.fresh, again))
    })
    .await?;
    let status = if fresh { HttpResponse::Created() } else { HttpResponse::Ok() };
    Ok(replayed(status, again).json(view))
}

/// Which awards are wanted.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct AwardQuery {
    /// Conferred or reversed since this instant (RFC 3339).
    updated_since: Option<String>,
    /// Items on a page.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<i64>,
    /// From `next`.
    cursor: Option<String>,
}

#[utoipa::path(
    get, path = "/api/v1/awards", operation_id = "list_awards", tag = "awards",
    summary = "The feed of the caller's awards · 本机构的毕业认定变更",
    description = "Everything conferred, asked back or reversed since `updated_since`, oldest change first. Begin the next walk ten seconds before this one began: recent items may repeat, none is missed.",
    params(AwardQuery),
    responses((status = 200, description = "A page", body = Page<AwardView>), ListProblems),
    security(("oauth2" = ["awards:read"]))
)]
async fn list_awards(app: Data<App>, Bearer(actor): Bearer, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let query = body::query::<AwardQuery>(&request)?;
    let limit = cursor::page_size(query.limit)?;
    let after = feed::place(&app, &request, query.cursor.as_deref(), query.updated_since.as_deref())?;
    let reader = app.clone();
    let items = blocking(move || reader.list_awards(&actor, after, limit)).await?;
    let full = i64::try_from(items.len()).is_ok_and(|length| length == limit);
    let last =
        items.last().filter(|_| full).map(|last| FeedPlace { updated_at: last.updated_at.micros(), id: last.id });
    let next = last.map(|place| feed::next(&app, &request, place));
    Ok(cursor::respond(&Page { items, next }))
}

#[utoipa::path(
    get, path = "/api/v1/awards/{id}", operation_id = "get_award", tag = "awards",
    summary = "One award with what it redeemed · 查看毕业认定",
    params(("id" = Uuid, Path, description = "The award")),
    responses((status = 200, description = "The award", body = AwardView), GetProblems),
    security(("oauth2" = ["awards:read"]), ("session" = []))
)]
async fn get_award(app: Data<App>, Caller(actor): Caller, path: Path<String>) -> Result<HttpResponse, Problem> {
    let id = path_id::<Uuid>(&path)?;
    let view = blocking(move || app.get_award(&actor, id)).await?;
    Ok(HttpResponse::Ok().json(view))
}

/// Why an award is to be undone.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AwardReversalPost {
    /// Why.
    #[schema(max_length = 500)]
    reason: String,
}

#[utoipa::path(
    post, path = "/api/v1/awards/{id}/reversal", operation_id = "create_award_reversal", tag = "awards",
    summary = "Ask for an award to be undone · 申请撤销毕业认定",
    description = "By its institution. Nothing happens until another client of the institution, or the bureau, confirms it.",
    params(("id" = Uuid, Path, description = "The award")),
    request_body = AwardReversalPost,
    responses((status = 200, description = "It waits for the second person", body = AwardView), SubpostProblems),
    security(("oauth2" = ["awards:write"]))
)]
async fn create_award_reversal(
    app: Data<App>,
    Bearer(actor): Bearer,
    path: Path<String>,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    let id = path_id::<Uuid>(&path)?;
    let AwardReversalPost { reason } = body::json::<AwardReversalPost>(&request, payload, BODY_MAX).await?.value;
    let view = blocking(move || app.request_award_reversal(&actor, id, &reason)).await?;
    Ok(HttpResponse::Ok().json(view))
}

#[utoipa::path(
    delete, path = "/api/v1/awards/{id}/reversal", operation_id = "revoke_award_reversal", tag = "awards",
    summary = "Take back or decline a reversal that was asked for · 撤回或驳回撤销申请",
    description = "By the client that asked for it, or, declining it, by another one of the institution or the bureau. The award stands as before.",
    params(("id" = Uuid, Path, description = "The award")),
    responses((status = 200, description = "The award stands", body = AwardView), SubpostProblems),
    security(("oauth2" = ["awards:write"]))
)]
async fn revoke_award_reversal(
    app: Data<App>,
    Bearer(actor): Bearer,
    path: Path<String>,
) -> Result<HttpResponse, Problem> {
    let id = path_id::<Uuid>(&path)?;
    let view = blocking(move || app.revoke_award_reversal(&actor, id)).await?;
    Ok(HttpResponse::Ok().json(view))
}

/// The confirmation says nothing more.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AwardReversalConfirmation {}

#[utoipa::path(
    post, path = "/api/v1/awards/{id}/reversal/confirmation", operation_id = "create_award_reversal_confirmation",
    tag = "awards",
    summary = "Confirm that an award is undone · 确认撤销毕业认定",
    description = "By another client than the one that asked, of the same institution or the bureau. The diploma is revoked with what rests on it, the credits return to the programme, the enrolment is as before.",
    params(
        ("id" = Uuid, Path, description = "The award"),
        ("Idempotency-Key" = String, Header, description = "1 to 255 visible ASCII characters"),
    ),
    request_body = AwardReversalConfirmation,
    responses((status = 200, description = "Undone", body = AwardView), SubpostProblems),
    security(("oauth2" = ["awards:write"]))
)]
async fn create_award_reversal_confirmation(
    app: Data<App>,
    Bearer(actor): Bearer,
    path: Path<String>,
    keyed: Keyed,
) -> Result<HttpResponse, Problem> {
    let id = path_id::<Uuid>(&path)?;
    let (AwardReversalConfirmation {}, once) =
        keyed.read::<AwardReversalConfirmation>(&app, actor, "confirm_award_reversal", id).await?;
    answer(HttpResponse::Ok(), move || app.confirm_award_reversal(&actor, id, &once)).await
}

/// What came of awards for a cohort.
#[derive(Serialize, ToSchema)]
pub struct AwardsBody {
    /// Conferred now.
    accepted: usize,
    /// Refused.
    rejected: usize,
    /// Standing already.
    unchanged: usize,
    /// With `all_met`, how many are left for the next request.
    remaining: usize,
    /// Every enrolment, in order.
    results: Vec<AwardItemBody>,
}

/// What came of one enrolment.
#[derive(Serialize, ToSchema)]
pub struct AwardItemBody {
    /// The enrolment.
    enrolment_id: EnrolmentId,
    /// 201 conferred, 200 standing already, else the status of its problem.
    status: u16,
    /// The award.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    award_id: Option<Uuid>,
    /// Why not.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Option<ProblemBody>)]
    problem: Option<Value>,
}

#[utoipa::path(
    post, path = "/api/v1/graduation-audits/{id}/awards", operation_id = "create_graduation_audit_awards",
    tag = "awards",
    summary = "Confer awards for a cohort from its final audit · 批量毕业认定",
    description = "For named enrolments of the cohort, or for `all_met`; at most 500 at a time. Each is measured again and has a result of its own.",
    params(
        ("id" = Uuid, Path, description = "The audit: a final one of the caller's that is done"),
        ("Idempotency-Key" = String, Header, description = "1 to 255 visible ASCII characters"),
    ),
    request_body = NewAwards,
    responses((status = 200, description = "A result for every enrolment", body = AwardsBody), SubpostProblems),
    security(("oauth2" = ["awards:write"]))
)]
async fn create_graduation_audit_awards(
    app: Data<App>,
    Bearer(actor): Bearer,
    path: Path<String>,
    keyed: Keyed,
) -> Result<HttpResponse, Problem> {
    let id = path_id::<Uuid>(&path)?;
    let language = keyed.language();
    let (new, once) = keyed.read::<NewAwards>(&app, actor, "create_graduation_audit_awards", id).await?;
    // The key is kept with the last award: a second request with it waits for the first one's answer.
    let _turn = app.turn(&once).await?;
    let answer = blocking(move || app.create_audit_awards(&actor, id, &new, &once)).await?;
    let (answer, again) = answer.parts();
    let of = |status: u16| move |item: &&AwardItemBody| item.status == status;
    let results: Vec<AwardItemBody> = answer.items.into_iter().map(|item| item_body(item, language)).collect();
    let (accepted, unchanged) = (results.iter().filter(of(201)).count(), results.iter().filter(of(200)).count());
    let rejected = results.len() - accepted - unchanged;
    let body = AwardsBody { accepted, rejected, unchanged, remaining: answer.remaining, results };
    Ok(replayed(HttpResponse::Ok(), again).json(body))
}

fn item_body(item: AwardItem, language: Language) -> AwardItemBody {
    let AwardItem { enrolment: enrolment_id, conferred, refusal } = item;
    match (conferred, refusal.map(Problem::from)) {
        (Some(conferred), _) => {
            let status = if conferred.fresh { 201 } else { 200 };
            AwardItemBody { enrolment_id, status, award_id: Some(conferred.award), problem: None }
        }
        (None, problem) => {
            let status = problem.as_ref().map_or(500, |problem| problem.code.status().as_u16());
            let problem = problem.map(|problem| problem.body(language, None));
            AwardItemBody { enrolment_id, status, award_id: None, problem }
        }
    }
}
