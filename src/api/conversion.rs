//! Conversions: apply, look, decide, complete, withdraw, undo.

use actix_web::web::{Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, web};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::{OpenApi, ToSchema};

use super::listing::Place;
use super::responses::{GetProblems, ListProblems, SubpostProblems};
use super::{feed, queue};
use crate::domain::conversion::DecisionPost;
use crate::domain::ids::{ConversionId, ConversionPlanId, EvidenceFileId, LearnerId};
use crate::domain::invalid::{Invalid, Reason};
use crate::domain::text::{REASON_MAX, clean_line};
use crate::http::bearer::Bearer;
use crate::http::body;
use crate::http::caller::Caller;
use crate::http::cursor::{self, Page};
use crate::http::keyed::{Keyed, answer};
use crate::http::present::{blocking, path_id, replayed};
use crate::http::problem::Problem;
use crate::services::App;
use crate::services::conversion::ConversionView;
use crate::services::conversion::lists::Evaluation;

/// Most lines of one application.
const LINES_MAX: usize = 500;

/// This noun's part of the document.
#[derive(OpenApi)]
#[openapi(paths(
    post_conversions,
    list_conversions,
    get_conversion,
    get_conversion_evaluation,
    create_conversion_decision,
    create_conversion_completion,
    create_conversion_withdrawal,
    create_conversion_reversal
))]
pub struct Doc;

/// Routes of this noun.
pub fn routes(config: &mut ServiceConfig) {
    let one = |part: &str| format!("/api/v1/conversions/{{id}}{part}");
    config
        .service(
            web::resource("/api/v1/conversions")
                .route(web::post().to(post_conversions))
                .route(web::get().to(list_conversions)),
        )
        .service(web::resource(one("")).route(web::get().to(get_conversion)))
        .service(web::resource(one("/evaluation")).route(web::get().to(get_conversion_evaluation)))
        .service(web::resource(one("/decision")).route(web::post().to(create_conversion_decision)))
        .service(web::resource(one("/completion")).route(web::post().to(create_conversion_completion)))
        .service(web::resource(one("/withdrawal")).route(web::post().to(create_conversion_withdrawal)))
        .service(web::resource(one("/reversal")).route(web::post().to(create_conversion_reversal)));
}

/// Which lines of which plan are applied for.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConversionsPost {
    /// The plan.
    plan_id: ConversionPlanId,
    /// Numbers of its lines, or `"all"`.
    lines: Lines,
}

/// Numbers of lines, or `"all"`.
#[derive(Deserialize, ToSchema)]
#[serde(untagged)]
pub enum Lines {
    /// These.
    Named(Vec<u32>),
    /// `"all"`.
    All(String),
}

impl Lines {
    fn read(self) -> Result<Option<Vec<u32>>, Invalid> {
        match self {
            Self::Named(lines) if (1..=LINES_MAX).contains(&lines.len()) => Ok(Some(lines)),
            Self::Named(_) => Err(Invalid::one("/lines", Reason::range(1, LINES_MAX))),
            Self::All(word) if word == "all" => Ok(None),
            Self::All(_) => Err(Invalid::one("/lines", Reason::Unknown)),
        }
    }
}

/// What was applied for.
#[derive(Serialize, ToSchema)]
pub struct ConversionsBody {
    /// One conversion for each line.
    items: Vec<ConversionView>,
}

#[utoipa::path(
    post, path = "/api/v1/conversions", operation_id = "post_conversions", tag = "conversions",
    summary = "Apply with lines of a plan · 按转换方案申请转换",
    description = "By the learner, or by a school in which the learner is enrolled. What a rule decides by itself is \
                   converted at once; the rest waits for the receiving institution. Lines, limits and evidence are checked \
                   again: 409 `plan-outdated` or `already-used` when something has changed.",
    params(("Idempotency-Key" = String, Header, description = "1 to 255 visible ASCII characters")),
    request_body = ConversionsPost,
    responses((status = 201, description = "Applied for", body = ConversionsBody), SubpostProblems),
    security(("oauth2" = ["conversions:write"]), ("session" = []))
)]
async fn post_conversions(app: Data<App>, Caller(actor): Caller, keyed: Keyed) -> Result<HttpResponse, Problem> {
    let (ConversionsPost { plan_id, lines }, once) =
        keyed.read::<ConversionsPost>(&app, actor, "post_conversions", "").await?;
    let lines = lines.read()?;
    let answer = blocking(move || app.apply_conversions(&actor, plan_id, lines.as_deref(), &once)).await?;
    let (items, again) = answer.parts();
    Ok(replayed(HttpResponse::Created(), again).json(ConversionsBody { items }))
}

/// Which conversions are wanted.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ListQuery {
    learner_id: Option<LearnerId>,
    turn: Option<String>,
    updated_since: Option<String>,
    cursor: Option<String>,
    limit: Option<i64>,
}

