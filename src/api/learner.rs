//! Learners: accounts opened, one's own looked at, activation codes issued again.

use actix_web::web::{Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, web};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;
use utoipa::{OpenApi, ToSchema};
use uuid::Uuid;

use super::problem_schema::ProblemBody;
use crate::domain::ids::LearnerId;
use crate::domain::invalid::Invalid;
use crate::http::bearer::Bearer;
use crate::http::body;
use crate::http::cursor::{self, Page};
use crate::http::keyed::Keyed;
use crate::http::language::Language;
use crate::http::present::{blocking, path_id, replayed};
use crate::http::problem::Problem;
use crate::services::App;
use crate::services::account_opening::{BatchOpening, OpenLearner, Opening};
use crate::services::actor::ClientActor;
use crate::services::error::Result as Answered;
use crate::services::learner::{ActivationView, LearnerView, OpeningView};

/// This noun's part of the document.
#[derive(OpenApi)]
#[openapi(paths(open_learner, open_learner_batch, list_learners, get_learner))]
pub struct Doc;

/// Routes of this noun.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(
            web::resource("/api/v1/learners").route(web::post().to(open_learner)).route(web::get().to(list_learners)),
        )
        .service(web::resource("/api/v1/learners/batch").route(web::post().to(open_learner_batch)))
        .service(web::resource("/api/v1/learners/{id}").route(web::get().to(get_learner)));
}

#[utoipa::path(
    post, path = "/api/v1/learners", operation_id = "open_learner", tag = "learners",
    summary = "Open an account · 开立学习账户",
    description = "The same person again, by document and name, is the same account: it gains the enrolment and no code.",
    params(("Idempotency-Key" = String, Header, description = "1 to 255 visible ASCII characters")),
    request_body = OpenLearner,
    responses(
        (status = 200, description = "The account was there before", body = OpeningView),
        (status = 201, description = "Opened; the activation code is shown this once", body = OpeningView),
        (status = 400, description = "Something is wrong with the request", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No valid token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "The client's quota is used up: wait Retry-After seconds", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "A scope is missing", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "The document belongs to an account under another name, or the student number to somebody else", body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "Too large", body = ProblemBody, content_type = "application/problem+json"),
        (status = 415, description = "Not JSON", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "A rule says no", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "Not now", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("oauth2" = ["learners:write"]))
)]
async fn open_learner(app: Data<App>, Bearer(actor): Bearer, keyed: Keyed) -> Result<HttpResponse, Problem> {
    let (new, once) = keyed.read::<OpenLearner>(&app, actor, "open_learner", "").await?;
    let (view, again) = blocking(move || {
        let (opening, again) = app.open_learner(&actor, &new, &once)?.parts();
        Ok((app.opening_views(&actor, &[&opening])?.pop(), again))
    })
    .await?;
    let found = view.as_ref().is_some_and(|view| view.existing);
    Ok(replayed(if found { HttpResponse::Ok() } else { HttpResponse::Created() }, again).json(view))
}

/// Accounts to be opened, each for itself.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LearnerBatchPost {
    /// The items, at most 500; each as in a single opening. A malformed item is answered by itself.
    #[schema(value_type = Vec<OpenLearner>, max_items = 500)]
    items: Vec<Box<RawValue>>,
}

/// What came of a batch.
#[derive(Serialize, ToSchema)]
pub struct LearnerBatchBody {
    /// Accounts opened or found.
    accepted: usize,
    /// Items refused.
    rejected: usize,
    /// Every item, in order.
    results: Vec<LearnerItemBody>,
}

/// What came of one item.
#[derive(Serialize, ToSchema)]
pub struct LearnerItemBody {
    /// Its place in the batch, from 0.
    index: usize,
    /// 201 opened, 200 found, else the status of its problem.
    status: u16,
    /// The learner.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    id: Option<LearnerId>,
    /// The account number.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    account_no: Option<String>,
    /// The enrolment.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Option<Uuid>)]
    enrolment_id: Option<crate::domain::ids::EnrolmentId>,
    /// The activation code of a new account.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    activation: Option<ActivationView>,
    /// Why not.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Option<ProblemBody>)]
    problem: Option<Value>,
}

#[utoipa::path(
    post, path = "/api/v1/learners/batch", operation_id = "open_learner_batch", tag = "learners",
    summary = "Open many accounts · 批量开立学习账户",
    description = "Each item has a result of its own; pointers of its problem point into the item.",
    params(("Idempotency-Key" = String, Header, description = "1 to 255 visible ASCII characters")),
    request_body = LearnerBatchPost,
    responses(
        (status = 200, description = "A result for every item", body = LearnerBatchBody),
        (status = 400, description = "Something is wrong with the request", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No valid token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "The client's quota is used up: wait Retry-After seconds", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "A scope is missing", body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "Too large", body = ProblemBody, content_type = "application/problem+json"),
        (status = 415, description = "Not JSON", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "Too many items, or the key was used for another request", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "Not now", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("oauth2" = ["learners:write"]))
)]
async fn open_learner_batch(app: Data<App>, Bearer(actor): Bearer, keyed: Keyed) -> Result<HttpResponse, Problem> {
    let language = keyed.language();
    let (new, once) = keyed.read::<LearnerBatchPost>(&app, actor, "open_learner_batch", "").await?;
    let (answer, again) = blocking(move || {
        let items = new.items.iter().map(|raw| body::item(raw.get())).collect();
        let (batch, again) = app.open_learner_batch(&actor, items, &once)?.parts();
        Ok((batch_body(&app, &actor, batch, language)?, again))
    })
    .await?;
    Ok(replayed(HttpResponse::Ok(), again).json(answer))
}

