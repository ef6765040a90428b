//! Rule sets on their way: rewritten, validated, submitted, published by a second actor, retired.

use actix_web::web::{Data, Path, Payload, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, web};
use serde::{Deserialize, Serialize};
use utoipa::{OpenApi, ToSchema};

use super::responses::{GetProblems, RuleSetProblems, RuleSetStepProblems, RuleSetUpdateProblems};
use super::rule_set::{VersionBody, answer, answer_created};
use super::versioned::standing;
use crate::conversion::explain::Text;
use crate::conversion::rule_set::RuleSetDocument;
use crate::http::bearer::Bearer;
use crate::http::body::{self, BATCH_BODY_MAX, BODY_MAX};
use crate::http::etag;
use crate::http::present::{blocking, path_id};
use crate::http::problem::Problem;
use crate::services::App;
use crate::services::refusal::ItemError;
use crate::services::rule_set_review::{Retirement, Validation};

#[derive(OpenApi)]
#[openapi(paths(
    update_rule_set_draft,
    create_rule_set_draft,
    create_rule_set_validation,
    create_rule_set_submission,
    create_rule_set_publication,
    create_rule_set_retirement
))]
/// This noun's part of the document.
pub struct Doc;

/// Routes of this noun.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/api/v1/rule-sets/{id}/draft").route(web::put().to(update_rule_set_draft)))
        .service(
            web::resource("/api/v1/rule-sets/{id}/draft-from-version").route(web::post().to(create_rule_set_draft)),
        )
        .service(web::resource("/api/v1/rule-sets/{id}/validation").route(web::post().to(create_rule_set_validation)))
        .service(web::resource("/api/v1/rule-sets/{id}/submission").route(web::post().to(create_rule_set_submission)))
        .service(web::resource("/api/v1/rule-sets/{id}/publication").route(web::post().to(create_rule_set_publication)))
        .service(web::resource("/api/v1/rule-sets/{id}/retirement").route(web::post().to(create_rule_set_retirement)));
}

/// The version that the next one begins as a copy of.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct DraftFromVersion {
    /// The version, from 1.
    #[schema(minimum = 1)]
    version: i64,
}

/// What validation found in a version.
#[derive(Serialize, ToSchema)]
#[schema(as = RuleSetValidation)]
struct ValidationBody {
    /// The version.
    version: i64,
    /// Whether it may be submitted and published.
    valid: bool,
    /// Its faults, at most 200.
    faults: Vec<RuleSetFault>,
}

/// A fault of a rule set.
#[derive(Serialize, ToSchema)]
pub(super) struct RuleSetFault {
    /// JSON pointer into the document.
    pointer: String,
    /// Stable code.
    code: String,
    /// What is wrong.
    detail: Text,
}

impl From<ItemError> for RuleSetFault {
    fn from(ItemError { pointer, code, detail_zh: zh, detail_en: en }: ItemError) -> Self {
        Self { pointer, code, detail: Text::new(zh, en) }
    }
}

impl From<Validation> for ValidationBody {
    fn from(Validation { version, faults, .. }: Validation) -> Self {
        let valid = faults.is_empty();
        Self { version, valid, faults: faults.into_iter().map(RuleSetFault::from).collect() }
    }
}

#[utoipa::path(
    put, path = "/api/v1/rule-sets/{id}/draft", operation_id = "update_rule_set_draft", tag = "rule-sets",
    summary = "Write a rule set's draft anew · 修改规则集草稿",
    description = "The whole document. What was in review becomes a draft again; the comments on it stay.",
    params(
        ("id" = Uuid, Path, description = "The rule set"),
        ("If-Match" = String, Header, description = "The state that the change is based on, from ETag"),
    ),
    request_body = RuleSetDocument,
    responses((status = 200, description = "As it stands now", body = VersionBody), RuleSetUpdateProblems),
    security(("oauth2" = ["rules:write"]))
)]
async fn update_rule_set_draft(
    Bearer(actor): Bearer,
    path: Path<String>,
    request: HttpRequest,
    payload: Payload,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    let id = path_id(&path)?;
    let expected = etag::expected_version(&request)?;
    let document = body::json::<RuleSetDocument>(&request, payload, BATCH_BODY_MAX).await?.value;
    blocking(move || app.update_rule_set_draft(&actor, id, expected, &document)).await.map(answer)
}