#[utoipa::path(
    get, path = "/api/v1/conversions", operation_id = "list_conversions", tag = "conversions",
    summary = "Conversions: the feed of changes, what waits for a decision, or one learner's · 查询转换",
    description = "Without `learner_id` and `turn`: what changed since `updated_since` of the conversions into the caller's \
                   programmes, oldest first. Begin the next walk ten seconds before this one began: recent items may repeat, \
                   none is missed. `turn=mine`: what waits for the caller's decision, the nearest last day first. \
                   `learner_id`: that learner's, a bureau's those into institutions below it; a learner \
                   who is logged in gets its own.",
    params(
        ("learner_id" = Option<Uuid>, Query, description = "One learner's"),
        ("turn" = Option<String>, Query, description = "`mine`"),
        ("updated_since" = Option<String>, Query, description = "RFC 3339 instant"),
        ("cursor" = Option<String>, Query, description = "From `next`"),
        ("limit" = Option<i64>, Query, description = "1 to 200, 50 unless said otherwise"),
    ),
    responses((status = 200, description = "A page", body = Page<ConversionView>), ListProblems, GetProblems),
    security(("oauth2" = ["conversions:read"]), ("session" = []))
)]
async fn list_conversions(
    app: Data<App>,
    Caller(actor): Caller,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let query = body::query::<ListQuery>(&request)?;
    let (limit, cursor) = (cursor::page_size(query.limit)?, query.cursor.as_deref());
    let own = actor.learner().ok().map(|own| own.learner);
    let reader = app.clone();
    if let Some(learner) = query.learner_id.or(own) {
        let page = Place::read(&app, &request, query.limit, cursor)?;
        let views = blocking(move || reader.conversions_of(&actor, learner, page.after, page.rows())).await?;
        return Ok(page.respond(&app, &request, views, |view| view.id.uuid(), |view| view));
    }
    let client = *actor.client()?;
    match query.turn.as_deref() {
        Some("mine") => {
            let after = queue::place(&app, &request, cursor)?;
            let (items, next) = blocking(move || reader.conversion_queue(&client, after, limit)).await?;
            Ok(queue::respond(&app, &request, items, next))
        }
        Some(_) => Err(Invalid::one("/query/turn", Reason::Unknown).into()),
        None => {
            let after = feed::place(&app, &request, cursor, query.updated_since.as_deref())?;
            let (items, last) = blocking(move || reader.conversion_feed(&client, after, limit)).await?;
            let next = last.map(|place| feed::next(&app, &request, place));
            Ok(cursor::respond(&Page { items, next }))
        }
    }
}

#[utoipa::path(
    get, path = "/api/v1/conversions/{id}", operation_id = "get_conversion", tag = "conversions",
    summary = "One conversion: whose turn it is, until when, and what was done · 查看一项转换",
    params(("id" = Uuid, Path, description = "The conversion")),
    responses((status = 200, description = "The conversion", body = ConversionView), GetProblems),
    security(("oauth2" = ["conversions:read"]), ("session" = []))
)]
async fn get_conversion(app: Data<App>, Caller(actor): Caller, id: web::Path<String>) -> Result<HttpResponse, Problem> {
    let id = path_id::<ConversionId>(&id)?;
    let view = blocking(move || app.get_conversion(&actor, id)).await?;
    Ok(HttpResponse::Ok().json(view))
}

/// How evaluating again came out.
#[derive(Serialize, ToSchema)]
pub struct EvaluationBody {
    /// The day it was evaluated for, then and now.
    on: NaiveDate,
    /// Version of the rule set, then and now.
    rule_set_version: i64,
    /// Whether the same amounts come out.
    same: bool,
}

#[utoipa::path(
    get, path = "/api/v1/conversions/{id}/evaluation", operation_id = "get_conversion_evaluation", tag = "conversions",
    summary = "Evaluate again what was applied for · 按当时的规则和材料重新核算",
    description = "From the rule version and the input that were stored with the application, however long ago.",
    params(("id" = Uuid, Path, description = "The conversion")),
    responses((status = 200, description = "Whether the same amounts come out", body = EvaluationBody), GetProblems),
    security(("oauth2" = ["conversions:read"]), ("session" = []))
)]
async fn get_conversion_evaluation(
    app: Data<App>,
    Caller(actor): Caller,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let id = path_id::<ConversionId>(&id)?;
    let Evaluation { on, version, same } = blocking(move || app.evaluate_again(&actor, id)).await?;
    Ok(HttpResponse::Ok().json(EvaluationBody { on, rule_set_version: version, same }))
}

#[utoipa::path(
    post, path = "/api/v1/conversions/{id}/decision", operation_id = "create_conversion_decision", tag = "conversions",
    summary = "Decide the present step · 办理转换申请",
    description = "By the institution whose turn it is; once the last day has passed by the bureau above as well. `approved` \
                   goes on to the next step, and after the last one converts; `returned` stops the clock until the \
                   applicant has completed the application. Whoever applied does not decide.",
    params(
        ("id" = Uuid, Path, description = "The conversion"),
        ("Idempotency-Key" = String, Header, description = "1 to 255 visible ASCII characters"),
    ),
    request_body = DecisionPost,
    responses((status = 200, description = "Decided", body = ConversionView), SubpostProblems),
    security(("oauth2" = ["conversions:decide"]))
)]
async fn create_conversion_decision(
    app: Data<App>,
    Bearer(actor): Bearer,
    id: web::Path<String>,
    keyed: Keyed,
) -> Result<HttpResponse, Problem> {
    let id = path_id::<ConversionId>(&id)?;
    let (new, once) = keyed.read::<DecisionPost>(&app, actor, "create_conversion_decision", id).await?;
    answer(HttpResponse::Ok(), move || app.decide_conversion(&actor, id, &new, &once)).await
}

