//! Rule sets: opened by a bureau or school, public once published.

use actix_web::web::{Data, Path, Payload, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, web};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, OpenApi, ToSchema};
use uuid::Uuid;

use super::listing::Place;
use super::responses::{CreateRuleSetProblems, GetProblems, ListProblems};
use super::versioned::{created, standing};
use crate::conversion::explain::Text;
use crate::conversion::rule_set::{Authority, RuleSetDocument, RuleSetState};
use crate::conversion::sentence::{cap_sentence, sentence};
use crate::domain::ids::{InstitutionId, RuleSetId};
use crate::domain::time::Instant;
use crate::http::bearer::Bearer;
use crate::http::body::{self, BATCH_BODY_MAX};
use crate::http::caller::Caller;
use crate::http::cursor::Page;
use crate::http::present::{blocking, path_id};
use crate::http::problem::Problem;
use crate::services::App;
use crate::services::rule_set::{Act, RuleSetFilter, RuleSetView, VersionRow, VersionView};

#[derive(OpenApi)]
#[openapi(paths(create_rule_set, list_rule_sets, get_rule_set, get_rule_set_version))]
/// This noun's part of the document.
pub struct Doc;

/// Routes of this noun.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(
            web::resource("/api/v1/rule-sets")
                .route(web::post().to(create_rule_set))
                .route(web::get().to(list_rule_sets)),
        )
        .service(web::resource("/api/v1/rule-sets/{id}").route(web::get().to(get_rule_set)))
        .service(web::resource("/api/v1/rule-sets/{id}/versions/{version}").route(web::get().to(get_rule_set_version)));
}

/// A version of a rule set in a list.
#[derive(Serialize, ToSchema)]
#[schema(as = RuleSetVersionSummary)]
pub struct VersionSummary {
    /// From 1.
    version: i64,
    /// Where it stands.
    state: RuleSetState,
    /// Number of its rules.
    rules: i64,
    /// First day on which it holds.
    effective_from: NaiveDate,
    /// Last day on which it holds; earlier than its document says where it was retired.
    effective_to: Option<NaiveDate>,
    /// First cohort it holds for.
    cohort_from: Option<i32>,
    /// Last cohort.
    cohort_to: Option<i32>,
    /// When it was published.
    published_at: Option<Instant>,
    /// When it was retired.
    retired_at: Option<Instant>,
}

impl From<&VersionRow> for VersionSummary {
    fn from(row: &VersionRow) -> Self {
        Self {
            version: row.version,
            state: row.state,
            rules: row.rules,
            effective_from: row.effective_from,
            effective_to: row.effective_to,
            cohort_from: row.cohort_from,
            cohort_to: row.cohort_to,
            published_at: row.published.map(|act| act.at),
            retired_at: row.retired.map(|act| act.at),
        }
    }
}

/// A rule set with its versions.
#[derive(Serialize, ToSchema)]
#[schema(as = RuleSet)]
pub struct RuleSetBody {
    /// Its id.
    id: RuleSetId,
    /// Whose it is.
    institution_id: InstitutionId,
    /// As which authority.
    authority: Authority,
    /// Name.
    name: String,
    /// Its versions, by number; only those that the caller may know of.
    versions: Vec<VersionSummary>,
}

impl From<RuleSetView> for RuleSetBody {
    fn from(RuleSetView { set, versions }: RuleSetView) -> Self {
        Self {
            id: set.id,
            institution_id: set.institution_id,
            authority: set.authority,
            name: set.name,
            versions: versions.iter().map(VersionSummary::from).collect(),
        }
    }
}

/// Who did something to a version, and when. Who it was is told to its own institution only.
#[derive(Serialize, ToSchema)]
#[schema(as = RuleSetAct)]
pub struct ActBody {
    /// The actor.
    by: Option<Uuid>,
    /// When.
    at: Instant,
}

impl ActBody {
    fn of(act: Act, own: bool) -> Self {
        Self { by: own.then_some(act.by), at: act.at }
    }
}

/// One version of a rule set with what it says.
#[derive(Serialize, ToSchema)]
#[schema(as = RuleSetVersion)]
pub struct VersionBody {
    /// The set, with all versions that the caller may know of.
    #[serde(flatten)]
    set: RuleSetBody,
    /// This version, from 1.
    version: i64,
    /// Where it stands.
    state: RuleSetState,
    /// First day on which it holds.
    effective_from: NaiveDate,
    /// Last day on which it holds; earlier than its document says where it was retired.
    effective_to: Option<NaiveDate>,
    /// SHA-256 of the document as canonical JSON, in hexadecimal.
    #[schema(pattern = "^[0-9a-f]{64}$")]
    digest: String,
    /// Drafted.
    created: ActBody,
    /// Put before the institutions for comments.
    submitted: Option<ActBody>,
    /// Published by a second actor.
    published: Option<ActBody>,
    /// Taken out of force.
    retired: Option<ActBody>,
    /// Why it was taken out of force.
    retired_reason: Option<String>,
    /// What it says.
    document: RuleSetDocument,
    /// Every rule and then every cap of the whole set as one plain sentence, by its code.
    sentences: Vec<RuleSentence>,
}

/// A rule or cap as one plain sentence.
#[derive(Serialize, ToSchema)]
pub struct RuleSentence {
    /// Its code.
    code: String,
    /// The sentence.
    #[serde(flatten)]
    sentence: Text,
}