#[utoipa::path(
    post, path = "/api/v1/rule-sets/{id}/draft-from-version", operation_id = "create_rule_set_draft", tag = "rule-sets",
    summary = "Begin a rule set's next version · 起草规则集下一版本",
    description = "A copy of an earlier version. A set has one open version (draft or in review) at a time.",
    params(("id" = Uuid, Path, description = "The rule set")),
    request_body = DraftFromVersion,
    responses((status = 201, description = "Drafted", body = VersionBody), RuleSetProblems),
    security(("oauth2" = ["rules:write"]))
)]
async fn create_rule_set_draft(
    Bearer(actor): Bearer,
    path: Path<String>,
    request: HttpRequest,
    payload: Payload,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    let id = path_id(&path)?;
    let from = body::json::<DraftFromVersion>(&request, payload, BODY_MAX).await?.value.version;
    blocking(move || app.create_rule_set_draft(&actor, id, from)).await.map(answer_created)
}

#[utoipa::path(
    post, path = "/api/v1/rule-sets/{id}/validation", operation_id = "create_rule_set_validation", tag = "rule-sets",
    summary = "Validate a rule set · 校验规则集",
    description = "Checks the open version, or the newest, against catalogues, programmes and outer rule sets, and runs its cases. Changes nothing.",
    params(("id" = Uuid, Path, description = "The rule set")),
    responses((status = 200, description = "What was found", body = ValidationBody), GetProblems),
    security(("oauth2" = ["rules:read"]))
)]
async fn create_rule_set_validation(
    Bearer(actor): Bearer,
    path: Path<String>,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    let id = path_id(&path)?;
    let found = blocking(move || app.validate_rule_set(&actor, id)).await?;
    Ok(standing(found.row_version, ValidationBody::from(found)))
}

#[utoipa::path(
    post, path = "/api/v1/rule-sets/{id}/submission", operation_id = "create_rule_set_submission", tag = "rule-sets",
    summary = "Submit a rule set for review · 提交规则集征求意见",
    description = "Only without faults. Every institution may then read it and comment.",
    params(
        ("id" = Uuid, Path, description = "The rule set"),
        ("If-Match" = String, Header, description = "The state that is submitted, from ETag"),
    ),
    responses((status = 200, description = "In review", body = VersionBody), RuleSetStepProblems),
    security(("oauth2" = ["rules:write"]))
)]
async fn create_rule_set_submission(
    Bearer(actor): Bearer,
    path: Path<String>,
    request: HttpRequest,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    let id = path_id(&path)?;
    let expected = etag::expected_version(&request)?;
    blocking(move || app.submit_rule_set(&actor, id, expected)).await.map(answer)
}

#[utoipa::path(
    post, path = "/api/v1/rule-sets/{id}/publication", operation_id = "create_rule_set_publication", tag = "rule-sets",
    summary = "Publish a rule set · 发布规则集",
    description = "By another actor than those who created, edited or submitted this version. It holds from its first day, today or later, and from then on supersedes the set's earlier versions for its cohorts. It never changes again.",
    params(
        ("id" = Uuid, Path, description = "The rule set"),
        ("If-Match" = String, Header, description = "The state that was read before deciding, from ETag"),
    ),
    responses((status = 200, description = "Published", body = VersionBody), RuleSetStepProblems),
    security(("oauth2" = ["rules:publish"]))
)]
async fn create_rule_set_publication(
    Bearer(actor): Bearer,
    path: Path<String>,
    request: HttpRequest,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    let id = path_id(&path)?;
    let expected = etag::expected_version(&request)?;
    blocking(move || app.publish_rule_set(&actor, id, expected)).await.map(answer)
}

#[utoipa::path(
    post, path = "/api/v1/rule-sets/{id}/retirement", operation_id = "create_rule_set_retirement", tag = "rule-sets",
    summary = "Retire a published rule set · 停用已发布的规则集",
    description = "Brings the last day of a published version forward. Earlier versions do not come back, unless it had not begun; what was decided under it stands.",
    params(
        ("id" = Uuid, Path, description = "The rule set"),
        ("If-Match" = String, Header, description = "The state that is retired, from ETag"),
    ),
    request_body = Retirement,
    responses((status = 200, description = "Retired", body = VersionBody), RuleSetUpdateProblems),
    security(("oauth2" = ["rules:publish"]))
)]
async fn create_rule_set_retirement(
    Bearer(actor): Bearer,
    path: Path<String>,
    request: HttpRequest,
    payload: Payload,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    let id = path_id(&path)?;
    let expected = etag::expected_version(&request)?;
    let retirement = body::json::<Retirement>(&request, payload, BODY_MAX).await?.value;
    blocking(move || app.retire_rule_set(&actor, id, expected, &retirement)).await.map(answer)
}
