//! Graduation audits: jobs of a cohort, and what they found.

use actix_web::web::{Data, Path, Payload, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use utoipa::{IntoParams, OpenApi};
use uuid::Uuid;

use super::listing::Place;
use super::responses::{GetProblems, KeyedSubcreateProblems, ListProblems, SublistProblems};
use crate::domain::invalid::Invalid;
use crate::http::bearer::Bearer;
use crate::http::body::{self, BODY_MAX};
use crate::http::cursor::{self, Page};
use crate::http::present::{blocking, path_id};
use crate::http::problem::Problem;
use crate::services::App;
use crate::services::graduation_audit::{AuditResultView, AuditView, NewAudit};

/// This noun's part of the document.
#[derive(OpenApi)]
#[openapi(paths(create_graduation_audit, list_graduation_audits, get_graduation_audit, list_graduation_audit_results))]
pub struct Doc;

/// Routes of this noun.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(
            web::resource("/api/v1/graduation-audits")
                .route(web::post().to(create_graduation_audit))
                .route(web::get().to(list_graduation_audits)),
        )
        .service(web::resource("/api/v1/graduation-audits/{id}").route(web::get().to(get_graduation_audit)))
        .service(
            web::resource("/api/v1/graduation-audits/{id}/results").route(web::get().to(list_graduation_audit_results)),
        );
}

/// The id of an audit in a path.
#[utoipa::path(
    post, path = "/api/v1/graduation-audits", operation_id = "create_graduation_audit", tag = "awards",
    summary = "Audit a cohort for graduation · 发起毕业审核",
    description = "By the school whose programme it is. A job: look at it until `state` is `done`. `pre` is a term ahead and leaves out study time and conditions that nobody decided on yet. The book is looked at as of `watermark`.",
    request_body = NewAudit,
    responses((status = 202, description = "It waits for its turn", body = AuditView), KeyedSubcreateProblems),
    security(("oauth2" = ["awards:write"]))
)]
async fn create_graduation_audit(
    app: Data<App>,
    Bearer(actor): Bearer,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    let new = body::json::<NewAudit>(&request, payload, BODY_MAX).await?.value;
    let view = blocking(move || app.create_audit(&actor, &new)).await?;
    Ok(HttpResponse::Accepted()
        .insert_header(("location", format!("/api/v1/graduation-audits/{}", view.id)))
        .json(view))
}

/// Which page is wanted.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct AuditQuery {
    /// Items on a page.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<i64>,
    /// From `next`.
    cursor: Option<String>,
}

#[utoipa::path(
    get, path = "/api/v1/graduation-audits", operation_id = "list_graduation_audits", tag = "awards",
    summary = "The caller's audits, the newest first · 毕业审核列表",
    params(AuditQuery),
    responses((status = 200, description = "A page", body = Page<AuditView>), ListProblems),
    security(("oauth2" = ["awards:read"]))
)]
async fn list_graduation_audits(
    app: Data<App>,
    Bearer(actor): Bearer,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let query = body::query::<AuditQuery>(&request)?;
    let place = Place::read(&app, &request, query.limit, query.cursor.as_deref())?;
    let reader = app.clone();
    let rows = blocking(move || reader.list_audits(&actor, place.after, place.rows())).await?;
    Ok(place.respond(&app, &request, rows, |view| view.id, |view| view))
}

#[utoipa::path(
    get, path = "/api/v1/graduation-audits/{id}", operation_id = "get_graduation_audit", tag = "awards",
    summary = "How far an audit is · 毕业审核进度",
    params(("id" = Uuid, Path, description = "The audit")),
    responses((status = 200, description = "How far", body = AuditView), GetProblems),
    security(("oauth2" = ["awards:read"]))
)]
async fn get_graduation_audit(
    app: Data<App>,
    Bearer(actor): Bearer,
    path: Path<String>,
) -> Result<HttpResponse, Problem> {
    let id = path_id::<Uuid>(&path)?;
    let view = blocking(move || app.get_audit(&actor, id)).await?;
    Ok(HttpResponse::Ok().json(view))
}

/// Which results are wanted.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ResultQuery {
    /// Only 已达标 (true) or only 差什么 (false).
    met: Option<bool>,
    /// Items on a page.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<i64>,
    /// From `next`.
    cursor: Option<String>,
}

#[utoipa::path(
    get, path = "/api/v1/graduation-audits/{id}/results", operation_id = "list_graduation_audit_results",
    tag = "awards",
    summary = "What an audit found of each learner · 毕业审核结果(已达标、差什么)",
    params(("id" = Uuid, Path, description = "The audit"), ResultQuery),
    responses((status = 200, description = "A page", body = Page<AuditResultView>), SublistProblems),
    security(("oauth2" = ["awards:read"]))
)]
async fn list_graduation_audit_results(
    app: Data<App>,
    Bearer(actor): Bearer,
    path: Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let id = path_id::<Uuid>(&path)?;
    let ResultQuery { met, limit, cursor } = body::query(&request)?;
    let limit = cursor::page_size(limit)?;
    let list = format!("{}?{met:?}", request.path());
    let after = cursor.as_deref().map(|cursor| place(&app, &list, cursor)).transpose()?;
    let reader = app.clone();
    let mut items = blocking(move || reader.audit_results(&actor, id, met, after, limit + 1)).await?;
    let most = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = items.len() > most;
    items.truncate(most);
    let next = items.last().filter(|_| more).map(|last| {
        let (learner, enrolment) = (last.learner_id.uuid(), last.enrolment_id.uuid());
        let position = [learner.as_bytes().as_slice(), enrolment.as_bytes()].concat();
        let met = met.map(|met| format!("met={met}&")).unwrap_or_default();
        format!("{}?{met}limit={limit}&cursor={}", request.path(), cursor::encode(&app.keys, &list, &position))
    });
    Ok(cursor::respond(&Page { items, next }))
}

/// The learner and enrolment that a cursor names.
fn place(app: &App, list: &str, text: &str) -> Result<(Uuid, Uuid), Invalid> {
    let position = cursor::decode(&app.keys, list, text)?;
    let (learner, enrolment) = position.split_at_checked(16).ok_or_else(cursor::wrong)?;
    let id = |bytes| Uuid::from_slice(bytes).map_err(|_| cursor::wrong());
    Ok((id(learner)?, id(enrolment)?))
}
