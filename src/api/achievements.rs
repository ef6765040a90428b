//! Achievements: post, batch, look, feed, revoke.

use actix_web::web::{Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, web};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;
use utoipa::{OpenApi, ToSchema};
use uuid::Uuid;

use super::problem_schema::ProblemBody;
use super::responses::{GetProblems, ListProblems, PostProblems, SubpostProblems};
use crate::domain::achievement::{AchievementPost, OnChange};
use crate::domain::credit::CreditAmount;
use crate::domain::credit_type::CreditType;
use crate::domain::ids::AchievementId;
use crate::domain::invalid::{Invalid, Reason};
use crate::domain::kind::AchievementKind;
use crate::domain::text::clean_line;
use crate::domain::time::Instant;
use crate::http::bearer::Bearer;
use crate::http::body::{self, BATCH_BODY_MAX};
use crate::http::cursor::{self, Page};
use crate::http::keyed::Keyed;
use crate::http::language::Language;
use crate::http::present::{blocking, path_id, replayed};
use crate::http::problem::Problem;
use crate::http::registry::Code;
use crate::ledger::status::AchievementStatus;
use crate::services::App;
use crate::services::achievements::{AchievementView, FeedPlace, TransactionRef};
use crate::services::actor::ClientActor;
use crate::services::posting::job::Posted;
use crate::services::posting::submit::{Batch, BatchAnswer, PostAnswer};

/// Longest reason.
pub(super) const REASON_MAX: usize = 1000;

/// This noun's part of the document.
#[derive(OpenApi)]
#[openapi(paths(post_achievement, post_achievement_batch, list_achievements, get_achievement, revoke_achievement))]
pub struct Doc;

/// Routes of this noun.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(
            web::resource("/api/v1/achievements")
                .route(web::post().to(post_achievement))
                .route(web::get().to(list_achievements)),
        )
        .service(web::resource("/api/v1/achievements/batch").route(web::post().to(post_achievement_batch)))
        .service(web::resource("/api/v1/achievements/{id}").route(web::get().to(get_achievement)))
        .service(web::resource("/api/v1/achievements/{id}/revocation").route(web::post().to(revoke_achievement)));
}

/// A posted achievement.
#[derive(Serialize, ToSchema)]
pub struct PostedBody {
    /// Its id.
    id: Uuid,
    /// The learner.
    learner_id: Uuid,
    /// The kind.
    kind: AchievementKind,
    /// Type of its credits.
    credit_type: CreditType,
    /// What it brought.
    credits: CreditAmount,
    /// Where it stands.
    status: AchievementStatus,
    /// 1, 2, 3… within the series.
    revision: i64,
    /// Shared by all revisions under one reference.
    series_id: Uuid,
    /// The earlier attempt that this one is better than.
    supersedes: Option<Uuid>,
    /// The earlier attempt that keeps counting.
    attached_to: Option<Uuid>,
    /// The transaction that brought it.
    transaction: TransactionRef,
}

impl From<&Posted> for PostedBody {
    fn from(posted: &Posted) -> Self {
        let a = &posted.achievement;
        let brought = posted.transactions.iter().find(|t| t.seq == a.seq).or(posted.transactions.last());
        Self {
            id: a.id,
            learner_id: a.learner,
            kind: a.kind,
            credit_type: a.credit_type,
            credits: posted.credits,
            status: posted.status,
            revision: a.revision,
            series_id: a.series,
            supersedes: a.supersedes,
            attached_to: a.attached_to,
            transaction: brought.map(TransactionRef::from).expect("a posted result has its transaction"),
        }
    }
}

impl From<AchievementView> for PostedBody {
    fn from(view: AchievementView) -> Self {
        Self {
            id: view.id,
            learner_id: view.learner_id,
            kind: view.kind,
            credit_type: view.credit_type,
            credits: view.credits,
            status: view.status,
            revision: view.revision,
            series_id: view.series_id,
            supersedes: view.supersedes,
            attached_to: view.attached_to,
            transaction: view.transaction,
        }
    }
}

#[utoipa::path(
    post, path = "/api/v1/achievements", operation_id = "post_achievement", tag = "achievements",
    summary = "Post a completed achievement · 登记一项学习成果",
    description = "Its credits are recognised and accumulated at once. A repeat of what stands answers 200.",
    params(("Idempotency-Key" = String, Header, description = "1 to 255 visible ASCII characters")),
    request_body = AchievementPost,
    responses(
        (status = 201, description = "Recognised", body = PostedBody),
        (status = 200, description = "It stood already", body = PostedBody),
        PostProblems,
    ),
    security(("oauth2" = ["achievements:write"]))
)]
async fn post_achievement(app: Data<App>, Bearer(actor): Bearer, keyed: Keyed) -> Result<HttpResponse, Problem> {
    let (new, once) = keyed.read::<AchievementPost>(&app, actor, "post_achievement", "").await?;
    match app.post_achievement(&actor, &new, once).await? {
        PostAnswer::Posted(posted) => Ok(HttpResponse::Created().json(PostedBody::from(posted.as_ref()))),
        PostAnswer::Stands { kept, replayed: again } => {
            let view = blocking(move || app.standing(&actor, kept)).await?;
            let first = if again && kept.created { HttpResponse::Created() } else { HttpResponse::Ok() };
            Ok(replayed(first, again).json(PostedBody::from(view)))
        }
    }
}