fn sentences(document: &RuleSetDocument) -> Vec<RuleSentence> {
    let rules = document.rules.iter().map(|rule| RuleSentence { code: rule.code.clone(), sentence: sentence(rule) });
    let caps = document.caps.iter().map(|cap| RuleSentence { code: cap.code.clone(), sentence: cap_sentence(cap) });
    rules.chain(caps).collect()
}

impl From<VersionView> for VersionBody {
    fn from(VersionView { set, version, document, own }: VersionView) -> Self {
        let act = |act: Option<Act>| act.map(|act| ActBody::of(act, own));
        Self {
            set: set.into(),
            version: version.version,
            state: version.state,
            effective_from: version.effective_from,
            effective_to: version.effective_to,
            digest: hex::encode(version.digest),
            created: ActBody::of(version.created, own),
            submitted: act(version.submitted),
            published: act(version.published),
            retired: act(version.retired),
            retired_reason: version.retired_reason,
            sentences: sentences(&document),
            document,
        }
    }
}

/// Answers a version as it stands.
pub(super) fn answer(view: VersionView) -> HttpResponse {
    standing(view.version.row_version, VersionBody::from(view))
}

/// Answers a version just made.
pub(super) fn answer_created(view: VersionView) -> HttpResponse {
    let address = format!("/api/v1/rule-sets/{}/versions/{}", view.set.set.id, view.version.version);
    created(address, view.version.row_version, VersionBody::from(view))
}

/// Which rule sets are wanted.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct RuleSetQuery {
    /// With a version in this state only.
    state: Option<RuleSetState>,
    /// Of this institution only.
    institution_id: Option<InstitutionId>,
    /// Of this authority only.
    authority: Option<Authority>,
    /// Items on a page.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<i64>,
    /// From `next`.
    cursor: Option<String>,
}

#[utoipa::path(
    post, path = "/api/v1/rule-sets", operation_id = "create_rule_set", tag = "rule-sets",
    summary = "Draft a rule set · 起草规则集",
    description = "For a bureau (`authority: city`) or a school (`authority: institution`). At most 5,000 rules, 8 MiB.",
    request_body = RuleSetDocument,
    responses((status = 201, description = "Drafted", body = VersionBody), CreateRuleSetProblems),
    security(("oauth2" = ["rules:write"]))
)]
async fn create_rule_set(
    Bearer(actor): Bearer,
    request: HttpRequest,
    payload: Payload,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    let document = body::json::<RuleSetDocument>(&request, payload, BATCH_BODY_MAX).await?.value;
    blocking(move || app.create_rule_set(&actor, &document)).await.map(answer_created)
}

#[utoipa::path(
    get, path = "/api/v1/rule-sets", operation_id = "list_rule_sets", tag = "rule-sets",
    summary = "List rule sets · 规则集列表",
    description = "Published ones are public to every client and learner; those in review to every institution; drafts to their own.",
    params(RuleSetQuery),
    responses((status = 200, description = "A page", body = Page<RuleSetBody>), ListProblems),
    security(("oauth2" = ["rules:read"]), ("session" = []))
)]
async fn list_rule_sets(Caller(actor): Caller, request: HttpRequest, app: Data<App>) -> Result<HttpResponse, Problem> {
    let RuleSetQuery { state, institution_id, authority, limit, cursor } = body::query(&request)?;
    let place = Place::read(&app, &request, limit, cursor.as_deref())?;
    let filter = RuleSetFilter { institution: institution_id, authority, state };
    let reader = app.clone();
    let rows = blocking(move || reader.list_rule_sets(&actor, filter, place.after, place.rows())).await?;
    Ok(place.respond(&app, &request, rows, |row| row.set.id.uuid(), RuleSetBody::from))
}

#[utoipa::path(
    get, path = "/api/v1/rule-sets/{id}", operation_id = "get_rule_set", tag = "rule-sets",
    summary = "Get a rule set's newest version · 查看规则集最新版本",
    params(("id" = Uuid, Path, description = "The rule set")),
    responses((status = 200, description = "The newest version that the caller may know of", body = VersionBody), GetProblems),
    security(("oauth2" = ["rules:read"]), ("session" = []))
)]
async fn get_rule_set(Caller(actor): Caller, path: Path<String>, app: Data<App>) -> Result<HttpResponse, Problem> {
    let id = path_id(&path)?;
    blocking(move || app.get_rule_set(&actor, id, None)).await.map(answer)
}

#[utoipa::path(
    get, path = "/api/v1/rule-sets/{id}/versions/{version}", operation_id = "get_rule_set_version", tag = "rule-sets",
    summary = "Get a version of a rule set · 查看规则集的一个版本",
    params(
        ("id" = Uuid, Path, description = "The rule set"),
        ("version" = i64, Path, description = "The version, from 1"),
    ),
    responses((status = 200, description = "The version", body = VersionBody), GetProblems),
    security(("oauth2" = ["rules:read"]), ("session" = []))
)]
async fn get_rule_set_version(
    Caller(actor): Caller,
    path: Path<(String, String)>,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    let (id, version) = (path_id(&path.0)?, path_id(&path.1)?);
    blocking(move || app.get_rule_set(&actor, id, Some(version))).await.map(answer)
}