/// What was added to a conversion that had been returned.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CompletionPost {
    /// 1 to 500 characters: what was put right.
    #[schema(min_length = 1, max_length = 500)]
    note: String,
    /// Files that were sent before, at most 5 of one conversion.
    #[serde(default)]
    #[schema(max_items = 5)]
    evidence_file_ids: Vec<EvidenceFileId>,
}

#[utoipa::path(
    post, path = "/api/v1/conversions/{id}/completion", operation_id = "create_conversion_completion", tag = "conversions",
    summary = "Answer what was returned for completion · 补正后重新提交",
    description = "By the learner or its school. The clock goes on where it was stopped.",
    params(
        ("id" = Uuid, Path, description = "The conversion"),
        ("Idempotency-Key" = String, Header, description = "1 to 255 visible ASCII characters"),
    ),
    request_body = CompletionPost,
    responses((status = 200, description = "Its step goes on", body = ConversionView), SubpostProblems),
    security(("oauth2" = ["conversions:write"]), ("session" = []))
)]
async fn create_conversion_completion(
    app: Data<App>,
    Caller(actor): Caller,
    id: web::Path<String>,
    keyed: Keyed,
) -> Result<HttpResponse, Problem> {
    let id = path_id::<ConversionId>(&id)?;
    let (new, once) = keyed.read::<CompletionPost>(&app, actor, "create_conversion_completion", id).await?;
    let note = clean_line(&new.note, REASON_MAX).map_err(|reason| Invalid::one("/note", reason))?;
    let files = new.evidence_file_ids;
    answer(HttpResponse::Ok(), move || app.complete_conversion(&actor, id, &note, &files, &once)).await
}

/// Why something is withdrawn.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WithdrawalPost {
    /// At most 500 characters.
    #[serde(default)]
    #[schema(max_length = 500)]
    reason: Option<String>,
}

#[utoipa::path(
    post, path = "/api/v1/conversions/{id}/withdrawal", operation_id = "create_conversion_withdrawal", tag = "conversions",
    summary = "Withdraw what has not been decided · 撤回转换申请",
    description = "By the learner or its school. What was set aside is free again at once.",
    params(
        ("id" = Uuid, Path, description = "The conversion"),
        ("Idempotency-Key" = String, Header, description = "1 to 255 visible ASCII characters"),
    ),
    request_body = WithdrawalPost,
    responses((status = 200, description = "Withdrawn", body = ConversionView), SubpostProblems),
    security(("oauth2" = ["conversions:write"]), ("session" = []))
)]
async fn create_conversion_withdrawal(
    app: Data<App>,
    Caller(actor): Caller,
    id: web::Path<String>,
    keyed: Keyed,
) -> Result<HttpResponse, Problem> {
    let id = path_id::<ConversionId>(&id)?;
    let (new, once) = keyed.read::<WithdrawalPost>(&app, actor, "create_conversion_withdrawal", id).await?;
    let reason = new.reason.as_deref().map(|reason| clean_line(reason, REASON_MAX)).transpose();
    let reason = reason.map_err(|reason| Invalid::one("/reason", reason))?;
    answer(HttpResponse::Ok(), move || app.withdraw_conversion(&actor, id, reason.as_deref(), &once)).await
}

/// Why a conversion is undone.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReversalPost {
    /// 1 to 500 characters; the learner sees it.
    #[schema(min_length = 1, max_length = 500)]
    reason: String,
}

#[utoipa::path(
    post, path = "/api/v1/conversions/{id}/reversal", operation_id = "create_conversion_reversal", tag = "conversions",
    summary = "Undo a conversion · 冲正一项转换",
    description = "By the receiving institution. What it granted leaves the account, what it drew is back where it was, and \
                   its evidence is free again. Not while an award rests on it.",
    params(
        ("id" = Uuid, Path, description = "The conversion"),
        ("Idempotency-Key" = String, Header, description = "1 to 255 visible ASCII characters"),
    ),
    request_body = ReversalPost,
    responses((status = 200, description = "Undone", body = ConversionView), SubpostProblems),
    security(("oauth2" = ["conversions:decide"]))
)]
async fn create_conversion_reversal(
    app: Data<App>,
    Bearer(actor): Bearer,
    id: web::Path<String>,
    keyed: Keyed,
) -> Result<HttpResponse, Problem> {
    let id = path_id::<ConversionId>(&id)?;
    let (new, once) = keyed.read::<ReversalPost>(&app, actor, "create_conversion_reversal", id).await?;
    let reason = clean_line(&new.reason, REASON_MAX).map_err(|reason| Invalid::one("/reason", reason))?;
    answer(HttpResponse::Ok(), move || app.reverse_conversion(&actor, id, &reason, &once)).await
}