/// A batch of achievements.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BatchPost {
    /// All or none; then at most 1,000 items.
    #[serde(default)]
    atomic: bool,
    /// What an item does when its reference stands with other content, unless it says otherwise.
    #[serde(default)]
    on_change: Option<OnChange>,
    /// Why, for corrections that do not say themselves.
    #[serde(default)]
    reason: Option<String>,
    /// The items, at most 5,000; each as in a single post. A malformed item is answered by itself.
    #[schema(value_type = Vec<AchievementPost>, max_items = 5000)]
    items: Vec<Box<RawValue>>,
}

/// What came of a batch.
#[derive(Serialize, ToSchema)]
pub struct BatchBody {
    /// Items written.
    accepted: usize,
    /// Items refused.
    rejected: usize,
    /// Items that stood already.
    unchanged: usize,
    /// Every item, in order.
    results: Vec<ItemBody>,
}

/// What came of one item.
#[derive(Serialize, ToSchema)]
pub struct ItemBody {
    /// Its place in the batch, from 0.
    index: usize,
    /// 201 written, 200 unchanged, else the status of its problem.
    status: u16,
    /// The achievement.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    id: Option<Uuid>,
    /// Why not.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Option<ProblemBody>)]
    problem: Option<Value>,
}

#[utoipa::path(
    post, path = "/api/v1/achievements/batch", operation_id = "post_achievement_batch", tag = "achievements",
    summary = "Post many achievements · 批量登记学习成果",
    description = "Each item has a result of its own, unless the batch is atomic: then one refused item refuses all.",
    params(("Idempotency-Key" = String, Header, description = "1 to 255 visible ASCII characters")),
    request_body = BatchPost,
    responses(
        (status = 200, description = "A result for every item", body = BatchBody),
        PostProblems,
    ),
    security(("oauth2" = ["achievements:write"]))
)]
async fn post_achievement_batch(app: Data<App>, Bearer(actor): Bearer, keyed: Keyed) -> Result<HttpResponse, Problem> {
    let language = keyed.language();
    let (new, once) = keyed.read_within::<BatchPost>(BATCH_BODY_MAX, &app, actor, "post_achievement_batch", "").await?;
    let _turn = app.turn(&once).await?;
    let (known, waiting) = (app.clone(), once.clone());
    if let Some(kept) = blocking(move || known.kept_batch(&waiting)).await? {
        return Ok(replayed(HttpResponse::Ok(), true).json(batch_body(kept, language)));
    }
    let BatchPost { atomic, on_change, reason, items } = new;
    let items = items.iter().map(|raw| body::item(raw.get())).collect();
    let answer = app.post_batch(&actor, Batch { atomic, on_change, reason, items }, once).await?;
    app.note_refused_items(&actor, "post_achievement_batch", &answer);
    if answer.failed {
        let results = serde_json::to_value(batch_body(answer, language).results).expect("results serialise");
        return Err(Problem::new(Code::AtomicBatchFailed).with("results", results));
    }
    Ok(HttpResponse::Ok().json(batch_body(answer, language)))
}

fn batch_body(answer: BatchAnswer, language: Language) -> BatchBody {
    let results: Vec<ItemBody> = answer
        .items
        .into_iter()
        .map(|item| {
            let problem = item.refusal.map(Problem::from);
            let status = match &problem {
                Some(problem) => problem.code.status().as_u16(),
                None => {
                    if item.created {
                        201
                    } else {
                        200
                    }
                }
            };
            ItemBody { index: item.index, status, id: item.id, problem: problem.map(|p| p.body(language, None)) }
        })
        .collect();
    let count = |status: &dyn Fn(u16) -> bool| results.iter().filter(|item| status(item.status)).count();
    BatchBody {
        accepted: count(&|status| status == 201),
        rejected: count(&|status| status >= 400),
        unchanged: count(&|status| status == 200),
        results,
    }
}

/// Which achievements are wanted.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ListQuery {
    external_ref: Option<String>,
    updated_since: Option<String>,
    cursor: Option<String>,
    limit: Option<i64>,
}

#[utoipa::path(
    get, path = "/api/v1/achievements", operation_id = "list_achievements", tag = "achievements",
    summary = "The caller's own posts: by reference, or the feed of changes · 查询本机构登记的成果",
    description = "`external_ref` answers what stands under the reference. Without it: everything posted or changed \
                   since `updated_since`, oldest first. Begin the next walk ten seconds before this one began: recent \
                   items may repeat, none is missed.",
    params(
        ("external_ref" = Option<String>, Query, description = "The poster's reference"),
        ("updated_since" = Option<String>, Query, description = "RFC 3339 instant"),
        ("cursor" = Option<String>, Query, description = "From `next`"),
        ("limit" = Option<i64>, Query, description = "1 to 200, 50 unless said otherwise"),
    ),
    responses(
        (status = 200, description = "A page", body = Page<AchievementView>),
        ListProblems,
    ),
    security(("oauth2" = ["achievements:read"]))
)]
async fn list_achievements(
    app: Data<App>,
    Bearer(actor): Bearer,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let query = body::query::<ListQuery>(&request)?;
    let limit = cursor::page_size(query.limit)?;
    let page = blocking(move || {
        if let Some(reference) = &query.external_ref {
            let items = app.achievement_by_reference(&actor, reference)?.into_iter().collect();
            return Ok(Page { items, next: None });
        }
        feed(&app, &actor, &query, limit)
    })
    .await?;
    Ok(cursor::respond(&page))
}