fn batch_body(app: &App, actor: &ClientActor, batch: BatchOpening, language: Language) -> Answered<LearnerBatchBody> {
    let opened: Vec<&Opening> = batch.iter().filter_map(|one| one.as_ref().ok()).collect();
    let accepted = opened.len();
    let mut views = app.opening_views(actor, &opened)?.into_iter();
    let item = |(index, one): (usize, std::result::Result<Opening, _>)| match one.map(|_| views.next()) {
        Err(refusal) => {
            let problem = Problem::from(refusal);
            let status = problem.code.status().as_u16();
            let problem = Some(problem.body(language, None));
            LearnerItemBody { index, status, id: None, account_no: None, enrolment_id: None, activation: None, problem }
        }
        Ok(view) => LearnerItemBody {
            index,
            status: if view.as_ref().is_some_and(|view| view.existing) { 200 } else { 201 },
            id: view.as_ref().map(|view| view.id),
            enrolment_id: view.as_ref().and_then(|view| view.enrolment.as_ref()).map(|enrolment| enrolment.id),
            account_no: view.as_ref().map(|view| view.account_no.clone()),
            activation: view.and_then(|view| view.activation),
            problem: None,
        },
    };
    let results: Vec<LearnerItemBody> = batch.into_iter().enumerate().map(item).collect();
    Ok(LearnerBatchBody { accepted, rejected: results.len() - accepted, results })
}

/// Which learners are wanted.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ListQuery {
    student_no: Option<String>,
    cursor: Option<String>,
    limit: Option<i64>,
}

#[utoipa::path(
    get, path = "/api/v1/learners", operation_id = "list_learners", tag = "learners",
    summary = "The caller's own learners · 查询本机构的学习者",
    description = "Those with a live enrolment at the caller's institution; for the bureau all.",
    params(
        ("student_no" = Option<String>, Query, description = "Exactly this student number at the caller's institution"),
        ("cursor" = Option<String>, Query, description = "From `next`"),
        ("limit" = Option<i64>, Query, description = "1 to 200, 50 unless said otherwise"),
    ),
    responses(
        (status = 200, description = "A page", body = Page<LearnerView>),
        (status = 400, description = "Something is wrong with the request", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No valid token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "The client's quota is used up: wait Retry-After seconds", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "A scope is missing", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "Not now", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("oauth2" = ["learners:read"]))
)]
async fn list_learners(app: Data<App>, Bearer(actor): Bearer, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let query = body::query::<ListQuery>(&request)?;
    let limit = cursor::page_size(query.limit)?;
    let page = blocking(move || {
        if let Some(number) = &query.student_no {
            let items = app.find_learner(&actor, number)?.into_iter().collect();
            return Ok(Page { items, next: None });
        }
        let list = format!("learners/{}", actor.institution);
        let after = query.cursor.as_deref().map(|text| place(&app, &list, text)).transpose()?;
        let (items, next) = app.list_learners(&actor, after, limit)?;
        let link = |id: Uuid| {
            let cursor = cursor::encode(&app.keys, &list, id.as_bytes());
            format!("/api/v1/learners?cursor={cursor}&limit={limit}")
        };
        Ok(Page { items, next: next.map(link) })
    })
    .await?;
    Ok(cursor::respond(&page))
}

fn place(app: &App, list: &str, text: &str) -> Result<Uuid, Invalid> {
    Uuid::from_slice(&cursor::decode(&app.keys, list, text)?).map_err(|_| cursor::wrong())
}

#[utoipa::path(
    get, path = "/api/v1/learners/{id}", operation_id = "get_learner", tag = "learners",
    summary = "One of the caller's own learners · 查看学习者",
    description = "The document's number is masked. The learner can see who looked.",
    params(("id" = Uuid, Path, description = "The learner")),
    responses(
        (status = 200, description = "The learner", body = LearnerView),
        (status = 401, description = "No valid token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "The client's quota is used up: wait Retry-After seconds", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "A scope is missing", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "None that the caller may see", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "Not now", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("oauth2" = ["learners:read"]))
)]
async fn get_learner(app: Data<App>, Bearer(actor): Bearer, id: web::Path<String>) -> Result<HttpResponse, Problem> {
    let id = path_id::<LearnerId>(&id)?;
    let view = blocking(move || app.get_learner(&actor, id)).await?;
    Ok(HttpResponse::Ok().json(view))
}
