//! 征求意见: comments on a rule set in review.

use actix_web::web::{Data, Path, Payload, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, web};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, OpenApi, ToSchema};

use super::listing::Place;
use super::responses::{KeyedSubcreateProblems, SublistProblems};
use crate::domain::ids::{InstitutionId, RuleSetCommentId};
use crate::domain::time::Instant;
use crate::http::bearer::Bearer;
use crate::http::body::{self, BODY_MAX};
use crate::http::cursor::Page;
use crate::http::present::{blocking, path_id};
use crate::http::problem::Problem;
use crate::services::App;
use crate::services::rule_set_comment::{CommentRow, NewComment};

#[derive(OpenApi)]
#[openapi(paths(create_rule_set_comment, list_rule_set_comments))]
/// This noun's part of the document.
pub struct Doc;

/// Routes of this noun.
pub fn routes(config: &mut ServiceConfig) {
    config.service(
        web::resource("/api/v1/rule-sets/{id}/comments")
            .route(web::post().to(create_rule_set_comment))
            .route(web::get().to(list_rule_set_comments)),
    );
}

/// A comment on a version of a rule set.
#[derive(Serialize, ToSchema)]
#[schema(as = RuleSetComment)]
pub struct CommentBody {
    /// Its id.
    id: RuleSetCommentId,
    /// The version.
    version: i64,
    /// Code of the rule or cap it is about; the whole set when null.
    rule_code: Option<String>,
    /// Whose comment it is.
    institution_id: InstitutionId,
    /// What it says.
    text: String,
    /// When it was made.
    created_at: Instant,
}

impl From<CommentRow> for CommentBody {
    fn from(row: CommentRow) -> Self {
        let CommentRow { id, version, rule_code, institution_id, text, at, .. } = row;
        Self { id, version, rule_code, institution_id, text, created_at: at }
    }
}

/// Which comments are wanted.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct CommentQuery {
    /// On this version; the newest when left out.
    #[param(minimum = 1)]
    version: Option<i64>,
    /// Items on a page.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<i64>,
    /// From `next`.
    cursor: Option<String>,
}

#[utoipa::path(
    post, path = "/api/v1/rule-sets/{id}/comments", operation_id = "create_rule_set_comment", tag = "rule-sets",
    summary = "Comment on a rule set in review · 对征求意见的规则集提出意见",
    description = "For every institution, as long as the version is in review. Comments stay.",
    params(("id" = Uuid, Path, description = "The rule set")),
    request_body = NewComment,
    responses((status = 201, description = "Kept", body = CommentBody), KeyedSubcreateProblems),
    security(("oauth2" = ["rules:write"]))
)]
async fn create_rule_set_comment(
    Bearer(actor): Bearer,
    path: Path<String>,
    request: HttpRequest,
    payload: Payload,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    let id = path_id(&path)?;
    let new = body::json::<NewComment>(&request, payload, BODY_MAX).await?.value;
    let row = blocking(move || app.create_rule_set_comment(&actor, id, &new)).await?;
    Ok(HttpResponse::Created().json(CommentBody::from(row)))
}

#[utoipa::path(
    get, path = "/api/v1/rule-sets/{id}/comments", operation_id = "list_rule_set_comments", tag = "rule-sets",
    summary = "List comments on a rule set · 规则集意见列表",
    description = "For institutions.",
    params(("id" = Uuid, Path, description = "The rule set"), CommentQuery),
    responses((status = 200, description = "A page", body = Page<CommentBody>), SublistProblems),
    security(("oauth2" = ["rules:read"]))
)]
async fn list_rule_set_comments(
    Bearer(actor): Bearer,
    path: Path<String>,
    request: HttpRequest,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    let id = path_id(&path)?;
    let CommentQuery { version, limit, cursor } = body::query(&request)?;
    let place = Place::read(&app, &request, limit, cursor.as_deref())?;
    let reader = app.clone();
    let rows = move || reader.list_rule_set_comments(&actor, id, version, place.after, place.rows());
    let rows = blocking(rows).await?;
    Ok(place.respond(&app, &request, rows, |row| row.id.uuid(), CommentBody::from))
}