fn feed(
    app: &App,
    actor: &ClientActor,
    query: &ListQuery,
    limit: i64,
) -> crate::services::error::Result<Page<AchievementView>> {
    let after = match (&query.cursor, &query.updated_since) {
        (Some(text), _) => read_place(&cursor::decode(&app.keys, "achievements", text)?)?,
        (None, since) => {
            let wrong = |_| Invalid::one("/query/updated_since", Reason::Format { expected: "RFC 3339 instant" });
            let since = since.as_deref().map(str::parse::<Instant>).transpose().map_err(wrong)?;
            // Everything from that instant on, itself included.
            let posted_at = since.map_or(0, |since| since.micros().saturating_sub(1));
            FeedPlace { posted_at, learner: Uuid::max(), seq: i64::MAX }
        }
    };
    let (items, next) = app.achievement_feed(actor, after, limit)?;
    let next = next.map(|place| {
        let position =
            [&place.posted_at.to_be_bytes()[..], place.learner.as_bytes(), &place.seq.to_be_bytes()].concat();
        format!("/api/v1/achievements?cursor={}&limit={limit}", cursor::encode(&app.keys, "achievements", &position))
    });
    Ok(Page { items, next })
}

fn read_place(bytes: &[u8]) -> Result<FeedPlace, Invalid> {
    let (at, rest) = bytes.split_first_chunk::<8>().ok_or_else(cursor::wrong)?;
    let (learner, seq) = rest.split_first_chunk::<16>().ok_or_else(cursor::wrong)?;
    let seq = seq.try_into().map_err(|_| cursor::wrong())?;
    Ok(FeedPlace {
        posted_at: i64::from_be_bytes(*at),
        learner: Uuid::from_bytes(*learner),
        seq: i64::from_be_bytes(seq),
    })
}

#[utoipa::path(
    get, path = "/api/v1/achievements/{id}", operation_id = "get_achievement", tag = "achievements",
    summary = "One achievement · 查看一项学习成果",
    params(("id" = Uuid, Path, description = "The achievement")),
    responses(
        (status = 200, description = "The achievement", body = AchievementView),
        GetProblems,
    ),
    security(("oauth2" = ["achievements:read"]))
)]
async fn get_achievement(
    app: Data<App>,
    Bearer(actor): Bearer,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let id = path_id::<AchievementId>(&id)?;
    let view = blocking(move || app.achievement(&actor, id)).await?;
    Ok(HttpResponse::Ok().json(view))
}

/// Why an achievement or a fact is annulled.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RevocationPost {
    /// 1 to 1,000 characters; the learner sees it.
    #[schema(min_length = 1, max_length = 1000)]
    pub(super) reason: String,
}

#[utoipa::path(
    post, path = "/api/v1/achievements/{id}/revocation", operation_id = "revoke_achievement", tag = "achievements",
    summary = "Annul an achievement · 撤销一项学习成果",
    description = "Its credits leave the account by a reversal; a further attempt takes its place where there is one.",
    params(
        ("id" = Uuid, Path, description = "The achievement"),
        ("Idempotency-Key" = String, Header, description = "1 to 255 visible ASCII characters"),
    ),
    request_body = RevocationPost,
    responses(
        (status = 200, description = "What was written", body = RevocationBody),
        SubpostProblems,
    ),
    security(("oauth2" = ["achievements:write"]))
)]
async fn revoke_achievement(
    app: Data<App>,
    Bearer(actor): Bearer,
    id: web::Path<String>,
    keyed: Keyed,
) -> Result<HttpResponse, Problem> {
    let id = path_id::<AchievementId>(&id)?;
    let (new, once) = keyed.read::<RevocationPost>(&app, actor, "revoke_achievement", id).await?;
    let reason = clean_line(&new.reason, REASON_MAX).map_err(|reason| Invalid::one("/reason", reason))?;
    let answer = blocking(move || app.revoke_achievement(&actor, id, &reason, &once)).await?;
    let (transactions, again) = answer.parts();
    let body = RevocationBody { id: id.uuid(), status: AchievementStatus::Revoked, transactions, unwound: Vec::new() };
    Ok(replayed(HttpResponse::Ok(), again).json(body))
}

/// What a revocation wrote.
#[derive(Serialize, ToSchema)]
pub struct RevocationBody {
    /// The achievement.
    id: Uuid,
    /// Always `revoked`.
    status: AchievementStatus,
    /// What was written, oldest first.
    transactions: Vec<TransactionRef>,
    /// Conversions that were unwound with it.
    unwound: Vec<Uuid>,
}
